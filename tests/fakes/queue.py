"""The release queue in memory: at least once, in any order, with a visibility timeout and dead letters."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from generator.release.errors import Invalid
from generator.release.ports import Message
from tests.fakes.faults import Faults

VISIBLE_AGAIN = 60.0
RECEIVES = 5
LIMIT = 262_144


class _Held:
    def __init__(self, message: Message, visible: float) -> None:
        self.message = message
        self.visible = visible
        self.received = 0


class FakeQueue:
    """A ``ports.Queue``. ``sender`` is what SQS attests for those who send through this object; see ``as_``."""

    def __init__(self, clock: Callable[[], float], sender: str = "111122223333", faults: Faults | None = None) -> None:
        self.clock = clock
        self.sender = sender
        self.faults = faults or Faults()
        self.dead: list[Message] = []
        self._held: list[_Held] = []
        self._ids = itertools.count(1)
        self._lock = threading.RLock()

    def as_(self, sender: str) -> FakeQueue:
        """The same queue, used by somebody else."""
        other = FakeQueue(self.clock, sender, self.faults)
        other.dead, other._held, other._ids, other._lock = self.dead, self._held, self._ids, self._lock
        return other

    def send(self, body: str) -> None:
        if not body or len(body.encode()) > LIMIT:
            raise Invalid("a message holds 1 byte to 256 KiB; send less")
        with self.faults.call("queue.send"), self._lock:
            self._held.append(_Held(Message(f"m{next(self._ids)}", self.sender, body, ""), 0.0))

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        del wait  # nobody sends while we would wait
        with self.faults.call("queue.receive"), self._lock:
            found = []
            for held in [held for held in self._held if held.visible <= self.clock()][: min(10, limit)]:
                held.received += 1
                if held.received > RECEIVES:
                    self._held.remove(held)
                    self.dead.append(held.message)
                    continue
                held.visible = self.clock() + VISIBLE_AGAIN
                held.message = held.message._replace(receipt=f"{held.message.id}/{held.received}")
                found.append(held.message)
            return found

    def done(self, *receipts: str) -> None:
        for start in range(0, len(receipts), 10):
            gone = {receipt.partition("/")[0] for receipt in receipts[start : start + 10]}
            with self.faults.call("queue.done"), self._lock:
                self._held[:] = [held for held in self._held if held.message.id not in gone]

    @property
    def waiting(self) -> list[str]:
        """Bodies of what nobody took out."""
        return [held.message.body for held in self._held]

    def repeat(self) -> None:
        """SQS may deliver again: everything that is held is visible at once."""
        for held in self._held:
            held.visible = 0.0

    def lose(self) -> None:
        """All messages are gone."""
        self._held.clear()
