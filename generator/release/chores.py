"""Regular checks that a worker makes beside releases. It makes one at a time, so that calls come in no burst."""

from collections import deque
from collections.abc import Callable
from threading import Lock

from generator.release.ports import Clock

# So long between two looks where there are few things to look after, and how soon each comes round at the latest (s).
PAUSE, ROUND = 60.0, 600.0

# What is done in several steps takes every fourth look, so that the others still come round in a quarter of an hour.
OTHERS = 3

# Looks after one thing; False if that did not succeed and is to be tried again first, None if it has more to do.
Chore = Callable[[], bool | None]


def in_turn(*chores: Chore) -> Chore:
    """Several chores that share one place in the round: each call runs one of them, and the next one when it is done."""
    waiting = deque(chores)

    def chore() -> bool | None:
        done = waiting[0]()
        if done:
            waiting.rotate(-1)
        return done

    return chore


class Chores:
    """Chores that are run in turn. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Chore] = deque()
        # Not at once: a command that works for a moment looks at what it does itself.
        self._next = clock() + PAUSE
        self._lock = Lock()

    def add(self, *chores: Chore) -> None:
        """Add chores."""
        with self._lock:
            self._waiting.extend(chores)

    @property
    def pause(self) -> float:
        """Seconds between two chores."""
        return min(PAUSE, ROUND / max(1, len(self._waiting)))

    def turn(self) -> None:
        """Run one chore if it is due, however often this is called."""
        with self._lock:
            now = self._clock()
            if now < self._next or not self._waiting:
                return
            self._next = now + self.pause
            chore = self._waiting.popleft()
        done: bool | None = False
        try:
            done = chore()
        finally:
            with self._lock:
                if done:
                    self._waiting.append(chore)
                else:
                    self._waiting.insert(OTHERS if done is None else 0, chore)
