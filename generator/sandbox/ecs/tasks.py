"""Tasks: list, describe, run and stop; and ECS Exec, which is refused."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import lookup, task_launch, task_lifecycle, task_progress
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.responses import task_shape
from generator.sandbox.server.errors import AwsError, refused
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


@operation("ecs", "ListTasks")
def list_tasks(request: Request) -> dict[str, Any]:
    """The ARNs of a cluster's tasks that should run, or that should stop; the newest first."""
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        status = request.text("desiredStatus", "RUNNING")
        name, family, starter = request.text("serviceName"), request.text("family"), request.text("startedBy")
        service = lookup.maybe_service(world, cluster, name) if name else None
        if name and service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        rows = [
            t
            for t in world.state.tasks.values()
            if t.cluster == cluster.arn
            and t.desired == status
            and (service is None or t.service == service.arn)
            and (not family or world.definition(t.definition).family == family)
            and (not starter or t.started_by == starter)
        ]
    return lookup.page(request, [t.arn for t in reversed(rows)], "taskArns")


@operation("ecs", "DescribeTasks")
def describe_tasks(request: Request) -> dict[str, Any]:
    """Show tasks; stopped ones for an hour."""
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        names = request.params.get("tasks") or []
        if len(names) > 100:
            raise lookup.invalid("Tasks cannot be more than 100.")
        rows = {name: lookup.task(world, cluster, name) for name in names}
        tags = "TAGS" in (request.params.get("include") or [])
        base = cluster.arn.replace(":cluster/", ":task/")
        missing = [n if n.startswith("arn:") else f"{base}/{n}" for n, task in rows.items() if task is None]
        return {
            "tasks": [task_shape(task, world, tags=tags) for task in rows.values() if task],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }


@operation("ecs", "RunTask")
def run_task(request: Request) -> dict[str, Any]:
    """Run tasks outside of a service."""
    count = request.number("count", 1) or 1
    if not 1 <= count <= 10:
        raise lookup.invalid("Count must be between 1 and 10.")
    with ENGINE.held() as world:
        home, cluster = lookup.home(request), lookup.cluster(world, request)
        definition = lookup.definition(world, home, request.text("taskDefinition"), active=True)
        network = request.params.get("networkConfiguration") or {}
        lookup.check_network(world, home, definition.shape, request.params)
        token = request.text("clientToken")
        earlier = [t for t in world.state.tasks.values() if token and (t.given or {}).get("clientToken") == token]
        if earlier:
            # The same token starts nothing again (Developer Guide, "Ensuring idempotency").
            return {"tasks": [task_shape(task, world, tags=True) for task in earlier], "failures": []}
        found = []
        for _ in range(count):
            group = request.text("group") or f"family:{definition.family}"
            origin = task_launch.Origin(group, request.text("startedBy"))
            task = task_launch.new_task(world, cluster, definition.arn, network, origin)
            strategy = request.params.get("capacityProviderStrategy") or []
            task.provider = strategy[0]["capacityProvider"] if strategy else ""
            task.given = {
                "overrides": request.params.get("overrides"),
                "clientToken": token,
                "enableExecuteCommand": request.params.get("enableExecuteCommand"),
            }
            task.tags = request.params.get("tags") or []
            task_launch.run_command(task, definition.shape)
            task_progress.enter(world, task, "PROVISIONING")
            found.append(task_shape(task, world, tags=True))
        world.hurry()
        return {"tasks": found, "failures": []}


@operation("ecs", "StopTask")
def stop_task(request: Request) -> dict[str, Any]:
    """Stop a task; if a service wants it, the service starts another."""
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        task = lookup.task(world, cluster, request.text("task"))
        if task is None:
            raise lookup.invalid("The referenced task was not found.")
        reason = request.text("reason") or "Task stopped by user"
        task_progress.end(world, task, task_lifecycle.Ending("UserInitiated", reason, 0), failed=False)
        service = world.state.services.get(task.service)
        if service:
            service.steady = False
            ENGINE.touch(service)
        world.hurry()
        return {"task": task_shape(task, world, tags=True)}


@operation("ecs", "ExecuteCommand")
def execute_command(request: Request) -> dict[str, Any]:
    """Refused: no agent of Systems Manager runs beside a task here."""
    raise refused(
        f"ECS Exec (into {request.text('task') or 'a task'})",
        "it opens no shell in a task; read its logs, or use an AWS account",
    )


@operation("ecs", "ListContainerInstances")
def list_instances(request: Request) -> dict[str, Any]:
    """None: no instance ever joins a cluster here."""
    with ENGINE.held() as world:
        lookup.cluster(world, request)
    return {"containerInstanceArns": list(itertools.chain())}
