"""Threads in virtual time: greenlets that sleep until the clock comes to them. The same seed is the same schedule."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

import greenlet

from generator.release.schedule import Bell


class Alarm(NamedTuple):
    """When a thread goes on; it counts while the thread still waits for it."""

    at: float
    number: int
    task: Task
    ticket: int


class Task:
    """A thread of virtual time. ``owner`` is whose it is: all threads of a process stand still together."""

    def __init__(self, work: Callable[[], object], parent: Any, owner: Any) -> None:
        self.thread = greenlet.greenlet(lambda: self._run(work), parent)
        self.owner = owner
        self.ticket = 0

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except greenlet.GreenletExit:
            return


class VirtualTime:
    """A clock (epoch seconds) and who waits for it. One thing happens at a time, in an order that is always the same."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.switches = 0
        self.current: Task | None = None
        self._alarms: list[Alarm] = []
        self._numbers = itertools.count()
        self._main = greenlet.getcurrent()

    def __call__(self) -> float:
        return self.now

    def start(self, work: Callable[[], object], owner: Any = None, *, after: float = 0.0) -> None:
        """Begin something of its own."""
        task = Task(work, self._main, owner or (self.current.owner if self.current else None))
        self.alarm(task, self.now + after)

    def sleep(self, seconds: float) -> None:
        """Let that much time pass for anyone who calls; everything else goes on."""
        self.alarm(self.me(), self.now + max(0.0, seconds))
        self.give_way()

    def me(self) -> Task:
        """The thread that runs now."""
        if self.current is None:
            raise RuntimeError("the simulation itself can't wait")
        return self.current

    def alarm(self, task: Task, at: float) -> None:
        """Let a thread go on then, if it still waits for what it waits for now."""
        heapq.heappush(self._alarms, Alarm(at, next(self._numbers), task, task.ticket))

    def give_way(self) -> None:
        """Wait for an alarm."""
        self._main.switch()

    def run(self, until: Callable[[], bool], within: float) -> bool:
        """Let everything happen until that holds; False if it does not within so many seconds."""
        end = self.now + within
        while self._alarms and not until():
            alarm = heapq.heappop(self._alarms)
            if alarm.at > end:
                return False
            task = alarm.task
            if task.thread.dead or task.ticket != alarm.ticket:
                continue
            self.now = max(self.now, alarm.at)
            self.switches += 1
            task.ticket += 1
            self.current = task
            if task.owner is not None and task.owner.dead:
                task.thread.throw(greenlet.GreenletExit)  # all threads of a process die, also those that call nobody
            else:
                task.thread.switch()
            self.current = None
        return until()

    def close(self) -> None:
        """End everything that is under way."""
        for alarm in self._alarms:
            if not alarm.task.thread.dead:
                self.current = alarm.task
                alarm.task.thread.throw(greenlet.GreenletExit)
        self.current = None
        self._alarms.clear()


class VirtualBell(Bell):
    """Waits in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time
        self._waits: Task | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody who is alive waits."""
        task = self._waits
        return task is not None and not task.thread.dead and not (task.owner is not None and task.owner.dead)

    def ring(self) -> None:
        self._rung = True
        if self._waits is not None:
            self._time.alarm(self._waits, self._time.now)
            self._waits = None

    def wait(self, seconds: float) -> None:
        if not self._rung and seconds > 0:
            self._waits = self._time.me()
            self._time.alarm(self._waits, self._time.now + seconds)
            self._time.give_way()
            self._waits = None
        self._rung = False


class VirtualPool(Executor):
    """A pool in which each submit is a thread of virtual time."""

    def __init__(self, time: VirtualTime, owner: Any) -> None:
        self._time = time
        self._owner = owner

    def submit(self, work: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        self._time.start(lambda: work(*args, **more), self._owner)
        return Future()
