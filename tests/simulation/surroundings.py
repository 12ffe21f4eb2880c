"""What a simulated worker stands on: a queue that waits in virtual time, a table that tells of leases, a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from generator.release.open_index import FULL
from generator.release.ports import Item, Message
from tests.fakes.faults import Faults
from tests.fakes.queue import FakeQueue
from tests.fakes.table import FakeTable
from tests.simulation.virtual_time import VirtualBell, VirtualTime


class Plan(NamedTuple):
    """What is simulated. Times are in seconds of virtual time; rates are of each call, pauses and deaths of an hour."""

    workers: int = 3
    threads: int = 4
    services: int = 3
    within: float = 20.0  # people ask for all of them within that
    latency: float = 0.05  # of a call, on average
    late: float = 0.0  # seconds more that ``late_calls`` take
    late_calls: str = ""
    fails: float = 0.0
    pauses: float = 0.0  # by worker and minute
    paused: float = 60.0
    deaths: float = 0.0  # by worker and minute
    full: int = FULL  # releases that one partition of the index is meant for
    work: int = 3  # looks of AWS at a stack until its operation is over
    making: int = 0  # looks of AWS at a change set until it is created


class Process:
    """What a worker's process is to the world: paused until then, or dead."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.paused = 0.0
        self.dead = False


class SimQueue(FakeQueue):
    """A queue whose receivers wait in virtual time."""

    time: VirtualTime
    waiting_for: list[VirtualBell]

    def send(self, body: str) -> None:
        super().send(body)
        while self.waiting_for:
            bell = self.waiting_for.pop(0)
            if bell.is_waited_for:
                bell.ring()
                break

    def as_(self, sender: str) -> SimQueue:
        other = SimQueue(self.clock, sender, self.faults)
        other.dead, other._held, other._ids, other._lock = self.dead, self._held, self._ids, self._lock
        other.time, other.waiting_for = self.time, self.waiting_for
        return other

    def receive(self, wait: float, limit: int = 10) -> list[Message]:
        if wait > 0 and not any(held.visible <= self.clock() for held in self._held):
            bell = VirtualBell(self.time)
            self.waiting_for.append(bell)
            bell.wait(wait)
            if bell in self.waiting_for:
                self.waiting_for.remove(bell)
        return super().receive(0.0, limit)


class WatchedTable(FakeTable):
    """Tells of each lease that is written."""

    def __init__(
        self, faults: Faults, leased: Callable[[str, dict[str, Any]], None], answered: Callable[[str], None]
    ) -> None:
        super().__init__(faults)
        self._leased, self._answered = leased, answered

    def tamper(self, item: Item) -> None:
        # Here a write has its effect; anyone who wrote may hear of it much later, or never.
        super().tamper(item)
        if item.sk == "lease":
            self._leased(item.pk.partition("#")[2], msgspec.json.decode(item.body))
        elif item.pk.startswith("request#approve-"):
            self._answered(item.pk.removeprefix("request#approve-"))
