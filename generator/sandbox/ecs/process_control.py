"""Commands of the control API about tasks that are processes: where their load balancers answer, and what they carry."""

from __future__ import annotations

import time
from typing import Any

from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.process_tasks import ProcessTasks
from generator.sandbox.server.control import control


def _tasks() -> ProcessTasks:
    found = ENGINE.world.machine
    if not isinstance(found, ProcessTasks):
        raise ValueError("no task of this sandbox runs as a process")  # noqa: TRY004 - what the control API answers with 400
    return found


@control("traffic")
def traffic(body: dict[str, Any]) -> dict[str, Any]:
    """Where each listener, and each rule by its host, answers on this machine, and the requests since a Unix time (`since`) by half seconds."""
    balancers = _tasks().balancers
    rows = balancers.requests.buckets(float(body.get("since") or time.time() - 60))
    return {
        "listeners": balancers.doors(),
        "requests": rows,
        "heard": balancers.requests.heard,
        "hosts": balancers.hosts(),
    }


@control("processes")
def processes(_: dict[str, Any]) -> dict[str, Any]:
    """The processes of every task that runs, by the task's ARN and its containers."""
    tasks = _tasks()
    with ENGINE.held() as world:
        return {t.arn: tasks.pids(t) for t in world.state.tasks.values() if t.status != "STOPPED" and tasks.pids(t)}


@control("interrupt")
def interrupt(body: dict[str, Any]) -> None:
    """Interrupt a task of Fargate Spot: `{"task": ARN, "lead": 1}`; its target leaves `lead` seconds after SIGTERM."""
    tasks = _tasks()
    with ENGINE.held() as world:
        task = world.state.tasks.get(str(body.get("task")))
        if task is None or not tasks.pids(task):
            raise ValueError(f"{body.get('task')} is not a task that runs as a process; see /_slipway/processes")
        tasks.interrupt(task, float(body.get("lead", 1)))


@control("death")
def death(body: dict[str, Any]) -> None:
    """When a task that is stopped gets SIGTERM: `{"order": "drained"}` (AWS's documentation) or `{"order": "early"}`."""
    order = body.get("order")
    if order not in {"drained", "early"}:
        raise ValueError(
            f"order is {order!r}; write drained (SIGTERM after the target is drained) or early (when draining begins)"
        )
    with ENGINE.held():
        _tasks().early = order == "early"
