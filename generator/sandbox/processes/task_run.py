"""The containers of one task as processes: their order, their health checks, and how they end.

Order of start and stop, and what a condition waits for: API Reference, `ContainerDependency`; health checks: `HealthCheck`;
SIGTERM, then SIGKILL after the stop timeout: Developer Guide, "Amazon ECS task definition parameters", stopTimeout.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from generator.sandbox.processes.process_host import Listener, Program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.sandbox.processes.process_host import Container, ProcessHost

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class HealthCheck(NamedTuple):
    """The container health check, in seconds; `command` is run by itself or, after CMD-SHELL, by /bin/sh."""

    command: tuple[str, ...]
    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


class ContainerPlan(NamedTuple):
    """One container of a task. `depends_on` has (name, START | COMPLETE | SUCCESS | HEALTHY); times are seconds."""

    name: str
    program: Program
    essential: bool = True
    depends_on: tuple[tuple[str, str], ...] = ()
    stop_timeout: float = 30
    health: HealthCheck | None = None


class End(NamedTuple):
    """How a container ended: its exit code, None if it never started, and what ECS says of it beside the code."""

    code: int | None
    reason: str = ""


class TaskListener(Protocol):
    """The callbacks for a task; called on other threads, and may not block."""

    def lines(self, container: str, lines: tuple[str, ...]) -> None:
        """A container printed these."""
        ...

    def health(self, state: str) -> None:
        """The task's health is HEALTHY or UNHEALTHY from now on."""
        ...

    def used(self, memory: int, cpu: float) -> None:
        """All containers together use that many bytes, and have used that many seconds of CPU."""
        ...

    def failed(self, container: str, end: End) -> None:
        """An essential container ended, or one that others wait for did otherwise than they wait for."""
        ...

    def stopped(self, ends: Mapping[str, End]) -> None:
        """Every container has ended."""
        ...


class _Row:
    """A container as the run sees it."""

    def __init__(self, plan: ContainerPlan) -> None:
        self.plan = plan
        self.container: Container | None = None
        self.end: End | None = None
        self.health = "UNKNOWN"
        self.failures = 0
        self.asked_to_stop = False
        self.use = (0, 0.0)
        self.began = time.monotonic()


class TaskRun:
    """Starts the containers of a task in their order, and ends them in the opposite one."""

    def __init__(self, host: ProcessHost, plans: tuple[ContainerPlan, ...], listener: TaskListener) -> None:
        self._host, self._listener = host, listener
        self._rows = {plan.name: _Row(plan) for plan in plans}
        self._lock = threading.RLock()
        self._stopping = False
        self._failed = False
        self._told_stopped = False
        self._health = "UNKNOWN"

    def start(self) -> None:
        """Start what waits for nothing; the rest follows."""
        with self._lock:
            self._go_on()

    def stop(self) -> None:
        """SIGTERM to all, dependents first, and SIGKILL to what is still there after its stop timeout."""
        with self._lock:
            self._stopping = True
            self._go_on()

    def kill(self) -> None:
        """SIGKILL to all, at once."""
        with self._lock:
            self._stopping = True
            for row in self._rows.values():
                if row.container and row.end is None:
                    row.container.kill()
            self._go_on()

    def pids(self) -> dict[str, int]:
        """The process of each container that runs."""
        with self._lock:
            return {name: r.container.pid for name, r in self._rows.items() if r.container and r.end is None}

    def _go_on(self) -> None:
        if self._stopping:
            self._stop_next()
        else:
            for row in self._rows.values():
                if row.container is None and row.end is None:
                    self._start_if_due(row)
        if all(row.end or (self._stopping and row.container is None) for row in self._rows.values()):
            self._tell_stopped()

    def _start_if_due(self, row: _Row) -> None:
        for name, condition in row.plan.depends_on:
            other = self._rows.get(name)
            state = _holds(other, condition) if other else True
            if state is None:
                return
            if not state:
                row.end = End(None, f"ContainerDependency: {name} did not reach {condition}")
                self._fail(row)
                return
        name, row.began = row.plan.name, time.monotonic()
        row.container = self._host.start(
            row.plan.program,
            Listener(
                lambda lines: self._listener.lines(name, lines),
                lambda memory, cpu: self._use(row, memory, cpu),
                lambda code, oom, why: self._ended(row, code, oom=oom, why=why),
            ),
        )
        if row.plan.health:
            self._later(row.plan.health.interval, lambda: self._check(row, row.plan.health))

    def _stop_next(self) -> None:
        for row in self._rows.values():
            if row.container is None or row.end or row.asked_to_stop:
                continue
            dependents = [
                r for r in self._rows.values() if r.container and not r.end and row.plan.name in dict(r.plan.depends_on)
            ]
            if not dependents:
                row.asked_to_stop = True
                row.container.terminate()
                self._later(row.plan.stop_timeout, row.container.kill)

    def _ended(self, row: _Row, code: int | None, *, oom: bool, why: str) -> None:
        with self._lock:
            reason = OUT_OF_MEMORY if oom else f"CannotStartContainerError: {why}" if why else ""
            row.end = End(code, reason)
            if (row.plan.essential or code is None) and not self._stopping:
                self._fail(row)
            self._go_on()

    def _fail(self, row: _Row) -> None:
        assert row.end is not None  # noqa: S101 - the callers set it
        if not self._failed:
            self._failed = self._stopping = True
            self._listener.failed(row.plan.name, row.end)

    def _tell_stopped(self) -> None:
        if not self._told_stopped:
            self._told_stopped = True
            self._listener.stopped({name: row.end or End(None) for name, row in self._rows.items()})

    def _use(self, row: _Row, memory: int, cpu: float) -> None:
        with self._lock:
            row.use = (memory, cpu)
            uses = [r.use for r in self._rows.values() if r.end is None]
        self._listener.used(sum(u[0] for u in uses), sum(u[1] for u in uses))

    def _check(self, row: _Row, check: HealthCheck | None) -> None:
        with self._lock:
            if check is None or row.end or self._stopping:
                return
        kind, *words = check.command
        argv = ("/bin/sh", "-c", " ".join(words)) if kind == "CMD-SHELL" else tuple(words) if kind == "CMD" else check.command  # fmt: skip
        program = row.plan.program._replace(argv=argv, memory=0)
        if program.network and row.container:
            program = program._replace(network=f"join {row.container.pid}")
        began = self._host.start(
            program,
            Listener(lambda _: None, lambda *_: None, lambda code, *_: self._checked(row, check, passed=code == 0)),
        )
        # A check that is over hears nothing of this.
        self._later(check.timeout, began.kill)

    def _checked(self, row: _Row, check: HealthCheck, *, passed: bool) -> None:
        with self._lock:
            if row.end or self._stopping:
                return
            early = time.monotonic() - row.began < check.start_period
            row.failures = 0 if passed else row.failures + (not early)
            if passed:
                row.health = "HEALTHY"
            elif row.failures >= check.retries:
                row.health = "UNHEALTHY"
            self._tell_health()
            self._later(check.interval, lambda: self._check(row, check))
            self._go_on()

    def _tell_health(self) -> None:
        checked = [r.health for r in self._rows.values() if r.plan.essential and r.plan.health]
        state = "UNHEALTHY" if "UNHEALTHY" in checked else "UNKNOWN" if "UNKNOWN" in checked else "HEALTHY"
        if state != self._health:
            self._health = state
            self._listener.health(state)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()


def _holds(other: _Row, condition: str) -> bool | None:
    """Whether a dependency's condition holds; None while it may still come to hold."""
    match condition:
        case "START":
            return True if other.container else None if other.end is None else False
        case "HEALTHY":
            return True if other.health == "HEALTHY" else None if other.end is None else False
        case _:
            if other.end is None:
                return None
            return other.end.code is not None and (condition == "COMPLETE" or other.end.code == 0)
