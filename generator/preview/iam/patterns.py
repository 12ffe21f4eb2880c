"""Patterns with ``*`` and ``?``: whether one holds all of another, and whether two have anything in common.

``${...}`` (a reference that only AWS can resolve, or a policy variable) stands for itself: the same text is the same
thing. Whether it is the same as something else is not known.
"""

import re
from functools import lru_cache

_TOKEN = re.compile(r"\$\{[^}]*\}")


@lru_cache(maxsize=65536)
def holds(outer: str, inner: str) -> bool:
    """Whether every text that ``inner`` matches is matched by ``outer``. False where that can't be told."""
    if outer in ("*", inner):
        return True
    if "*" not in outer and "?" not in outer:
        return False
    return _holds(_parts(outer), _parts(inner))


def _parts(pattern: str) -> tuple[str, ...]:
    """Single characters, and whole references as one unit each."""
    found: list[str] = []
    last = 0
    for token in _TOKEN.finditer(pattern):
        found += pattern[last : token.start()]
        found.append(token.group())
        last = token.end()
    return (*found, *pattern[last:])


def _holds(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Greedy matching with one way back: ``*`` of ``inner`` is taken by ``*`` of ``outer`` alone."""
    i = j = 0
    star = mark = -1
    while j < len(inner):
        if i < len(outer) and outer[i] == "*":
            star, mark, i = i, j, i + 1
        elif i < len(outer) and (
            outer[i] == inner[j] != "*" or (outer[i] == "?" and len(inner[j]) == 1 and inner[j] != "*")
        ):
            i, j = i + 1, j + 1
        elif star >= 0:
            mark += 1
            i, j = star + 1, mark
        else:
            return False
    return all(part == "*" for part in outer[i:])


@lru_cache(maxsize=65536)
def meet(one: str, other: str) -> bool:
    """Whether some text may match both. True where that can't be told."""
    if "*" in (one, other) or one == other:
        return True
    a = _parts(_TOKEN.sub("*", one))
    b = _parts(_TOKEN.sub("*", other))
    reached = {0}
    reached |= _stars(b, 0)
    for unit in a:
        following: set[int] = set()
        for j in reached if unit != "*" else range(min(reached), len(b) + 1):
            if unit == "*":
                following.add(j)
            elif j < len(b):
                if b[j] == "*":
                    following |= {j, j + 1}
                elif "?" in (b[j], unit) or b[j] == unit:
                    following.add(j + 1)
        reached = following | {k for j in following for k in _stars(b, j)}
        if not reached:
            return False
    return len(b) in reached


def _stars(pattern: tuple[str, ...], start: int) -> set[int]:
    found: set[int] = set()
    while start < len(pattern) and pattern[start] == "*":
        start += 1
        found.add(start)
    return found
