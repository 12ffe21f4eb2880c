"""Task definitions."""

from __future__ import annotations

import copy
import re
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import lookup
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.fargate import check_size, units
from generator.sandbox.ecs.model import Definition
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


@operation("ecs", "RegisterTaskDefinition")
def register(request: Request) -> dict[str, Any]:
    """Register the next revision of a family."""
    family = request.text("family")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", family):
        raise lookup.client(f"Invalid family name '{family}': up to 255 letters, numbers, underscores and hyphens.")
    shape: dict[str, Any] = {
        key: copy.deepcopy(value) for key, value in request.params.items() if key != "tags" and value is not None
    }
    containers = shape.get("containerDefinitions") or []
    _check(shape, containers)
    for container in containers:
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
        for name in ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"):
            container.setdefault(name, [])
        for port in container["portMappings"]:
            port.setdefault("protocol", "tcp")
            if shape.get("networkMode") == "awsvpc":
                port.setdefault("hostPort", port["containerPort"])
    with ENGINE.held() as world:
        home = lookup.home(request)
        key = f"{home.account}/{home.region}/{family}"
        revision = world.state.revisions_of.get(key, 0) + 1
        world.state.revisions_of[key] = revision
        arn = f"arn:aws:ecs:{home.region}:{home.account}:task-definition/{family}:{revision}"
        both = ["EC2", "FARGATE"] if shape.get("networkMode") == "awsvpc" and shape.get("cpu") else ["EC2"]
        shape |= {
            "taskDefinitionArn": arn,
            "family": family,
            "revision": revision,
            "status": "ACTIVE",
            "volumes": shape.get("volumes", []),
            "placementConstraints": shape.get("placementConstraints", []),
            "compatibilities": shape.get("requiresCompatibilities") or both,
            "registeredAt": time.time(),
            "registeredBy": f"arn:aws:iam::{home.account}:root",
        }
        tags = request.params.get("tags") or []
        world.state.definitions[arn] = Definition(
            arn=arn, home=home, family=family, revision=revision, shape=shape, tags=tags
        )
        return {"taskDefinition": shape, "tags": tags}


def _check(shape: dict[str, Any], containers: list[dict[str, Any]]) -> None:
    if not containers:
        raise lookup.client("Container list cannot be empty.")
    names = [c.get("name") for c in containers]
    if len(set(names)) < len(names):
        raise lookup.client("Container definitions' names must be unique.")
    if not any(c.get("essential", True) for c in containers):
        raise lookup.client("At least one container must be essential.")
    if any(not c.get("image") for c in containers):
        raise lookup.client("Container.image should not be null or empty.")
    for name in ("cpu", "memory"):
        if shape.get(name) is not None:
            shape[name] = units(name, str(shape[name]))
    if "FARGATE" in (shape.get("requiresCompatibilities") or []):
        check_size(shape)
    elif not shape.get("memory") and any(not (c.get("memory") or c.get("memoryReservation")) for c in containers):
        raise lookup.client("Invalid setting for container. At least one of 'memory' or 'memoryReservation' must be specified.")  # fmt: skip


@operation("ecs", "DescribeTaskDefinition")
def describe(request: Request) -> dict[str, Any]:
    """Show a revision; INACTIVE ones stay visible."""
    with ENGINE.held() as world:
        found = lookup.definition(world, lookup.home(request), request.text("taskDefinition"), active=False)
        shown = {"taskDefinition": found.shape}
        return shown | ({"tags": found.tags} if "TAGS" in (request.params.get("include") or []) else {})


@operation("ecs", "DeregisterTaskDefinition")
def deregister(request: Request) -> dict[str, Any]:
    """Mark a revision INACTIVE: what runs it continues, and nothing new may use it (from now on, not in ten minutes)."""
    with ENGINE.held() as world:
        name = request.text("taskDefinition")
        if ":" not in name:
            raise lookup.client("Task Definition can not be blank: name the family and the revision.")
        found = lookup.definition(world, lookup.home(request), name, active=False)
        if found.status != "ACTIVE":
            raise lookup.client("The specified task definition is inactive.")
        found.shape |= {"status": "INACTIVE", "deregisteredAt": time.time()}
        return {"taskDefinition": found.shape}


@operation("ecs", "DeleteTaskDefinitions")
def delete(request: Request) -> dict[str, Any]:
    """Delete INACTIVE revisions; one that is in use waits in DELETE_IN_PROGRESS."""
    found: list[dict[str, Any]] = []
    failures = []
    with ENGINE.held() as world:
        for name in request.params.get("taskDefinitions") or []:
            one = lookup.definition(world, lookup.home(request), name, active=False)
            if one.status == "ACTIVE":
                failures.append({"arn": one.arn, "reason": "The specified task definition is still in ACTIVE status. Please deregister the target and try again."})  # fmt: skip
                continue
            one.shape |= {"status": "DELETE_IN_PROGRESS", "deleteRequestedAt": time.time()}
            found.append(one.shape)
            used = any(t.definition == one.arn for t in world.state.tasks.values())
            if not used and not any(
                r.definition == one.arn for s in world.state.services.values() for r in s.revisions.values()
            ):
                del world.state.definitions[one.arn]
    return {"taskDefinitions": found, "failures": failures}


@operation("ecs", "ListTaskDefinitions")
def list_revisions(request: Request) -> dict[str, Any]:
    """The ARNs of revisions, active ones unless another status is asked for."""
    with ENGINE.held() as world:
        family, status = request.text("familyPrefix"), request.text("status", "ACTIVE")
        rows = [
            d
            for d in world.state.definitions.values()
            if d.home == lookup.home(request) and d.status == status and family in {"", d.family}
        ]
    rows.sort(key=lambda d: (d.family, d.revision), reverse=request.text("sort") == "DESC")
    return lookup.page(request, [d.arn for d in rows], "taskDefinitionArns")


@operation("ecs", "ListTaskDefinitionFamilies")
def list_families(request: Request) -> dict[str, Any]:
    """The names of families."""
    with ENGINE.held() as world:
        prefix, status = request.text("familyPrefix"), request.text("status", "ALL")
        rows = [d for d in world.state.definitions.values() if d.home == lookup.home(request)]
    active = {d.family for d in rows if d.status == "ACTIVE"}
    every = {d.family for d in rows if d.family.startswith(prefix)}
    chosen = {"ACTIVE": every & active, "INACTIVE": every - active}.get(status, every)
    return lookup.page(request, sorted(chosen), "families")
