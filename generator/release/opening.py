"""Opening releases: which version, whether it may, and the one open release that a stack can have."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import msgspec

from generator.release import policy
from generator.release.acts import EVIDENCE
from generator.release.agreement import PROPOSED, opened_detail
from generator.release.audit import Event
from generator.release.context import Context
from generator.release.log_items import put_evidence
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import Slot
from generator.release.model.people import Actor
from generator.release.model.platform import EnvironmentRules, StackFacts
from generator.release.model.release import Release, Rollback
from generator.release.model.requests import (
    Answer,
    DeleteStack,
    Opened,
    Propose,
    Refusal,
    Request,
    RestartService,
    RollBack,
)
from generator.release.model.states import Proposed
from generator.release.model.version import Running
from generator.release.ports import Check, Put
from generator.release.requested_deletion import deletion
from generator.release.requested_version import RequestedVersion, deployment, restart, rollback
from generator.release.tombstone import orphan
from generator.release.transitions import happened
from generator.release.version_parts import part
from generator.release.way_out import way_out

_TRIES = 8
_NAMED = 12  # of so many stacks at most a refusal names each
Opening = Propose | RollBack | RestartService | DeleteStack


def propose(
    context: Context,
    request: Opening,
    actor: Actor,
    groups: Sequence[str],
    evidence: Evidence | None = None,
) -> Answer:
    """Open a release, or return why not. The same request opens one release, however often it arrives.

    Raises:
        Unavailable: AWS does not answer; the request can be tried again.
    """
    answer = context.log.answered(request.id)
    facts = context.facts.stacks.get(request.stack)
    if facts is None and isinstance(request, DeleteStack):
        facts = orphan(context.facts, request.stack)
    if answer is None:
        answer = _impossible(context, facts, request, actor, groups)
    if answer is None and facts is not None:
        answer = next((a for _ in range(_TRIES) if (a := _try(context, facts, request, actor, groups, evidence))), None)
    if isinstance(answer, Opened):
        return answer
    return _tell(
        context,
        request.id,
        answer or Refusal(rule="busy", why=(f"another release to {request.stack} is being opened; try again")),
    )


def may_roll_back(context: Context, request: RollBack, actor: Actor, groups: Sequence[str]) -> bool:
    """Whether the rollback could be opened now if no other release of the stack were open."""
    facts = context.facts.stacks.get(request.stack)
    if facts is None or context.log.answered(request.id) is not None:
        return False
    if _impossible(context, facts, request, actor, groups) is not None:
        return False
    slot, _ = context.log.slot(request.stack)
    return isinstance(rollback(context, facts, slot, request), RequestedVersion)


def not_an_opening(request: Request) -> Refusal | None:
    """The refusal for a role that may only open releases, for any other request. None for an opening."""
    if isinstance(request, Propose | DeleteStack) and not request.break_glass:
        return None
    return Refusal(rule="not a person", why="this role may open releases and do nothing else; ask a person to do it")


def _try(  # noqa: PLR0913, PLR0917 - as propose
    context: Context,
    facts: StackFacts,
    request: Opening,
    actor: Actor,
    groups: Sequence[str],
    evidence: Evidence | None,
) -> Answer | None:
    """One attempt. None if another write came first and everything must be read again."""
    slot, rev = context.log.slot(request.stack)
    if slot.open:
        # It may have been this request that opened it.
        return context.log.answered(request.id) or _is_open(context, slot)
    match request:
        case Propose():
            requested = deployment(context, facts, slot, request)
        case RollBack():
            requested = rollback(context, facts, slot, request)
        case RestartService():
            requested = restart(context, facts, slot)
        case DeleteStack():
            requested = deletion(context, facts)
        case _:
            assert_never(request)
    if isinstance(requested, RequestedVersion) and isinstance(request, Propose | RollBack):
        spare = isinstance(request, Propose) and request.spare
        requested = part(context, facts, slot, requested, spare=spare)
    if not isinstance(requested, RequestedVersion):
        return requested
    release = _new(context, facts, slot, requested, request, actor, groups)
    opened = Opened(release=release.id, commit=release.after.commit, passed_over=requested.passed_over)
    kept, digest = put_evidence(f"release/{release.id}", evidence)
    more = {EVIDENCE: digest} if digest else {}
    writes = [*opening(context, release, slot, rev, actor, more), context.log.put_answer(request.id, opened), *kept]
    return opened if context.log.table.write(*writes) else context.log.answered(request.id)


def _tell(context: Context, request_id: str, answer: Answer) -> Answer:
    context.log.answer(request_id, answer)
    return context.log.answered(request_id) or answer


def _impossible(
    context: Context, facts: StackFacts | None, request: Opening, actor: Actor, groups: Sequence[str]
) -> Refusal | None:
    """Reasons to refuse a request, whatever version it is about."""
    if facts is None:
        return Refusal(rule="unknown", why=f"there is no stack {request.stack}; {_known(context, request.stack)}")
    if facts.administrators:
        return Refusal(
            rule="administrators",
            why=(
                f"{request.stack} can be changed by administrators only; they change it with: slipway bootstrap "
                f"{facts.ref.account}"
            ),
        )
    rules = context.facts.rules(facts.ref)
    stranger = _stranger(context, rules, actor)
    if stranger is not None:
        return stranger
    if request.break_glass and (why := policy.may_break_glass(rules.releases, rules.name, actor, groups)):
        return Refusal(rule="break-glass", why=why)
    locks = context.log.locks(facts.ref.environment)
    held = policy.refusal(rules, request.stack, locks, context.clock(), going_back=isinstance(request, RollBack))
    if held is not None and not request.break_glass:
        return Refusal(rule=held.rule, why=held.why)
    return None


def _known(context: Context, wanted: str) -> str:
    """The names of the stacks that exist: all of the environment, or those with a similar name if there are many."""
    environment = wanted.partition("/")[0]
    known = [key for key in context.facts.stacks if key.startswith(f"{environment}/")]
    if not known:
        return "choose one of those of `slipway status`"
    if len(known) <= _NAMED:
        return f"choose one of {', '.join(known)}"
    from difflib import get_close_matches

    near = get_close_matches(wanted, known, 3)
    like = f"perhaps you mean {' or '.join(near)}; " if near else ""
    return f"{like}all {len(known)} are shown by: slipway status {environment}"


def _stranger(context: Context, rules: EnvironmentRules, actor: Actor) -> Refusal | None:
    """Why somebody who is not a known person may not open this release. None for people.

    Members of the workspace may open releases to environments that are not protected. An unknown identity of AWS may
    open none: functions and builds have such identities too.
    """
    if actor.channel == "ci":
        if rules.releases.automatic or not policy.asks_nobody(rules):
            return None
        return Refusal(
            rule="automatic",
            why=(
                f"releases to {rules.name} need no approval, so a workflow may not open one there; ask a person, or "
                f"write `releases: {{ automatic: true }}` for {rules.name}"
            ),
        )
    if actor.person or (actor.channel == "slack" and not rules.protected):
        return None
    return Refusal(
        rule="unknown person",
        why=context.facts.why_unknown(actor),
    )


def _is_open(context: Context, slot: Slot) -> Refusal:
    other = context.log.release(slot.open)
    by = f", asked for by {other.requester.name}" if other else ""
    out = f", or {way_out(other)}" if other else ""
    return Refusal(
        rule="open release",
        why=f"{slot.open} is open{by}: a stack has one open release at a time. See it with: slipway status{out}",
    )


def release_id(context: Context, facts: StackFacts, number: int) -> str:
    """``prod-app-12``. If another stack has the service's name, ``prod-service-app-12``."""
    ref = facts.ref
    taken = f"{ref.environment}/{ref.service}" in context.facts.stacks
    return f"{ref.environment}-{ref.stack if taken or not ref.service else ref.service}-{number}"


def _new(  # noqa: PLR0913, PLR0917 - a release, whole
    context: Context,
    facts: StackFacts,
    slot: Slot,
    requested: RequestedVersion,
    request: Opening,
    actor: Actor,
    groups: Sequence[str],
) -> Release:
    return Release(
        id=release_id(context, facts, slot.count + 1),
        stack=facts.ref,
        purpose=requested.purpose,
        requester=actor,
        groups=tuple(groups),
        reason=request.reason,
        created=context.clock(),
        state=Proposed(),
        after=requested.after,
        before=slot.running,
        break_glass=request.break_glass,
        passed_over=requested.passed_over,
    )


def opening(  # noqa: PLR0913, PLR0917 - a release with its slot
    context: Context, release: Release, slot: Slot, rev: int, actor: Actor, more: Mapping[str, str] | None = None
) -> list[Put | Check]:
    """The writes that open a release in its stack's slot. ``more`` becomes part of the detail of its first entry."""
    event = Event(context.clock(), actor, PROPOSED, {**opened_detail(release), **(more or {})})
    _, puts = context.log.opening(happened(release, event), context.clock(), [event])
    taken = msgspec.structs.replace(slot, count=slot.count + 1, open=release.id)
    return [*puts, context.log.put_slot(release.stack.key, rev, taken)]


def child(
    context: Context, parent: Release, after: Running, *, automatic: bool, actor: Actor
) -> tuple[Release, Slot, int]:
    """A release that rolls ``parent`` back. It takes over the parent's slot."""
    facts = context.stack(parent)
    slot, rev = context.log.slot(parent.stack.key)
    now_running = msgspec.structs.replace(parent.after, release=parent.id, since=context.clock())
    slot = msgspec.structs.replace(slot, running=now_running)
    release = Release(
        id=release_id(context, facts, slot.count + 1),
        stack=parent.stack,
        purpose=Rollback(of=parent.id, automatic=automatic),
        requester=actor,
        groups=() if automatic else context.directory.groups(actor.person),
        reason=f"undoes {parent.id}",
        created=context.clock(),
        state=Proposed(),
        after=after,
        before=now_running,
    )
    return release, slot, rev
