"""How far this machine's clock differs from AWS's, by the ``Date`` of AWS's answers (RFC 9110, 6.6.1: whole seconds)."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

# An answer tells again after so many seconds.
_AGAIN = 1.0


class ClockSkew:
    """Returns the seconds that this machine is ahead of AWS. 0.0 within the precision, and before any answer."""

    def __init__(self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._steady = steady
        self._seconds = 0.0
        self._seen = -_AGAIN

    def __call__(self) -> float:
        """Seconds ahead, negative if behind."""
        return self._seconds

    def record(self, asked: float, headers: Mapping[str, str]) -> None:
        """Process an answer to a call that was sent at that time of this machine.

        AWS wrote its time somewhere between, however long the answer took: only what lies outside is the clock's fault.
        """
        now = self._steady()
        if now < self._seen + _AGAIN:
            return
        try:
            server_time = parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, TypeError, ValueError):
            return
        self._seen = now
        if server_time > self.clock():
            self._seconds = self.clock() - server_time
        else:
            self._seconds = max(0.0, asked - (server_time + 1.0))
