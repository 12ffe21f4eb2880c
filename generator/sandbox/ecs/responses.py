"""What the API shows of clusters, services and tasks, in AWS's shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs.lifecycle_stages import SHIFTING, strategy

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Cluster, Revision, Rollout, Service, Task
    from generator.sandbox.ecs.runtime import Runtime

_PENDING = {"PROVISIONING", "PENDING", "ACTIVATING"}
_RUNNING = {"RUNNING", "DEACTIVATING", "STOPPING"}
# What a service shows of what it was given; the rest it shows has names of its own.
SHOWN = (
    "loadBalancers", "serviceRegistries", "launchType", "capacityProviderStrategy", "platformVersion",
    "deploymentConfiguration", "roleArn", "placementConstraints", "placementStrategy", "networkConfiguration",
    "healthCheckGracePeriodSeconds", "schedulingStrategy", "deploymentController", "enableECSManagedTags",
    "propagateTags", "enableExecuteCommand", "availabilityZoneRebalancing",
)  # fmt: skip
_OF_DEPLOYMENT = (
    "capacityProviderStrategy", "launchType", "platformVersion", "networkConfiguration", "serviceConnectConfiguration",
)  # fmt: skip


def counts(tasks: list[Task]) -> tuple[int, int]:
    """(Running, pending) of these tasks."""
    running = sum(t.status in _RUNNING and t.desired == "RUNNING" for t in tasks)
    return running, sum(t.status in _PENDING and t.desired == "RUNNING" for t in tasks)


def cluster_shape(cluster: Cluster, world: Runtime, include: list[str]) -> dict[str, Any]:
    """A cluster as DescribeClusters answers it."""
    tasks = [t for t in world.state.tasks.values() if t.cluster == cluster.arn]
    running, pending = counts(tasks)
    shape: dict[str, Any] = {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": sum(
            s.cluster == cluster.arn and s.status == "ACTIVE" for s in world.state.services.values()
        ),
        "statistics": [],
        "capacityProviders": cluster.given.get("capacityProviders", []),
        "defaultCapacityProviderStrategy": cluster.given.get("defaultCapacityProviderStrategy", []),
        "serviceConnectDefaults": cluster.given.get("serviceConnectDefaults"),
        "settings": cluster.given.get("settings", []) if "SETTINGS" in include else [],
        "tags": cluster.tags if "TAGS" in include else [],
    }
    if "CONFIGURATIONS" in include:
        shape["configuration"] = cluster.given.get("configuration")
    return shape


def task_shape(task: Task, world: Runtime, *, tags: bool = False) -> dict[str, Any]:
    """A task as DescribeTasks answers it, which is also the detail of its state-change event."""
    definition = world.definition(task.definition).shape
    containers = [
        {
            "containerArn": f"{task.arn.replace(':task/', ':container/')}/{number:08d}",
            "taskArn": task.arn,
            "name": container["name"],
            "image": container["image"],
            "imageDigest": task.images.get(container["image"]) or None,
            "lastStatus": task.status if task.status in {"PENDING", "RUNNING", "STOPPED"} else "PENDING",
            "exitCode": _exit(task, container["name"])[0],
            "reason": _exit(task, container["name"])[1] or None,
            "healthStatus": task.health,
            "networkInterfaces": [{"attachmentId": _eni(task)["id"], "privateIpv4Address": task.ip}] if task.ip else [],
            "cpu": str(container.get("cpu", 0)),
            "memory": str(container["memory"]) if container.get("memory") else None,
        }
        for number, container in enumerate(definition["containerDefinitions"])
    ]
    return {
        "taskArn": task.arn,
        "clusterArn": task.cluster,
        "taskDefinitionArn": task.definition,
        "group": task.group,
        "startedBy": task.started_by or None,
        "lastStatus": task.status,
        "desiredStatus": task.desired,
        "healthStatus": task.health,
        "connectivity": "CONNECTED" if task.running_since is not None else None,
        "createdAt": task.created,
        **task.times,
        "stopCode": task.stop_code or None,
        "stoppedReason": task.stopped_reason or None,
        "availabilityZone": task.zone or None,
        "cpu": definition.get("cpu"),
        "memory": definition.get("memory"),
        "launchType": "EC2" if task.provider not in {"", "FARGATE", "FARGATE_SPOT"} else "FARGATE",
        "capacityProviderName": task.provider or None,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "enableExecuteCommand": bool(task.given.get("enableExecuteCommand")),
        "overrides": task.given.get("overrides") or {"containerOverrides": []},
        "attachments": [_eni(task)] if task.ip else [],
        "attributes": [],
        "containers": containers,
        "version": task.version,
        "tags": task.tags if tags else [],
    }


def _exit(task: Task, container: str) -> tuple[int | None, str]:
    """(Exit code, reason) of a container; the containers of a scripted task all end alike."""
    if task.ends:
        return task.ends.get(container, (None, ""))
    return (task.exit_code if task.status == "STOPPED" or task.exit_code else None), task.container_reason


def _eni(task: Task) -> dict[str, Any]:
    return {
        "id": f"{task.id[:8]}-{task.id[8:12]}-{task.id[12:16]}-{task.id[16:20]}-{task.id[20:32]}",
        "type": "ElasticNetworkInterface",
        "status": "DELETED" if task.status == "STOPPED" else "ATTACHED" if task.running_since is not None else "PRECREATED",
        "details": [
            {"name": "subnetId", "value": task.subnet},
            {"name": "networkInterfaceId", "value": f"eni-0{task.id[:16]}"},
            {"name": "privateIPv4Address", "value": task.ip},
        ],
    }  # fmt: skip


def service_shape(service: Service, world: Runtime, *, tags: bool = False) -> dict[str, Any]:
    """A service as DescribeServices answers it."""
    tasks = world.tasks_of(service)
    running, pending = counts(tasks)
    revision = service.revisions.get(service.current)
    rollout = service.rollouts[-1] if service.rollouts else None
    shape: dict[str, Any] = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster,
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
        "taskDefinition": revision.definition if revision else service.given.get("taskDefinition"),
        "createdAt": service.created,
        "events": service.events,
        "deployments": _deployments(service, tasks),
        "currentServiceDeployment": rollout.arn if rollout else None,
        "currentServiceRevisions": [
            {
                "arn": arn,
                "requestedTaskCount": service.desired if arn == service.current else 0,
                "runningTaskCount": counts([t for t in tasks if t.revision == arn])[0],
                "pendingTaskCount": counts([t for t in tasks if t.revision == arn])[1],
            }
            for arn in dict.fromkeys([service.current, *(t.revision for t in tasks)])
            if arn
        ],
        "tags": service.tags if tags else [],
        "resourceManagementType": "CUSTOMER",
    }
    return shape | {name: service.given[name] for name in SHOWN if service.given.get(name) is not None}


def _deployments(service: Service, tasks: list[Task]) -> list[dict[str, Any]]:
    """The deployments that still matter: the primary one, and those whose tasks still run."""
    found: list[dict[str, Any]] = []
    rollout = service.rollouts[-1] if service.rollouts else None
    if rollout is None or service.status == "INACTIVE":
        return found
    back = rollout.rollback_at is not None
    rows: list[tuple[Rollout, str, bool]] = [(rollout, rollout.goal, back)]
    if back and rollout.goal != rollout.target:
        rows.append((rollout, rollout.target, False))
    rows += [
        (owner, arn, False)
        for arn in dict.fromkeys(t.revision for t in tasks)
        if arn not in {rollout.goal, *([rollout.target] if back else [])}
        and (owner := next((r for r in reversed(service.rollouts) if r.target == arn), None))
    ]
    for number, (owner, arn, undo) in enumerate(rows):
        own = [t for t in tasks if t.revision == arn]
        if number and not own:
            continue
        shape = _deployment(service.revisions[arn], owner, own, undo=undo)
        place = (
            {"status": "PRIMARY", "desiredCount": service.desired}
            if not number
            else {"status": "ACTIVE", "desiredCount": 0}
        )
        found.append(shape | place)
    return found


def _deployment(revision: Revision, owner: Rollout, own: list[Task], *, undo: bool) -> dict[str, Any]:
    running, pending = counts(own)
    state, reason = _state(owner, undo=undo)
    shape: dict[str, Any] = {
        "id": owner.rollback_id if undo else owner.id,
        "taskDefinition": revision.definition,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": owner.undo_failures if undo else owner.failures,
        "createdAt": (owner.rollback_at if undo else None) or owner.created,
        "updatedAt": owner.updated or owner.created,
    }
    if strategy(owner.config) not in SHIFTING:
        shape |= {"rolloutState": state, "rolloutStateReason": reason}
    return shape | {name: revision.given[name] for name in _OF_DEPLOYMENT if revision.given.get(name) is not None}


def _state(owner: Rollout, *, undo: bool) -> tuple[str, str]:
    """(rolloutState, rolloutStateReason). Wording: what DescribeServices answers on AWS."""
    name = owner.rollback_id if undo else owner.id
    if undo:
        if owner.status == "ROLLBACK_SUCCESSFUL":
            return "COMPLETED", f"ECS deployment {name} completed."
        if owner.status == "ROLLBACK_FAILED":
            return "FAILED", owner.reason
        return "IN_PROGRESS", f"ECS deployment circuit breaker: rolling back to deploymentId {name}."
    if owner.status == "SUCCESSFUL":
        return "COMPLETED", f"ECS deployment {name} completed."
    if owner.rollback_at is not None or owner.status == "STOPPED":
        failed = "ECS deployment failed: alarm detected." if owner.triggered else (
            "ECS deployment circuit breaker: tasks failed to start." if owner.breaker == "TRIGGERED" else owner.reason
        )  # fmt: skip
        return "FAILED", failed
    return "IN_PROGRESS", f"ECS deployment {name} in progress."
