"""Task definitions that Fargate refuses when a task starts, long after the change set succeeded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.lint.rules.ecs.parts import API, CONTAINER, GUIDE, PARAMETERS, containers, fargate_tasks
from generator.lint.rules.resolve import function
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, items, known, number, scalar, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

SIZES = f"Amazon ECS Developer Guide: Task size, {GUIDE}fargate-tasks-services.html#fargate-tasks-size"
DIFFERENCES = f"Amazon ECS Developer Guide: Task definition differences for Fargate, {GUIDE}fargate-tasks-services.html"
# CPU units -> memory in MiB; Task size, read 2026-10.
MEMORY_FOR_CPU = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
    32768: (61440, 122880, 249856),
}
_QUANTITY = re.compile(r"(\d*\.?\d+)\s*(vcpu|gb)", re.IGNORECASE)
UNSUPPORTED = ("Devices", "SharedMemorySize", "MaxSwap", "Swappiness")


def quantity(value: Any) -> float | None:
    """CPU units or MiB of a task size, also of `1 vCPU` and `2 GB`; None if it is unknown."""
    text = scalar(value)
    found = _QUANTITY.fullmatch(text.strip()) if text else None
    return float(found[1]) * 1024 if found else number(value)


@rule(
    "E9501",
    severity="error",
    why="Fargate refuses other pairs when the service starts tasks; cfn-lint checks only sizes that are written in place.",
    source=SIZES,
    fix="Use one of the memory sizes that the message lists, or another Cpu.",
)
def fargate_pair(view: TemplateView) -> Iterator[Problem]:
    """Fargate CPU and memory must be a valid pair, also when they come from parameters."""
    for task in fargate_tasks(view):
        cpu, memory = quantity(task.get("Cpu")), quantity(task.get("Memory"))
        if cpu is None or memory is None or not (function(task.written("Cpu")) or function(task.written("Memory"))):
            continue
        allowed = MEMORY_FOR_CPU.get(int(cpu))
        if allowed is None:
            sizes = ", ".join(map(str, MEMORY_FOR_CPU))
            yield task.problem("Cpu", message=f"{cpu:g} CPU units is not a Fargate size (these are: {sizes})")
        elif memory not in allowed:
            sizes = ", ".join(map(str, allowed))
            yield task.problem("Memory", message=f"{memory:g} MiB does not go with {cpu:g} CPU units ({sizes} do)")


@rule(
    "E9502",
    severity="error",
    why="Fargate shares no host with the task, so registering a privileged container for it fails.",
    source=PARAMETERS,
    fix="Remove Privileged, or run the task on EC2 capacity.",
)
def fargate_privileged(view: TemplateView) -> Iterator[Problem]:
    """A Fargate container cannot be privileged."""
    for task in fargate_tasks(view):
        for index, container in containers(task):
            if truth(container.get("Privileged")):
                yield task.problem(
                    "ContainerDefinitions", index, "Privileged", message="Fargate runs no privileged container"
                )


@rule(
    "E9503",
    severity="error",
    why="Registering a Fargate task with devices, shared memory or swap settings fails.",
    source=DIFFERENCES,
    fix="Remove the setting, or run the task on EC2 capacity.",
)
def fargate_linux_parameters(view: TemplateView) -> Iterator[Problem]:
    """Fargate supports no devices, shared memory size or swap settings."""
    for task in fargate_tasks(view):
        for index, container in containers(task):
            for name in UNSUPPORTED:
                value = fields(container.get("LinuxParameters")).get(name)
                if known(value) and value not in (None, []):
                    yield task.problem(
                        "ContainerDefinitions",
                        index,
                        "LinuxParameters",
                        name,
                        message=f"Fargate does not support {name}",
                    )


@rule(
    "E9504",
    severity="error",
    why="SYS_PTRACE is the only Linux capability that Fargate lets a container add.",
    source=f"Amazon ECS API Reference: KernelCapabilities, {API}API_KernelCapabilities.html",
    fix="Add SYS_PTRACE only, or run the task on EC2 capacity.",
)
def fargate_capabilities(view: TemplateView) -> Iterator[Problem]:
    """A Fargate container may add no capability but SYS_PTRACE."""
    for task in fargate_tasks(view):
        for index, container in containers(task):
            added = items(fields(fields(container.get("LinuxParameters")).get("Capabilities")).get("Add"))
            for place, name in enumerate(added):
                if isinstance(name, str) and name != "SYS_PTRACE":
                    path = ("ContainerDefinitions", index, "LinuxParameters", "Capabilities", "Add", place)
                    yield task.problem(*path, message=f"Fargate does not let a container add {name}")


@rule(
    "E9505",
    severity="error",
    why="Fargate waits 2 to 120 seconds for a container to stop and refuses any other StopTimeout.",
    source=CONTAINER,
    fix="Use 2 to 120 seconds, and let the application finish in that time.",
)
def fargate_stop_timeout(view: TemplateView) -> Iterator[Problem]:
    """StopTimeout on Fargate is 2 to 120 seconds."""
    for task in fargate_tasks(view):
        for index, container in containers(task):
            seconds = number(container.get("StopTimeout"))
            if seconds is not None and not 2 <= seconds <= 120:
                message = f"StopTimeout of {seconds:g} seconds is outside Fargate's 2 to 120"
                yield task.problem("ContainerDefinitions", index, "StopTimeout", message=message)


@rule(
    "E9506",
    severity="error",
    why="Fargate gives 20 GiB by itself and extends it to 21 to 200 GiB.",
    source=f"Amazon ECS Developer Guide: Fargate task ephemeral storage, {GUIDE}fargate-task-storage.html",
    fix="Use 21 to 200, or leave EphemeralStorage out for 20 GiB.",
)
def fargate_storage(view: TemplateView) -> Iterator[Problem]:
    """Ephemeral storage is 21 to 200 GiB."""
    for task in fargate_tasks(view):
        size = number(task.get("EphemeralStorage", "SizeInGiB"))
        if size is not None and not 21 <= size <= 200:
            yield task.problem("EphemeralStorage", "SizeInGiB", message=f"{size:g} GiB is outside 21 to 200")


@rule(
    "E9507",
    severity="error",
    why="Without it the agent cannot fetch secrets, or on Fargate write logs, and no task ever starts.",
    source=f"Amazon ECS Developer Guide: Task execution IAM role, {GUIDE}task_execution_IAM_role.html",
    fix="Give the task definition an ExecutionRoleArn that may do so.",
)
def execution_role(view: TemplateView) -> Iterator[Problem]:
    """A Fargate task with secrets, awslogs or an ECR image needs an execution role."""
    for task in fargate_tasks(view):
        if task.get("ExecutionRoleArn") is not None:
            continue
        for index, container in containers(task):
            image = container.get("Image")
            needs = {
                "reads Secrets": bool(items(container.get("Secrets"))),
                "logs with awslogs": fields(container.get("LogConfiguration")).get("LogDriver") == "awslogs",
                "pulls from ECR": ".dkr.ecr." in (image if isinstance(image, str) else getattr(image, "text", "")),
            }
            for what in (what for what, needed in needs.items() if needed):
                message = f"The container {what}, but the task definition has no ExecutionRoleArn"
                yield task.problem("ContainerDefinitions", index, message=message)
                break


@rule(
    "E9508",
    severity="error",
    why="Fargate tasks share neither process nor IPC namespaces with a host.",
    source=PARAMETERS,
    fix="Remove IpcMode, and use PidMode task if the containers must see each other.",
)
def fargate_namespaces(view: TemplateView) -> Iterator[Problem]:
    """Fargate supports no IpcMode, and of PidMode only task."""
    for task in fargate_tasks(view):
        if isinstance(task.get("IpcMode"), str):
            yield task.problem("IpcMode", message="Fargate supports no IpcMode")
        if task.get("PidMode") == "host":
            yield task.problem("PidMode", message="Fargate has no host whose processes could be shared")
