"""What happens to a service while it is under load: one function an event, which returns when it is over."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.release.circuit_breaker import limit
from tests.proof.bed import commit_of, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.bed import Bed

_MOVING = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
_PATIENCE = 300.0


class Event(NamedTuple):
    """Something that happens.

    Attributes:
        name: As the table calls it.
        act: Lets it happen, and returns the seconds that it took to go back, or None.
        bar: Requests that may fail: 0, or None where a share is stated.
    """

    name: str
    act: Callable[[Bed, str], float | None]
    bar: int | None = 0


def release(bed: Bed, strategy: str, version: str, outcome: str = "") -> None:
    """Release a version by a change set of the image alone, and wait for its end."""
    bed.fleet.release(key_of(strategy), bed.image(strategy, version), outcome)


def good(bed: Bed, strategy: str) -> None:
    """A version that works replaces one that works."""
    release(bed, strategy, "better")


def slow(bed: Bed, strategy: str) -> None:
    """The new version needs eight seconds until it listens."""
    release(bed, strategy, "slow start")


def back(bed: Bed, strategy: str) -> None:
    """A version, and afterwards the one before it again."""
    release(bed, strategy, "better")
    release(bed, strategy, "good")


def crash(bed: Bed, strategy: str) -> float:
    """The new version ends with 1 as soon as it starts.

    A rolling update goes back by ECS's circuit breaker. AWS documents none for the others: there the release engine counts
    failed tasks, and stops the deployment with a rollback; the same count and the same call are made here.
    """
    began = time.monotonic()
    _start(bed, strategy, "crashes")
    if strategy != "rolling":
        most = limit(2)
        _until(lambda: _failed(bed, strategy) >= most)
        _stop(bed, strategy)
    _settle(bed, strategy)
    return time.monotonic() - began


def turns_bad(bed: Bed, strategy: str) -> float:
    """The new version answers 500 from its twentieth second under load; the deployment's alarms take it back."""
    began = time.monotonic()
    _start(bed, strategy, "turns bad")
    _settle(bed, strategy)
    return time.monotonic() - began


def leaks(bed: Bed, strategy: str) -> float:
    """The new version keeps more memory with each second, until it is killed."""
    began = time.monotonic()
    _start(bed, strategy, "leaks")
    time.sleep(60)
    if bed.deployment(strategy)["status"] in _MOVING:
        _stop(bed, strategy)
    _settle(bed, strategy)
    return time.monotonic() - began


def undo(bed: Bed, strategy: str) -> float:
    """Somebody undoes the release while both versions run."""
    _start(bed, strategy, "better")
    _until(
        lambda: any(task["lastStatus"] == "RUNNING" for task in bed.tasks(strategy)[2:]) or len(bed.tasks(strategy)) > 2
    )
    time.sleep(6)
    began = time.monotonic()
    if bed.deployment(strategy)["status"] in _MOVING:
        _stop(bed, strategy)
    _settle(bed, strategy)
    return time.monotonic() - began


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
    """From two tasks to six, and back."""
    ecs, (cluster, service) = bed.client("ecs"), bed.names(strategy)
    for count in (6, 2):
        ecs.update_service(cluster=cluster, service=service, desiredCount=count)
        _until(lambda count=count: _steady(bed, strategy, count))
        time.sleep(3)


EVENTS = {
    event.name: event
    for event in (
        Event("a good version", good),
        Event("a slow start of 8 s", slow),
        Event("a version that crashes", crash),
        Event("a version that turns bad", turns_bad, None),
        Event("a version that leaks", leaks, None),
        Event("undo in the middle", undo),
        Event("rollback afterwards", back),
        Event("scaling 2 to 6 and back", scaling),
        Event("a task killed", killed, None),
        Event("a Spot interruption", interrupted),
        Event("a zone's tasks lost", zone, None),
    )
}


def _start(bed: Bed, strategy: str, version: str) -> None:
    """Begin a release without waiting for it."""
    key = key_of(strategy)
    image = bed.image(strategy, version)
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in bed.fleet.built.graph.sources(key)]
    given = [
        {"ParameterKey": "ImageUri", "ParameterValue": image},
        {"ParameterKey": "Release", "ParameterValue": commit_of(version)},
    ]
    before = bed.deployment(strategy)["serviceDeploymentArn"]
    change_set = bed.fleet.propose(key, UsePreviousTemplate=True, Parameters=[*kept, *given])
    bed.fleet.client(key).execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    _until(lambda: bed.deployment(strategy)["serviceDeploymentArn"] != before)


def _stop(bed: Bed, strategy: str) -> None:
    arn = bed.deployment(strategy)["serviceDeploymentArn"]
    bed.client("ecs").stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")


def _settle(bed: Bed, strategy: str) -> None:
    """Wait until neither the deployment nor its stack moves."""
    _until(lambda: bed.deployment(strategy)["status"] not in _MOVING)
    key = key_of(strategy)
    _until(lambda: not bed.fleet.stack(key)["StackStatus"].endswith("_IN_PROGRESS"))


def _failed(bed: Bed, strategy: str) -> int:
    """Tasks of the deployment that failed."""
    found: Any = bed.client("ecs").describe_services(cluster=bed.names(strategy)[0], services=[bed.names(strategy)[1]])
    return max((int(row.get("failedTasks") or 0) for row in found["services"][0]["deployments"]), default=0)


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
            raise TimeoutError("what an event waits for did not come within five minutes")
        time.sleep(0.2)
