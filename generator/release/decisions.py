"""What people decide about an open release: approve, reject, cancel, undo, continue. Decisions are handled in order."""

from typing import NamedTuple

import msgspec

from generator.release import gates, policy
from generator.release.agreement import APPROVED, GLASS_BROKEN
from generator.release.audit import Event
from generator.release.context import Context
from generator.release.errors import CannotExecute, CannotUndo
from generator.release.log_items import Transition
from generator.release.model.release import Allowed, Approval, Cause, Delete, Need, NeedsApproval, Release
from generator.release.model.requests import Answer, Done, ReceivedDecision, Refusal
from generator.release.model.states import (
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
    name,
)
from generator.release.steps.await_approval import discard
from generator.release.steps.execute import has_started
from generator.release.steps.roll_back import unstick
from generator.release.steps.verify import go_back
from generator.release.transitions import close, happened, step

# Enough of a binding to be sure which change somebody saw.
_SURE = 12


class Decided(NamedTuple):
    """The result of a request: the transition of the release (None if it does not change), and the answer."""

    transition: Transition | None
    answer: Answer


def decide(context: Context, release: Release, ask: ReceivedDecision) -> Decided:
    """Handle one decision.

    Raises:
        Unavailable: AWS does not answer; the decision stays in the log and is tried again.
    """
    if ask.refused or not ask.actor.person:
        why = ask.refused or context.facts.why_unknown(ask.actor)
        return Decided(None, Refusal(rule="origin" if ask.refused else "unknown person", why=why))
    match ask.request.verdict:
        case "approve":
            return _approve(context, release, ask)
        case "reject":
            return _end(context, release, ask, "rejected")
        case "cancel":
            return _end(context, release, ask, "cancelled")
        case "undo":
            return _undo(context, release, ask)
        case "continue":
            return _continue(context, release, ask)


def too_late(release: Release) -> Refusal:
    """The answer to a person whose decision comes after another one."""
    state = release.state
    last = next((m for m in reversed(release.moments) if m.who), None)
    by = f" by {last.who}" if last else ""
    now = f"{release.id} is {name(state)}"
    if isinstance(state, Closed):
        return Refusal(rule="already decided", why=f"already decided{by}: {now}. See: slipway history")
    return Refusal(rule="already decided", why=f"already decided{by}: {now}. To stop it: slipway undo {release.id}")


def _approve(context: Context, release: Release, ask: ReceivedDecision) -> Decided:  # noqa: PLR0911 - one for each reason to refuse
    state = release.state
    if isinstance(state, Proposed):
        return Decided(
            None, Refusal(rule="not ready", why="its change set is still being created; try again in a moment")
        )
    if not isinstance(state, Waiting):
        return Decided(None, too_late(release))
    seen = ask.request.binding
    if len(seen) < _SURE or not release.binding.startswith(seen):
        why = "the change is no longer the one that you looked at; look at it again, then approve it"
        return Decided(None, Refusal(rule="changed", why=why))
    if ask.request.break_glass:
        return _break_glass(context, release, ask, state)
    gate = release.gate
    rules = gate.rules if isinstance(gate, NeedsApproval) else ()
    mine = [a for a in release.approvals if a.actor.person == ask.actor.person and a.binding == release.binding]
    # Who agreed in Slack may attest it from a terminal, where a rule asks for that; they still count once.
    attests = ask.actor.attested and any(need.attested for need in rules) and not any(a.actor.attested for a in mine)
    if mine and not attests:
        return Decided(
            None,
            Refusal(rule="twice", why="you have already approved this release; ask another person to approve it"),
        )
    reasons = [policy.may_approve(need, release, ask.actor.person, ask.groups) for need in rules]
    if all(reasons):
        return Decided(None, Refusal(rule="not yours", why=reasons[0] if reasons else "this release needs no approval"))
    approval = Approval(actor=ask.actor, at=ask.at, binding=release.binding, groups=ask.groups)
    agreed = msgspec.structs.replace(release, approvals=(*release.approvals, approval))
    left = policy.open_needs(gate, agreed)
    detail = {"binding": release.binding, "groups": " ".join(ask.groups), "asked": f"{ask.at:.3f}"}
    if left:
        text = f"approved; the release still needs {needs(left, agreed)}"
        return Decided(
            step(context, agreed, state, APPROVED, actor=ask.actor, detail=detail, due=state.expires), Done(text=text)
        )
    going = Approved(since=context.clock(), expires=state.expires)
    return Decided(
        step(context, agreed, going, APPROVED, actor=ask.actor, detail=detail),
        Done(text="approved; the release starts"),
    )


def needs(left: tuple[Need, ...], release: Release) -> str:
    """``1 more approval by releasers (the template changes)``."""
    said = []
    for need in left:
        more = policy.missing(need, release)
        of = " or ".join(need.by) if need.by else "another person" if not need.requester else "any person"
        said.append(f"{more.sentence(release.id)} by {of} ({need.why})")
    return " and ".join(said)


def _break_glass(context: Context, release: Release, ask: ReceivedDecision, state: Waiting) -> Decided:
    releases = context.rules(release).releases
    why = policy.may_break_glass(releases, release.stack.environment, ask.actor, ask.groups)
    if why:
        return Decided(None, Refusal(rule="break-glass", why=why))
    reason = ask.request.break_glass
    approval = Approval(actor=ask.actor, at=ask.at, binding=release.binding, groups=ask.groups, break_glass=reason)
    broken = msgspec.structs.replace(
        release, break_glass=reason, approvals=(*release.approvals, approval),
        gate=Allowed(why=f"break glass used by {ask.actor.name}: {reason}"),
    )  # fmt: skip
    going = Approved(since=context.clock(), expires=state.expires)
    detail = {"binding": release.binding, "break-glass": reason, "note": reason, "groups": " ".join(ask.groups)}
    return Decided(
        step(context, broken, going, GLASS_BROKEN, actor=ask.actor, detail=detail),
        Done(text="break glass accepted; the release starts"),
    )


def _end(context: Context, release: Release, ask: ReceivedDecision, outcome: str) -> Decided:
    """Reject or cancel a release that has not started. One that has started is undone instead."""
    if isinstance(release.state, Closed | RollingBack | Verifying | Watching | Executing):
        return Decided(None, too_late(release))
    discard(context, release)
    if isinstance(release.state, Proposed) and release.state.change_set:
        context.cloud(release).stacks.delete(release.stack.name, release.state.change_set)
    reason = ask.request.reason
    sentence = f"{outcome} by {ask.actor.name}" + (f": {reason}" if reason else "")
    cause = Cause(stage="people", sentence=sentence, fix="nothing was changed")
    if outcome == "rejected":
        transition = close(context, release, "rejected", "rejected", cause=cause, changed=False, actor=ask.actor)
    else:
        transition = close(context, release, "cancelled", "cancelled", cause=cause, changed=False, actor=ask.actor)
    return Decided(transition, Done(text=f"{outcome}; nothing was changed"))


def _undo(context: Context, release: Release, ask: ReceivedDecision) -> Decided:  # noqa: PLR0911 - one for each state
    state = release.state
    match state:
        case Proposed() | Waiting() | Approved():
            return _end(context, release, ask, "cancelled")
        case Executing():
            return _before_it_runs(context, release, ask, state)
        case Watching():
            return _turn_back(context, release, ask, state)
        case Verifying() if isinstance(release.purpose, Delete):
            why = f"{release.stack.key} is empty already; to create it again, add it to stacks/ again and apply that"
            return Decided(None, Refusal(rule="gone", why=why))
        case Verifying():
            return _bring_back(context, release, ask)
        case RollingBack(how="stuck"):
            return _unstick(context, release, ask, state)
        case RollingBack():
            return Decided(
                None,
                Refusal(
                    rule="already decided",
                    why=f"{release.id} is already being rolled back; follow it with: slipway follow {release.id}",
                ),
            )
        case Closed():
            why = f"{release.id} has ended ({name(state)}); to release an earlier version, run:  "
            why += f"slipway rollback {release.stack.label} {release.stack.environment}"
            return Decided(None, Refusal(rule="already decided", why=why))


def _before_it_runs(context: Context, release: Release, ask: ReceivedDecision, state: Executing) -> Decided:
    """Undo while the change set is being executed.

    Without a change set nothing can start, unless it has started already.
    """
    change_set = release.change_set
    if change_set is not None and not has_started(context, release, state.token):
        try:
            discard(context, release)
        except CannotExecute:
            return _turn_back(context, release, ask, state)
        cause = msgspec.structs.replace(_wanted(ask), fix="nothing was changed")
        transition = close(context, release, "cancelled", "cancelled", cause=cause, changed=False, actor=ask.actor)
        return Decided(transition, Done(text="cancelled; nothing was changed"))
    return _turn_back(context, release, ask, state)


def _bring_back(context: Context, release: Release, ask: ReceivedDecision) -> Decided:
    """Undo after CloudFormation has finished: another release brings the last good version, if there is one."""
    transition = go_back(context, msgspec.structs.replace(release, cause=_wanted(ask)), ask.actor, automatic=False)
    if transition.release.successor:
        return Decided(transition, Done(text="the last good version is being restored"))
    cause = transition.release.cause
    why = f"{cause.sentence if cause else 'there is no earlier version'}. Release another version instead"
    return Decided(None, Refusal(rule="gone", why=why))


def _turn_back(context: Context, release: Release, ask: ReceivedDecision, state: Executing | Watching) -> Decided:
    if release.creates:
        why = (
            "the creation of a stack can't be stopped; if it fails, CloudFormation deletes what it created. Wait "
            "until it ends"
        )
        return Decided(None, Refusal(rule="creating", why=why))
    rolling = RollingBack(since=context.clock(), how="operation", token=state.token, by=ask.actor)
    undone = msgspec.structs.replace(release, cause=_wanted(ask))
    transition = step(
        context, undone, rolling, "rollback requested", actor=ask.actor, detail={"reason": ask.request.reason}
    )
    return Decided(transition, Done(text="the rollback has started"))


def _wanted(ask: ReceivedDecision) -> Cause:
    reason = f": {ask.request.reason}" if ask.request.reason else ""
    return Cause(stage="people", sentence=f"undone by {ask.actor.name}{reason}")


def _unstick(context: Context, release: Release, ask: ReceivedDecision, state: RollingBack) -> Decided:
    skip = tuple(dict.fromkeys(ask.request.skip))
    unknown = sorted(set(skip) - set(state.stuck))
    command = f"slipway undo {release.id} " + " ".join(f"--skip {name_}" for name_ in state.stuck)
    if unknown:
        why = (
            f"{', '.join(unknown)} can't be skipped, because the rollback did not fail there; name only these: "
            f"{', '.join(state.stuck) or 'none'}"
        )
        return Decided(None, Refusal(rule="skip", why=why))
    if not skip and state.stuck and ask.request.reason != "retry":
        why = (
            f"these resources could not be rolled back: {', '.join(state.stuck)}. Correct the cause and retry with "
            f"`slipway undo {release.id} --reason retry`, or skip them with `{command}`"
        )
        return Decided(None, Refusal(rule="skip", why=why))
    try:
        transition = unstick(context, release, skip, ask.actor)
    except CannotUndo as error:
        return Decided(None, Refusal(rule="moved on", why=str(error)))
    return Decided(transition, Done(text="the rollback continues"))


def _continue(context: Context, release: Release, ask: ReceivedDecision) -> Decided:
    """Continue a rollout that is waiting. Who may approve an image may continue it."""
    progress = release.progress
    if not isinstance(release.state, Watching) or not progress.hook:
        return Decided(None, Refusal(rule="no gate", why=f"{release.id} is not waiting at a gate; see: slipway status"))
    if ask.request.hook and ask.request.hook != progress.hook:
        return Decided(
            None,
            Refusal(rule="changed", why="the rollout is no longer waiting at that gate; look at the release again"),
        )
    rules = context.rules(release)
    asked = policy.approvers(rules.releases.approvals, "image", protected=rules.protected)
    held = policy.held(rules, release, context.log.locks(release.stack.environment), context.clock())
    if held is not None:
        return Decided(None, Refusal(rule=held.rule, why=f"the gate stays closed: {held.why}"))
    need = gates.need(asked)
    refused = policy.may_approve(need, release, ask.actor.person, ask.groups)
    if not refused and asked.attested and not ask.actor.attested:
        refused = f"this gate asks for an attested decision; decide in a terminal: slipway continue {release.id}"
    if refused:
        return Decided(None, Refusal(rule="not yours", why=refused))
    try:
        context.cloud(release).services.continue_deployment(progress.deployment, progress.hook, continue_rollout=True)
    except CannotUndo as error:
        return Decided(None, Refusal(rule="moved on", why=str(error)))
    event = Event(
        context.clock(),
        ask.actor,
        "continued the rollout at its gate",
        {"hook": progress.hook, "stage": progress.hook_stage},
    )
    passed = msgspec.structs.replace(progress, hook="", hook_stage="", hook_expires=0.0)
    return Decided(
        Transition(happened(release, event, progress=passed), context.poll(), [event]),
        Done(text="the rollout continues"),
    )
