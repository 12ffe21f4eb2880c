"""The sizes that Fargate has (the API's RegisterTaskDefinition, `cpu` and `memory`)."""

from __future__ import annotations

import re
from typing import Any

from generator.sandbox.ecs.lookup import client

# CPU units -> MiB that go with them.
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}


def units(name: str, text: str) -> str:
    """CPU units or MiB of a size: `1024`, `1 vCPU` and `.5 vcpu`; `512`, `1 GB` and `0.5GB`.

    Raises:
        AwsError: `ClientException` for anything else.
    """
    match = re.fullmatch(r"\s*(\d*\.?\d+)\s*(vcpu|gb)?\s*", text, re.IGNORECASE)
    kind = (match[2] or "").lower() if match else ""
    if match is None or (kind and kind != {"cpu": "vcpu", "memory": "gb"}[name]):
        raise client(f"Invalid '{name}' setting for task.")
    value = float(match[1]) * (1024 if kind else 1)
    if value != int(value):
        raise client(f"Invalid '{name}' setting for task.")
    return str(int(value))


def check_size(shape: dict[str, Any]) -> None:
    """Refuse what Fargate refuses.

    Raises:
        AwsError: `ClientException`.
    """
    if shape.get("networkMode") != "awsvpc":
        raise client("Fargate only supports network mode 'awsvpc'.")
    for name in ("cpu", "memory"):
        if not shape.get(name):
            raise client(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = int(shape["cpu"]), int(shape["memory"])
    if memory not in SIZES.get(cpu, ()):
        raise client(
            "No Fargate configuration exists for given values: "
            f"{cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
        )
    for container in shape["containerDefinitions"]:
        if container.get("privileged"):
            raise client("When networkMode=awsvpc on Fargate, container 'privileged' must be false.")
        if (container.get("memory") or 0) > memory:
            raise client("Invalid setting for container. The container's memory exceeds the task's.")
    execution = any(str(c["image"]).count(".dkr.ecr.") or c.get("secrets") for c in shape["containerDefinitions"])
    if execution and not shape.get("executionRoleArn"):
        raise client("Fargate requires task definition to have execution role ARN to support ECR images.")
