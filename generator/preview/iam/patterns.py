"""Patterns with ``*`` and ``?``: whether one contains another, and whether two overlap.

``${...}`` (a reference that only AWS can resolve, or a policy variable) stands for itself: the same text is the same
thing. Whether it is the same as something else is not known.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from generator.preview.bounds import spend

_A_STEP = 6  # turns of a loop in one step of :mod:`generator.preview.bounds`
_LONG = 400
_TOKEN = re.compile(r"\$\{[^}]*\}")
_SPECIAL = re.compile(r"[*?$]")  # characters that stand for more than themselves, or may
_UNIT = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)


def contains(outer: str, inner: str) -> bool:
    """Whether ``outer`` matches every text that ``inner`` matches. False if that can't be determined."""
    if outer in ("*", inner):
        return True
    if "*" not in outer and "?" not in outer:
        return False
    if not inner.startswith(_SPECIAL.split(outer, 1)[0]):
        return False
    found, steps = _remembered(_holds, outer, inner)
    spend(steps // _A_STEP)
    return found


def _remembered(compare: Callable[[str, str], tuple[bool, int]], one: str, other: str) -> tuple[bool, int]:
    """The comparison and its steps. Long texts are compared each time, to save memory."""
    return _kept(compare, one, other) if len(one) + len(other) <= _LONG else compare(one, other)


@lru_cache(maxsize=32768)
def _kept(compare: Callable[[str, str], tuple[bool, int]], one: str, other: str) -> tuple[bool, int]:
    return compare(one, other)


def matcher(pattern: str) -> Callable[[str], bool]:
    """A fast test of many plain texts, which contain no patterns, against one pattern."""
    if "?" in pattern or "${" in pattern or "*" not in pattern:
        return lambda text: contains(pattern, text)
    first, *pieces, last = pattern.split("*")
    pieces = [piece for piece in pieces if piece]
    shortest = len(first) + len(last)
    if len(pieces) == 1 and not shortest:
        return lambda text: pieces[0] in text

    def matches(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in pieces:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def _parts(pattern: str) -> tuple[str, ...]:
    """Single characters, and whole references as one unit each."""
    return tuple(_UNIT.findall(pattern))


def _holds(wide: str, narrow: str) -> tuple[bool, int]:
    """Greedy matching with one backtrack: only ``*`` of ``outer`` matches ``*`` of ``inner``. Returns its steps too."""
    outer, inner = _parts(wide), _parts(narrow)
    i = j = steps = 0
    star = mark = -1
    while j < len(inner):
        steps += 1
        if i < len(outer) and outer[i] == "*":
            star, mark, i = i, j, i + 1
        elif i < len(outer) and (outer[i] == inner[j] or (outer[i] == "?" and len(inner[j]) == 1 and inner[j] != "*")):
            i, j = i + 1, j + 1
        elif star >= 0:
            mark += 1
            i, j = star + 1, mark
        else:
            return False, steps
    return all(part == "*" for part in outer[i:]), steps


def overlap(one: str, other: str) -> bool:
    """Whether some text may match both. True if that can't be determined."""
    if "*" in (one, other) or one == other:
        return True
    found, steps = _remembered(_meet, one, other)
    spend(steps // _A_STEP)
    return found


def _meet(one: str, other: str) -> tuple[bool, int]:
    a = _parts(_TOKEN.sub("*", one))
    b = _parts(_TOKEN.sub("*", other))
    reached = {0}
    reached |= _stars(b, 0)
    steps = 0
    for unit in a:
        following: set[int] = set()
        for j in reached if unit != "*" else range(min(reached), len(b) + 1):
            if unit == "*":
                following.add(j)
            elif j < len(b):
                if b[j] == "*":
                    following.add(j)  # and what follows the star: below
                elif "?" in (b[j], unit) or b[j] == unit:
                    following.add(j + 1)
        reached = following | {k for j in following for k in _stars(b, j)}
        steps += 2 * len(reached)
        if not reached:
            return False, steps
    return len(b) in reached, steps


def _stars(pattern: tuple[str, ...], start: int) -> set[int]:
    found: set[int] = set()
    while start < len(pattern) and pattern[start] == "*":
        start += 1
        found.add(start)
    return found
