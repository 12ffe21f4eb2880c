"""When one worker checks which release: people's decisions and rollbacks first, then the longest waiting.

A worker checks again what it moved last, and leaves to other workers what they moved, until that is overdue. So workers
rarely meet, whatever their number, and anyone who has nothing to do takes over from anyone who has too much, or is gone.
"""

import heapq
from threading import Condition, Lock


class Bell:
    """Lets threads wait until another one rings. A ring between two waits is not lost."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._rung = False

    def ring(self) -> None:
        """Wake all threads that wait."""
        with self._condition:
            self._rung = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for a ring, at most that many seconds."""
        with self._condition:
            if not self._rung and seconds > 0:
                self._condition.wait(seconds)
            self._rung = False


_LATEST = 60.0  # so late at most one release counts


class Schedule:
    """Due times (epoch seconds) of releases.

    Safe to use from many threads; ``bell`` rings when one becomes due earlier.
    """

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self._lock = Lock()
        self._due: dict[str, tuple[float, int]] = {}
        self._later: list[tuple[float, str]] = []
        self._now: list[tuple[int, float, str]] = []
        self.behind = 0.0  # how late releases were taken lately, in seconds: short of threads, or of CPU

    def add(self, release_id: str, due: float, *, urgent: bool = False) -> None:
        """Check a release at that time, and at no later planned time."""
        rank = 0 if urgent else 1
        with self._lock:
            known = self._due.get(release_id)
            if known is not None and known <= (due, rank):
                return
            self._due[release_id] = (due, rank)
            heapq.heappush(self._later, (due, release_id))
        self.bell.ring()

    def take(self, now: float) -> str | None:
        """Remove and return the release to check now. None if none is due."""
        with self._lock:
            while self._later and self._later[0][0] <= now:
                due, release_id = heapq.heappop(self._later)
                known = self._due.get(release_id)
                if known is not None and known[0] == due:
                    heapq.heappush(self._now, (known[1], due, release_id))
            while self._now:
                rank, due, release_id = heapq.heappop(self._now)
                if self._due.get(release_id) == (due, rank):
                    del self._due[release_id]
                    self.behind = 0.8 * self.behind + 0.2 * min(_LATEST, now - due)
                    return release_id
            if not self._later:
                self.behind = 0.0
            return None

    def forget(self, release_id: str) -> None:
        """Leave a release to other workers."""
        with self._lock:
            self._due.pop(release_id, None)

    def planned(self, release_id: str) -> float | None:
        """When this worker checks a release. None for never."""
        with self._lock:
            found = self._due.get(release_id)
            return found[0] if found else None

    def next(self) -> float | None:
        """When the next release is due."""
        with self._lock:
            while self._later and self._due.get(self._later[0][1], (None,))[0] != self._later[0][0]:
                heapq.heappop(self._later)
            while self._now and self._due.get(self._now[0][2]) != (self._now[0][1], self._now[0][0]):
                heapq.heappop(self._now)
            return min([*(due for _, due, _ in self._now[:1]), *(due for due, _ in self._later[:1])], default=None)
