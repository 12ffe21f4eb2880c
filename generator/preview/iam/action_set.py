"""Sets of IAM actions: one bit for each action of the table, so that comparing two sets is fast.

The table of all actions is what ``python -m tests.aws_tables`` writes.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

import msgspec

from generator.preview.replacement_schemas import DATA

# Stands for what a pattern matches and the table has not: a service's newer actions ("s3:*"), or newer services ("*").
FUTURE = "*"


class _File(msgspec.Struct, frozen=True):
    about: str
    rows: dict[str, list[str]]


@cache
def table() -> dict[str, list[str]]:
    """Service prefix to its actions, cased as AWS writes them."""
    return msgspec.json.decode((DATA / "actions.json").read_bytes(), type=_File).rows


@cache
def _names() -> list[str]:
    found = [f"{prefix}:{name.lower()}" for prefix, names in table().items() for name in names]
    return list(dict.fromkeys([*found, *(f"{prefix}:{FUTURE}" for prefix in table()), FUTURE]))


@cache
def _places() -> dict[object, int]:
    return {name: place for place, name in enumerate(_names())}


class ActionSet(AbstractSet[str]):
    """Actions in lower case. ``odd`` are those that the table does not have."""

    __slots__ = ("_bits", "odd")

    def __init__(self, names: Iterable[str] = ()) -> None:
        places, bits, odd = _places(), bytearray(len(_names()) // 8 + 1), set()
        for name in names:
            place = places.get(name)
            if place is None:
                odd.add(name)
            else:
                bits[place >> 3] |= 1 << (place & 7)
        self._bits = int.from_bytes(bits, "little")
        self.odd = frozenset(odd)

    @staticmethod
    def _of(bits: int, odd: frozenset[str]) -> "ActionSet":
        found = ActionSet.__new__(ActionSet)
        found._bits, found.odd = bits, odd  # noqa: SLF001 - a set of its own
        return found

    def __and__(self, other: AbstractSet[Any]) -> "ActionSet":
        mine = _actions(other)
        return ActionSet._of(self._bits & mine._bits, self.odd & mine.odd)

    def __or__(self, other: AbstractSet[Any]) -> "ActionSet":
        mine = _actions(other)
        return ActionSet._of(self._bits | mine._bits, self.odd | mine.odd)

    def __sub__(self, other: AbstractSet[Any]) -> "ActionSet":
        mine = _actions(other)
        return ActionSet._of(self._bits & ~mine._bits, self.odd - mine.odd)

    def __le__(self, other: AbstractSet[Any]) -> bool:
        mine = _actions(other)
        return not self._bits & ~mine._bits and self.odd <= mine.odd

    def __ge__(self, other: AbstractSet[Any]) -> bool:
        return _actions(other) <= self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ActionSet):
            return self._bits == other._bits and self.odd == other.odd
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash((self._bits, self.odd))

    def __bool__(self) -> bool:
        return bool(self._bits or self.odd)

    def __len__(self) -> int:
        return self._bits.bit_count() + len(self.odd)

    def __contains__(self, name: object) -> bool:
        place = _places().get(name)
        return name in self.odd if place is None else bool(self._bits >> place & 1)

    def __iter__(self) -> Iterator[str]:
        names, text = _names(), f"{self._bits:b}"[::-1]
        place = text.find("1")
        while place >= 0:
            yield names[place]
            place = text.find("1", place + 1)
        yield from sorted(self.odd)

    def __repr__(self) -> str:
        return f"ActionSet({list(self)!r})"


def _actions(some: AbstractSet[Any]) -> ActionSet:
    return some if isinstance(some, ActionSet) else ActionSet(some)


NO_ACTIONS = ActionSet()
