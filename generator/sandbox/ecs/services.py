"""Services: create, update, describe, list and delete."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import deployment_transitions, lifecycle_stages, lookup
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.model import Revision, Service
from generator.sandbox.ecs.responses import service_shape
from generator.sandbox.ecs.runtime import digits
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.ecs.runtime import Runtime
    from generator.sandbox.server.wire import Request

# What starts a new deployment when it changes (the API's UpdateService, and Developer Guide, "Updating a service").
DEPLOYED = (
    "taskDefinition", "capacityProviderStrategy", "networkConfiguration", "platformVersion", "loadBalancers",
    "serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations", "enableExecuteCommand",
    "enableECSManagedTags", "propagateTags",
)  # fmt: skip
# What changes without one.
KEPT = (
    "deploymentConfiguration", "healthCheckGracePeriodSeconds", "placementConstraints", "placementStrategy",
    "availabilityZoneRebalancing", "deploymentController",
)  # fmt: skip


@operation("ecs", "CreateService")
def create_service(request: Request) -> dict[str, Any]:
    """Make a service and begin its first deployment."""
    name = request.text("serviceName")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise lookup.invalid(f"Identifier '{name}' is invalid: letters, numbers, underscores and hyphens only.")
    controller = (request.params.get("deploymentController") or {}).get("type", "ECS")
    if controller != "ECS":
        raise AwsError("UnsupportedFeatureException", f"The sandbox does not support the deployment controller {controller}; use ECS.")  # fmt: skip
    if request.text("schedulingStrategy", "REPLICA") != "REPLICA":
        raise AwsError("UnsupportedFeatureException", "The sandbox does not support DAEMON services; use REPLICA.")
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        arn = f"{cluster.arn.replace(':cluster/', ':service/')}/{name}"
        there = world.state.services.get(arn)
        if there and there.status != "INACTIVE":
            token = request.text("clientToken")
            if token and token == there.given.get("clientToken"):
                return {"service": service_shape(there, world, tags=True)}
            raise lookup.invalid("Creation of service was not idempotent.")
        given = {key: value for key, value in request.params.items() if value is not None}
        given.setdefault("deploymentController", {"type": "ECS"})
        given.setdefault("schedulingStrategy", "REPLICA")
        given.setdefault("availabilityZoneRebalancing", "ENABLED")
        given["deploymentConfiguration"] = _complete(given.get("deploymentConfiguration") or {})
        service = Service(
            arn=arn, home=cluster.home, cluster=cluster.arn, name=name, created=time.time(), given=given,
            desired=int(given.get("desiredCount") or 0), tags=given.pop("tags", None) or [],
        )  # fmt: skip
        revision = make_revision(world, service)
        world.state.services[arn] = service
        deployment_transitions.begin(world, service, revision)
        ENGINE.touch(service)
        return {"service": service_shape(service, world, tags=True)}


@operation("ecs", "UpdateService")
def update_service(request: Request) -> dict[str, Any]:
    """Change a service; what the tasks are made of starts a deployment, the desired count does not."""
    with ENGINE.held() as world:
        service = lookup.service(world, request)
        if service.status != "ACTIVE":
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
        params = request.params
        given = dict(service.given)
        given |= {key: params[key] for key in (*DEPLOYED, *KEPT) if params.get(key) is not None}
        given["deploymentConfiguration"] = _complete(
            (service.given.get("deploymentConfiguration") or {}) | (params.get("deploymentConfiguration") or {})
        )
        if params.get("healthCheckGracePeriodSeconds") and not given.get("loadBalancers"):
            raise lookup.invalid(
                "Health check grace period is only valid for services configured to use load balancers"
            )
        changed = any(params.get(key) is not None and params[key] != service.given.get(key) for key in DEPLOYED)
        before, service.given = service.given, given
        try:
            current = service.revisions.get(service.current)
            if params.get("taskDefinition") and current:
                definition = lookup.definition(world, service.home, given["taskDefinition"], active=True)
                changed = changed or definition.arn != current.definition
            revision = make_revision(world, service) if changed or request.flag("forceNewDeployment") else None
        except AwsError:
            service.given = before
            raise
        if params.get("desiredCount") is not None and int(params["desiredCount"]) != service.desired:
            service.desired, service.steady = int(params["desiredCount"]), False
            world.note(service, f"has changed its desired count to {service.desired}.")
        if revision is not None:
            deployment_transitions.begin(world, service, revision)
        ENGINE.touch(service)
        return {"service": service_shape(service, world, tags=True)}


def _complete(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with ECS's defaults, checked."""
    lifecycle_stages.check(config)
    found = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0}
    return found | {key: value for key, value in config.items() if value is not None}


def make_revision(world: Runtime, service: Service) -> Revision:
    """What the service is to run now, checked and frozen.

    Raises:
        AwsError: The task definition is missing or inactive, or a target group or a network setting is wrong.
    """
    given, home = service.given, service.home
    definition = lookup.definition(world, home, str(given.get("taskDefinition") or ""), active=True)
    shape = definition.shape
    lookup.check_network(world, home, shape, given)
    if given.get("launchType") and given.get("capacityProviderStrategy"):
        raise lookup.invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")  # fmt: skip
    group, rule = _route(world, service, shape)
    images = []
    for container in shape["containerDefinitions"]:
        row = {"containerName": container["name"], "image": container["image"]}
        found = world.outside.image(home, container["image"])
        images.append(row | ({"imageDigest": found.digest} if found.digest else {}))
    return Revision(
        arn=f"{service.arn.replace(':service/', ':service-revision/')}/{digits()}", created=time.time(),
        definition=definition.arn, given=given, images=images, target_group=group, rule=rule,
    )  # fmt: skip


def _route(world: Runtime, service: Service, shape: dict[str, Any]) -> tuple[str, str]:
    """(Target group, listener rule) of the next revision: where traffic shifts, the group that is not in use."""
    balancers = service.given.get("loadBalancers") or []
    if service.given.get("healthCheckGracePeriodSeconds") and not balancers:
        raise lookup.invalid("Health check grace period is only valid for services configured to use load balancers")
    shifts = lifecycle_stages.strategy(service.given["deploymentConfiguration"]) in lifecycle_stages.SHIFTING
    if not balancers:
        if shifts and not (service.given.get("serviceConnectConfiguration") or {}).get("enabled"):
            raise lookup.invalid("The deployment strategy needs a load balancer or Service Connect.")
        return "", ""
    balancer = balancers[0]
    ports = [
        (c["name"], p["containerPort"]) for c in shape["containerDefinitions"] for p in c.get("portMappings") or []
    ]
    if (balancer.get("containerName"), balancer.get("containerPort")) not in ports:
        raise lookup.invalid(f"The container {balancer.get('containerName')} does not have a container port {balancer.get('containerPort')} exposed by the task definition.")  # fmt: skip
    advanced = balancer.get("advancedConfiguration") or {}
    if shifts and not advanced.get("alternateTargetGroupArn"):
        raise lookup.invalid("advancedConfiguration field is required for all loadBalancers when using a BLUE_GREEN, CANARY or LINEAR deployment strategy.")  # fmt: skip
    both = [str(balancer.get("targetGroupArn") or ""), str(advanced.get("alternateTargetGroupArn") or "")]
    for arn in both if shifts else both[:1]:
        group = world.group_of(service.home, arn)
        if group is None:
            raise lookup.invalid(f"The specified target group {arn} does not exist.")
        if not group.balancer:
            raise lookup.invalid(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
    current = service.revisions.get(service.current)
    used = current.target_group if current else ""
    chosen = both[1] if shifts and used == both[0] else both[0]
    return chosen, str(advanced.get("productionListenerRule") or "")


@operation("ecs", "DescribeServices")
def describe_services(request: Request) -> dict[str, Any]:
    """Show services; INACTIVE ones too."""
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        names = request.params.get("services") or []
        if not 1 <= len(names) <= 10:
            raise lookup.invalid("Services cannot be empty, and cannot be more than 10.")
        rows = {name: lookup.maybe_service(world, cluster, name) for name in names}
        tags = "TAGS" in (request.params.get("include") or [])
        base = cluster.arn.replace(":cluster/", ":service/")
        missing = [n if n.startswith("arn:") else f"{base}/{n}" for n, found in rows.items() if found is None]
        return {
            "services": [service_shape(found, world, tags=tags) for found in rows.values() if found],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }


@operation("ecs", "ListServices")
def list_services(request: Request) -> dict[str, Any]:
    """The ARNs of a cluster's active services, ten a page unless asked for more."""
    with ENGINE.held() as world:
        cluster = lookup.cluster(world, request)
        rows = [s.arn for s in world.state.services.values() if s.cluster == cluster.arn and s.status == "ACTIVE"]
    return lookup.page(request, sorted(rows), "serviceArns", most=10)


@operation("ecs", "DeleteService")
def delete_service(request: Request) -> dict[str, Any]:
    """Delete a service: it drains, then it is INACTIVE."""
    with ENGINE.held() as world:
        service = lookup.service(world, request)
        if service.status == "INACTIVE":
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if service.desired and not request.flag("force"):
            raise lookup.invalid("The service cannot be stopped while it is scaled above 0.")
        rollout = service.rollout
        if rollout:
            rollout.status, rollout.reason = "STOPPED", "The service was deleted."
            rollout.finished = rollout.stopped = time.time()
        service.desired, service.status = 0, "DRAINING"
        ENGINE.touch(service)
        return {"service": service_shape(service, world, tags=True)}
