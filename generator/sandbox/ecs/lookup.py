"""Reads what callers name: clusters, services, tasks and task definitions, by name or ARN, with AWS's errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs.model import Home
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.sandbox.ecs.model import Cluster, Definition, Service, Task
    from generator.sandbox.ecs.runtime import Runtime
    from generator.sandbox.server.wire import Request


def home(request: Request) -> Home:
    """The caller's account and region."""
    return Home(request.account, request.region)


def invalid(text: str) -> AwsError:
    """`InvalidParameterException`."""
    return AwsError("InvalidParameterException", text)


def client(text: str) -> AwsError:
    """`ClientException`."""
    return AwsError("ClientException", text)


def cluster_arn(where: Home, name: str) -> str:
    """The ARN of a cluster by its name or ARN; `default` if it is empty."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ecs:{where.region}:{where.account}:cluster/{name or 'default'}"


def cluster(world: Runtime, request: Request, name: str | None = None) -> Cluster:
    """An active cluster.

    Raises:
        AwsError: `ClusterNotFoundException`.
    """
    cluster_name = request.text("cluster") if name is None else name
    found = world.state.clusters.get(cluster_arn(home(request), cluster_name))
    if found is None or found.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return found


def service(world: Runtime, request: Request) -> Service:
    """The service that a request names.

    Raises:
        AwsError: `ClusterNotFoundException` or `ServiceNotFoundException`.
    """
    found = maybe_service(world, cluster(world, request), request.text("service"))
    if found is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return found


def maybe_service(world: Runtime, where: Cluster, name: str) -> Service | None:
    """A service of a cluster by its name or ARN."""
    arn = name if name.startswith("arn:") else f"{where.arn.replace(':cluster/', ':service/')}/{name}"
    return world.state.services.get(arn)


def task(world: Runtime, where: Cluster, name: str) -> Task | None:
    """A task of a cluster by its id or ARN."""
    arn = name if name.startswith("arn:") else f"{where.arn.replace(':cluster/', ':task/')}/{name}"
    found = world.state.tasks.get(arn)
    return found if found and found.cluster == where.arn else None


def definition(world: Runtime, where: Home, name: str, *, active: bool) -> Definition:
    """A task definition: `family` (its newest active revision), `family:3` or an ARN.

    Raises:
        AwsError: `ClientException` if there is none, or `active` is asked for and it is not.
    """
    tail = name.rpartition("task-definition/")[2] if name.startswith("arn:") else name
    own = (d for d in world.state.definitions.values() if d.home == where)
    if name.startswith("arn:"):
        found = world.state.definitions.get(name)
    elif ":" in tail:
        family, _, number = tail.partition(":")
        found = next((d for d in own if d.family == family and str(d.revision) == number), None)
    else:
        rows = [d for d in own if d.family == tail and d.status == "ACTIVE"]
        found = max(rows, key=lambda d: d.revision, default=None)
    if found is None:
        raise client("Unable to describe task definition." if not active else "TaskDefinition not found.")
    if active and found.status != "ACTIVE":
        raise client("TaskDefinition is inactive")
    return found


def check_network(world: Runtime, where: Home, shape: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse a network configuration that is missing, or that names subnets that are not there.

    Raises:
        AwsError: `InvalidParameterException`.
    """
    if shape.get("networkMode") != "awsvpc":
        return
    network = (given.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not network:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    subnets = [str(name) for name in network.get("subnets") or []]
    if not subnets:
        raise invalid("subnets can not be empty.")
    there = {row[0] for row in world.outside.subnets(where, subnets)}
    for name in subnets:
        if name not in there:
            raise invalid(
                f"Error retrieving subnet information for [{', '.join(subnets)}]: The subnet ID '{name}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )


def page(request: Request, rows: Sequence[Any], key: str, *, most: int = 100) -> dict[str, Any]:
    """One page of a list, with `nextToken` if there is more.

    Raises:
        AwsError: `InvalidParameterException` for a limit or a token that is not ours.
    """
    limit = request.number("maxResults", most) or most
    token = request.text("nextToken", "0")
    if not 1 <= limit <= max(most, 100):
        raise invalid(f"maxResults must be between 1 and {max(most, 100)}.")
    if not re.fullmatch(r"\d+", token):
        raise invalid("Invalid token.")
    start = int(token)
    more = str(start + limit) if start + limit < len(rows) else None
    return {key: list(rows[start : start + limit]), "nextToken": more}
