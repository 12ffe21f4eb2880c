"""Who must approve a release, and whether they did. Pure: the same answer for the CLI and for chat."""

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from generator.release.freezes import frozen
from generator.release.model.change import ChangeSet
from generator.release.model.log_records import LockNow
from generator.release.model.people import Actor
from generator.release.model.platform import EnvironmentRules
from generator.release.model.preview import MutableInput, Reading, ResourceEffect
from generator.release.model.release import (
    Allowed,
    Approval,
    ChangeClass,
    Delete,
    Gate,
    Need,
    NeedsApproval,
    Refused,
    Release,
    Restart,
    Rollback,
)
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.scope_names import call_scope, command_scope

# What an image-only release changes, and how (facts: expected diff for ImageUri only).
_IMAGE_CHANGES = {
    ("AWS::ECS::TaskDefinition", "True"), ("AWS::ECS::Service", "False"), ("AWS::Lambda::Function", "False"),
}  # fmt: skip
_WHY: dict[ChangeClass, str] = {
    "image": "the image changes and nothing else",
    "template": "the template changes",
    "stateful": "a resource that holds data may be replaced or deleted",
    "iam": "permissions are added",
    "exposure": "network or public access is added",
    "cost": "the monthly cost rises by more than the limit, or is not known",
    "create": "the stack is created for the first time",
    "rollback": "an earlier version is released again",
    "restart": "new tasks of the same version start and nothing else",
    "delete": "the stack is emptied and deleted",
}
# Where nothing is written: a protected environment asks, another does not.
# A rollback that does one of these asks, also where it comes by itself.
_ASKED_ON_THE_WAY_BACK: set[ChangeClass] = {"stateful", "iam", "exposure"}
_ONE = Approvers(people=1)
_TWO = Approvers(people=2)
_NOBODY = Approvers(people=0)
_ITSELF = Approvers(people=1, requester=True)
_PROTECTED: dict[ChangeClass, Approvers] = {
    "image": _ONE, "template": _ONE, "stateful": _TWO, "iam": _TWO, "exposure": _TWO, "cost": _ONE,
    "create": _NOBODY, "rollback": _ITSELF, "restart": _ITSELF, "delete": _ONE,
}  # fmt: skip
# Classes that `default` does not raise: what is not written for them is what protection implies.
APART: frozenset[ChangeClass] = frozenset({"create", "rollback", "restart"})


class StackHistory(NamedTuple):
    """What a class depends on besides the change: is the environment in use, and does a rollback restore what ran."""

    in_use: bool = True
    restores: bool = False


def classes(
    release: Release, change_set: ChangeSet, reading: Reading | None, limit_usd: float, at: StackHistory
) -> tuple[ChangeClass, ...]:
    """The classes of a change. Without a reading, every template change counts as the worst.

    A rollback to exactly what ran before is ``rollback`` whatever it changes. Only changes to data still need their own
    approval. A new stack is ``create`` while its environment is being created, and a change to it like any other after.
    """
    deletes = isinstance(release.purpose, Delete)
    if release.creates and not at.in_use and not deletes:
        return ("create",)
    going_back = isinstance(release.purpose, Rollback) and bool(release.purpose.of)
    only_image = release.image_only and is_image_only(change_set)
    found: list[ChangeClass] = ["create"] if release.creates else []
    kind = _kind(release, change_set) if only_image else "template"
    found.append("delete" if deletes else "rollback" if going_back else kind)
    if reading is None:
        known = only_image and not deletes and not release.creates
        return tuple(found) if known else (*found, "stateful", "iam", "exposure")
    meaning = reading.meaning
    if any(_touches_data(row, deletes=deletes) for row in meaning.effects):
        found.append("stateful")
    if going_back and at.restores:
        return tuple(found)
    if meaning.gains or meaning.mutable:
        found.append("iam")
    if meaning.exposures:
        found.append("exposure")
    cost = reading.shown.cost
    if not only_image and cost is not None and (cost.more > limit_usd or cost.unknown):
        found.append("cost")
    return tuple(found)


def _touches_data(row: ResourceEffect, *, deletes: bool) -> bool:
    """Whether data may be lost. A database that is replaced or removed but kept needs this approval too.

    Where a whole stack is deleted, unknown effects on its rules and roles do not count as data.
    """
    gone = row.stateful and row.action in {"Remove", "Replace"}
    return gone or row.effect in {"data-loss", "irreversible", "refused"} or (row.effect == "unknown" and not deletes)


def unbound(rules: EnvironmentRules, reading: Reading) -> tuple[MutableInput, ...]:
    """Names in a change that may refer to something else tomorrow, and that this environment does not allow."""
    allowed = set(rules.releases.allow)
    return tuple(row for row in reading.meaning.mutable if not (row.may_be_allowed and row.name in allowed))


def is_image_only(change_set: ChangeSet) -> bool:
    """Whether only the task definition (a new revision) and the service that runs it change."""
    return bool(change_set.changes) and all(
        c.action == "Modify" and (c.type, c.replacement) in _IMAGE_CHANGES for c in change_set.changes
    )


def _kind(release: Release, change_set: ChangeSet) -> ChangeClass:
    """A restart changes only the service: its tasks use the task definition that it has."""
    only_service = all(c.type == "AWS::ECS::Service" for c in change_set.changes)
    return "restart" if only_service and isinstance(release.purpose, Restart) else "image"


def approvers(approvals: Approvals, rule: ChangeClass, *, protected: bool) -> Approvers:
    """The approvers for one class: those configured for it, else the default, else what protection implies."""
    written: Approvers | None = getattr(approvals, rule)
    if written is not None:
        return written
    if approvals.default is not None and rule not in APART:
        return approvals.default
    return _PROTECTED[rule] if protected else _NOBODY


def gate(rules: EnvironmentRules, release: Release, found: Iterable[ChangeClass]) -> Allowed | NeedsApproval:
    """The approvals that a release needs once its change set has been read."""
    found = tuple(found)
    if _is_automatic(release) and not _ASKED_ON_THE_WAY_BACK & set(found):
        return Allowed(why="verification failed, and the policy restores the last good version automatically")
    if found == ("restart",) and isinstance(release.purpose, Restart) and release.purpose.secret:
        return Allowed(why=f"{release.purpose.secret} was rotated, and restart_on_rotation starts the tasks again")
    if release.break_glass:
        return Allowed(why=f"break glass used by {release.requester.name}: {release.break_glass}")
    needs = []
    for rule in found:
        asked = approvers(rules.releases.approvals, rule, protected=rules.protected)
        if asked.people:
            needs.append(
                Need(
                    rule=rule, people=asked.people, by=asked.by, requester=asked.requester, why=_WHY[rule],
                    attested=asked.attested,
                )
            )  # fmt: skip
    if needs:
        return NeedsApproval(rules=tuple(needs))
    return Allowed(why=f"{rules.name} needs no approval when {' and '.join(_WHY[rule] for rule in found)}")


def asks_nobody(rules: EnvironmentRules) -> bool:
    """Whether no deployment to an environment needs approval, whatever it changes."""
    going_forward = [rule for rule in _WHY if rule not in APART]
    return not any(approvers(rules.releases.approvals, r, protected=rules.protected).people for r in going_forward)


def opened_by_a_workflow(rules: EnvironmentRules, release: Release, found: Gate) -> bool:
    """Whether a workflow opened a release that needs no approval, although the environment does not set ``automatic``."""
    automatic = release.requester.channel != "ci" or rules.releases.automatic
    return not automatic and not open_needs(found, release)


def held(rules: EnvironmentRules, release: Release, locks: Sequence[LockNow], now: float) -> Refused | None:
    """A lock or a freeze that holds a release back now.

    A freeze never holds back a rollback. Break glass skips locks and freezes.
    """
    if release.break_glass or _is_automatic(release):
        return None
    return refusal(rules, release.stack.key, locks, now, going_back=isinstance(release.purpose, Rollback))


def _is_automatic(release: Release) -> bool:
    return isinstance(release.purpose, Rollback) and release.purpose.automatic


def refusal(
    rules: EnvironmentRules, key: str, locks: Sequence[LockNow], now: float, *, going_back: bool
) -> Refused | None:
    """A lock or a freeze that applies to this stack now. ``going_back`` ignores freezes, but not locks."""
    for lock in locks:
        if lock.holds(key, now) and not (lock.freeze and going_back):
            what = "frozen" if lock.freeze else "locked"
            return Refused(
                rule="freeze" if lock.freeze else "lock",
                why=f"{call_scope(lock.scope)} has been {what} by {lock.actor.name} for {lock.age(now)}{lock.end}: {lock.reason}. "
                f"Ask them, or remove it with: slipway unlock {command_scope(lock.scope)}",
                until=lock.until,
            )
    holding = None if going_back else frozen(rules.releases.freezes, now)
    if holding is not None:
        return Refused(
            rule="freeze",
            why=f"{rules.name} is frozen: {holding.reason}. Wait: it is frozen {holding.end}. Or use break glass with a reason",
            until=holding.until,
        )
    return None


def open_needs(found: Gate | None, release: Release) -> tuple[Need, ...]:
    """The rules that are not satisfied yet by the approvals that hold the release's binding."""
    if not isinstance(found, NeedsApproval):
        return ()
    return tuple(need for need in found.rules if any(missing(need, release)))


class Missing(NamedTuple):
    """How many approvals a rule still needs in all, and how many of those at least must be attested by AWS."""

    people: int
    attested: int

    def sentence(self, release: str) -> str:
        """``2 more approvals, 1 of them from a terminal (slipway approve prod-app-3),``."""
        count = max(self)
        text = f"{count} more {'approval' if count == 1 else 'approvals'}"
        if not self.attested:
            return text
        which = "" if self.attested == count else f"{self.attested} of them "
        return f"{text}, {which}from a terminal (slipway approve {release}),"


def missing(need: Need, release: Release) -> Missing:
    """What a rule still needs. Who approved in Slack may approve again in a terminal, and counts once."""
    return Missing(
        people=max(0, need.people - len(counting(need, release))),
        attested=max(0, need.attested - len(counting(need, release, attested=True))),
    )


def counting(need: Need, release: Release, *, attested: bool = False) -> tuple[str, ...]:
    """People whose approval counts for a rule, each once. With ``attested``, only those whom AWS attests."""
    return tuple(
        dict.fromkeys(
            a.actor.person
            for a in release.approvals
            if a.binding == release.binding and may(need, release, a) and (a.actor.attested or not attested)
        )
    )


def wants_attested(approvals: Approvals) -> bool:
    """Whether an environment requires an attested identity for any rule.

    Then Slack's word is not enough for break glass.
    """
    written = (getattr(approvals, name) for name in Approvals.__struct_fields__)
    return any(rule is not None and rule.attested for rule in written)


def standing(release: Release, people: Container[str]) -> Release:
    """The release without the approvals of people who are no longer in the configuration."""
    return replace(release, approvals=tuple(a for a in release.approvals if a.actor.person in people))


def may(need: Need, release: Release, approval: Approval) -> bool:
    """Whether this approval counts for a rule."""
    return may_approve(need, release, approval.actor.person, approval.groups) == ""


def may_approve(need: Need, release: Release, person: str, groups: Sequence[str]) -> str:
    """Why a person can't approve under a rule. "" if they can."""
    if not person:
        return "you are not a known person; ask an administrator to add you under `people:` in platform.yaml"
    if need.by and person not in need.by and not set(groups) & set(need.by):
        return f"this needs the approval of {' or '.join(need.by)}; ask one of them"
    if not need.requester and person == release.requester.person:
        return "you requested this release, so you can't approve it; ask another person"
    return ""


def may_break_glass(releases: Releases, environment: str, actor: Actor, groups: Sequence[str]) -> str:
    """Why somebody may not use break glass. "" if they may."""
    allowed, person = releases.break_glass, actor.person
    if not person or not (person in allowed or set(groups) & set(allowed)):
        if not allowed:
            return (
                f"nobody may use break glass in {environment}: its `releases.break_glass` names no team and no person"
            )
        return f"only {', '.join(allowed)} may use break glass in {environment}; ask them"
    if wants_attested(releases.approvals) and not actor.attested:
        return (
            f"{environment} asks for attested approvals, so break glass is used from a terminal only, where AWS "
            "attests "
            "who you are: add --break-glass REASON to the command of slipway"
        )
    return ""
