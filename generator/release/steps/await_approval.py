"""Waiting for approvals, expiry, and the last comparison before anything runs."""

from collections.abc import Sequence
from secrets import token_hex

import msgspec

from generator.release import policy
from generator.release.agreement import Agreement, agreement
from generator.release.approval_digest import binding, policy_digest
from generator.release.audit import Entry
from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.errors import TooLarge
from generator.release.fed_values import refreshes
from generator.release.log_items import Transition
from generator.release.model.change import ChangeSet
from generator.release.model.observed import Gone, Ready
from generator.release.model.release import Cause, ChangeClass, Release
from generator.release.model.states import Approved, Executing, Waiting
from generator.release.steps.change_set_input import fed_values_changed
from generator.release.steps.image_retention import retain_images
from generator.release.steps.policy_comparison import with_policy
from generator.release.steps.request_approval import ask_people, standing, whole
from generator.release.steps.version_comparison import unlike_version
from generator.release.transitions import close, later, step

# While nothing is heard, what people are asked about is compared with AWS this often, in seconds.
_LOOK_AGAIN = 1800.0
# A lock or freeze that began after the approval is looked at again this often.
_HELD_AGAIN = 30.0


def waiting(context: Context, release: Release, state: Waiting) -> Transition:
    """Expire, remind, or close as superseded when the change is no longer what people see."""
    now = context.clock()
    if now >= state.expires:
        return expire(context, release)
    changed = _void(release, described(context, release))
    if changed:
        return supersede(context, release, changed)
    nudge = state.since + context.rules(release).releases.nudge_minutes * 60
    if now >= nudge and not state.nudged:
        reminded = Waiting(since=state.since, expires=state.expires, nudged=True)
        return step(context, release, reminded, "reminded the approvers", due=min(now + _LOOK_AGAIN, state.expires))
    return later(
        release, min(t for t in (nudge if not state.nudged else state.expires, now + _LOOK_AGAIN, state.expires))
    )


def approved(context: Context, release: Release, state: Approved) -> Transition:
    """Compare the current change with the approved one, ask the policy again, and only then let it run."""
    now = context.clock()
    if now >= state.expires:
        return expire(context, release)
    checked = _checked(context, release)
    if isinstance(checked, Transition):
        return checked
    release = checked
    rules = context.rules(release)
    gate = policy.gate(rules, release, release.classes)
    still = policy.standing(release, context.facts.people)
    if policy.open_needs(gate, still):
        again = Waiting(since=now, expires=state.expires)
        return step(context, still, again, "approvals are no longer sufficient", due=state.expires, gate=gate)
    held = policy.held(rules, release, context.log.locks(release.stack.environment), now)
    if held is not None:
        due = min(now + _HELD_AGAIN, state.expires)
        if state.held == held.why:
            return later(release, due)
        kept = Approved(since=state.since, expires=state.expires, held=held.why)
        return step(context, release, kept, "held back", due=due, detail={"note": held.why})
    # The token is in the log before it is used: trying again is the same attempt.
    retain_images(context, release)
    executing = Executing(since=now, token=f"{release.id}-{token_hex(8)}")
    return step(
        context, release, executing, "execution started", detail={"binding": release.binding, "token": executing.token}
    )


def _checked(context: Context, release: Release) -> Release | Transition:
    """Compare the release with its audit chain and with AWS. A transition that ends it if they differ."""
    entries = tuple(context.log.entries(f"release/{release.id}"))
    agreed = agreement(release, entries)
    if isinstance(agreed, str):
        return _altered(context, release, entries, agreed)
    found = described(context, release)
    if isinstance(found, Gone) or _void(release, found):
        return supersede(context, release, _void(release, found))
    looked = unlike_version(context, release, found) or _look_again(context, release, found, agreed)
    if isinstance(looked, str):
        return supersede(context, release, looked)
    if agreed.policy != policy_digest(context.facts, release.stack):
        # The same change, and another question: who may agree to the change set can't be executed. Everybody is asked again.
        return ask_people(context, msgspec.structs.replace(release, approvals=()), found)
    return msgspec.structs.replace(looked, approvals=agreed.approvals, break_glass=agreed.break_glass)


def expire(context: Context, release: Release) -> Transition:
    """The release has expired without an answer."""
    discard(context, release)
    sentence = (
        "it was not approved in time"
        if isinstance(release.state, Waiting)
        else ("it was held back by a lock or a freeze until it expired")
    )
    cause = Cause(stage="people", sentence=sentence, fix="request the release again")
    return close(context, release, "expired", "expired", cause=cause, changed=False)


def supersede(context: Context, release: Release, why: str) -> Transition:
    """The change that would run is no longer the one that people approved, or were asked about."""
    discard(context, release)
    cause = Cause(stage="stack", sentence=why, fix="request the release again and approve the new change set")
    return close(context, release, "superseded", "superseded", cause=cause, changed=False)


def discard(context: Context, release: Release) -> None:
    """Delete the change set of a release that will not run."""
    if release.change_set is not None:
        context.cloud(release).stacks.delete(release.stack.name, release.change_set.name)


def described(context: Context, release: Release) -> ChangeSet | Gone:
    """The change set as it is now, read by its ARN: read by name, an obsolete one looks empty."""
    known = release.change_set
    if known is None:
        return Gone(reason="there is no change set")
    found = context.cloud(release).stacks.change_set(known.stack_name, known.name, known.arn)
    if isinstance(found, Ready):
        return found.change_set
    return found if isinstance(found, Gone) else Gone(reason="the change set can't be executed")


def _void(release: Release, found: ChangeSet | Gone) -> str:
    """Why the change set can't be executed any more; "" if it can."""
    if isinstance(found, Gone):
        return f"{release.stack.name} was changed by another operation: {found.reason or 'the change set was deleted'}"
    if found.execution != "AVAILABLE":
        return f"{release.stack.name} was changed by another operation: the change set is {found.execution}"
    return ""


def _look_again(context: Context, release: Release, found: ChangeSet, agreed: Agreement) -> Release | str:
    """The release with its current classes, or why it is not exactly what was approved."""
    known = release.change_set
    if known is None:
        return "the change set was deleted"
    stacks = context.cloud(release).stacks
    if stacks.resolve(known.stack_id, known.name) != known.arn:
        return "the change set was replaced by another one of the same name"
    carried = stacks.change_set_template(known.arn, known.stack_id)
    creates = found.kind == "CREATE"
    before = None if creates else stacks.template(known.stack_id)
    found = whole(context, release, found, carried)
    moved = fed_values_changed(context, release, found, before)
    if moved:
        return moved
    try:
        reading = context.reader.read(release.stack, found, before, carried, look_up=False)
    except TooLarge as error:
        return f"the change can't be read: {error}"
    reading = with_policy(context, release, reading)
    if binding(found, reading.meaning, agreed.policy) != agreed.binding:
        return "the change set, or its meaning, is not what was approved"
    same = before is not None and template_digest(before) == found.template
    release = msgspec.structs.replace(release, creates=creates, image_only=same and not refreshes(release))
    limit = context.rules(release).releases.cost_limit_usd
    classes = policy.classes(release, found, reading, limit, standing(context, release))
    # What it costs was looked up when people were asked, and is not looked up again.
    cost: tuple[ChangeClass, ...] = ("cost",) if "cost" in agreed.classes and "cost" not in classes else ()
    return msgspec.structs.replace(release, classes=(*classes, *cost))


def _altered(context: Context, release: Release, entries: Sequence[Entry], why: str) -> Transition:
    """The log does not confirm the release: somebody wrote to it, so nothing runs because of it."""
    discard(context, release)
    last = entries[-1] if entries else None
    # What is written now follows the chain as it is, whatever the row says of it.
    release = msgspec.structs.replace(
        release, chain=last.number if last else 0, head=last.hash if last else "", approvals=()
    )
    cause = Cause(
        stage="policy",
        sentence=f"the release log was changed by somebody other than a worker: {why}",
        fix="run `slipway audit verify`, find out who wrote to the release table, then propose it again",
    )
    return close(context, release, "failed", "the log was altered", cause=cause, changed=False)
