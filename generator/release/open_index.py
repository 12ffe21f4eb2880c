"""The index of open releases: one partition while few releases are open, more of them when the first ones are full.

A partition of the index takes about 1,000 writes a second (DynamoDB Developer Guide, "Best practices for designing and
using partition keys effectively"); an open release that is polled every 5 seconds costs 0.8 of them. So a partition is
meant for :data:`FULL` releases. A listing must know the partitions without another call: each further partition has a
marker in the table, ``partition#NUMBER``, which stands itself at the head of the first partition. One query of that
partition tells what is open there and which others to list: an idle platform costs one call, whatever its size.

Nothing is lost while partitions come and go:

- A release is opened in a further partition only together with a check of its marker (:meth:`OpenIndex.place`).
- A partition that is no longer needed drains first: its marker is rewritten, so that no such check holds any longer. It
  stays listed until it was seen empty :data:`DRAINED` seconds later.
- Whatever is written of a release in a draining partition moves it to the first one, which is always listed.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from generator.release.decoders import decode
from generator.release.log_items import NEVER, Listed, item, partition
from generator.release.ports import OPEN, Check, Item, OpenItem, Put, Table

FULL, MOST = 400, 16
# So long after a partition began to drain it may be taken off the list: the index follows the table within a second.
DRAINED = 120.0
# A worker counts a partition that has more than it asked for once in so many seconds.
_COUNT_AGAIN = 5.0
_MARK, _SK = "partition#", "marker"
# The due times of markers: before those of all releases.
_TAKES, _DRAINS = "0" * 17, "0" * 16 + "1"


class Marker(msgspec.Struct, frozen=True):
    """The table's record of a further partition: since when it is open, drains, or is empty (epoch seconds)."""

    since: float


class _Seen(NamedTuple):
    """A listing: how many releases each partition had, and how many were asked for from each."""

    counts: dict[int, int]
    asked: int
    takes: tuple[int, ...] = (0,)
    drains: tuple[int, ...] = ()


class OpenIndex:
    """The partitions of open releases. Safe to use from many threads; ``clock`` gives epoch seconds.

    ``full`` releases are meant for one partition, and there are ``most`` at most.
    """

    def __init__(self, table: Table, clock: Callable[[], float], *, full: int = FULL, most: int = MOST) -> None:
        self._table, self._clock = table, clock
        self._full, self._most = full, most
        self._seen = _Seen({0: 0}, 1)
        self._counted = 0.0
        self._further = 0

    def listed(self, limit: int, before: str = NEVER) -> list[Listed]:
        """Open releases that are due until ``before`` (``log_items.stamp``), the longest waiting first."""
        asked = limit
        if before == NEVER and self._clock() >= self._counted + _COUNT_AGAIN and self._is_crowded(limit):
            asked, self._counted = max(limit, self._full), self._clock()
        first = self._table.due(before, asked + self._most - 1)
        marked = {_number(row): row.due for row in first if row.pk.startswith(_MARK)}
        rows = {0: [row for row in first if not row.pk.startswith(_MARK)]}
        rows |= {number: self._table.due(before, asked, partition(number)) for number in sorted(marked)}
        if before == NEVER:
            takes = (0, *(number for number, due in sorted(marked.items()) if due == _TAKES))
            drains = tuple(number for number, due in sorted(marked.items()) if due != _TAKES)
            self._seen = _Seen({number: len(there) for number, there in rows.items()}, asked, takes, drains)
        found = sorted((row for there in rows.values() for row in there), key=lambda row: row.due)
        return [Listed(row.pk.partition("#")[2], int(row.due) / 1e6) for row in found[:limit]]

    def _is_crowded(self, limit: int) -> bool:
        return any(many >= min(limit, self._full) for many in self._seen.counts.values())

    # --- writing

    def place(self, release_id: str) -> tuple[str, list[Check]]:
        """``Item.open`` of a new release, and the condition for its write."""
        seen = self._seen
        free = [number for number in seen.takes if seen.counts.get(number, 0) < self._full] or seen.takes
        number = free[zlib.crc32(release_id.encode()) % len(free)]
        marker = self._table.get(f"{_MARK}{number}", _SK) if number else None
        if marker is None or marker.due != _TAKES:
            return OPEN, []
        return partition(number), [Check(marker.pk, marker.sk, marker.rev)]

    def keep(self, where: str) -> str:
        """``Item.open`` of a release that is in partition ``where`` ("" for none).

        The same one, unless that partition drains.
        """
        return OPEN if where in {"", *map(partition, self._seen.drains)} else where

    # --- how many partitions

    def tend(self) -> None:
        """After a listing: open another partition, let one drain, or remove an empty one from the list."""
        seen = self._seen
        total = sum(seen.counts.values())
        if all(seen.counts[number] >= self._full for number in seen.takes):
            number = next((n for n in range(1, self._most) if n not in seen.takes), None)
            self._mark(number, _TAKES)
        elif len(seen.takes) > 1 and self._knows(seen) and total <= (len(seen.takes) - 1) * self._full / 2:
            self._mark(seen.takes[-1], _DRAINS)
        else:
            for number in seen.drains:
                if not seen.counts[number]:
                    self._close(number)

    def _knows(self, seen: _Seen) -> bool:
        return seen.asked >= self._full or all(many < seen.asked for many in seen.counts.values())

    def look_further(self) -> None:
        """Read the next partition that is not listed. If it has releases, it is listed again. Called as a chore."""
        seen = self._seen
        self._further = self._further % (self._most - 1) + 1
        if self._further not in seen.counts and self._table.due(NEVER, 1, partition(self._further)):
            self._mark(self._further, _DRAINS)

    def _mark(self, number: int | None, due: str) -> None:
        if number is None:
            return
        there = self._table.get(f"{_MARK}{number}", _SK)
        if there is None or there.due != due:
            self._write(number, there, due)

    def _close(self, number: int) -> None:
        there = self._table.get(f"{_MARK}{number}", _SK)
        if there is None or there.due != _DRAINS:
            return
        if self._clock() >= decode(there.body, Marker).since + DRAINED:
            self._write(number, there, "")

    def _write(self, number: int, there: Item | None, due: str) -> None:
        """Overwrite what is there. If another write comes first, that one may be as good."""
        rev, more = there.rev + 1 if there else 1, {"open": OPEN, "due": due} if due else {}
        self._table.write(Put(item(f"{_MARK}{number}", _SK, rev, Marker(self._clock()), **more)))


def _number(row: OpenItem) -> int:
    return int(row.pk.removeprefix(_MARK))
