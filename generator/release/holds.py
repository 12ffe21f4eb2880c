"""The releases that one worker holds, each with its lease, which is renewed while a step runs.

A step that waits for a slow answer keeps its release; a worker that could not renew in time stops acting. So a late
answer costs a few renewals, and nothing is done twice.
"""

from collections.abc import Callable
from threading import Lock

from generator.release.errors import LeaseLost, Unavailable
from generator.release.leases import LEASE_SECONDS, Leases
from generator.release.model.log_records import Record

# A lease is renewed when so much of it is over, and is trusted until so many seconds before its end.
RENEW_AFTER = LEASE_SECONDS / 3
_MARGIN = 1.0


class Hold:
    """A release that this worker moves. ``record`` is the state that the next write replaces."""

    def __init__(self, record: Record, clock: Callable[[], float]) -> None:
        self.record = record
        self.lost = False
        self.is_ending = False
        self._clock = clock

    def last(self) -> Record:
        """The record for the last write of a step.

        It is no longer renewed, because a renewal could overtake a late write.
        """
        self.is_ending = True
        return self.record

    def check(self) -> None:
        """Check the lease before something is done that can't be undone.

        Raises:
        LeaseLost: another worker may hold the release by now.
        """
        if self.lost or self._clock() >= self.record.until - _MARGIN:
            raise LeaseLost(f"{self.record.release.id} is no longer held here; the worker that holds it continues")


class Holds:
    """The holds of one worker. Safe to use from many threads."""

    def __init__(self, log: Leases, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._lock = Lock()
        self._busy: set[str] = set()
        self._holds: dict[str, Hold] = {}
        self._written: dict[str, Record] = {}

    def begin(self, release_id: str) -> bool:
        """Take a release for this thread until :meth:`end`. False if another thread of this worker has it."""
        with self._lock:
            if release_id in self._busy:
                return False
            self._busy.add(release_id)
            return True

    def end(self, release_id: str) -> None:
        """This thread has finished with it."""
        with self._lock:
            self._busy.discard(release_id)
            self._holds.pop(release_id, None)

    def hold(self, record: Record) -> Hold:
        """Add a release whose lease was taken. From now on :meth:`renew` renews it."""
        found = Hold(record, self._clock)
        with self._lock:
            self._holds[record.release.id] = found
        return found

    def keep(self, record: Record) -> None:
        """Remember what was written last, so that the next step of the same release need not read it again."""
        with self._lock:
            if record.until > self._clock():
                self._written[record.release.id] = record
                self._holds[record.release.id] = Hold(record, self._clock)

    def take_written(self, release_id: str) -> Record | None:
        """The record that this worker wrote last, if it still holds the release."""
        with self._lock:
            found = self._written.pop(release_id, None)
        return found if found is not None and found.until > self._clock() + _MARGIN else None

    def waiting(self) -> list[str]:
        """Releases that this worker holds and has not continued with."""
        with self._lock:
            return [release_id for release_id in self._written if release_id not in self._busy]

    def renew(self) -> int:
        """Renew every lease of which a third has passed. Returns how many."""
        with self._lock:
            end = self._clock() + self._log.lease * 2 / 3
            due = [
                hold
                for hold in self._holds.values()
                if not hold.lost and not hold.is_ending and hold.record.until < end
            ]
        return sum(self._renewed(hold) for hold in due)

    def _renewed(self, hold: Hold) -> bool:
        try:
            record = self._log.renew(hold.record)
        except Unavailable:
            return False  # tried again with the next beat; the lease says itself when it is over
        if record is None:
            hold.lost = True
            return False
        hold.record = record
        return True

    def let_go(self) -> None:
        """End every lease when no step is running, so that another worker can continue at once."""
        with self._lock:
            left = list(self._written.values())
            self._written.clear()
        for record in left:
            self._log.let_go(record)
