"""Values of the log as lists show them."""

from typing import Literal

from board.models.base import Version, instant, moment
from board.models.overview import OpenRelease
from board.models.releases import ReleaseLine
from board.services.read_model import Snapshot, state_of
from generator.release.model.log_records import Summary
from generator.release.model.release import Gate, NeedsApproval, Refused, Release
from generator.release.model.states import Approved, RollingBack, Verifying, Waiting, Watching, name
from generator.release.model.version import Running


def version(running: Running) -> Version:
    """What a stack runs."""
    return Version(commit=running.commit, subject=running.subject[:300], image=running.image, template=running.template)


def line(found: Summary, snapshot: Snapshot, service: str) -> ReleaseLine:
    """A release as a list shows it."""
    return ReleaseLine(
        id=found.id,
        environment=found.key.partition("/")[0],
        service=service,
        stack=found.key,
        kind=_kind(found.purpose),
        state=state_of(found, snapshot),
        open=not found.closed,
        requester=found.requester,
        approvers=list(found.approvers),
        reason=found.reason,
        version=Version(commit=found.commit, subject=found.subject, image=found.image, template=found.template),
        created=moment(found.created),
        closed=instant(found.closed),
        committed=instant(found.committed),
        took_seconds=found.took or None,
        undoes=found.undoes,
        cause=found.cause,
    )


def _kind(purpose: str) -> Literal["deploy", "rollback", "restart"]:
    match purpose:
        case "rollback" | "restart":
            return purpose
        case _:
            return "deploy"


def open_release(release: Release) -> OpenRelease:
    """A release that is not over."""
    gate = release.gate
    state = release.state
    return OpenRelease(
        id=release.id,
        environment=release.stack.environment,
        service=release.stack.label,
        state=name(state),
        version=version(release.after),
        requester=release.requester.name,
        created=moment(release.created),
        waits_for=waits_for(release),
        approvals=list(dict.fromkeys(a.actor.name for a in release.approvals)),
        approvals_needed=max((rule.people for rule in gate.rules), default=0) if isinstance(gate, NeedsApproval) else 0,
        expires=instant(state.expires) if isinstance(state, Waiting | Approved) else None,
    )


def waits_for(release: Release) -> str:
    """For whom or what an open release waits, in words; "" where it continues by itself at once."""
    match release.state:
        case Waiting():
            return _people(release.gate)
        case Approved(held=why):
            return why
        case Watching():
            gate = release.progress.hook_stage
            return f"somebody to continue the rollout at {gate}" if release.progress.hook else "CloudFormation and ECS"
        case Verifying():
            return "the service to prove itself healthy"
        case RollingBack(how=how, release=other):
            return _way_back(how, other)
        case _:
            return ""


def _way_back(how: str, other: str) -> str:
    if how == "stuck":
        return "somebody to say which resources the rollback may leave behind"
    return f"{other}, which brings back the last good version" if how == "release" else "AWS to roll back"


def _people(gate: Gate | None) -> str:
    if isinstance(gate, NeedsApproval):
        return "; ".join(_asked(rule.people, rule.by, rule.why) for rule in gate.rules)
    return gate.why if isinstance(gate, Refused) else "people who may approve it"


def _asked(people: int, by: tuple[str, ...], why: str) -> str:
    who = " or ".join(by) if by else "people of the platform"
    return f"{people} approval{'s' if people != 1 else ''} by {who}: {why}"
