"""What AWS refuses: changes that fail when they are executed, found before anybody is asked to approve them.

Only what is certain is a refusal. Where a template does not settle a value, the other tables judge the change.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact, Properties, number, page, truth
from generator.preview.risk.custom_names import CUSTOM_NAMES
from generator.preview.risk.stateful import STATEFUL
from generator.preview.template_resolution import is_symbolic, references, unresolved_parts
from generator.release.model.change import ResourceChange

Json = Any
_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
_RDS = cited_fact.RDS_UPGRADE


def refusal(context: ChangeContext, change: ResourceChange, *, replaced: bool) -> Fact | None:
    """Why AWS refuses this change of a resource, with what to do instead. None if AWS accepts it, or may.

    Args:
        context: both templates, and all changes.
        change: the resource's.
        replaced: whether the change replaces the resource, for sure.
    """
    if change.action not in ("Add", "Modify"):
        return None
    old, new = context.old(change.logical_id), context.new(change.logical_id)
    if new is None:
        return None
    found = _long_name(change, new) or (_named(change, new) if replaced else None)
    if found is None and change.type == _RULE and not replaced:
        found = _taken(context, change.logical_id, new)
    if found is None and old is not None and not replaced:
        rule = _IN_PLACE.get(change.type)
        found = rule(old, new) if rule else None
    return found


def _refused(why: str, fix: str, source: str) -> Fact:
    return Fact("refused", f"AWS refuses it: {why}", source, fix=fix)


def _settled(value: Json) -> str:
    """A text or number that the template determines. Empty for everything else."""
    return str(value) if isinstance(value, str | int) and not is_symbolic(value) and not unresolved_parts(value) else ""


def _named(change: ResourceChange, new: Properties) -> Fact | None:
    """A new resource can't have the name while the old one has it, and the old one is deleted last."""
    name = CUSTOM_NAMES.get(change.type)
    if name is None or new.get(name.property) is None:
        return None
    if any(name.property in (d.name, d.path.rpartition("/")[2]) for d in change.details):
        return None
    given = _settled(new[name.property]) or "the one that it has"
    held = STATEFUL.get(change.type, "")
    return _refused(
        f"a resource with a name of its own can't be replaced, and its {name.property} stays {given}",
        f"keep it as it is; a new one with another {name.property} starts empty, so move {held} there first{_instead(change)}"
        if held
        else f"change {name.property} together with it, or leave {name.property} out so that CloudFormation chooses one",
        cited_fact.NAME_TYPE,
    )


def _instead(change: ResourceChange) -> str:
    """What does the same without a replacement: DBName only names the database that RDS creates with the instance."""
    named = {d.name or d.path.rpartition("/")[2] for d in change.details}
    is_name = change.type == "AWS::RDS::DBInstance" and "DBName" in named and "Engine" not in named
    return ". For one more database in the same instance, run CREATE DATABASE there" if is_name else ""


def _long_name(change: ResourceChange, new: Properties) -> Fact | None:
    name = CUSTOM_NAMES.get(change.type)
    given = _settled(new.get(name.property)) if name else ""
    if name is None or len(given) <= name.longest:
        return None
    why = f"its {name.property} has {len(given)} characters, of {name.longest} that are allowed"
    return _refused(why, f"make {name.property} shorter", page(change.type))


def _taken(context: ChangeContext, name: str, new: Properties) -> Fact | None:
    """A priority that another rule of the listener has now, even if the same change changes that rule."""
    priority, listener = number(new.get("Priority")), new.get("ListenerArn")
    old = context.old(name)
    if priority is None or listener is None or _moves(context, listener):
        return None
    if old is not None and number(old.get("Priority")) == priority and old.get("ListenerArn") == listener:
        return None
    for other in context.had(_RULE):
        has = context.old(other) or {}
        if other != name and number(has.get("Priority")) == priority and has.get("ListenerArn") == listener:
            return _refused(
                f"priority {priority:g} belongs to {other} until this change has ended",
                "use a priority that no rule of the listener has today; the next change can use the priorities that "
                "this one frees",
                page(_RULE),
            )
    return None


def _moves(context: ChangeContext, listener: Json) -> bool:
    """Whether the listener may be replaced, which has all priorities free."""
    return any(name.partition(".")[0] in context.changes for name in references(listener))


def _indexes(old: Properties, new: Properties) -> Fact | None:
    """DynamoDB creates or removes one index an update, and changes only the throughput of existing ones."""
    before, after = (_by_name(side.get("GlobalSecondaryIndexes")) for side in (old, new))
    if before is None or after is None:
        return None
    source = page("AWS::DynamoDB::Table")
    moved = sorted(set(before) ^ set(after))
    if len(moved) > 1:
        return _refused(
            f"one update creates or deletes one index, and this one changes {len(moved)} ({', '.join(moved)})",
            "change one index in each release, one after the other",
            source,
        )
    edited = [n for n in sorted(set(before) & set(after)) if _fixed(before[n]) != _fixed(after[n])]
    if edited:
        return _refused(
            f"the keys and the projection of an index that exists can't change ({', '.join(edited)})",
            "add an index with another name, release it, then remove the old one",
            source,
        )
    return None


def _by_name(rows: Json) -> dict[str, Mapping[str, Json]] | None:
    if rows is None:
        return {}
    if not isinstance(rows, list):
        return None
    found = {_settled(row.get("IndexName")): row for row in rows if isinstance(row, Mapping)}
    return None if "" in found or len(found) != len(rows) else found


def _fixed(row: Mapping[str, Json]) -> tuple[Json, Json]:
    return row.get("KeySchema"), row.get("Projection")


def _database(old: Properties, new: Properties) -> Fact | None:
    return _version(old, new) or _storage(old, new)


def _version(old: Properties, new: Properties) -> Fact | None:
    engine = _settled(new.get("Engine"))
    was, now = _settled(old.get("EngineVersion")), _settled(new.get("EngineVersion"))
    if not (engine and was and now) or was == now or engine != _settled(old.get("Engine")):
        return None
    before, after = _numbers(was), _numbers(now)
    # "16" asks for any 16: what runs may be newer or older than what the other side names.
    count = min(len(before), len(after))
    if after[:count] < before[:count]:
        return _refused(
            f"{engine} {was} can't become {now}, because RDS upgrades to newer versions only",
            f"keep {was}; for the older version, restore a snapshot from before the upgrade into a new database",
            _RDS,
        )
    width = 1 if "postgres" in engine else 2
    major = before[:width] != after[:width] and min(count, width) == width
    if major and truth(new.get("AllowMajorVersionUpgrade", False)) is False:
        return _refused(
            f"{engine} {was} to {now} is a major upgrade, and AllowMajorVersionUpgrade is not set",
            f"write data.database.upgrade_from: {_major(before, width)} for the release that upgrades, and take a snapshot before",
            _RDS,
        )
    return None


def _major(version: tuple[int, ...], width: int) -> str:
    return ".".join(map(str, version[:width]))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


# RDS User Guide, "Increasing DB instance storage capacity": by at least 10 percent, and never less.
_LEAST = 1.1


def _storage(old: Properties, new: Properties) -> Fact | None:
    before, after = number(old.get("AllocatedStorage")), number(new.get("AllocatedStorage"))
    if before is None or after is None or after == before or after >= before * _LEAST:
        return None
    if after < before:
        return _refused(
            f"allocated storage can't be reduced ({before:g} to {after:g} GiB)",
            f"keep {before:g} GiB; for less, move the data to a new database",
            cited_fact.RDS_STORAGE,
        )
    return _refused(
        f"storage grows by at least 10 percent, and {after:g} GiB is less than that over {before:g} GiB",
        f"write {-(-before * 11 // 10):g} or more",
        cited_fact.RDS_STORAGE,
    )


_IN_PLACE: Mapping[str, Callable[[Properties, Properties], Fact | None]] = {
    "AWS::DynamoDB::Table": _indexes,
    "AWS::RDS::DBInstance": _database,
    "AWS::RDS::DBCluster": _version,
}
