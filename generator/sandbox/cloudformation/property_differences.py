"""Where two sets of properties differ, and which part of the template each difference comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.properties import free_form
from generator.sandbox.cloudformation.template_values import as_text, function_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.cloudformation.intrinsic_functions import Environment
    from generator.sandbox.cloudformation.resource_schemas import Schema

Path = tuple[str | int, ...]
_ABSENT = object()


class PropertyDifference(NamedTuple):
    """One difference. `kind` is AWS's AttributeChangeType: `Add`, `Remove` or `Modify`."""

    path: Path
    kind: str


def leaves(schema: Schema | None, before: Any, after: Any, path: Path = ()) -> Iterator[PropertyDifference]:
    """The differences between two values, as deep as the schema knows them; JSON of any shape differs as a whole."""
    if before == after:
        return
    if before is _ABSENT or after is _ABSENT:
        yield PropertyDifference(path, "Add" if before is _ABSENT else "Remove")
        return
    deep = not path or schema is None or not free_form(schema, path)
    if deep and isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from leaves(schema, before.get(key, _ABSENT), after.get(key, _ABSENT), (*path, key))
    elif deep and isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else _ABSENT
            new = after[index] if index < len(after) else _ABSENT
            yield from leaves(schema, old, new, (*path, index))
    else:
        yield PropertyDifference(path, "Modify")


def at(value: Any, path: Path) -> Any:
    """The part of a value at a path, or None."""
    for key in path:
        match value, key:
            case dict(), _ if key in value:
                value = value[key]
            case list(), int() if key < len(value):
                value = value[key]
            case _:
                return None
    return value


class Origin(NamedTuple):
    """The template node that made a value, and the conditions that chose it."""

    node: Any
    conditions: tuple[str, ...]


def origin(environment: Environment, node: Any, path: Path) -> Origin:
    """Walk the template's properties along the path of a resolved value, through `Fn::If`, down to the first function."""
    conditions: list[str] = []
    for key in (*path, None):
        while function_of(node) == "Fn::If":
            name, yes, no = node["Fn::If"]
            conditions.append(name)
            node = yes if environment.condition(name) else no
        if key is None or function_of(node) is not None:
            break
        if isinstance(node, list) and isinstance(key, int):
            node = _item(environment, node, key, conditions)
        else:
            node = at(node, (key,))
    return Origin(node, tuple(conditions))


def _item(environment: Environment, items: list[Any], index: int, conditions: list[str]) -> Any:
    """The item of a template list that became item `index` of its value: `AWS::NoValue` takes no place."""
    place = 0
    for item in items:
        node = item
        while function_of(node) == "Fn::If":
            conditions.append(node["Fn::If"][0])
            node = node["Fn::If"][1 if environment.condition(node["Fn::If"][0]) else 2]
        if node == {"Ref": "AWS::NoValue"}:
            continue
        if place == index:
            return node
        place += 1
    return None


def texts(value: Any) -> Any:
    """A value as contexts of a change set show it: every scalar is text."""
    if isinstance(value, dict):
        return {key: texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [texts(part) for part in value]
    return as_text(value)


def shown(value: Any) -> str:
    """A value as `BeforeValue` and `AfterValue` show it: text, or compact JSON."""
    return json.dumps(texts(value), separators=(",", ":")) if isinstance(value, dict | list) else as_text(value)


def pointer(path: Path) -> str:
    """`/Properties/Roles/0`."""
    return "/Properties" + "".join(f"/{key}" for key in path)
