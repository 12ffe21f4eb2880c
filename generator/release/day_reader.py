"""Reads the last entry of each chain on one day, with one call to the log at a time, so that calls come in no burst."""

from collections.abc import Iterator, Sequence

from generator.release.audit import Entry, Head
from generator.release.chain_seals import environment_chain
from generator.release.daily_heads import DAY, begin_of, date_of
from generator.release.log import Log
from generator.release.log_items import read, release_pk
from generator.release.model.log_records import Slot
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release

# Items of one BatchGetItem, and releases of a stack that are read at once.
_MANY, _AHEAD = 100, 4
# A release that waits for what rolls it back closes after that one, so that one old release does not end a history.
_OLD = 2
# Clocks of workers differ by less than this (seconds), so that entries around midnight may be out of order.
_SKEW = 120.0


class _Stack:
    """How far the releases of a stack have been read, from the last one backwards."""

    def __init__(self, slot: Slot) -> None:
        self._stem = (slot.open or slot.last).rpartition("-")[0]
        self._left = slot.count
        self.old = 0

    def take(self) -> list[str]:
        """The next ids."""
        first, self._left = self._left, max(0, self._left - _AHEAD)
        return [f"{self._stem}-{number}" for number in range(first, self._left, -1)]

    @property
    def is_read(self) -> bool:
        return self.old >= _OLD or not self._left


class DayReader:
    """``heads`` are complete when :meth:`steps` has ended. Each step makes at most one call."""

    def __init__(self, log: Log, facts: PlatformFacts, date: str) -> None:
        self._log = log
        self._facts = facts
        self._date = date
        self._begin = begin_of(date)
        self.heads: dict[str, Head] = {}

    def steps(self) -> Iterator[None]:
        """Read further.

        Raises:
            Unavailable: AWS does not answer.
        """
        for environment in self._facts.environments:
            self._walk(environment_chain(environment))
            yield
        stacks: list[_Stack] = []
        for part in _parts(list(self._facts.stacks)):
            stacks += [_Stack(slot) for slot in self._log.slots(part).values() if self._is_active(slot)]
            yield
        while stacks:
            some = stacks[: _MANY // _AHEAD]
            yield from self._releases(some)
            stacks = [*stacks[len(some) :], *(stack for stack in some if not stack.is_read)]

    def _is_active(self, slot: Slot) -> bool:
        # The day before as well: what waited for a rollback may have closed later than its slot says.
        return bool(slot.open) or slot.at >= self._begin - DAY

    def _releases(self, stacks: list["_Stack"]) -> Iterator[None]:
        """The next releases of these stacks, newest first."""
        ids = {(release_pk(id_), "state"): stack for stack in stacks for id_ in stack.take()}
        rows = self._log.table.many(list(ids))
        yield
        last: dict[str, int] = {}
        for key, stack in ids.items():
            row = read(rows[key], Release) if key in rows else None
            if row is None or 0.0 < row.closed < self._begin:
                stack.old += 1
            elif row.created < self._begin + DAY:
                last[f"release/{row.id}"] = row.chain
        entries = self._log.table.many([(f"audit#{chain}", f"{number:08d}") for chain, number in last.items()])
        yield
        for chain, number in last.items():
            found = entries.get((f"audit#{chain}", f"{number:08d}"))
            if found is None or not self._note(chain, read(found, Entry)):
                self._walk(chain)
                yield

    def _walk(self, chain: str) -> None:
        """From the end of a chain backwards."""
        for found in self._log.table.query(f"audit#{chain}", newest=True):
            entry = read(found, Entry)
            if self._note(chain, entry) or entry.at < self._begin - _SKEW:
                return

    def _note(self, chain: str, entry: Entry) -> bool:
        if date_of(entry.at) != self._date:
            return False
        self.heads[chain] = Head(entry.number, entry.hash)
        return True


def _parts(keys: Sequence[str]) -> Iterator[list[str]]:
    return (list(keys[start : start + _MANY]) for start in range(0, len(keys), _MANY))
