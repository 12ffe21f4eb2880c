"""Tasks of `kind: process`: a task definition becomes programs of this machine, and what they do becomes the task's life."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.balancer import haproxy
from generator.sandbox.balancer.proxied_target import Wanted
from generator.sandbox.balancer.proxy_targets import LoadBalancers
from generator.sandbox.balancer.routes_of_traffic import Traffic
from generator.sandbox.ecs import task_progress
from generator.sandbox.ecs.container_plans import MEBIBYTE, ContainerPlans, NotStarted
from generator.sandbox.ecs.task_lifecycle import Ending, unhealthy
from generator.sandbox.processes.process_host import ProcessHost
from generator.sandbox.processes.task_run import End, TaskRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.sandbox.ecs.model import Home, Task
    from generator.sandbox.ecs.runtime import Runtime


class ProcessTasks:
    """Runs the processes of tasks. Everything but `_later` of it happens while the world is held.

    Args:
        world: Everything.
        touch: Look at the service of a task again.
        read: The load balancers of an account and Region, as they are now.
    """

    def __init__(self, world: Runtime, touch: Callable[[Task], None], read: Callable[[Home], Traffic]) -> None:
        self._world, self._touch = world, touch
        self._host = ProcessHost()
        self._homes: dict[Home, None] = {}
        self.balancers = LoadBalancers(self._host, lambda: _together([read(home) for home in list(self._homes)]))
        # Whether SIGTERM is sent when draining begins, and not when it is over.
        self.early = False
        self._interrupted: set[str] = set()
        self._runs: dict[str, TaskRun] = {}
        self._plans = ContainerPlans(world)

    def start(self, task: Task) -> None:
        """Start the containers of a task."""
        shape = self._world.definition(task.definition).shape
        listener = _Listener(self, task, shape)
        try:
            run = TaskRun(self._host, self._plans.of(task, shape), listener)
        except NotStarted as error:
            task_progress.end(self._world, task, Ending("TaskFailedToStart", str(error)), failed=True)
            return
        if task.target != "none" and not haproxy.program():
            why = "tasks that are processes need HAProxy for a load balancer; install it with: apt install haproxy"
            task_progress.end(
                self._world, task, Ending("TaskFailedToStart", f"CannotStartContainerError: {why}"), failed=True
            )
            return
        self._runs[task.arn] = run
        run.start()
        if task.target != "none":
            self._homes[task.home] = None
            label = task.definition.rpartition("/")[2]
            heard = lambda state: self.soon(task, lambda: self.target(task, state))  # noqa: E731
            self.balancers.register(Wanted(task.arn, task.target_group, task.address, label, heard))
        self.judge(task)

    def entered(self, task: Task) -> None:
        """The task drains, stops or is gone."""
        run = self._runs.get(task.arn)
        if task.status == "DEACTIVATING":
            group = self._world.group_of(task.home, task.target_group) if task.target != "none" else None
            if group is None:
                task.due = self._world.seconds
            else:
                task.target = "draining"
                self.balancers.drain(task.arn, group.delay, lambda: self.soon(task, lambda: self.drained(task)))
            if self.early and run:
                run.stop()
        elif task.status == "STOPPING":
            self.balancers.drain(task.arn, 0, lambda: None)
            if run is None:
                task.due = self._world.seconds
            else:
                run.stop()
        else:
            self._runs.pop(task.arn, None)
            self.balancers.remove(task.arn)

    def drained(self, task: Task) -> None:
        """The load balancer has no request of this task any more, or does not wait for them any longer."""
        if task.status != "DEACTIVATING":
            return
        if task.arn in self._runs:
            task_progress.enter(self._world, task, "STOPPING")
        else:
            task_progress.enter(self._world, task, "DEPROVISIONING")

    def minute(self) -> dict[str, list[tuple[str, list[float]]]]:
        """What the load balancers counted since the last call, by target group."""
        return {arn: counts.metrics() for arn, counts in self.balancers.minute().items()}

    def clear(self) -> None:
        """Kill everything."""
        self.balancers.clear()
        self._host.kill_all()
        self._runs.clear()
        self._homes.clear()
        self.early = False

    def interrupt(self, task: Task, lead: float) -> None:
        """Take a task back as Fargate Spot does: SIGTERM now, and its target leaves so many seconds later.

        Sources: Developer Guide, "Fargate Spot termination notices" (SIGTERM, then SIGKILL after the stop timeout), and API
        Reference, Task, stopCode. That the target may still get requests after SIGTERM is what people report.
        """
        run = self._runs.get(task.arn)
        if run is None or task.desired != "RUNNING":
            return
        self._interrupted.add(task.arn)
        run.stop()
        timer = threading.Timer(lead, lambda: self.soon(task, lambda: self._taken_back(task)))
        timer.daemon = True
        timer.start()

    def _taken_back(self, task: Task) -> None:
        self._interrupted.discard(task.arn)
        task_progress.end(
            self._world, task, Ending("SpotInterruption", "Your Spot Task was interrupted."), failed=False
        )

    def pids(self, task: Task) -> dict[str, int]:
        """The process of each container."""
        run = self._runs.get(task.arn)
        return run.pids() if run else {}

    def soon(self, task: Task, act: Callable[[], None]) -> None:
        """Do something to a task on the engine's thread, and look at its service."""

        def done() -> None:
            if self._world.state.tasks.get(task.arn) is task:
                act()
                self._touch(task)

        self._world.post(done)

    def log(self, task: Task, container: str, lines: tuple[str, ...]) -> None:
        """Write what a container printed into its log stream; not on the engine's thread."""
        definition = self._world.state.definitions.get(task.definition)
        task_progress.log_of(self._world, task, definition, lines, container)

    def checked(self, task: Task, state: str) -> None:
        """The container health check has a result."""
        task.health = state
        self.judge(task)

    def target(self, task: Task, state: str) -> None:
        """The load balancer's health check has a result."""
        if task.target in {"initial", "healthy", "unhealthy"}:
            task.target = "healthy" if state == "healthy" else "unhealthy"
            self.judge(task)

    def judge(self, task: Task) -> None:
        """Count a task as healthy where all that checks it is content, and end one that is not after its grace."""
        if task.status != "RUNNING" or task.desired != "RUNNING":
            return
        checked = self._checks(self._world.definition(task.definition).shape)
        if task.target in {"healthy", "none"} and (task.health == "HEALTHY" or not checked):
            if task.milestone == 0:
                task.milestone = 1
                task_progress.note_healthy(self._world, task)
            return
        if "unhealthy" not in {task.target, task.health.lower()} or not task.service:
            return
        service = self._world.state.services[task.service]
        grace = float(service.given.get("healthCheckGracePeriodSeconds") or 0)
        until = (task.running_since or 0.0) + self._world.for_processes(grace)
        if self._world.seconds < until:
            task.due = until
        else:
            ending = unhealthy(task.target_group, container=task.health == "UNHEALTHY")
            task_progress.end(self._world, task, ending, failed=True)

    def failed(self, task: Task, container: str, end: End) -> None:
        """A container ended that must not."""
        task.ends[container] = (end.code, end.reason)
        if end.code is None:
            task_progress.end(self._world, task, Ending("TaskFailedToStart", end.reason, None, end.reason), failed=True)
        else:
            ending = Ending("EssentialContainerExited", "Essential container in task exited", end.code, end.reason)
            task_progress.end(self._world, task, ending, failed=True)

    def stopped(self, task: Task, ends: Mapping[str, End]) -> None:
        """Everything of the task has ended."""
        task.ends |= {name: (end.code, end.reason) for name, end in ends.items()}
        self._runs.pop(task.arn, None)
        if task.status == "STOPPING" or (task.status == "DEACTIVATING" and task.target != "draining"):
            task_progress.enter(self._world, task, "DEPROVISIONING")
        elif task.status == "DEACTIVATING":
            # It was told to end while it drains; what is in flight at the load balancer is lost with it.
            self.balancers.drain(task.arn, 0, lambda: None)
            task_progress.enter(self._world, task, "DEPROVISIONING")
        elif task.arn in self._interrupted:
            self._taken_back(task)
        elif task.desired == "RUNNING":
            # Only containers that are not essential were left, and they are done.
            ending = Ending("EssentialContainerExited", "Essential container in task exited", 0)
            task_progress.end(self._world, task, ending, failed=True)

    def _checks(self, shape: dict[str, Any]) -> bool:
        return any(c.get("healthCheck") for c in shape["containerDefinitions"])


class _Listener:
    """Passes what a task's processes do on to the engine's thread."""

    def __init__(self, tasks: ProcessTasks, task: Task, shape: dict[str, Any]) -> None:
        self._tasks, self._task, self._shape = tasks, task, shape
        self._seen = (time.monotonic(), 0.0)

    def lines(self, container: str, lines: tuple[str, ...]) -> None:
        """Into the log stream of the container, in the order in which they were printed."""
        self._tasks.log(self._task, container, lines)

    def health(self, state: str) -> None:
        """The container health check says so."""
        self._tasks.soon(self._task, lambda: self._tasks.checked(self._task, state))

    def used(self, memory: int, cpu: float) -> None:
        """As per cent of the task's."""
        now, (then, before) = time.monotonic(), self._seen
        self._seen = (now, cpu)
        units, most = int(self._shape.get("cpu") or 1024), int(self._shape.get("memory") or 0) * MEBIBYTE
        share = 100 * max(0.0, cpu - before) / max(now - then, 0.001) / (units / 1024)
        task = self._task
        task.used_cpu, task.used_memory = share, 100 * memory / most if most else 0.0

    def failed(self, container: str, end: End) -> None:
        """The task ends."""
        self._tasks.soon(self._task, lambda: self._tasks.failed(self._task, container, end))

    def stopped(self, ends: Mapping[str, End]) -> None:
        """Nothing of it runs any more."""
        self._tasks.soon(self._task, lambda: self._tasks.stopped(self._task, ends))


def _together(found: list[Traffic]) -> Traffic:
    """The load balancers of several accounts as one."""
    return Traffic(tuple(i for t in found for i in t.listeners), tuple(g for t in found for g in t.groups))
