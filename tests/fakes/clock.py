"""Time that passes when a test says so."""

from __future__ import annotations

import threading


class FakeClock:
    """A ``ports.Clock``: epoch seconds. ``sleep`` moves it at once."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self.now += max(0.0, seconds)

    advance = sleep
