"""Reading resolved values that stand alone or in lists, are half known, or are beyond all reason; no rules of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

from generator.lint.rules.values import Unknown, number

_REASON = 1_000_000_000


class Decoded(NamedTuple):
    """What a JSON text says, or why it says nothing."""

    value: Any
    error: str | None


def decoded(text: str) -> Decoded:
    """Read a JSON text; line breaks inside strings are let through, for no page says that AWS refuses them."""
    try:
        return Decoded(json.loads(text, strict=False), None)
    except (ValueError, RecursionError) as error:
        return Decoded(None, str(error))


def listed(value: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list; nothing for None."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def shown(value: Any) -> str:
    """The text of a known or partly known string; empty for anything else."""
    if isinstance(value, Unknown):
        return value.text
    return value if isinstance(value, str) else ""


def small(value: Any) -> float | None:
    """A known number that is neither infinite nor absurdly large; None for anything else."""
    found = number(value)
    return found if found is not None and -_REASON < found < _REASON else None


def nearest(word: str, choices: Iterable[str], likeness: float) -> str | None:
    """The choice most like a word, if it is at least that much alike (0 to 1)."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(choices), 1, likeness)), None)
