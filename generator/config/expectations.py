"""Says in words what a field takes and what stands there instead."""

import re
from typing import Any

from msgspec import inspect

from generator.config.fields import core, fits
from generator.config.positions import Node

_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def shown(value: object) -> str:
    """A value as it may stand in a message: one line, at most 40 characters, control characters escaped."""
    text = value if isinstance(value, str) else str(value)
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"


def name_of(node: Node) -> str:
    """What stands there: ``'abc'``, ``5``, ``a list``."""
    match node.value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "empty"
        case bool():
            return node.text
        case int() | float():
            return f"the number {node.text}"
        case _:
            return shown(node.text)


def form_of(declared: inspect.Type) -> str:
    """What a field takes: ``a whole number from 1 to 65535``, ``one of a, b``, ``a list``."""
    kind, about = core(declared)
    words = "a value"
    match kind:
        case inspect.BoolType():
            words = "true or false"
        case inspect.IntType():
            words = "a whole number" + _range(kind)
        case inspect.FloatType():
            words = "a number" + _range(kind)
        case inspect.LiteralType():
            words = f"one of {', '.join(ordered(kind))}"
        case inspect.StructType():
            words = f"a mapping with the keys {', '.join(f.encode_name for f in kind.fields)}"
        case inspect.DictType():
            words = f"a mapping of names to {_several(kind.value_type)}"
        case inspect.VarTupleType() | inspect.ListType():
            words = f"a list of {_several(kind.item_type)}"
        case inspect.StrType():
            words = _text(kind, about)
    return words


def ordered(kind: inspect.LiteralType) -> list[str]:
    """Values of a closed set: numbers by size, names by the alphabet (msgspec keeps no order)."""
    return [str(v) for v in sorted(kind.values, key=lambda v: v if isinstance(v, int) else 0)]


def instead(node: Node, declared: inspect.Type) -> str:
    """What to write instead of ``node``, as an instruction. Quotes and spellings that are nearly right are named."""
    kind, _ = core(declared)
    if isinstance(kind, inspect.StrType) and (node.ambiguous or isinstance(node.value, bool | int | float)):
        return f'put it in quotes: "{node.text}"'
    if isinstance(node.value, str):
        number = re.fullmatch(r"[+-]?[\d_]+", node.text)
        if (
            isinstance(kind, inspect.IntType | inspect.FloatType | inspect.LiteralType)
            and number
            and fits(plain_int(node.text), kind)
        ):
            return f"write {plain_int(node.text)}{' without quotes' if node.quoted else ''}"
        if isinstance(kind, inspect.BoolType):
            lower = node.text.lower()
            if lower in {"true", "false"}:
                return f"write {lower} without quotes"
            if lower in _BOOLEANS:
                return f"write {_BOOLEANS[lower]}"
    if isinstance(kind, inspect.VarTupleType | inspect.ListType) and not isinstance(node.value, dict | list | None):
        return f"write a list: [{node.text}]"
    return f"write {form_of(declared)}"


def plain_int(text: str) -> int:
    """The number that ``1_000`` or ``007`` most likely means; 0 for what is too long to be one."""
    digits = text.replace("_", "")
    return int(digits) if digits.lstrip("+-") and len(digits) < 20 else 0


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {kind.le:g}" if kind.le < 1e6 else f" from {kind.ge} to {kind.le}"
    if kind.gt is not None and kind.le is not None:
        return f" above {kind.gt:g} and at most {kind.le:g}"
    if kind.ge is not None:
        return f" of at least {kind.ge:g}"
    return ""


def _text(kind: inspect.StrType, about: dict[str, Any]) -> str:
    if about.get("examples"):
        example = str(about["examples"][0])
        return f'something like "{example}"' if example.isdigit() else f"something like {example}"
    if kind.pattern is not None:
        return f"text that matches {kind.pattern}"
    if kind.max_length is not None:
        return f"text of {kind.min_length or 0} to {kind.max_length} characters"
    return "text"


def _several(kind: inspect.Type) -> str:
    inner, about = core(kind)
    if isinstance(inner, inspect.LiteralType):
        return ", ".join(ordered(inner))
    if isinstance(inner, inspect.StrType):
        return f"texts like {about['examples'][0]}" if about.get("examples") else "texts"
    return "mappings"


def rule(about: dict[str, Any], kind: inspect.StrType) -> str:
    """What a text must look like, as an instruction: the field's description if it has one."""
    description = about.get("description")
    return f"follow the rule: {description.rstrip('.')}" if description else f"write {form_of(kind)}"


def stands(node: Node, kind: inspect.Type) -> str:
    """What stands there, as the first half of a message."""
    if node.ambiguous:
        return f"{node.text} begins with 0, which is octal for some tools"
    if (
        isinstance(node.value, str)
        and node.quoted
        and isinstance(kind, inspect.IntType | inspect.FloatType | inspect.BoolType)
    ):
        return f"is the text {shown(node.text)}"
    return f"is {name_of(node)}"
