"""Clusters and capacity providers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import lookup
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.model import Cluster
from generator.sandbox.ecs.responses import cluster_shape
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_FARGATE = ("FARGATE", "FARGATE_SPOT")
_SETTINGS = ("settings", "configuration", "serviceConnectDefaults")


@operation("ecs", "CreateCluster")
def create_cluster(request: Request) -> dict[str, Any]:
    """Make a cluster; one of the name that is there already is answered unchanged, as AWS does."""
    name = request.text("clusterName", "default")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise lookup.invalid(f"Identifier '{name}' is invalid: letters, numbers, underscores and hyphens only.")
    with ENGINE.held() as world:
        home = lookup.home(request)
        arn = lookup.cluster_arn(home, name)
        found = world.state.clusters.get(arn)
        if found is None or found.status != "ACTIVE":
            given = {key: request.params[key] for key in _SETTINGS if request.params.get(key)}
            found = Cluster(arn=arn, name=name, home=home, given=given, tags=request.params.get("tags") or [])
            _capacity(world.state.providers, found, request.params)
            world.state.clusters[arn] = found
        return {"cluster": cluster_shape(found, world, ["SETTINGS", "TAGS", "CONFIGURATIONS"])}


@operation("ecs", "UpdateCluster", "UpdateClusterSettings")
def update_cluster(request: Request) -> dict[str, Any]:
    """Change settings."""
    with ENGINE.held() as world:
        found = lookup.cluster(world, request)
        found.given |= {key: request.params[key] for key in _SETTINGS if request.params.get(key) is not None}
        return {"cluster": cluster_shape(found, world, ["SETTINGS", "CONFIGURATIONS"])}


@operation("ecs", "PutClusterCapacityProviders")
def put_capacity(request: Request) -> dict[str, Any]:
    """Say which capacity providers a cluster has, and its default strategy."""
    with ENGINE.held() as world:
        found = lookup.cluster(world, request)
        _capacity(world.state.providers, found, request.params)
        return {"cluster": cluster_shape(found, world, [])}


def _capacity(providers: dict[str, dict[str, Any]], found: Cluster, params: dict[str, Any]) -> None:
    names = [str(name) for name in params.get("capacityProviders") or []]
    strategy = params.get("defaultCapacityProviderStrategy") or []
    own = {p["name"] for p in providers.values() if p["capacityProviderArn"].split(":")[4] == found.home.account}
    for name in names:
        if name not in _FARGATE and name not in own:
            raise lookup.invalid(f"The specified capacity provider '{name}' was not found.")
    for item in strategy:
        if item["capacityProvider"] not in names:
            raise lookup.invalid("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.")  # fmt: skip
    if sum(bool(item.get("base")) for item in strategy) > 1:
        raise lookup.invalid(
            "The specified capacity provider strategy can only have one capacity provider with a base."
        )
    found.given["capacityProviders"], found.given["defaultCapacityProviderStrategy"] = names, strategy


@operation("ecs", "DescribeClusters")
def describe_clusters(request: Request) -> dict[str, Any]:
    """Show clusters; those that are not there are failures, not errors."""
    with ENGINE.held() as world:
        home = lookup.home(request)
        names = request.params.get("clusters") or ["default"]
        arns = [lookup.cluster_arn(home, name) for name in names]
        found = [world.state.clusters[arn] for arn in arns if arn in world.state.clusters]
        include = request.params.get("include") or []
        return {
            "clusters": [cluster_shape(c, world, include) for c in found],
            "failures": [{"arn": a, "reason": "MISSING"} for a in arns if a not in world.state.clusters],
        }


@operation("ecs", "ListClusters")
def list_clusters(request: Request) -> dict[str, Any]:
    """The ARNs of active clusters."""
    with ENGINE.held() as world:
        home = lookup.home(request)
        arns = sorted(c.arn for c in world.state.clusters.values() if c.home == home and c.status == "ACTIVE")
    return lookup.page(request, arns, "clusterArns")


@operation("ecs", "DeleteCluster")
def delete_cluster(request: Request) -> dict[str, Any]:
    """Delete a cluster without services and tasks."""
    with ENGINE.held() as world:
        found = lookup.cluster(world, request)
        if any(s.cluster == found.arn and s.status != "INACTIVE" for s in world.state.services.values()):
            raise AwsError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(t.cluster == found.arn and t.status != "STOPPED" for t in world.state.tasks.values()):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        found.status = "INACTIVE"
        return {"cluster": cluster_shape(found, world, [])}


@operation("ecs", "CreateCapacityProvider")
def create_provider(request: Request) -> dict[str, Any]:
    """Make a capacity provider of an Auto Scaling group. No instance ever joins: tasks just run (docs/sandbox.md)."""
    name, home = request.text("name"), lookup.home(request)
    if re.match(r"(?i)aws|ecs|fargate", name):
        raise lookup.invalid("The capacity provider name must not begin with aws, ecs or fargate.")
    arn = f"arn:aws:ecs:{home.region}:{home.account}:capacity-provider/{name}"
    with ENGINE.held() as world:
        if arn in world.state.providers:
            raise AwsError("UpdateInProgressException", f"The capacity provider {name} already exists.")
        shape = {
            "capacityProviderArn": arn,
            "name": name,
            "status": "ACTIVE",
            "autoScalingGroupProvider": request.params.get("autoScalingGroupProvider"),
            "tags": request.params.get("tags") or [],
        }
        world.state.providers[arn] = shape
        return {"capacityProvider": shape}


@operation("ecs", "UpdateCapacityProvider")
def update_provider(request: Request) -> dict[str, Any]:
    """Change the scaling of a capacity provider."""
    with ENGINE.held() as world:
        shape = _provider(world.state.providers, request, request.text("name"))
        shape["autoScalingGroupProvider"] |= request.params.get("autoScalingGroupProvider") or {}
        return {"capacityProvider": shape}


@operation("ecs", "DeleteCapacityProvider")
def delete_provider(request: Request) -> dict[str, Any]:
    """Delete a capacity provider that no cluster has."""
    with ENGINE.held() as world:
        shape = _provider(world.state.providers, request, request.text("capacityProvider"))
        for cluster in world.state.clusters.values():
            if cluster.status == "ACTIVE" and shape["name"] in cluster.given.get("capacityProviders", []):
                raise lookup.client(f"The capacity provider is in use by the cluster {cluster.name}.")
        del world.state.providers[shape["capacityProviderArn"]]
        return {"capacityProvider": shape | {"status": "INACTIVE"}}


@operation("ecs", "DescribeCapacityProviders")
def describe_providers(request: Request) -> dict[str, Any]:
    """Show capacity providers, Fargate's two included."""
    home = lookup.home(request)
    base = f"arn:aws:ecs:{home.region}:{home.account}:capacity-provider/"
    with ENGINE.held() as world:
        rows = {n: {"capacityProviderArn": base + n, "name": n, "status": "ACTIVE", "tags": []} for n in _FARGATE}
        rows |= {p["name"]: p for arn, p in world.state.providers.items() if arn.startswith(base)}
        names = [n.rpartition("/")[2] for n in request.params.get("capacityProviders") or rows]
        return {
            "capacityProviders": [rows[n] for n in names if n in rows],
            "failures": [{"arn": base + n, "reason": "MISSING"} for n in names if n not in rows],
        }


def _provider(providers: dict[str, dict[str, Any]], request: Request, name: str) -> dict[str, Any]:
    home = lookup.home(request)
    arn = name if name.startswith("arn:") else f"arn:aws:ecs:{home.region}:{home.account}:capacity-provider/{name}"
    if arn not in providers:
        raise lookup.client("The specified capacity provider was not found.")
    return providers[arn]
