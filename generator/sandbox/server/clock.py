"""The sandbox's clock: the time is the true time, and waiting for AWS takes as long as the speed says."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# How often a wait asks its condition again when nobody wakes it, in our seconds.
_POLL = 0.05


class Interrupted(Exception):  # noqa: N818 - nothing went wrong: the sandbox was reset or ends
    """The sandbox was reset or ends while this thread slept: stop without touching any state."""


class Clock:
    """Tells the time and sleeps AWS's seconds.

    Args:
        speed: Our seconds for one of AWS's: 0 is instant (the default), 1 realistic, 0.1 ten times faster than AWS.
    """

    def __init__(self, speed: float = 0.0) -> None:
        self._changed = threading.Condition()
        self._speed = speed
        self._epoch = 0

    @property
    def speed(self) -> float:
        """Our seconds for one of AWS's."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed, also for those who sleep now.

        Raises:
            ValueError: The speed is not from 0 to 1.
        """
        if not 0 <= speed <= 1:
            raise ValueError(f"speed must be from 0 (instant) to 1 (realistic), not {speed}")
        with self._changed:
            self._speed = speed
            self._changed.notify_all()

    def now(self) -> dt.datetime:
        """The present, aware and in UTC. It is never scaled: clients compare it with their own clocks."""
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        """Let that many of AWS's seconds pass.

        Raises:
            Interrupted: The sandbox was reset or ends.
        """
        self.wait(lambda: False, seconds)

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Wait until the condition holds, for at most that many of AWS's seconds; whether it held.

        At speed 0 time passes at once, so the condition is asked once and the wait is over: wait for another thread's
        work with an event of your own, not with this. `wake` makes all waiting threads ask again.

        Raises:
            Interrupted: The sandbox was reset or ends.
        """
        epoch, left, before = self._epoch, seconds, time.monotonic()
        # The condition is asked without our lock: it may take locks of its own, whose holders may call `wake`.
        while not until():
            if left <= 0 or self._speed == 0:
                return False
            with self._changed:
                if self._epoch == epoch:
                    self._changed.wait(min(left * self._speed, _POLL))
                if self._epoch != epoch:
                    raise Interrupted
            now = time.monotonic()
            # The speed may have become 0 meanwhile.
            left = left - (now - before) / self._speed if self._speed else 0
            before = now
        return True

    def wake(self) -> None:
        """Make all waiting threads ask their condition again."""
        with self._changed:
            self._changed.notify_all()

    def interrupt(self) -> None:
        """End every sleep with `Interrupted`; what sleeps later is not affected."""
        with self._changed:
            self._epoch += 1
            self._changed.notify_all()


CLOCK = Clock()
