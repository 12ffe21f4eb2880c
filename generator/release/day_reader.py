"""Reads where the chains of the log ended on one day, with one call to the log at a time, so that it comes in no burst."""

from collections.abc import Iterator, Sequence

from generator.release.audit import Entry, Head
from generator.release.chain_seals import environment_chain
from generator.release.daily_heads import DAY, begin_of, date_of
from generator.release.log import Log
from generator.release.log_items import read, release_pk
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release

# Items of one BatchGetItem, and releases of a stack that are read at once.
_MANY, _PAGE = 100, 20
# A release that waits for what rolls it back closes after that one, so that one old release does not end a history.
_OLD = 2
# Clocks of workers differ by less than this (seconds), so that entries around midnight may be out of order.
_SKEW = 120.0


class DayReader:
    """``heads`` are complete once :meth:`steps` has ended; each step is one call at most."""

    def __init__(self, log: Log, facts: PlatformFacts, date: str) -> None:
        self._log = log
        self._facts = facts
        self._date = date
        self._begin = begin_of(date)
        self.heads: dict[str, Head] = {}

    def steps(self) -> Iterator[None]:
        """Read on.

        Raises:
            Unavailable: AWS does not answer.
        """
        for environment in self._facts.environments:
            self._walk(environment_chain(environment))
            yield
        active: list[str] = []
        for part in _parts(list(self._facts.stacks)):
            slots = self._log.slots(part)
            # The day before as well: what waited for a rollback may have closed later than its slot says.
            active += [key for key in part if key in slots and (slots[key].open or slots[key].at >= self._begin - DAY)]
            yield
        found: list[str] = []
        for key in active:
            yield from self._history(key, found)
        for part in _parts(found):
            yield from self._ends(part)

    def _history(self, key: str, found: list[str]) -> Iterator[None]:
        """Adds the releases of a stack that were open on the day."""
        before, old, is_more = "", 0, True
        while is_more:
            page = self._log.history(key, _PAGE, before)
            yield
            for one in page:
                is_old = 0.0 < one.closed < self._begin
                old += is_old
                if not is_old and one.created < self._begin + DAY:
                    found.append(one.id)
            is_more = old < _OLD and len(page) == _PAGE
            before = f"history#{int(page[-1].id.rpartition('-')[2]):08d}" if page else ""

    def _ends(self, releases: Sequence[str]) -> Iterator[None]:
        """Where the chains of these releases ended on the day: their last entry, or one before it."""
        rows = self._log.table.many([(release_pk(id_), "state") for id_ in releases])
        yield
        last = {f"release/{r.id}": r.chain for r in (read(i, Release) for i in rows.values())}
        entries = self._log.table.many([(f"audit#{chain}", f"{number:08d}") for chain, number in last.items()])
        yield
        for chain, number in last.items():
            found = entries.get((f"audit#{chain}", f"{number:08d}"))
            if found is not None and self._note(chain, read(found, Entry)):
                continue
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
