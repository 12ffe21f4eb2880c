"""Changes of the workspace, published to every open page and to everything that waits for one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 512  # changes that a page may catch up on after its connection broke


class Posted(msgspec.Struct, frozen=True):
    """A message is new or different."""

    channel: str
    ts: str


class Removed(msgspec.Struct, frozen=True):
    """A message is gone, for everybody or (with `user`) the one person who saw it."""

    channel: str
    ts: str
    user: str = ""


class Whispered(msgspec.Struct, frozen=True):
    """An ephemeral message is new or different."""

    channel: str
    ts: str
    user: str


class Modal(msgspec.Struct, frozen=True):
    """Somebody's modals changed."""

    user: str


class Home(msgspec.Struct, frozen=True):
    """Somebody's App Home changed."""

    user: str


class Notice(msgspec.Struct, frozen=True):
    """A sentence that Slack shows to one person beside the conversation."""

    user: str
    text: str


class Channels(msgspec.Struct, frozen=True):
    """The list of conversations changed."""


Change = Posted | Removed | Whispered | Modal | Home | Notice | Channels
Listener = asyncio.Queue[tuple[int, Change]]


class Feed:
    """Numbers changes, keeps the last ones and hands them out. `publish` runs on the event loop."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Change]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self._moved = threading.Condition()
        self.number = 0

    def publish(self, change: Change) -> None:
        """Send the change to every subscriber."""
        with self._moved:
            self.number += 1
            self._moved.notify_all()
        self._kept.append((self.number, change))
        for listener in self._listeners:
            listener.put_nowait((self.number, change))

    def listen(self) -> Listener:
        """A queue of what happens from now on; give it back to `leave`."""
        listener: Listener = asyncio.Queue()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop filling a queue."""
        self._listeners.discard(listener)

    def since(self, number: int) -> list[tuple[int, Change]] | None:
        """What happened after a number, or None if that is no longer known and the page must reload."""
        if number > self.number or (self._kept and self._kept[0][0] > number + 1):
            return None
        return [entry for entry in self._kept if entry[0] > number]

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Block a thread, not the loop, until `done` says so, asked again after each change; False when time is up."""
        end = time.monotonic() + seconds
        while True:
            with self._moved:
                seen = self.number
            # Asked without the lock: the answer comes from the loop, which may be publishing.
            if done():
                return True
            with self._moved:
                left = end - time.monotonic()
                if left <= 0 or not self._moved.wait_for(lambda: self.number != seen, left):  # noqa: B023 - used here
                    return done()
