"""How an operation that runs is stopped from outside: cancelled, replaced by a deletion, or at the end of the sandbox."""

from __future__ import annotations

import threading


class Interruption:
    """The part of an operation that other threads set and its own thread reads.

    Attributes:
        halt: Set when no further resource may be started.
        cancelled: Whether `CancelUpdateStack` was called.
        superseded: Whether a deletion of the stack took over.
    """

    def __init__(self) -> None:
        self.halt = threading.Event()
        self.cancelled = False
        self.superseded = False
