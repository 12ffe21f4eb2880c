"""One row for each change: its effect, the reason, and the AWS page that says so."""

from collections.abc import Iterable

import msgspec

from generator.preview.change_context import ChangeContext
from generator.preview.replacement_schemas import schema
from generator.preview.risk import cited_fact
from generator.preview.risk.additions import ADDED
from generator.preview.risk.cited_fact import Fact, PropertyChange, TypeRules, page
from generator.preview.risk.delegated import CONSULTED
from generator.preview.risk.in_place import IN_PLACE
from generator.preview.risk.protection import lost_protections
from generator.preview.risk.refusals import refusal
from generator.preview.risk.removals import REMOVED, REPLACED
from generator.preview.risk.replacement import ChangedAttribute, changed_attributes, is_replaced, value_changes
from generator.preview.risk.stateful import FINAL, STATEFUL, is_stateful
from generator.preview.template_resolution import references, unresolved_parts
from generator.release.model.change import ResourceChange
from generator.release.model.preview import EFFECTS, ResourceEffect

_BESIDES = {
    "Tags": "tags change",
    "Metadata": "metadata changes, the resource does not",
    "DeletionPolicy": "what happens when it is removed changes, the resource does not",
    "UpdateReplacePolicy": "what happens when it is replaced changes, the resource does not",
    "UpdatePolicy": "how later updates are done changes, the resource does not",
    "CreationPolicy": "applies when the resource is created; the resource does not change",
}


def effects(context: ChangeContext) -> tuple[ResourceEffect, ...]:
    """A row for each change, the worst first, then by logical id."""
    rows = [_refused_or(context, change, _row(context, change)) for change in context.change_set.changes]
    return tuple(sorted(rows, key=lambda row: (-EFFECTS.index(row.effect), row.logical_id)))


def _refused_or(context: ChangeContext, change: ResourceChange, row: ResourceEffect) -> ResourceEffect:
    """The row. If AWS refuses the change, the refusal replaces its effect."""
    fact = refusal(context, change, replaced=row.action == "Replace")
    if fact is None:
        return row
    return msgspec.structs.replace(row, effect=fact.effect, why=fact.why, source=fact.source, fix=fact.fix)


def _row(context: ChangeContext, change: ResourceChange) -> ResourceEffect:
    match change.action:
        case "Add":
            return _told(change, "Add", _added(context, change))
        case "Import":
            return _told(
                change, "Import", Fact("none", "it is imported into the stack as it is", cited_fact.CHANGE_SETS)
            )
        case "Remove":
            return _told(change, "Remove", _removed(change))
        case "Modify":
            return _modified(context, change)
        case "Dynamic":
            return _told(
                change,
                "Dynamic",
                Fact("unknown", "its effect is known only during the change", cited_fact.CHANGE_SETS),
            )
        case "SyncWithActual":
            return _told(
                change,
                "SyncWithActual",
                Fact(
                    "unknown",
                    "what somebody changed outside of CloudFormation is set back to the template",
                    cited_fact.CHANGE_SETS,
                ),
            )


def _told(
    change: ResourceChange, action: str, fact: Fact, properties: Iterable[str] = (), cause: str = ""
) -> ResourceEffect:
    return ResourceEffect(
        logical_id=change.logical_id,
        type=change.type,
        action=action,
        effect=fact.effect,
        why=fact.why,
        source=fact.source,
        properties=tuple(properties),
        cause=cause,
        # What nobody here knows may hold data.
        stateful=is_stateful(change.type) or (change.action == "Remove" and change.type not in REMOVED),
        assumed=fact.assumed,
        weakens=fact.weakens,
        fix=fact.fix,
    )


def _added(context: ChangeContext, change: ResourceChange) -> Fact:
    new = Fact("none", "it is new: nothing depends on it yet", cited_fact.CHANGE_SETS)
    fact = ADDED.get(change.type)
    if fact is None:
        known = schema(change.type) is not None
        return (
            new
            if known
            else Fact("unknown", f"{change.type} is not a type of AWS that Slipway knows", cited_fact.CHANGE_SETS)
        )
    named = {name.partition(".")[0] for name in references(context.new(change.logical_id) or {})}
    there = named & set(context.after.resources)
    if context.is_new or (there and there <= context.added):
        return new
    return fact


def _removed(change: ResourceChange) -> Fact:
    what = STATEFUL.get(change.type, "")
    match change.policy_action:
        case "Retain":
            kept = f" with {what}" if what else ""
            return Fact(
                "none",
                f"it is removed from the stack and stays in the account{kept}; no stack manages it any more",
                cited_fact.DELETION_POLICY,
            )
        case "Snapshot":
            return Fact("downtime", f"it is deleted; a snapshot keeps {what or 'its data'}", cited_fact.DELETION_POLICY)
        case _:
            pass
    if change.type in FINAL:
        return Fact(
            "irreversible",
            f"the key is deleted after its waiting period; then {what} can't be read any more",
            cited_fact.KMS_DELETION,
        )
    if what:
        return Fact("data-loss", f"it is deleted with {what}", cited_fact.DELETION_POLICY)
    return REMOVED.get(
        change.type, Fact("unknown", "whether something still uses it is not known", cited_fact.UPDATE_BEHAVIOURS)
    )


# What a new one is made from, where it is not made empty.
_SOURCES = ("DBSnapshotIdentifier", "SnapshotIdentifier", "SnapshotName", "SnapshotArns", "SnapshotId", "RestoreTime")


def _fresh(context: ChangeContext, change: ResourceChange) -> str:
    new = context.new(change.logical_id) or {}
    source = next((name for name in _SOURCES if new.get(name)), "")
    return f"a new one from the snapshot in {source}, without what was written since," if source else "a new, empty one"


def _replace_policy(context: ChangeContext, change: ResourceChange) -> str:
    """What the template requests, if AWS did not expect a replacement and so reports no action."""
    written = (context.after.resources.get(change.logical_id) or {}).get("UpdateReplacePolicy")
    return {"Retain": "ReplaceAndRetain", "Snapshot": "ReplaceAndSnapshot"}.get(str(written), "")


def _replaced(context: ChangeContext, change: ResourceChange, properties: tuple[str, ...]) -> Fact:
    because = f"{' and '.join(properties)} can't change in place: " if properties else "it is replaced: "
    what = STATEFUL.get(change.type, "")
    if what:
        fresh = f"{because}{_fresh(context, change)} replaces it"
        match change.policy_action or _replace_policy(context, change):
            case "ReplaceAndRetain":
                return Fact("downtime", f"{fresh}; the old one stays with {what}", cited_fact.REPLACE_POLICY)
            case "ReplaceAndSnapshot":
                return Fact("downtime", f"{fresh}; a snapshot keeps {what}", cited_fact.REPLACE_POLICY)
            case _:
                pass
        if change.type in FINAL:
            return Fact(
                "irreversible",
                f"{because}a new key replaces it, and {what} can't be read when the old one is deleted",
                cited_fact.KMS_DELETION,
            )
        return Fact(
            "data-loss",
            f"{fresh} and the old one is deleted with {what}",
            cited_fact.UPDATE_BEHAVIOURS,
        )
    fact = REPLACED.get(change.type)
    if fact is None:
        return Fact(
            "unknown", f"{because}the effect on users of the old one is not known", cited_fact.UPDATE_BEHAVIOURS
        )
    why = f"{because}{fact.why}" if properties else fact.why
    if (change.policy_action or _replace_policy(context, change)) == "ReplaceAndRetain":
        why = f"{why}; the old one stays in the account, and no stack manages it any more"
    return fact._replace(why=why)


def _modified(context: ChangeContext, change: ResourceChange) -> ResourceEffect:
    places = changed_attributes(change)
    properties = tuple(sorted({place.name for place in places if place.name}))
    cause = next((place.cause for place in sorted(places, key=lambda place: not place.certain) if place.cause), "")
    answer, because = is_replaced(context, change, places)
    if answer == "yes":
        fact = _replaced(context, change, because)
        # A new revision is the same task with other settings; elsewhere a new resource has its own.
        lost = lost_protections(context, change, places) if change.type == "AWS::ECS::TaskDefinition" else ()
        fact = fact._replace(why="; ".join((*lost, fact.why)), weakens=True) if lost else fact
        return _told(change, "Replace", fact, properties, cause)
    rows = [_place(context, change, place) for place in places]
    if answer == "unknown":
        rows.insert(0, _perhaps(context, change, because))
    if not rows:
        rows = [Fact("unknown", "AWS does not report what changes", cited_fact.CHANGE_SETS)]
    worst = max(rows, key=lambda fact: EFFECTS.index(fact.effect))
    if answer == "unknown" and because and EFFECTS.index(worst.effect) > EFFECTS.index("unknown"):
        worst = worst._replace(why=f"{worst.why}; it may even be replaced, by {' and '.join(because)}")
    lost = lost_protections(context, change, places)
    if lost:
        said = lost if worst.effect == "none" else (worst.why, *lost)
        worst = worst._replace(why="; ".join(said), weakens=True)
    return _told(change, "Modify", worst, properties, cause)


def _perhaps(context: ChangeContext, change: ResourceChange, because: tuple[str, ...]) -> Fact:
    """It may be replaced. That is unknown, unless a replacement would have no effect anyway."""
    if not because:
        return Fact(
            "unknown", f"{change.type} is not a type that Slipway knows; it may be replaced", cited_fact.CHANGE_SETS
        )
    if _replaced(context, change, because).effect == "none":
        return Fact("none", REPLACED[change.type].why, page(change.type))
    what = STATEFUL.get(change.type, "")
    lost = f", and then lose {what}" if what else ""
    return Fact(
        "unknown",
        f"it may be replaced{lost}: whether {' and '.join(because)} does that is known only while the change is made",
        page(change.type),
    )


def _place(context: ChangeContext, change: ResourceChange, place: ChangedAttribute) -> Fact:  # noqa: PLR0911 - from the surest to the least sure
    """The effect of one changed place of a resource that is not replaced."""
    if place.attribute != "Properties":
        return Fact("none", _BESIDES.get(place.attribute, "it changes beside its properties"), cited_fact.CHANGE_SETS)
    if not place.certain and value_changes(context, change, place) == "no":
        return Fact(
            "none",
            f"{place.name} stays what it is: {place.cause or 'what it refers to'} is not replaced",
            cited_fact.CHANGE_SETS,
        )
    consulted = CONSULTED.get((change.type, place.name), CONSULTED.get((change.type, "*")))
    if consulted is not None:
        return consulted(context, change.logical_id)
    kind = IN_PLACE.get(change.type, TypeRules())
    rule = kind.rules.get(place.name, kind.otherwise)
    if rule is None:
        return Fact("unknown", f"what changing {place.name or 'it'} in place does is not known", page(change.type))
    if isinstance(rule, Fact):
        return rule
    old, new = context.old(change.logical_id), context.new(change.logical_id)
    if old is None or new is None:
        return Fact("unknown", f"{place.name} changes, and its values are not known", page(change.type))
    fact = rule(PropertyChange(old.get(place.name), new.get(place.name), old, new))
    if EFFECTS.index(fact.effect) < EFFECTS.index("unknown") and unresolved_parts(
        old.get(place.name)
    ) != unresolved_parts(new.get(place.name)):
        return Fact(
            "unknown", f"{place.name} changes, and the templates do not determine its new value", page(change.type)
        )
    return fact
