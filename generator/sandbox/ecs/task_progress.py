"""What a task does with time: it starts, becomes healthy or not, fails, and ends; each step tells the other services."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, assert_never

from generator.sandbox.ecs import task_lifecycle
from generator.sandbox.ecs.image_scripts import Fails, Missing, Process
from generator.sandbox.ecs.responses import task_shape

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Definition, Revision, Service, Task
    from generator.sandbox.ecs.other_services import Machine
    from generator.sandbox.ecs.runtime import Runtime
    from generator.sandbox.ecs.task_lifecycle import Ending, Mark

# Tasks that fail again and again are started ever more slowly (Developer Guide, "Service throttle logic"), and from the
# third in a row on the service is impaired; the numbers are assumed.
BACKOFF = (0, 0, 0, 10, 30, 60, 120, 300, 600, 900)
IMPAIRED = 3
_STAMPS = {
    "ACTIVATING": ("pullStartedAt", "pullStoppedAt"),
    "RUNNING": ("startedAt", "connectivityAt"),
    "DEACTIVATING": ("stoppingAt",),
    "DEPROVISIONING": ("stoppingAt", "executionStoppedAt"),
    "STOPPED": ("stoppedAt",),
}


def advance(world: Runtime, task: Task) -> None:
    """The task is due: let it do what comes next."""
    task.due = None
    if task.status in task_lifecycle.STARTING:
        if task.status == "PENDING" and (task.pull_error or isinstance(task.behaviour, Missing)):
            end(world, task, task_lifecycle.pull_failed(_main_image(task), task.pull_error), failed=True)
            return
        following, _ = task_lifecycle.STARTING[task.status]
        enter(world, task, following)
    elif task.status in task_lifecycle.ENDING:
        enter(world, task, task_lifecycle.ENDING[task.status][0])
    elif task.status == "RUNNING":
        _machine(world).judge(task) if is_process(task) else _milestone(world, task)


def enter(world: Runtime, task: Task, status: str) -> None:
    """A task gets a status: stamps, timer, load balancer, logs and the event that AWS would send."""
    task.status = status
    task.version += 1
    now = time.time()
    for stamp in _STAMPS.get(status, ()):
        task.times.setdefault(stamp, now)
    wait = (task_lifecycle.STARTING | task_lifecycle.ENDING).get(status)
    task.due = world.seconds + wait[1] if wait else None
    if status == "RUNNING":
        task.running_since = world.seconds
        _register(world, task)
        log(world, task, task.behaviour.lines)
        _next(world, task)
    elif is_process(task) and status in {"DEACTIVATING", "STOPPING"}:
        # It continues when the load balancer, and then the process, say so.
        task.due = None
        _machine(world).entered(task)
    elif status == "DEACTIVATING":
        group = world.group_of(task.home, task.target_group) if task.target != "none" else None
        if group:
            task.target = "draining"
            task.due = world.seconds + max(group.delay, task_lifecycle.ENDING[status][1])
    elif status == "DEPROVISIONING" and task.target != "none":
        world.outside.deregister(task.home, task.target_group, task.ip, task.port)
        task.target = "none"
    if is_process(task) and status in {"RUNNING", "DEPROVISIONING"}:
        machine = _machine(world)
        (machine.start if status == "RUNNING" else machine.entered)(task)
    # Moments are text in events, and Unix times in the API.
    detail = {
        key: dt.datetime.fromtimestamp(value, dt.UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, float)
        else value
        for key, value in task_shape(task, world).items()
        if value is not None
    }
    world.emit(task.home, "ECS Task State Change", [task.arn], detail)


def end(world: Runtime, task: Task, ending: Ending, *, failed: bool) -> None:
    """A task begins to stop. One whose container has ended needs no draining.

    Args:
        world: Everything.
        task: The task; one that is stopping already is left alone.
        ending: Why.
        failed: Whether that counts as a failure of its deployment.
    """
    if task.desired == "STOPPED":
        return
    task.desired = "STOPPED"
    task.stop_code, task.stopped_reason = ending.code, ending.reason
    task.exit_code, task.container_reason = ending.exit_code, ending.container
    gone = task.status != "RUNNING" or ending.code == "EssentialContainerExited" or ending is task_lifecycle.LOST
    enter(world, task, _last_way(task, gone=gone))
    service = world.state.services.get(task.service)
    if failed and service:
        count_failure(world, service, task)


def count_failure(world: Runtime, service: Service, task: Task) -> None:
    """A task failed: the deployment (or the steady service) counts it and waits longer before the next start."""
    rollout = service.rollout
    if rollout and task.revision == rollout.goal:
        if rollout.rollback_at is None:
            rollout.failures += 1
        else:
            rollout.undo_failures += 1
        failures = rollout.failures if rollout.rollback_at is None else rollout.undo_failures
        rollout.updated = time.time()
        rollout.retry = world.seconds + BACKOFF[min(failures, len(BACKOFF) - 1)]
        if rollout.breaker == "MONITORING" and rollout.failures >= rollout.threshold:
            rollout.breaker = "TRIGGERED"
    else:
        service.crashes += 1
        failures = service.crashes
        service.retry = world.seconds + BACKOFF[min(failures, len(BACKOFF) - 1)]
    if failures == IMPAIRED:
        world.note(service, "is unable to consistently start tasks successfully.")
        world.act(service, "WARN", "SERVICE_TASK_START_IMPAIRED")


def log(world: Runtime, task: Task, lines: tuple[str, ...]) -> None:
    """The lines of each container that logs to CloudWatch, in the stream that the awslogs driver makes."""
    log_of(world, task, world.definition(task.definition), lines)


def log_of(world: Runtime, task: Task, definition: Definition | None, lines: tuple[str, ...], only: str = "") -> None:
    """The lines of all containers, or of one. It needs no lock: who holds the world and who reads a process both log."""
    for container in definition.shape["containerDefinitions"] if definition else ():
        if only not in {"", container["name"]}:
            continue
        config = container.get("logConfiguration") or {}
        options = config.get("options") or {}
        if config.get("logDriver") == "awslogs" and options.get("awslogs-group") and lines:
            prefix = options.get("awslogs-stream-prefix", "ecs")
            stream = f"{prefix}/{container['name']}/{task.id}"
            world.outside.log(task.home, options["awslogs-group"], stream, lines)


def is_process(task: Task) -> bool:
    """Whether a task is a process of this machine."""
    return isinstance(task.behaviour, Process)


def _machine(world: Runtime) -> Machine:
    if world.machine is None:
        raise RuntimeError("no task of this sandbox runs as a process")
    return world.machine


def _last_way(task: Task, *, gone: bool) -> str:
    if is_process(task) and task.running_since is not None:
        # One container may have ended, and the others still run.
        return "STOPPING" if gone else "DEACTIVATING"
    return "DEPROVISIONING" if gone else "DEACTIVATING"


def _main_image(task: Task) -> str:
    return next(iter(task.images), "")


def _owner(world: Runtime, task: Task) -> tuple[Service | None, Revision | None]:
    service = world.state.services.get(task.service)
    return service, service.revisions.get(task.revision) if service else None


def _register(world: Runtime, task: Task) -> None:
    _, revision = _owner(world, task)
    if revision and revision.target_group and world.group_of(task.home, revision.target_group):
        balancers = revision.given.get("loadBalancers") or [{}]
        task.target_group, task.target = revision.target_group, "initial"
        task.port = int(balancers[0].get("containerPort") or 80)
        world.outside.register(task.home, task.target_group, task.ip, task.port)


def _next(world: Runtime, task: Task) -> None:
    service, revision = _owner(world, task)
    plan = task_lifecycle.milestones(task.behaviour, world.checks(service, revision, task))
    since = task.running_since or 0.0
    task.due = since + plan[task.milestone].after if task.milestone < len(plan) else None


def _milestone(world: Runtime, task: Task) -> None:
    service, revision = _owner(world, task)
    checks = world.checks(service, revision, task)
    plan = task_lifecycle.milestones(task.behaviour, checks)
    if task.milestone >= len(plan):
        return
    mark = plan[task.milestone].mark
    task.milestone += 1
    _next(world, task)
    _reach(world, task, mark, container=bool(checks.container))


def _reach(world: Runtime, task: Task, mark: Mark, *, container: bool) -> None:
    match mark:
        case "healthy":
            task.health = "HEALTHY" if container else task.health
            task.target = "healthy" if task.target != "none" else "none"
            note_healthy(world, task)
        case "unhealthy":
            task.health = "UNHEALTHY" if container else task.health
            task.target = "unhealthy" if task.target != "none" else "none"
        case "given up":
            if "unhealthy" in {task.target, task.health.lower()} and task.service:
                end(world, task, task_lifecycle.unhealthy(task.target_group, container=container), failed=True)
        case "exit" | "killed":
            end(world, task, task_lifecycle.exited(task.behaviour), failed=True)
        case "failing":
            if isinstance(task.behaviour, Fails):
                log(world, task, task.behaviour.failing)
        case other:
            assert_never(other)


def note_healthy(world: Runtime, task: Task) -> None:
    """A task became healthy: failures before it no longer count."""
    service = world.state.services.get(task.service)
    if service is None:
        return
    rollout = service.rollout
    if rollout and task.revision == rollout.goal:
        breaker = rollout.config.get("deploymentCircuitBreaker") or {}
        if breaker.get("resetOnHealthyTask", True) and rollout.rollback_at is None:
            rollout.failures = 0
    else:
        service.crashes = 0


def is_healthy(task: Task) -> bool:
    """Whether the scheduler counts the task as healthy: it runs, and what checks it is content."""
    if task.status != "RUNNING" or task.desired != "RUNNING":
        return False
    return task.milestone > 0 and task.target in {"healthy", "none"} and task.health != "UNHEALTHY"
