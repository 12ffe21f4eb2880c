"""Questions about the type of a field, as msgspec describes it."""

import re
from typing import Any

from msgspec import inspect

from generator.config.positions import Node


def core(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """A type without its metadata and without None, and the metadata (``description``, ``examples``) found on the way."""
    about: dict[str, Any] = {}
    while True:
        if isinstance(kind, inspect.Metadata):
            about = {**(kind.extra_json_schema or {}), **about}
            kind = kind.type
        elif isinstance(kind, inspect.UnionType):
            kind = next(member for member in kind.types if not isinstance(member, inspect.NoneType))
        else:
            return kind, about


def takes_none(declared: inspect.Type) -> bool:
    """Whether null is a value of this type."""
    while isinstance(declared, inspect.Metadata):
        declared = declared.type
    if isinstance(declared, inspect.UnionType):
        return any(isinstance(member, inspect.NoneType) for member in declared.types)
    return isinstance(declared, inspect.AnyType)


def fits(value: float, kind: inspect.Type) -> bool:
    """Whether a whole number satisfies an integer, float or literal type."""
    match kind:
        case inspect.LiteralType():
            return value in kind.values
        case inspect.IntType() | inspect.FloatType():
            low = kind.ge is None or value >= kind.ge
            above = kind.gt is None or value > kind.gt
            return low and above and (kind.le is None or value <= kind.le) and (kind.lt is None or value < kind.lt)
    return False


def is_number(node: Node, kind: inspect.Type) -> bool:
    """Whether a number of the right sort stands there; msgspec takes 1 for a float, but not 1.0 for an integer."""
    if isinstance(node.value, bool) or node.ambiguous:
        return False
    return isinstance(node.value, int) or (isinstance(node.value, float) and isinstance(kind, inspect.FloatType))


def matches(text: str, kind: inspect.StrType) -> bool:
    """Whether a text has the length and the form that its field demands."""
    if kind.min_length is not None and len(text) < kind.min_length:
        return False
    if kind.max_length is not None and len(text) > kind.max_length:
        return False
    # In Python `$` also matches before a newline at the end, which a block scalar leaves there.
    return kind.pattern is None or (re.search(kind.pattern, text) is not None and not text.endswith("\n"))
