"""Values of a resolved template: what is not known, and how to read what is."""

from __future__ import annotations

import re
from typing import Any

import msgspec


class Unknown(msgspec.Struct, frozen=True):
    """A value that only AWS or the person who deploys can know.

    `raw` is the expression as written; `target` the one logical id (or parameter, or pseudo parameter) that it names;
    `attribute` the attribute of a GetAtt; `text` the value with `${...}` for each unknown part, as Fn::Sub would write it.
    Two unknowns with the same expression are equal.
    """

    raw: Any
    target: str | None = None
    attribute: str | None = None
    text: str = "${?}"

    def __hash__(self) -> int:
        """Hash what names it; the raw expression is an object and has no hash."""
        return hash((self.target, self.attribute, self.text))


def scalar(value: Any) -> str | None:
    """The text that CloudFormation passes on for a known scalar; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def number(value: Any) -> float | None:
    """A known number, also when written as a string; None if it is unknown or no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def truth(value: Any) -> bool | None:
    """A known boolean, also when written as "true" or "false"; None if it is unknown or no boolean."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return None


def items(value: Any) -> list[Any]:
    """The elements of a known list; nothing for anything else."""
    return value if isinstance(value, list) else []


def fields(value: Any) -> dict[str, Any]:
    """A known object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def known(value: Any) -> bool:
    """Whether nothing inside the value is unknown."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, dict):
        return all(map(known, value.values()))
    if isinstance(value, list):
        return all(map(known, value))
    return True


_SUB = re.compile(r"\$\{([^!}.]+)[^}]*\}")


def mentions(raw: Any) -> set[str]:
    """Every logical id, parameter and pseudo parameter that a raw expression names with Ref, GetAtt or Sub."""
    found: set[str] = set()
    stack = [raw]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if len(node) == 1:
                found |= _named(*next(iter(node.items())))
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return found


def _named(key: Any, value: Any) -> set[str]:
    """What one function names itself; what its arguments name is not its business."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, str):
        return set()
    match key:
        case "Ref":
            return {first}
        case "Fn::GetAtt":
            return {first.partition(".")[0]}
        case "Fn::Sub":
            return set(_SUB.findall(first))
        case _:
            return set()
