"""The ECS API: importing this registers every operation, and what the control API says about images."""

from __future__ import annotations

from typing import Any

from generator.sandbox.ecs import (
    clusters,
    process_control,
    service_deployments,
    services,
    tags,
    task_definitions,
    tasks,
)
from generator.sandbox.ecs.image_scripts import TABLE, parse
from generator.sandbox.server.control import control

__all__ = ["clusters", "process_control", "service_deployments", "services", "tags", "task_definitions", "tasks"]


@control("images")
def images(body: dict[str, Any]) -> dict[str, Any]:
    """POST /_slipway/images `{"image": "app:*", "behaviour": {"kind": "exits", "code": 3}}`.

    A behaviour of null forgets the row; without `image` nothing changes. Answers every row.

    Raises:
        ValueError: The behaviour is none of ours.
    """
    if image := body.get("image"):
        given = body.get("behaviour")
        TABLE.put(str(image), None if given is None else parse(given))
    return {"images": TABLE.rows()}
