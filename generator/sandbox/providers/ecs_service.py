"""The ECS service: create and update wait for its deployment and fail with ECS's reason, as CloudFormation's handler does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.ecs import Tagged
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_ACTIVE = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})


@provider("AWS::ECS::Service")
class Service(Tagged):
    """`Ref` and `ServiceArn` are the ARN, `Name` is the name."""

    type_name = "AWS::ECS::Service"
    known = frozenset(
        {
            "AvailabilityZoneRebalancing", "CapacityProviderStrategy", "Cluster", "DeploymentConfiguration",
            "DeploymentController", "DesiredCount", "EnableECSManagedTags", "EnableExecuteCommand",
            "HealthCheckGracePeriodSeconds", "LaunchType", "LoadBalancers", "NetworkConfiguration",
            "PlacementConstraints", "PlacementStrategies", "PlatformVersion", "PropagateTags", "SchedulingStrategy",
            "ServiceConnectConfiguration", "ServiceName", "ServiceRegistries", "Tags", "TaskDefinition",
            "ForceNewDeployment",
        }
    )  # fmt: skip
    gone = frozenset({"ServiceNotFoundException", "ClusterNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateService and wait. Without DesiredCount there is one task (resource schema, "DesiredCount")."""
        given = {key: value for key, value in props.items() if key not in {"ForceNewDeployment", "Tags"}}
        given = {"ServiceName": generated_name(ctx), "DesiredCount": 1, **_named(given)}
        made = call(ctx, "ecs", "create_service", tags=self.tags(ctx, props), **given)["service"]
        ctx.initiated(made["serviceArn"])
        _await(ctx, made)
        return self._created(made)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateService and wait for the deployment that it begins, if it begins one."""
        fixed = {
            "Cluster", "ServiceName", "SchedulingStrategy", "LaunchType", "Role", "Tags", "ForceNewDeployment",
            *(["DesiredCount"] if new.get("DesiredCount") == old.get("DesiredCount") else []),
        }  # fmt: skip
        given = _named({key: value for key, value in new.items() if key not in fixed})
        # What the template no longer says goes back to nothing.
        for name in ("LoadBalancers", "ServiceRegistries", "CapacityProviderStrategy"):
            if name in old and name not in new:
                given[name] = []
        force = new.get("ForceNewDeployment") != old.get("ForceNewDeployment") or None
        before = self._service(ctx, physical_id, new)
        self.retag(ctx, physical_id, old, new)
        made = call(
            ctx, "ecs", "update_service", service=physical_id, cluster=new.get("Cluster"), forceNewDeployment=force, **given
        )["service"]  # fmt: skip
        if made.get("currentServiceDeployment") != before.get("currentServiceDeployment"):
            _await(ctx, made)
        return self._created(made)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteService by force, and wait until its tasks are gone."""
        call(ctx, "ecs", "delete_service", service=physical_id, cluster=props.get("Cluster"), force=True)
        pause = 0.01
        while self._service(ctx, physical_id, props).get("status") == "DRAINING":
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeServices."""
        row = dict(self._service(ctx, physical_id, props))
        if row.get("status") != "ACTIVE":
            raise self.absent(physical_id)
        row["placementStrategies"] = row.pop("placementStrategy", None)
        revisions = row.get("currentServiceRevisions") or []
        if revisions:
            found = call(ctx, "ecs", "describe_service_revisions", serviceRevisionArns=[revisions[0]["arn"]])
            row |= {
                key: value
                for key, value in found["serviceRevisions"][0].items()
                if key in {"serviceConnectConfiguration", "taskDefinition"}
            }
        live: dict[str, Any] = named_as(props, {**row, "cluster": props.get("Cluster")})
        return live | {"Tags": self.all_tags(ctx, physical_id)}

    def _service(self, ctx: Context, arn: str, props: dict[str, Any]) -> dict[str, Any]:
        cluster = props.get("Cluster") or arn.split("/")[1]
        rows = call(ctx, "ecs", "describe_services", cluster=cluster, services=[arn])["services"]
        return dict(rows[0]) if rows else {}

    @staticmethod
    def _created(row: dict[str, Any]) -> Created:
        return Created(str(row["serviceArn"]), {"ServiceArn": row["serviceArn"], "Name": row["serviceName"]})


def _named(props: dict[str, Any]) -> dict[str, Any]:
    return {"PlacementStrategy" if key == "PlacementStrategies" else key: value for key, value in props.items()}


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
