"""The ECS service: create and update wait for its deployment and fail with ECS's reason, as CloudFormation's handler does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context, Created

_ACTIVE = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
_FIXED = frozenset({"Cluster", "ForceNewDeployment", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"})


@surprising(
    ResourceTable(
        "AWS::ECS::Service",
        "ecs",
        "create_service describe_services update_service delete_service",
        "AvailabilityZoneRebalancing CapacityProviderStrategy Cluster DeploymentConfiguration DeploymentController DesiredCount "
        "EnableECSManagedTags EnableExecuteCommand ForceNewDeployment HealthCheckGracePeriodSeconds LaunchType LoadBalancers "
        "NetworkConfiguration PlacementConstraints PlacementStrategies PlatformVersion PropagateTags SchedulingStrategy "
        "ServiceConnectConfiguration ServiceName ServiceRegistries TaskDefinition",
        name="ServiceName",
        id="service.serviceArn",
        key="Service",
        beside="Cluster",
        attributes={"ServiceArn": "{id}", "Name": "serviceName"},
        gone="ServiceNotFoundException ClusterNotFoundException",
        renames={"PlacementStrategies": "placementStrategy"},
        always={"force": True},
        untold="Cluster",
        tags=Tags(),
        # Without DesiredCount there is one task (resource schema, "DesiredCount").
        said=lambda props: {"DesiredCount": 1, **props},
    )
)
class Service(TableProvider):
    """`Ref` and `ServiceArn` are the ARN, `Name` is the name."""

    def id_of(self, ctx: Context, props: dict[str, Any], answer: Mapping[str, Any]) -> str:
        """The ARN of what CreateService made, once its first deployment is over."""
        physical_id = super().id_of(ctx, props, answer)
        ctx.initiated(physical_id)
        _await(ctx, answer["service"])
        return physical_id

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateService and wait for the deployment that it begins, if it begins one."""
        before = self.call(ctx, self.table.read, physical_id, new)["services"][0]
        self.retag(ctx, physical_id, old, new, before)
        kept = {*_FIXED, *(["DesiredCount"] if new.get("DesiredCount") == old.get("DesiredCount") else ())}
        # What the template no longer says goes back to nothing.
        left: dict[str, Any] = {
            name: [] for name in ("LoadBalancers", "ServiceRegistries", "CapacityProviderStrategy") if name in old
        }
        takes = {name.lower() for name in kept}
        said = {k: v for k, v in self.arguments(ctx, self.table.update, left | new).items() if k.lower() not in takes}
        said["forceNewDeployment"] = new.get("ForceNewDeployment") != old.get("ForceNewDeployment") or None
        made = self.call(ctx, self.table.update, physical_id, new, said)["service"]
        if made.get("currentServiceDeployment") != before.get("currentServiceDeployment"):
            _await(ctx, made)
        return self.created(ctx, physical_id, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteService by force, and wait until its tasks are gone."""
        super().remove(ctx, physical_id, props)
        pause = 0.01
        while self.find(ctx, physical_id, props).get("status") == "DRAINING":
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeServices."""
        if self.find(ctx, physical_id, props)["status"] != "ACTIVE":
            raise self.absent(physical_id)
        return super().look(ctx, physical_id, props)

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeServices, with what only the service's revision has."""
        row = super().find(ctx, physical_id, props)
        for revision in row.get("currentServiceRevisions", ())[:1]:
            found = call(ctx, "ecs", "describe_service_revisions", serviceRevisionArns=[revision["arn"]])
            [shown] = found["serviceRevisions"]
            row |= {name: shown[name] for name in ("serviceConnectConfiguration", "taskDefinition") if name in shown}
        return row


def _await(ctx: Context, service: dict[str, Any]) -> None:
    """Wait until the service's newest deployment is over.

    Raises:
        ResourceFailure: It failed, it takes longer than the handler waits, or the stack operation was cancelled.
    """
    from generator.sandbox.ecs.engine_instance import ENGINE

    arn, pause = service["currentServiceDeployment"], 0.005
    while True:
        row = call(ctx, "ecs", "describe_service_deployments", serviceDeploymentArns=[arn])["serviceDeployments"][0]
        if row["status"] not in _ACTIVE:
            break
        if row["status"] == "IN_PROGRESS" and ctx.cancelled():
            raise ResourceFailure("Resource update cancelled", "NotStabilized")
        if ENGINE.overdue(arn):
            raise ResourceFailure("Exceeded attempts to wait", "NotStabilized")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    if row["status"] != "SUCCESSFUL":
        raise ResourceFailure(_reason(row), "GeneralServiceException")


def _reason(row: dict[str, Any]) -> str:
    """ECS's reason in CloudFormation's words. That of the circuit breaker is AWS's; the others are assumed."""
    if (row.get("deploymentCircuitBreaker") or {}).get("status") == "TRIGGERED":
        return "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    if (row.get("alarms") or {}).get("triggeredAlarmNames"):
        return "Error occurred during operation 'ECS Deployment Alarm was triggered'."
    return f"Error occurred during operation 'ECS service deployment': {row.get('statusReason') or row['status']}"
