"""The life of one task, as pure functions: which status follows which, after how long, and why it ends.

The statuses are those of the Amazon ECS Developer Guide, "Amazon ECS task lifecycle". The durations are assumed: what a
small Fargate task takes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, assert_never

from generator.sandbox.ecs.image_scripts import (
    Behaviour,
    Exits,
    Fails,
    Healthy,
    Leaks,
    Missing,
    NeverHealthy,
    Process,
    Slow,
)

# Status -> (next status, seconds in this one).
STARTING = {"PROVISIONING": ("PENDING", 5.0), "PENDING": ("ACTIVATING", 10.0), "ACTIVATING": ("RUNNING", 2.0)}
ENDING = {"DEACTIVATING": ("STOPPING", 2.0), "STOPPING": ("DEPROVISIONING", 2.0), "DEPROVISIONING": ("STOPPED", 3.0)}

Mark = Literal["healthy", "unhealthy", "exit", "killed", "failing", "given up"]


class Checks(NamedTuple):
    """How a task's health is found out.

    Attributes:
        target: Seconds between the load balancer's checks, or 0 without a load balancer.
        target_limit: Failed checks in a row until the target is unhealthy.
        container: Seconds between the container's own checks, or 0 without one.
        container_limit: Failed checks in a row until the container is unhealthy.
        start_period: Seconds in which the container's failed checks don't count.
        grace: Seconds in which the service's scheduler ignores that a task is unhealthy.
    """

    target: float = 0
    target_limit: int = 2
    container: float = 0
    container_limit: int = 3
    start_period: float = 0
    grace: float = 0


class Milestone(NamedTuple):
    """What happens to a running task, so many seconds after it began to run."""

    after: float
    mark: Mark


def milestones(behaviour: Behaviour, checks: Checks) -> tuple[Milestone, ...]:
    """What happens to a task that runs this, in order of time.

    A target is healthy after the first check that it passes, and unhealthy after so many failed ones (Elastic Load
    Balancing User Guide, "Health checks for your target groups").
    """
    match behaviour:
        case Healthy() | Slow():
            found = [Milestone(_seen(behaviour.seconds, checks), "healthy")]
        case Exits():
            found = [Milestone(behaviour.seconds, "exit")]
        case NeverHealthy():
            found = _sick(checks) if checks.target or checks.container else [Milestone(0, "healthy")]
        case Fails():
            found = [Milestone(_seen(behaviour.seconds, checks), "healthy"), Milestone(behaviour.after, "failing")]
        case Leaks():
            found = [Milestone(_seen(behaviour.seconds, checks), "healthy"), Milestone(behaviour.after, "killed")]
        case Missing() | Process():
            # What is true of a process is seen, not foretold.
            found = []
        case other:
            assert_never(other)
    first = found[0].after if found and found[0].mark == "healthy" else 0
    found += [sick for sick in _sick(checks) if sick.after < first]
    return tuple(sorted(found, key=lambda milestone: milestone.after))


def _sick(checks: Checks) -> list[Milestone]:
    failed = _failed(checks)
    return [Milestone(failed, "unhealthy"), Milestone(max(failed, checks.grace), "given up")]


def _seen(ready: float, checks: Checks) -> float:
    """When the checks have noticed that a container is ready."""
    waits = [every * max(1, -(-ready // every)) for every in (checks.target, checks.container) if every]
    return max(waits, default=0.0)


def _failed(checks: Checks) -> float:
    target = checks.target * checks.target_limit if checks.target else float("inf")
    container = checks.start_period + checks.container * checks.container_limit if checks.container else float("inf")
    return min(target, container)


class Ending(NamedTuple):
    """Why a task stops."""

    code: str
    reason: str
    exit_code: int | None = None
    container: str = ""


# The task's machine is gone. Code and wording are assumed: AWS documents none for Fargate.
LOST = Ending("TerminationNotice", "The host of the task was lost: the sandbox was killed")


def pull_failed(image: str, why: str = "") -> Ending:
    """The image is not there. Wording: Amazon ECS Developer Guide, "CannotPullContainer task errors"."""
    text = why or (
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
        f"{image}: not found"
    )
    return Ending("TaskFailedToStart", text, None, text)


def exited(behaviour: Behaviour) -> Ending:
    """The container ended by itself or was killed. Wording: "Stopped tasks error codes" of the same guide."""
    if isinstance(behaviour, Exits):
        return Ending("EssentialContainerExited", "Essential container in task exited", behaviour.code)
    return Ending(
        "EssentialContainerExited",
        "Essential container in task exited",
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )


def unhealthy(target_group: str, *, container: bool) -> Ending:
    """The scheduler gives up on a task that fails its checks."""
    if container or not target_group:
        return Ending("ServiceSchedulerInitiated", "Task failed container health checks", 143)
    return Ending("ServiceSchedulerInitiated", f"Task failed ELB health checks in (target-group {target_group})", 143)
