"""What the simulated workers share: a queue, and a table that is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from generator.release.ports import Check, Message, Put
from tests.fakes.faults import Faults
from tests.fakes.queue import FakeQueue
from tests.fakes.table import FakeTable
from tests.simulation.virtual_time import VirtualBell, VirtualTime

if TYPE_CHECKING:
    from tests.simulation.world import World


class SimQueue(FakeQueue):
    """A queue whose receivers wait in virtual time."""

    time: VirtualTime
    waiting_for: list[VirtualBell]

    def send(self, body: str) -> None:
        super().send(body)
        if self.waiting_for:
            self.waiting_for.pop(0).ring()

    def as_(self, sender: str) -> SimQueue:
        other = SimQueue(self.clock, sender, self.faults)
        other.dead, other._held, other._ids, other._lock = self.dead, self._held, self._ids, self._lock
        other.time, other.waiting_for = self.time, self.waiting_for
        return other

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        found = super().receive(0.0, limit)
        if found or wait <= 0:
            return found
        bell = VirtualBell(self.time)
        self.waiting_for.append(bell)
        bell.wait(wait)
        if bell in self.waiting_for:
            self.waiting_for.remove(bell)
        return super().receive(0.0, limit)


class WatchedTable(FakeTable):
    """Tells of each lease that is written."""

    def __init__(self, faults: Faults, world: World) -> None:
        super().__init__(faults)
        self._world = world

    def write(self, *writes: Put | Check) -> bool:
        written = super().write(*writes)
        claims = [w.item for w in writes if isinstance(w, Put) and w.item.sk == "lease"]
        if not written:
            self._world.lost += any(isinstance(w, Put) and w.item.sk == "state" and w.item.rev > 1 for w in writes)
        for item in claims if written else ():
            self._world.leased(item.pk.partition("#")[2], msgspec.json.decode(item.body))
        return written
