"""Values of templates: scalars as text, what is not known yet, and which nodes are functions."""

from __future__ import annotations

import json
from typing import Any

from generator.sandbox.server.errors import AwsError

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
NO_VALUE = object()


def invalid(text: str) -> AwsError:
    """A `ValidationError` with that text."""
    return AwsError("ValidationError", text)


def function_of(node: Any) -> str | None:
    """The name of the intrinsic function that a node is, or None."""
    if isinstance(node, dict) and len(node) == 1:
        name = next(iter(node))
        if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
            return name
    return None


def unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is known only after the change set ran."""
    match value:
        case str():
            return KNOWN_AFTER_APPLY in value
        case dict():
            return any(unknown(part) for part in value.values())
        case list():
            return any(unknown(part) for part in value)
    return False


def as_text(value: Any) -> str:
    """A scalar as CloudFormation writes it: `true`, `2`, `0.5`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
