"""From a change set to the approvers: what it means, which rules require whose approval, and what they approve."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from generator.release import policy
from generator.release.agreement import NOBODY_ASKED, WAITS, restores
from generator.release.approval_digest import binding, policy_digest
from generator.release.context import Context
from generator.release.digests import template_digest
from generator.release.environment_state import is_in_use
from generator.release.errors import TooLarge
from generator.release.exports import exports_something, imported, in_use
from generator.release.fed_values import refreshes
from generator.release.log_items import Transition
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading
from generator.release.model.release import Approval, Cause, NeedsApproval, Release, Restart, Rollback
from generator.release.model.states import Approved, Waiting
from generator.release.steps.database_versions import older_version
from generator.release.steps.listener_conflicts import ChangeTarget, refused_rule
from generator.release.steps.policy_comparison import with_policy
from generator.release.transitions import close, step


def ask_people(context: Context, release: Release, change_set: ChangeSet) -> Transition:
    """Read a change set, describe its meaning, and find out who must approve. What is too large to read is refused."""
    try:
        return _read_and_ask(context, release, change_set)
    except (TooLarge, RecursionError) as error:
        context.cloud(release).stacks.delete(release.stack.name, change_set.name)
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        cause = Cause(
            stage="change-set", sentence=f"the change can't be read: {why}",
            fix="make the template smaller or less nested, for example as two stacks, and publish it again",
        )  # fmt: skip
        return close(context, release, "failed", "the change can't be read", cause=cause, changed=False)


def _read_and_ask(context: Context, release: Release, change_set: ChangeSet) -> Transition:
    stacks = context.cloud(release).stacks
    carried = stacks.change_set_template(change_set.arn, change_set.stack_id)
    change_set = whole(context, release, change_set, carried)
    if change_set.template != release.after.template:
        stacks.delete(release.stack.name, change_set.name)
        cause = Cause(stage="change-set", sentence="the template of the change set is not the template of the version")
        return close(context, release, "failed", "the change set is not what was requested", cause=cause, changed=False)
    creates = change_set.kind == "CREATE"
    before = None if creates else stacks.template(change_set.stack_id)
    same = before is not None and template_digest(before) == change_set.template
    release = msgspec.structs.replace(release, creates=creates, image_only=same and not refreshes(release))
    reading = context.reader.read(release.stack, change_set, before, carried, look_up=True)
    reading = with_policy(context, release, reading)
    rules = context.rules(release)
    unbound = policy.unbound(rules, reading)
    if unbound:
        stacks.delete(release.stack.name, change_set.name)
        cause = Cause(
            stage="change-set", sentence=unbound[0].sentence, evidence=tuple(row.sentence for row in unbound[1:]),
            fix=f"{unbound[0].fix}, and publish it again",
        )  # fmt: skip
        what = "it would run something that can't be approved"
        return close(context, release, "failed", what, cause=cause, changed=False, reading=reading)
    impossible = _impossible(context, release, change_set, (before, carried), reading)
    if impossible is not None:
        stacks.delete(release.stack.name, change_set.name)
        what, cause = impossible
        return close(context, release, "failed", what, cause=cause, changed=False, reading=reading)
    found = policy.classes(release, change_set, reading, rules.releases.cost_limit_usd, standing(context, release))
    decided = policy.gate(rules, release, found)
    if policy.opened_by_a_workflow(rules, release, decided):
        stacks.delete(release.stack.name, change_set.name)
        cause = Cause(
            stage="change-set", sentence=f"a workflow opened it, and in {rules.name} such a change needs no approval",
            fix=f"let a person release it, or write `releases: {{ automatic: true }}` for {rules.name}",
        )  # fmt: skip
        return close(
            context, release, "failed", "a person must release it", cause=cause, changed=False, reading=reading
        )
    release = msgspec.structs.replace(
        release, change_set=slim(change_set), reading=reading, classes=found, gate=decided,
        binding=binding(change_set, reading.meaning, policy_digest(context.facts, release.stack)),
    )  # fmt: skip
    release = msgspec.structs.replace(release, approvals=_asking_is_agreeing(context, release))
    expires = context.clock() + rules.releases.expires_minutes * 60
    detail = {
        "binding": release.binding,
        "policy": policy_digest(context.facts, release.stack),
        "classes": " ".join(found),
        "change-set": change_set.arn,
    }
    if release.approvals:
        detail["agrees"] = "requester"
    if not policy.open_needs(decided, release):
        why = (
            decided.why if not isinstance(decided, NeedsApproval) else f"{release.requester.name} asked for it, and may"
        )
        return step(
            context,
            release,
            Approved(since=context.clock(), expires=expires),
            NOBODY_ASKED,
            detail={**detail, "note": why},
        )
    nudge = context.clock() + rules.releases.nudge_minutes * 60
    waiting = Waiting(since=context.clock(), expires=expires)
    return step(context, release, waiting, WAITS, due=min(nudge, expires), detail=detail)


def _impossible(
    context: Context, release: Release, change_set: ChangeSet, templates: tuple[Mapping[str, Any] | None, Mapping[str, Any]],
    reading: Reading,
) -> tuple[str, Cause] | None:  # fmt: skip
    """Why the change would fail or break the service in the current state of AWS, and the short name of that."""
    # For a rollback it is tried all the same: what was wrong here must not keep people from going back.
    if isinstance(release.purpose, Rollback):
        return None
    before, carried = templates
    refused = reading.meaning.refused
    if refused:
        cause = Cause(
            stage="change-set", sentence=f"{refused[0].logical_id}: {refused[0].why}", fix=refused[0].fix,
            evidence=tuple(f"{row.logical_id}: {row.why}; {row.fix}" for row in refused[1:]),
        )  # fmt: skip
        return "AWS would refuse this change", cause
    target = ChangeTarget(release.stack, context.cloud(release), context.clouds, context.facts)
    if (older := older_version(target, change_set, carried)) is not None:
        return "AWS would refuse this change", older
    if exports_something(before):
        stacks = context.cloud(release).stacks
        used = in_use(stacks, stacks.describe(change_set.stack_id), before, carried, change_set)
        if used:
            return "AWS would refuse this change", imported(used)
    held = refused_rule(target, change_set, carried)
    return ("the load balancer's rules do not allow it now", held) if held is not None else None


def whole(context: Context, release: Release, change_set: ChangeSet, carried: Mapping[str, Any]) -> ChangeSet:
    """A change set with what DescribeChangeSet leaves out: the digest of its template, and the role it was given.

    AWS does not tell a change set's role; IAM lets the worker make none with another
    (templates.foundation.change_sets).
    """
    role = context.clouds.execution_role(release.stack)
    return msgspec.structs.replace(change_set, template=template_digest(carried), role=role)


def standing(context: Context, release: Release) -> policy.StackHistory:
    """What a class depends on besides the change itself, from the log."""
    in_use = not release.creates or is_in_use(context, release.stack)
    restored = False
    if isinstance(release.purpose, Rollback) and release.purpose.of:
        undone = list(islice(context.log.entries(f"release/{release.purpose.of}"), 1))
        restored = restores(release, undone)
    return policy.StackHistory(in_use, restored)


def _asking_is_agreeing(context: Context, release: Release) -> tuple[Approval, ...]:
    """For a rollback or a restart, the request itself counts as approval, if the rule allows that."""
    who = release.requester
    if not isinstance(release.purpose, Rollback | Restart) or not isinstance(release.gate, NeedsApproval):
        return ()
    if not who.person:
        return ()
    mine = [
        n for n in release.gate.rules if n.requester and not policy.may_approve(n, release, who.person, release.groups)
    ]
    return (Approval(actor=who, at=context.clock(), binding=release.binding, groups=release.groups),) if mine else ()


# A value of a property that is longer is cut in the log; what counts is bound by digest and described again.
_LONGEST = 1000
# Characters of added resources, whole, that the log keeps for `diff` and the card: far from the 400 KB of an item.
_ADDED = 60_000
# Characters of a modified resource that are kept for the names in it, and whether a path has a number of a list's item.
_NAMES = 16_000
_NUMBERED = re.compile(r"/[0-9]+(/|$)").search


def slim(change_set: ChangeSet) -> ChangeSet:
    """A change set as it is stored in the log, cut to fit: an item of DynamoDB takes 400 KB.

    What is added is kept whole, as far as there is room: it has no other value that people could look at. After it, what
    names the items of lists whose properties change: a path has only their numbers.
    """
    room = _ADDED
    kept: set[str] = set()
    added = [change for change in change_set.changes if change.action in {"Add", "Import"}]
    for change in sorted(added, key=lambda c: (len(c.after or ""), c.logical_id)):
        room -= len(change.after or "")
        if room >= 0:
            kept.add(change.logical_id)

    for change in change_set.changes:
        size = len(change.after or "")
        if change.action == "Modify" and size <= min(room, _NAMES) and any(_NUMBERED(d.path) for d in change.details):
            room -= size
            kept.add(change.logical_id)

    def cut(text: str | None) -> str | None:
        return text if text is None or len(text) <= _LONGEST else text[:_LONGEST] + "…"

    return msgspec.structs.replace(
        change_set,
        changes=tuple(
            msgspec.structs.replace(
                c,
                before=None,
                after=c.after if c.logical_id in kept else None,
                details=tuple(
                    msgspec.structs.replace(d, before=cut(d.before), after=cut(d.after)) for d in c.details[:50]
                ),
            )
            for c in change_set.changes
        ),
    )
