"""Lets time pass for ECS: one thread that moves tasks, services and metrics, each at its time.

The engine's time is counted in AWS's seconds. At a speed of 0.1 it runs ten times faster than the wall clock. At speed
0 it jumps from one thing to the next while something is under way (a deployment that waits for no person, and fifteen
minutes after anything was done, so that alarms settle), and else goes as the wall clock does.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from generator.sandbox.ecs import deployment_transitions, scheduler, task_lifecycle, task_progress
from generator.sandbox.ecs.image_scripts import TABLE
from generator.sandbox.ecs.minute_metrics import MINUTE, MinuteMetrics
from generator.sandbox.ecs.model import State
from generator.sandbox.ecs.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.sandbox.ecs.model import Rollout, Service, Task
    from generator.sandbox.ecs.other_services import Outside
    from generator.sandbox.server.clock import Clock

_log = logging.getLogger(__name__)
# DescribeTasks shows stopped tasks for an hour (Developer Guide, "Viewing Amazon ECS stopped tasks").
_SHOWN = 3600.0
# Jumping time can stop more tasks in an hour of ours than AWS ever shows.
_MOST = 500
_POLL = 0.25


class Engine:
    """The state of ECS and the thread that moves it. Anyone who reads or changes the world holds `held()`."""

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self.inbox: deque[Callable[[], None]] = deque()
        self.world = Runtime(outside, self.post)
        self.world.touch = self.touch
        self.meter = MinuteMetrics(self.world)
        self.each_minute: list[Callable[[Engine], None]] = []
        self._clock = clock
        self._changed = threading.Condition(threading.RLock())
        self._poked = threading.Event()
        # One item for each thread that wants the world; lists change whole, numbers don't.
        self._waiting: list[None] = []
        self._wakes: dict[str, float] = {}
        self._tick = MINUTE
        self._before = time.monotonic()
        self._thread: threading.Thread | None = None
        self._moved = False

    @contextlib.contextmanager
    def held(self) -> Iterator[Runtime]:
        """The world, for as long as the block lasts; what changed is acted on after it."""
        self._waiting.append(None)
        with self._changed:
            self._waiting.pop()
            self.world.speed = self._clock.speed
            self._elapse()
            yield self.world
        self._poked.set()

    def post(self, act: Callable[[], None]) -> None:
        """Do this soon, on the engine's thread and holding the world; never blocks."""
        self.inbox.append(act)
        self._poked.set()

    def look_at(self, task: Task) -> None:
        """Something happened to a task: look at its service in this turn. On the engine's thread."""
        self._wakes[task.service] = self.world.seconds

    def touch(self, service: Service) -> None:
        """Look at a service at once."""
        self._wakes[service.arn] = self.world.seconds
        self.world.hurry()

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Wait until the condition holds, for so many of our seconds; whether it held."""
        with self._changed:
            return self._changed.wait_for(until, seconds)

    def start(self) -> None:
        """Let time pass from now on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ecs", daemon=True)
            self._thread.start()

    def moved(self) -> bool:
        """Whether anything has changed by itself since this was asked last."""
        found, self._moved = self._moved, False
        return found

    def lose_tasks(self, which: Callable[[Task], bool] = lambda _: True) -> None:
        """The machine of the tasks is gone, because the sandbox was killed: they stop, and services replace theirs."""
        for task in list(self.world.state.tasks.values()):
            if task.status != "STOPPED" and which(task):
                task_progress.end(self.world, task, task_lifecycle.LOST, failed=False)
                self._wakes[task.service] = self.world.seconds
        self.world.hurry()

    def turn(self) -> float:
        """Do all that is due; the engine's time of the next thing (infinity if there is none)."""
        while self.inbox:
            self.inbox.popleft()()
            self._moved = True
        world = self.world
        for task in [t for t in world.state.tasks.values() if t.due is not None and t.due <= world.seconds]:
            task_progress.advance(world, task)
            self._wakes[task.service] = world.seconds
            self._moved = True
        if world.seconds >= self._tick:
            self._moved = self._moved or bool(world.state.services)
            self.meter.tick()
            for act in self.each_minute:
                act(self)
            self._tick = world.seconds - world.seconds % MINUTE + MINUTE
            self._wakes |= {s.arn: world.seconds for s in world.state.services.values() if s.rollout}
            self._forget()
        for arn, at in list(self._wakes.items()):
            if at <= world.seconds:
                self._moved = True
                service = world.state.services.get(arn)
                self._wakes[arn] = scheduler.settle(world, service) if service else math.inf
                if self._wakes[arn] == math.inf:
                    del self._wakes[arn]
        dues = (t.due for t in world.state.tasks.values() if t.due is not None)
        return min(itertools.chain(dues, self._wakes.values(), [self._tick]))

    def jump(self, to: float) -> None:
        """Let time pass at once; a hook that waits for a person does not get older by that."""
        gone = to - self.world.seconds
        if gone <= 0:
            return
        self.world.seconds = to
        for service in self.world.state.services.values():
            for hook in service.rollout.hooks if service.rollout else ():
                if hook.status == "AWAITING_ACTION":
                    hook.expires += gone
                    self._wakes[service.arn] = hook.expires

    def busy(self) -> bool:
        """Whether something is under way that waits for no person, and for no process: those need true seconds."""
        world = self.world
        if any(task_progress.is_process(t) and t.status != "STOPPED" for t in world.state.tasks.values()):
            return False
        return world.seconds < world.busy_until or any(
            _moves(service.rollout, world.seconds) for service in world.state.services.values() if service.rollout
        )

    def overdue(self, arn: str) -> bool:
        """Whether a deployment moves for longer than anybody waits for it."""
        with self.held() as world:
            found = (r for s in world.state.services.values() for r in s.rollouts if r.arn == arn and r.active)
            return any(not _waits(r) and not _moves(r, world.seconds) for r in found)

    def _elapse(self) -> None:
        now = time.monotonic()
        if self._clock.speed > 0 or not self.busy():
            self.world.seconds += (now - self._before) / (self._clock.speed or 1.0)
        self._before = now

    def _run(self) -> None:
        while True:
            self._poked.clear()
            with self._changed:
                self.world.speed = self._clock.speed
                self._elapse()
                try:
                    upcoming = self.turn()
                except Exception:  # noqa: BLE001 - a fault of ours must not end ECS for all other services
                    _log.exception("ECS could not continue")
                    upcoming = self.world.seconds + MINUTE
                jumping = self._clock.speed == 0 and self.busy()
                if jumping:
                    self.jump(upcoming)
                left = (upcoming - self.world.seconds) * (self._clock.speed or 1.0)
                self._changed.notify_all()
            if self._waiting:
                time.sleep(0.0005)
            if not jumping and left > 0:
                self._poked.wait(min(left, _POLL))

    def _forget(self) -> None:
        limit = time.time() - _SHOWN
        tasks = self.world.state.tasks
        stopped = [t for t in tasks.values() if t.status == "STOPPED"]
        for number, task in enumerate(reversed(stopped)):
            if number >= _MOST or task.times.get("stoppedAt", 0) < limit:
                del tasks[task.arn]

    def dump(self) -> Any:
        """Everything, and the table of images.

        It does not wait for the world: it may be called on the event loop, which the engine may be waiting for while it
        holds the world. One call of msgspec's is not interrupted by other threads, so what it writes is whole.
        """
        self.world.state.clock = self.world.seconds
        return {"state": msgspec.to_builtins(self.world.state), "images": TABLE.rows()}

    def load(self, data: Any) -> None:
        """Continue where an earlier process stopped."""
        with self.held() as world:
            world.state = msgspec.convert(data["state"], State)
            for hook in (h for s in world.state.services.values() for r in s.rollouts for h in r.hooks):
                # Whoever was called is gone with its machine; it is called again.
                hook.status = "IN_PROGRESS" if hook.status == "CALLED" else hook.status
            world.seconds = world.state.clock
            world.busy_until = 0.0
            self._tick = world.seconds + MINUTE
            self._wakes = dict.fromkeys(world.state.services, world.seconds)
            TABLE.load(data["images"])
            # No process outlives its sandbox.
            self.lose_tasks(task_progress.is_process)
        self.start()

    def reset(self) -> None:
        """Forget everything."""
        with self.held() as world:
            if world.machine:
                world.machine.clear()
            world.state, world.busy_until = State(), 0.0
            self._wakes.clear()
            self.inbox.clear()
            self.meter.clear()
            TABLE.load({})


def _waits(rollout: Rollout) -> bool:
    return any(hook.status in {"AWAITING_ACTION", "CALLED"} for hook in rollout.hooks)


def _moves(rollout: Rollout, now: float) -> bool:
    return not _waits(rollout) and now - rollout.began < deployment_transitions.patience(rollout)
