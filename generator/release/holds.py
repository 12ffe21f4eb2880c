"""What one worker holds: each release with its lease, renewed as long as its step takes.

A step that waits for a slow answer keeps its release; a worker that could not renew in time acts no more. So an answer
that is late costs a few renewals, and nothing is done twice.
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
    """A release that this worker moves. ``record`` is what the next write follows."""

    def __init__(self, record: Record, clock: Callable[[], float]) -> None:
        self.record = record
        self.lost = False
        self.is_ending = False
        self._clock = clock

    def last(self) -> Record:
        """The record for the last write of a step: it is renewed no more, or the two would race where answers are late."""
        self.is_ending = True
        return self.record

    def check(self) -> None:
        """Before something is done that can't be taken back.

        Raises:
            LeaseLost: somebody else may move it by now.
        """
        if self.lost or self._clock() >= self.record.until - _MARGIN:
            raise LeaseLost(f"{self.record.release.id} is no longer held here; whoever holds it goes on")


class Holds:
    """The holds of one worker, from many threads."""

    def __init__(self, log: Leases, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._lock = Lock()
        self._busy: set[str] = set()
        self._holds: dict[str, Hold] = {}
        self._written: dict[str, Record] = {}

    def begin(self, release_id: str) -> bool:
        """Whether no other thread of this worker is at it; then it is this one's until :meth:`end`."""
        with self._lock:
            if release_id in self._busy:
                return False
            self._busy.add(release_id)
            return True

    def end(self, release_id: str) -> None:
        """This thread is done with it."""
        with self._lock:
            self._busy.discard(release_id)
            self._holds.pop(release_id, None)

    def hold(self, record: Record) -> Hold:
        """A release whose lease was taken: from now on :meth:`renew` keeps it."""
        found = Hold(record, self._clock)
        with self._lock:
            self._holds[record.release.id] = found
        return found

    def keep(self, record: Record) -> None:
        """What was written last: who goes on at once with the same release need not read it again."""
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
        """Releases that this worker holds and has not gone on with."""
        with self._lock:
            return [release_id for release_id in self._written if release_id not in self._busy]

    def renew(self) -> int:
        """Renew every lease that is a third over; how many."""
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
        """Release every lease, once no step is running: another worker can continue at once."""
        with self._lock:
            left = list(self._written.values())
            self._written.clear()
        for record in left:
            self._log.let_go(record)
