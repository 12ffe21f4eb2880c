"""Containers that ECS refuses to register, or that never start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.lint.rules.ecs.parts import API, CONTAINER, GUIDE, PARAMETERS, TASK, complete, containers, port_mappings
from generator.lint.rules.ecs.task import quantity
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, items, mentions, number, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

DEPENDENCY = f"Amazon ECS API Reference: ContainerDependency, {API}API_ContainerDependency.html"
HEALTH = f"Amazon ECS API Reference: HealthCheck, {API}API_HealthCheck.html"
EFS = f"Amazon ECS API Reference: EFSVolumeConfiguration, {API}API_EFSVolumeConfiguration.html"
HEALTH_RANGES = {"Interval": (5, 300), "Timeout": (2, 60), "Retries": (1, 10), "StartPeriod": (0, 300)}
# Tags this long are commit or content hashes, which nobody moves.
_HASH_TAG = re.compile(r"[0-9a-f]{12,}")


@rule(
    "W9509",
    severity="warning",
    why=(
        "A tag can be moved between the approval of a release and its tasks, so that another image runs than the "
        "approved one."
    ),
    source=f"Amazon ECS Developer Guide: Container image resolution, {GUIDE}deployment-type-ecs.html#deployment-container-image-stability",
    fix="Pass the image with its digest (repository@sha256:...), best through a parameter.",
)
def image_by_tag(view: TemplateView) -> Iterator[Problem]:
    """An image should be named by its digest."""
    for task in view.of(TASK):
        for index, container in containers(task):
            image = container.get("Image")
            if not isinstance(image, str) or "@sha256:" in image or not image:
                continue
            if mentions(task.written("ContainerDefinitions", index, "Image")) & view.parameters.keys():
                continue
            tag = image.rpartition("/")[2].partition(":")[2] or "latest"
            if not _HASH_TAG.fullmatch(tag):
                yield task.problem(
                    "ContainerDefinitions", index, "Image", message=f"{image} is the image that {tag} names later"
                )


@rule(
    "E9510",
    severity="error",
    why="ECS refuses a task definition in which a container waits for one that does not exist.",
    source=DEPENDENCY,
    fix="Name a container of the same task definition.",
)
def dependency_exists(view: TemplateView) -> Iterator[Problem]:
    """A container may depend only on containers of its own task."""
    for task in view.of(TASK):
        names = {container["Name"] for _, container in containers(task)} if complete(task) else set()
        for index, container in containers(task) if names else ():
            for place, needed in enumerate(items(container.get("DependsOn"))):
                name = fields(needed).get("ContainerName")
                if isinstance(name, str) and name not in names:
                    path = ("ContainerDefinitions", index, "DependsOn", place, "ContainerName")
                    yield task.problem(*path, message=f"No container is called {name} ({', '.join(sorted(names))} are)")


@rule(
    "E9511",
    severity="error",
    why="ECS does not look at the image's HEALTHCHECK, so the dependency never becomes healthy; COMPLETE and SUCCESS of an "
    "essential container would stop the task.",
    source=DEPENDENCY,
    fix="Give the other container a HealthCheck, make it non-essential, or wait for START.",
)
def dependency_condition(view: TemplateView) -> Iterator[Problem]:
    """A dependency must be able to reach the condition that is waited for."""
    for task in view.of(TASK):
        by_name = {container["Name"]: container for _, container in containers(task)} if complete(task) else {}
        for index, container in containers(task):
            for place, needed in enumerate(items(container.get("DependsOn"))):
                name, condition = fields(needed).get("ContainerName"), fields(needed).get("Condition")
                other = by_name.get(name) if isinstance(name, str) else None
                if other is None or not isinstance(condition, str):
                    continue
                path = ("ContainerDefinitions", index, "DependsOn", place, "Condition")
                if condition == "HEALTHY" and other.get("HealthCheck") is None:
                    yield task.problem(*path, message=f"{name} has no HealthCheck, so it is never HEALTHY")
                elif condition in {"COMPLETE", "SUCCESS"} and truth(other.get("Essential", True)):
                    yield task.problem(
                        *path, message=f"{name} is essential, so the task ends when it reaches {condition}"
                    )


@rule(
    "E9512",
    severity="error",
    why="ECS refuses a health check whose command does not start with CMD or CMD-SHELL, or whose times are out of range.",
    source=HEALTH,
    fix="Start the command with CMD or CMD-SHELL, and keep the times inside the range of the message.",
)
def health_check(view: TemplateView) -> Iterator[Problem]:
    """A container health check has a valid command and valid times."""
    for task in view.of(TASK):
        for index, container in containers(task):
            check = fields(container.get("HealthCheck"))
            first = next(iter(items(check.get("Command"))), None)
            path = ("ContainerDefinitions", index, "HealthCheck")
            if isinstance(first, str) and first not in {"CMD", "CMD-SHELL", "NONE"}:
                yield task.problem(*path, "Command", message=f"The command starts with {first!r}")
            for name, (low, high) in HEALTH_RANGES.items():
                value = number(check.get(name))
                if value is not None and not low <= value <= high:
                    yield task.problem(*path, name, message=f"{name} of {value:g} is outside {low} to {high}")


@rule(
    "E9513",
    severity="error",
    why="ECS refuses a task definition that mounts a volume which it does not declare.",
    source=PARAMETERS,
    fix="Declare the volume in Volumes under that name.",
)
def volume_exists(view: TemplateView) -> Iterator[Problem]:
    """A mount point must name a volume of the task."""
    for task in view.of(TASK):
        listed = task.get("Volumes", default=[])
        names = [fields(volume).get("Name") for volume in items(listed)]
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in names):
            continue
        for index, container in containers(task):
            for place, mount in enumerate(items(container.get("MountPoints"))):
                name = fields(mount).get("SourceVolume")
                if isinstance(name, str) and name not in names:
                    path = ("ContainerDefinitions", index, "MountPoints", place, "SourceVolume")
                    yield task.problem(*path, message=f"The task has no volume {name}")


@rule(
    "E9514",
    severity="error",
    why="Names are how services, dependencies and overrides find a container; ECS refuses duplicates.",
    source=CONTAINER,
    fix="Give each container its own name.",
)
def container_names(view: TemplateView) -> Iterator[Problem]:
    """Container names are unique in a task."""
    for task in view.of(TASK):
        seen: set[Any] = set()
        for index, container in containers(task):
            name = container.get("Name")
            if isinstance(name, str) and name in seen:
                yield task.problem("ContainerDefinitions", index, "Name", message=f"Two containers are called {name}")
            elif isinstance(name, str):
                seen.add(name)


@rule(
    "E9515",
    severity="error",
    why="ECS refuses a task definition whose containers reserve more than the task has.",
    source=CONTAINER,
    fix="Give the task more, or its containers less.",
)
def reservations(view: TemplateView) -> Iterator[Problem]:
    """Containers may not reserve more CPU or memory than their task has."""
    for task in view.of(TASK):
        for name, keys in (("Cpu", ("Cpu",)), ("Memory", ("MemoryReservation", "Memory"))):
            whole = quantity(task.get(name))
            shares = [next((c[key] for key in keys if c.get(key) is not None), 0) for _, c in containers(task)]
            reserved = sum(number(share) or 0 for share in shares)
            if whole and reserved > whole:
                yield task.problem(name, message=f"The containers reserve {reserved:g} of {whole:g} {name} units")


@rule(
    "E9516",
    severity="error",
    why="Containers of an awsvpc task share one network interface, so the second one that listens on a port exits.",
    source=f"Amazon ECS Developer Guide: Task networking for Fargate, {GUIDE}fargate-task-networking.html",
    fix="Give each container its own port, and each port mapping its own name.",
)
def port_conflict(view: TemplateView) -> Iterator[Problem]:
    """Ports are unique in an awsvpc task, and names of port mappings in any task."""
    for task in view.of(TASK):
        ports: set[tuple[float, Any]] = set()
        names: set[str] = set()
        for index, place, mapping in port_mappings(task):
            path = ("ContainerDefinitions", index, "PortMappings", place)
            port, protocol = number(mapping.get("ContainerPort")), mapping.get("Protocol", "tcp")
            if port is not None and isinstance(protocol, str) and task.get("NetworkMode") == "awsvpc":
                if (port, protocol) in ports:
                    yield task.problem(*path, "ContainerPort", message=f"Port {port:g}/{protocol} is mapped twice")
                ports.add((port, protocol))
            name = mapping.get("Name")
            if isinstance(name, str):
                if name in names:
                    yield task.problem(*path, "Name", message=f"Two port mappings are called {name}")
                names.add(name)


@rule(
    "E9517",
    severity="error",
    why="ECS refuses an EFS volume with IAM authorisation or an access point unless traffic to it is encrypted and the access "
    "point alone sets the directory.",
    source=EFS,
    fix="Set TransitEncryption to ENABLED, and leave RootDirectory out (or /) beside an access point.",
)
def efs_volume(view: TemplateView) -> Iterator[Problem]:
    """EFS authorisation needs transit encryption, and an access point no root directory."""
    for task in view.of(TASK):
        for index, volume in enumerate(items(task.get("Volumes"))):
            efs = fields(fields(volume).get("EFSVolumeConfiguration"))
            authorisation = fields(efs.get("AuthorizationConfig"))
            point, root = authorisation.get("AccessPointId"), efs.get("RootDirectory")
            path = ("Volumes", index, "EFSVolumeConfiguration")
            authorised = authorisation.get("IAM") == "ENABLED" or point is not None
            if authorised and efs.get("TransitEncryption", "DISABLED") == "DISABLED":
                yield task.problem(*path, message="Authorisation is used without TransitEncryption")
            if point is not None and isinstance(root, str) and root not in {"", "/"}:
                yield task.problem(*path, "RootDirectory", message=f"RootDirectory {root} contradicts the access point")


@rule(
    "E9518",
    severity="error",
    why="The awsfirelens driver hands logs to a router container of the same task; without one the task cannot be registered.",
    source=f"Amazon ECS Developer Guide: Send logs with FireLens, {GUIDE}using_firelens.html",
    fix="Add a log router container with FirelensConfiguration, or use another driver.",
)
def firelens_router(view: TemplateView) -> Iterator[Problem]:
    """The awsfirelens log driver needs a container with FirelensConfiguration."""
    for task in view.of(TASK):
        if not complete(task) or any(
            container.get("FirelensConfiguration") is not None for _, container in containers(task)
        ):
            continue
        for index, container in containers(task):
            if fields(container.get("LogConfiguration")).get("LogDriver") == "awsfirelens":
                path = ("ContainerDefinitions", index, "LogConfiguration", "LogDriver")
                yield task.problem(*path, message="No container of this task is a FireLens router")


@rule(
    "E9519",
    severity="error",
    why="ECS refuses a container in which an environment variable and a secret, or two secrets, have one name.",
    source=f"Amazon ECS API Reference: Secret, {API}API_Secret.html",
    fix="Keep the one that you need.",
)
def secret_names(view: TemplateView) -> Iterator[Problem]:
    """A secret may not have the name of an environment variable or of another secret."""
    for task in view.of(TASK):
        for index, container in containers(task):
            taken = {fields(pair).get("Name") for pair in items(container.get("Environment")) if _named(pair)}
            for place, secret in enumerate(items(container.get("Secrets"))):
                if not _named(secret):
                    continue
                if secret["Name"] in taken:
                    path = ("ContainerDefinitions", index, "Secrets", place, "Name")
                    yield task.problem(*path, message=f"{secret['Name']} is set twice")
                taken.add(secret["Name"])


def _named(pair: Any) -> bool:
    return isinstance(fields(pair).get("Name"), str)
