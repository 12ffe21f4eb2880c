"""Starts tasks: where they run, what they do, what they carry."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.ecs import task_progress
from generator.sandbox.ecs.image_scripts import TABLE, Exits, Healthy, choose
from generator.sandbox.ecs.model import Task

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Cluster, Revision, Service
    from generator.sandbox.ecs.runtime import Runtime


class Origin(NamedTuple):
    """Who starts a task: its group (`service:app`, `family:app`), and `startedBy`."""

    group: str
    started_by: str


def launch(world: Runtime, service: Service, revision: Revision, count: int) -> None:
    """Start tasks of a revision."""
    for _ in range(count):
        given = revision.given
        providers = given.get("capacityProviderStrategy") or []
        origin = Origin(f"service:{service.name}", starter(service, revision))
        cluster = world.state.clusters[service.cluster]
        task = new_task(world, cluster, revision.definition, given.get("networkConfiguration") or {}, origin)
        task.service, task.revision = service.arn, revision.arn
        task.provider = provider(world, service, providers)
        task.given = {"enableExecuteCommand": given.get("enableExecuteCommand", False)}
        tags = {"SERVICE": service.tags, "TASK_DEFINITION": world.definition(revision.definition).tags}
        task.tags = list(tags.get(str(given.get("propagateTags")), []))
        for image in revision.images:
            if image.get("imageDigest"):
                task.images[image["image"]] = image["imageDigest"]
        task_progress.enter(world, task, "PROVISIONING")
    service.steady = False
    world.note(service, f"has started {count} tasks: {names(world, service, count)}.")


def new_task(world: Runtime, cluster: Cluster, definition: str, network: dict[str, Any], origin: Origin) -> Task:
    """A task that is about to start, entered into the state. It does what its first essential container's image does."""
    home, containers = cluster.home, world.definition(definition).shape["containerDefinitions"]
    subnet, zone, ip = world.place(home, network)
    arn = f"{cluster.arn.replace(':cluster/', ':task/')}/{secrets.token_hex(16)}"
    task = Task(
        arn=arn, home=home, cluster=cluster.arn, definition=definition, group=origin.group, created=time.time(),
        started_by=origin.started_by, subnet=subnet, zone=zone, ip=ip,
    )  # fmt: skip
    if not ip:
        # Amazon EC2 API Reference, "Client error codes"; ECS's words around it are assumed.
        task.pull_error = (
            f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{subnet}': "
            "InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request."
        )
    main = next(c for c in containers if c.get("essential", True))
    for container in (main, *(c for c in containers if c is not main)):
        found = world.outside.image(home, container["image"])
        task.images[container["image"]] = found.digest
        # What the table says about an image holds whether or not the registry has it.
        if found.error and TABLE.find(container["image"]) is None:
            task.pull_error = task.pull_error or found.error
        if container is main:
            task.behaviour = choose(container["image"], container.get("dockerLabels") or {}, found.annotation)
    world.state.tasks[arn] = task
    return task


def command_of(task: Task, container: str) -> list[str]:
    """The command that RunTask gave a container in place of its own; none for a service's task."""
    rows = (task.given.get("overrides") or {}).get("containerOverrides") or []
    return next((list(row.get("command") or ()) for row in rows if row.get("name") == container), [])


def run_command(task: Task, definition: dict[str, Any]) -> None:
    """A task with a command of its own does what the table says of `IMAGE#COMMAND`; a good image's command ends with 0."""
    main = next(c for c in definition["containerDefinitions"] if c.get("essential", True))
    command, image = command_of(task, main["name"]), main["image"]
    if not command:
        return
    scripted = TABLE.find(f"{image}#{' '.join(command)}")
    if scripted is not None:
        task.behaviour = scripted
    elif isinstance(task.behaviour, Healthy):
        task.behaviour = Exits(code=0, lines=(f"{' '.join(command)}: done",), seconds=5)


def starter(service: Service, revision: Revision) -> str:
    """The deployment that starts tasks of a revision: its own, or the rollback to it."""
    owner = next((r for r in reversed(service.rollouts) if r.target == revision.arn), None)
    rollout = service.rollout
    if rollout and rollout.rollback_at is not None and rollout.goal == revision.arn:
        return rollout.rollback_id
    return owner.id if owner else ""


def provider(world: Runtime, service: Service, strategy: list[dict[str, Any]]) -> str:
    """Where the next task runs: first the base, then by the weights (API Reference, CapacityProviderStrategyItem)."""
    cluster = world.state.clusters.get(service.cluster)
    chosen = strategy or (cluster.given.get("defaultCapacityProviderStrategy") if cluster else []) or []
    own: dict[str, int] = {}
    for task in world.tasks_of(service):
        own[task.provider] = own.get(task.provider, 0) + 1
    for item in chosen:
        if own.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    rows = [item for item in chosen if item.get("weight", 0)]
    if not rows:
        return str(chosen[0]["capacityProvider"]) if chosen else ""
    return str(min(rows, key=lambda i: own.get(i["capacityProvider"], 0) / i["weight"])["capacityProvider"])


def names(world: Runtime, service: Service, count: int) -> str:
    """The newest tasks as the service's events name them."""
    return " ".join(f"(task {t.id})" for t in world.tasks_of(service)[-count:])
