"""Properties of a version that a release leaves to a later one, because AWS takes them in several updates only.

DynamoDB creates or deletes one global secondary index in an update (CloudFormation Template Reference:
AWS::DynamoDB::Table, GlobalSecondaryIndexes). A listener refuses a priority that another rule has (ELB API Reference:
SetRulePriorities, PriorityInUse), so rules that exchange theirs need a spare number between. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.release.digests import canonical
from generator.release.errors import Invalid

TABLE, RULE = "AWS::DynamoDB::Table", "AWS::ElasticLoadBalancingV2::ListenerRule"
# What may differ from the published template, and nothing else.
_MAY_DIFFER = {TABLE: {"GlobalSecondaryIndexes", "AttributeDefinitions"}, RULE: {"Priority"}}
_SPARE = 1
_Properties = Mapping[str, Any]
# By logical id, the properties that are deferred, with the values that they have until then. None: the property is left out.
Overlay = Mapping[str, Mapping[str, Any]]


class Changes(NamedTuple):
    """The indexes of one table that change, in the order in which they are released: new ones first."""

    created: tuple[str, ...]
    deleted: tuple[str, ...]

    def sentences(self, table: str) -> tuple[str, ...]:
        """One for each: ``creates by_user of TableOrders``."""
        return (*(f"creates {n} of {table}" for n in self.created), *(f"deletes {n} of {table}" for n in self.deleted))


def text(overlay: Overlay) -> str:
    """An overlay as it is stored. "" for an empty one."""
    return canonical(overlay).decode() if overlay else ""


def read(deferred: str) -> dict[str, dict[str, Any]]:
    """An overlay that was stored.

    Raises:
        Invalid: it is none.
    """
    try:
        return msgspec.json.decode(deferred, type=dict[str, dict[str, Any]]) if deferred else {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("what this release defers can't be read; request the release again") from error


def with_deferred(template: Mapping[str, Any], deferred: str) -> dict[str, Any]:
    """A template with what is deferred, as the stack has it until the next release.

    Raises:
        Invalid: it defers something that AWS takes at once.
    """
    found = dict(template)
    if not deferred:
        return found
    resources = dict(template.get("Resources") or {})
    for name, values in read(deferred).items():
        kind = next((kind for kind in _MAY_DIFFER if name in properties_of(template, kind)), "")
        if not values.keys() <= _MAY_DIFFER.get(kind, set()):
            raise Invalid(f"{', '.join(sorted(values))} of {name} can't be deferred; request the release again")
        properties = {**resources[name]["Properties"], **values}
        resources[name] = {**resources[name], "Properties": {k: v for k, v in properties.items() if v is not None}}
    return {**found, "Resources": resources}


def is_spare(number: object, wanted: object) -> bool:
    """Whether a listener priority may stand for another one until that is free: it is next to it."""
    return isinstance(number, int) and isinstance(wanted, int) and abs(number - wanted) == _SPARE


def unlike(before: Mapping[str, Any] | None, body: Mapping[str, Any], deferred: str) -> str:
    """Why an overlay is not what follows from both templates. "" if it is.

    Args:
        before: the template that the stack has.
        body: the published template.
        deferred: the overlay, as text.
    """
    expected, rules = one_index_each(before, body), properties_of(body, RULE)
    for name, values in read(deferred).items():
        if name in rules:
            right = is_spare(values.get("Priority"), rules[name].get("Priority"))
        else:
            right = values == expected.get(name)
        if not right:
            return f"this release defers something of {name} that AWS takes at once"
    return ""


def defers_indexes(deferred: str) -> bool:
    """Whether the next release can follow at once: what is deferred depends on no other stack."""
    return any("GlobalSecondaryIndexes" in values for values in read(deferred).values())


def one_index_each(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The overlay with which an update changes at most one index of each table. Empty where one update changes all.

    An index whose keys or projection change is left to the preview, which says that AWS refuses it.
    """
    found = {}
    for name, was, new in _tables(before, after):
        changes, has, wants = _changed(was, new), _indexes(was), _indexes(new)
        if len(changes.created) + len(changes.deleted) < 2:
            continue
        names = set(has) | set(changes.created[:1])
        if not changes.created:
            names -= {changes.deleted[0]}
        rows = [wants.get(one) or has[one] for one in sorted(names)]
        found[name] = {"GlobalSecondaryIndexes": rows or None, "AttributeDefinitions": _attributes(was, new, rows)}
    return found


def index_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[str, ...]:
    """What the releases bring, one each, that come to another template of the same tables: ``creates by_user of TableOrders``.

    Tables change at the same time, so that a release brings a sentence of each.
    """
    every = [_changed(was, new).sentences(name) for name, was, new in _tables(before, after)]
    longest = max((len(one) for one in every), default=0)
    return tuple(" and ".join(one[place] for one in every if place < len(one)) for place in range(longest))


def sentence(body: Mapping[str, Any], deferred: str) -> str:
    """What comes with later releases: ``creates by_date of TableOrders, then deletes by_name of TableOrders``."""
    staged = with_deferred(body, deferred)
    later = index_changes(staged, body)
    found = [f"DynamoDB takes one index in an update; later, each in a release of its own: {', then '.join(later)}"]
    rules = {name: values for name, values in read(deferred).items() if "Priority" in values}
    for name, values in sorted(rules.items()):
        wanted = body["Resources"][name]["Properties"]["Priority"]
        found.append(f"{name} gets listener priority {values['Priority']} until {wanted} is free, then {wanted}")
    return "; ".join(found if later else found[1:])


def properties_of(template: Mapping[str, Any] | None, kind: str) -> dict[str, _Properties]:
    """The properties of each resource of a type. What a function or a transform decides is left out."""
    resources = (template or {}).get("Resources")
    rows = resources.items() if isinstance(resources, dict) else ()
    return {
        name: properties
        for name, row in rows
        if isinstance(row, dict) and row.get("Type") == kind and isinstance(properties := row.get("Properties"), dict)
    }


def _tables(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> Iterator[tuple[str, _Properties, _Properties]]:
    """Tables that stay, with the properties of both sides."""
    had, has = properties_of(before, TABLE), properties_of(after, TABLE)
    for name, new in sorted(has.items()):
        was = had.get(name)
        if was is None:
            continue
        # Another name or key is another table, which is created with all of its indexes.
        if all(was.get(key) == new.get(key) for key in ("KeySchema", "TableName")) and _is_plain(was, new):
            yield name, was, new


def _is_plain(was: _Properties, new: _Properties) -> bool:
    """Whether indexes come and go and none changes, each attribute keeps its type, and no function decides that."""
    if not all(_is_known(side) for side in (was, new)):
        return False
    has, wants, types, more = _indexes(was), _indexes(new), _types(was), _types(new)
    fixed = ("KeySchema", "Projection")
    same = all(has[name].get(key) == wants[name].get(key) for name in has.keys() & wants.keys() for key in fixed)
    return same and all(types[name] == more[name] for name in types.keys() & more.keys())


def _is_known(table: _Properties) -> bool:
    """Whether a template names every index, key and attribute of a table itself."""
    lists = [table.get(name) or [] for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")]
    if not all(_names(rows, "IndexName") for rows in lists):
        return False
    keys = [table.get("KeySchema"), *(row.get("KeySchema") for rows in lists for row in rows)]
    return all(_names(rows or [], "AttributeName") for rows in (*keys, table.get("AttributeDefinitions")))


def _names(rows: object, key: str) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) and isinstance(row.get(key), str) for row in rows)


def _indexes(table: _Properties) -> dict[str, dict[str, Any]]:
    return {row["IndexName"]: row for row in table.get("GlobalSecondaryIndexes") or ()}


def _changed(was: _Properties, new: _Properties) -> Changes:
    has, wants = _indexes(was), _indexes(new)
    return Changes(tuple(sorted(wants.keys() - has.keys())), tuple(sorted(has.keys() - wants.keys())))


def _types(table: _Properties) -> dict[str, Any]:
    return {row["AttributeName"]: row for row in table.get("AttributeDefinitions") or ()}


def _attributes(was: _Properties, new: _Properties, rows: list[dict[str, Any]]) -> list[Any]:
    """Definitions of the attributes that are keys: DynamoDB refuses one that is not (CreateTable, AttributeDefinitions)."""
    types = {**_types(was), **_types(new)}
    keyed = [new, *rows, *(new.get("LocalSecondaryIndexes") or ())]
    used = {key["AttributeName"] for part in keyed for key in part.get("KeySchema") or ()}
    return [row for name, row in types.items() if name in used]
