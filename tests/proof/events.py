"""What happens to a service while it is under load: one function an event, which returns when it is over."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, NamedTuple

from generator.release.model.states import Closed
from tests.proof.chat import bot_and_worker_killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.bed import Bed

_PATIENCE = 600.0


class Event(NamedTuple):
    """Something that happens.

    Attributes:
        name: As the table calls it.
        act: Lets it happen, and returns the seconds that it took to go back, or None.
        bar: Requests that may fail: 0, or None where a share is stated.
        many: Whether 0 of at least 50,000 requests may fail, which takes that many.
        points: Data points of the alarm that takes the version back: nothing fails any more after those minutes and 15 s.
    """

    name: str
    act: Callable[[Bed, str], float | None]
    bar: int | None = 0
    many: bool = False
    points: int = 0


def good(bed: Bed, strategy: str) -> None:
    """A version that works replaces one that works."""
    bed.engine.release(strategy, "better")


def slow(bed: Bed, strategy: str) -> None:
    """The new version needs eight seconds until it listens."""
    bed.engine.release(strategy, "slow start")


def back(bed: Bed, strategy: str) -> float:
    """A version, and afterwards the one before it again."""
    bed.engine.release(strategy, "better")
    began = time.monotonic()
    bed.engine.roll_back(strategy)
    return time.monotonic() - began


def crash(bed: Bed, strategy: str) -> float:
    """The new version ends with 1 as soon as it starts.

    A rolling update goes back by ECS's circuit breaker; elsewhere, where AWS documents none, the release engine counts tasks
    that failed and stops the deployment.
    """
    return _taken_back(bed, strategy, "crashes")


def turns_bad(bed: Bed, strategy: str) -> float:
    """The new version answers 500 from its twentieth second under load; alarms take it back."""
    return _taken_back(bed, strategy, "turns bad")


def turns_slow(bed: Bed, strategy: str) -> float:
    """The new version answers after nine seconds from its twentieth second under load; alarms take it back."""
    return _taken_back(bed, strategy, "turns slow")


def leaks(bed: Bed, strategy: str) -> float:
    """The new version keeps more memory with each second, until a task is killed for it; then somebody takes it back."""
    began = time.monotonic()
    release = bed.engine.begin(strategy, "leaks")
    _until(lambda: _killed_for_memory(bed, strategy))
    if isinstance(bed.engine.now(release).state, Closed):
        bed.engine.roll_back(strategy)
    else:
        # An alarm may have been quicker; what is asked for twice happens once.
        bed.engine.undo(release)
        bed.engine.ends(release)
    return time.monotonic() - began


def undo(bed: Bed, strategy: str) -> float:
    """Somebody undoes the release while both versions run."""
    release = bed.engine.begin(strategy, "better")
    _until(lambda: bed.both_run(strategy))
    time.sleep(6)
    began = time.monotonic()
    bed.engine.undo(release)
    bed.engine.ends(release, "rolled back")
    return time.monotonic() - began


def worker_killed(bed: Bed, strategy: str) -> None:
    """The worker is killed with SIGKILL while both versions run; another one starts five seconds later and finishes."""
    release = bed.engine.begin(strategy, "better")
    _until(lambda: bed.both_run(strategy))
    bed.engine.kill_worker()
    time.sleep(5)
    bed.engine.start_worker()
    bed.engine.ends(release, "succeeded")


def killed(bed: Bed, strategy: str) -> None:
    """A task's process is killed by hand, with SIGKILL."""
    own = {task["taskArn"] for task in bed.tasks(strategy)}
    pids = bed.control.post("processes", {})
    os.kill(next(pid for arn, named in pids.items() if arn in own for pid in named.values()), signal.SIGKILL)
    _until(lambda: sum(task["lastStatus"] == "RUNNING" for task in bed.tasks(strategy)) == 2)
    time.sleep(8)


def interrupted(bed: Bed, strategy: str) -> None:
    """Fargate Spot takes a task back: SIGTERM comes a second before the load balancer hears of it."""
    bed.control.post("interrupt", {"task": bed.tasks(strategy)[0]["taskArn"], "lead": 1})
    _until(lambda: _steady(bed, strategy, 2))


def zone(bed: Bed, strategy: str) -> None:
    """All processes in the Availability Zone of one task are killed at once."""
    tasks = bed.tasks(strategy)
    own = {task["taskArn"] for task in tasks if task["availabilityZone"] == tasks[0]["availabilityZone"]}
    for arn, named in bed.control.post("processes", {}).items():
        if arn in own:
            for pid in named.values():
                os.kill(pid, signal.SIGKILL)
    _until(lambda: _steady(bed, strategy, 2))
    time.sleep(8)


def scaling(bed: Bed, strategy: str) -> None:
    """Autoscaling takes the service from two tasks to six, and back."""
    (cluster, service), autoscaling = bed.names(strategy), bed.client("application-autoscaling")
    for count in (6, 2):
        autoscaling.register_scalable_target(
            ServiceNamespace="ecs", ResourceId=f"service/{cluster}/{service}",
            ScalableDimension="ecs:service:DesiredCount", MinCapacity=count, MaxCapacity=count,
        )  # fmt: skip
        _until(lambda count=count: _steady(bed, strategy, count))
        time.sleep(3)


EVENTS = {
    event.name: event
    for event in (
        Event("a good version", good, many=True),
        Event("a slow start of 8 s", slow, many=True),
        Event("a version that crashes", crash),
        Event("a version that turns bad", turns_bad, None, points=2),
        Event("a version that turns slow", turns_slow, None),
        Event("a version that leaks", leaks, None),
        Event("undo in the middle", undo, many=True),
        Event("rollback afterwards", back, many=True),
        Event("the worker killed", worker_killed, many=True),
        Event("bot and worker killed", bot_and_worker_killed, many=True),
        Event("scaling 2 to 6 and back", scaling, many=True),
        Event("a task killed", killed, None),
        Event("a Spot interruption", interrupted),
        Event("a zone's tasks lost", zone, None),
    )
}


def _taken_back(bed: Bed, strategy: str, kind: str) -> float:
    """Release a version that nobody should keep: the seconds until it was taken back."""
    began = time.monotonic()
    bed.engine.release(strategy, kind, "rolled back")
    return time.monotonic() - began


def _killed_for_memory(bed: Bed, strategy: str) -> bool:
    """Whether a task was killed because it used more memory than it may."""
    ecs, (cluster, service) = bed.client("ecs"), bed.names(strategy)
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    containers = [
        c for t in (ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []) for c in t["containers"]
    ]
    return any(c.get("exitCode") == 137 and "OutOfMemoryError" in c.get("reason", "") for c in containers)


def _steady(bed: Bed, strategy: str, count: int) -> bool:
    cluster, service = bed.names(strategy)
    ecs = bed.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    going = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return sum(t["lastStatus"] == "RUNNING" for t in bed.tasks(strategy)) == count and all(
        t["lastStatus"] == "STOPPED" for t in going
    )


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("what an event waits for did not come within ten minutes")
        time.sleep(0.2)
