"""The release log, read only: through the platform's own model and adapter, whose writes are cut off here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, NoReturn

from generator.release.audit import Entry
from generator.release.daily_heads import DAYS, DayRecord
from generator.release.daily_verification import Verification, last_verification
from generator.release.drift_watch import DriftRecord, drift_records
from generator.release.log import Log
from generator.release.log_items import read, release_pk
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.release import Release
from generator.release.ports import Check, Item, Put, Table


class ReadOnlyTable:
    """A ``ports.Table`` that only reads. The task's role can't write either; this is for who runs it with more rights."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.get = table.get
        self.many = table.many
        self.query = table.query

    def due(self, before: str, limit: int, where: str = "open") -> NoReturn:
        """Never: the index of what is open is the workers', and the task's role can't read it.

        Raises:
            PermissionError: always.
        """
        del before, limit, where
        raise PermissionError("the release board does not read the workers' index")

    def write(self, *writes: Put | Check) -> NoReturn:
        """Never.

        Raises:
            PermissionError: always.
        """
        del writes
        raise PermissionError("the release board only reads the release log")


class StackSlot(NamedTuple):
    """A stack's slot, and how often it was written: a number that changes when a release opens or closes."""

    slot: Slot
    rev: int


class ReleaseLog:
    """What the board reads. ``clock`` gives epoch seconds.

    Every method may raise :class:`generator.release.errors.ReleaseError`: the log can't be read now.
    """

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = ReadOnlyTable(table)
        self._log = Log(self._table, clock)

    def slots(self, keys: Sequence[str]) -> dict[str, StackSlot]:
        """The slots of these stacks, 100 a call."""
        found = self._table.many([(f"stack#{key}", "slot") for key in keys])
        return {pk.partition("#")[2]: StackSlot(read(item, Slot), item.rev) for (pk, _), item in found.items()}

    def history(self, key: str, limit: int) -> Iterator[Summary]:
        """At most so many releases of a stack, newest first, read as they are asked for."""
        found: Iterable[Item] = self._table.query(f"stack#{key}", prefix="history#", newest=True, limit=limit)
        return (read(item, Summary) for item in found)

    def revisions(self, release_ids: Sequence[str]) -> dict[str, int]:
        """A number for each of these releases that changes with each of its steps; small items, 100 a call."""
        found = self._table.many([(release_pk(one), "due") for one in release_ids])
        return {pk.partition("#")[2]: item.rev for (pk, _), item in found.items()}

    def releases(self, release_ids: Sequence[str]) -> dict[str, Release]:
        """These releases whole, those that are there."""
        found = self._table.many([(release_pk(one), "state") for one in release_ids])
        return {pk.partition("#")[2]: read(item, Release) for (pk, _), item in found.items()}

    def release(self, release_id: str) -> Release | None:
        """One release whole."""
        return self._log.release(release_id)

    def locks(self, environment: str) -> list[LockNow]:
        """The locks of an environment and its stacks that hold now."""
        return self._log.locks(environment)

    def entries(self, chain: str, before: int, limit: int) -> list[Entry]:
        """Entries of an audit chain before a number (0: from its end), newest first."""
        end = f"{before:08d}" if before else ""
        found = self._table.query(f"audit#{chain}", newest=True, limit=limit, before=end)
        return [read(item, Entry) for item in found]

    def days(self, limit: int) -> list[DayRecord]:
        """The recorded heads of the last days, newest first."""
        found = self._table.query(DAYS, newest=True, limit=limit)
        return [record for record in (read(item, DayRecord) for item in found) if record.text]

    def verification(self) -> Verification | None:
        """What the worker recorded of the last day whose chains it verified."""
        return last_verification(self._log)

    def drift(self) -> list[DriftRecord]:
        """What the worker recorded of each environment that it compared with its templates."""
        return drift_records(self._log)

    def evidence(self, chain: str) -> dict[str, Evidence]:
        """The evidence of a chain's entries, by its digest."""
        return self._log.evidence(chain)
