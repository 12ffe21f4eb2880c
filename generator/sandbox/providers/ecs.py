"""Amazon ECS: clusters, capacity providers, task definitions and services, through ECS's own API.

A service's create and update wait for its deployment and fail with ECS's reason, as CloudFormation's handler does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.base import Created, ResourceFailure
from generator.sandbox.providers.calls import call, named_as
from generator.sandbox.providers.naming import generated_name
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.served import Served, dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.base import Context

_ACTIVE = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
_RENAMED = {"ClusterSettings": "Settings"}


class _Tagged(Served):
    """What is tagged by ARN."""

    def retag(self, ctx: Context, arn: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Make the tags of a resource those of its new properties."""
        before, after = self.tags(ctx, old), self.tags(ctx, new)
        if lost := dropped(before, after):
            call(ctx, "ecs", "untag_resource", resourceArn=arn, tagKeys=lost)
        if after != before:
            call(ctx, "ecs", "tag_resource", resourceArn=arn, tags=after)

    def all_tags(self, ctx: Context, arn: str) -> list[dict[str, str]]:
        """The tags of a resource, as CloudFormation writes them."""
        rows = call(ctx, "ecs", "list_tags_for_resource", resourceArn=arn)["tags"]
        return [{"Key": row["key"], "Value": row["value"]} for row in rows]


@provider("AWS::ECS::Cluster")
class Cluster(_Tagged):
    """`Ref` is the name, `Arn` the ARN."""

    type_name = "AWS::ECS::Cluster"
    known = frozenset(
        {
            "ClusterName", "ClusterSettings", "Configuration", "ServiceConnectDefaults", "Tags", "CapacityProviders",
            "DefaultCapacityProviderStrategy",
        }
    )  # fmt: skip
    gone = frozenset({"ClusterNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateCluster, which would answer a cluster that is there already."""
        name = str(props.get("ClusterName") or generated_name(ctx))
        there = call(ctx, "ecs", "describe_clusters", clusters=[name])["clusters"]
        if there and there[0]["status"] == "ACTIVE":
            raise self.taken(name)
        given = {_RENAMED.get(key, key): value for key, value in props.items() if key not in {"ClusterName", "Tags"}}
        made = call(ctx, "ecs", "create_cluster", clusterName=name, tags=self.tags(ctx, props), **given)
        return Created(name, {"Arn": made["cluster"]["clusterArn"]})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateCluster and PutClusterCapacityProviders."""
        names = ("ClusterSettings", "Configuration", "ServiceConnectDefaults")
        given = {_RENAMED.get(key, key): new[key] for key in names if key in new}
        arn = call(ctx, "ecs", "update_cluster", cluster=physical_id, **given)["cluster"]["clusterArn"]
        if "CapacityProviders" in new or "CapacityProviders" in old:
            _put_capacity(ctx, {**new, "Cluster": physical_id})
        self.retag(ctx, arn, old, new)
        return Created(physical_id, {"Arn": arn})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteCluster."""
        del props
        call(ctx, "ecs", "delete_cluster", cluster=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeClusters."""
        include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
        rows = call(ctx, "ecs", "describe_clusters", clusters=[physical_id], include=include)["clusters"]
        if not rows or rows[0]["status"] != "ACTIVE":
            raise self.absent(physical_id)
        row = dict(rows[0])
        row["ClusterSettings"] = row.pop("settings", None)
        live: dict[str, Any] = named_as(props, row)
        return live | {"Tags": self.all_tags(ctx, row["clusterArn"])}


@provider("AWS::ECS::ClusterCapacityProviderAssociations")
class Associations(Served):
    """`Ref` is the cluster, as the template names it."""

    type_name = "AWS::ECS::ClusterCapacityProviderAssociations"
    known = frozenset({"Cluster", "CapacityProviders", "DefaultCapacityProviderStrategy"})
    gone = frozenset({"ClusterNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutClusterCapacityProviders."""
        _put_capacity(ctx, props)
        return Created(str(props["Cluster"]), {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """The same."""
        del old
        _put_capacity(ctx, new)
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """The cluster has none then."""
        del props
        _put_capacity(ctx, {"Cluster": physical_id})

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeClusters."""
        rows = call(ctx, "ecs", "describe_clusters", clusters=[physical_id])["clusters"]
        if not rows or rows[0]["status"] != "ACTIVE":
            raise self.absent(physical_id)
        live: dict[str, Any] = named_as(props, {**rows[0], "Cluster": props.get("Cluster")})
        return live


def _put_capacity(ctx: Context, props: dict[str, Any]) -> None:
    call(
        ctx, "ecs", "put_cluster_capacity_providers", cluster=props["Cluster"],
        capacityProviders=props.get("CapacityProviders") or [],
        defaultCapacityProviderStrategy=props.get("DefaultCapacityProviderStrategy") or [],
    )  # fmt: skip


@provider("AWS::ECS::CapacityProvider")
class CapacityProvider(_Tagged):
    """`Ref` is the name."""

    type_name = "AWS::ECS::CapacityProvider"
    known = frozenset({"Name", "AutoScalingGroupProvider", "Tags"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateCapacityProvider."""
        name = str(props.get("Name") or generated_name(ctx))
        group = props.get("AutoScalingGroupProvider")
        call(
            ctx,
            "ecs",
            "create_capacity_provider",
            name=name,
            autoScalingGroupProvider=group,
            tags=self.tags(ctx, props),
        )
        return Created(name, {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateCapacityProvider."""
        group = {k: v for k, v in (new.get("AutoScalingGroupProvider") or {}).items() if k != "AutoScalingGroupArn"}
        made = call(ctx, "ecs", "update_capacity_provider", name=physical_id, autoScalingGroupProvider=group)
        self.retag(ctx, made["capacityProvider"]["capacityProviderArn"], old, new)
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteCapacityProvider."""
        del props
        if self._rows(ctx, physical_id):
            call(ctx, "ecs", "delete_capacity_provider", capacityProvider=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeCapacityProviders."""
        rows = self._rows(ctx, physical_id)
        if not rows:
            raise self.absent(physical_id)
        live: dict[str, Any] = named_as(props, rows[0])
        return live | {"Tags": self.all_tags(ctx, rows[0]["capacityProviderArn"])}

    def _rows(self, ctx: Context, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = call(ctx, "ecs", "describe_capacity_providers", capacityProviders=[name])["capacityProviders"]  # fmt: skip
        return rows


@provider("AWS::ECS::TaskDefinition")
class TaskDefinition(_Tagged):
    """`Ref` and `TaskDefinitionArn` are the ARN with its revision. Deleting deregisters."""

    type_name = "AWS::ECS::TaskDefinition"
    known = frozenset(
        {
            "ContainerDefinitions", "Cpu", "EnableFaultInjection", "EphemeralStorage", "ExecutionRoleArn", "Family",
            "IpcMode", "Memory", "NetworkMode", "PidMode", "PlacementConstraints", "ProxyConfiguration",
            "RequiresCompatibilities", "RuntimePlatform", "Tags", "TaskRoleArn", "Volumes",
        }
    )  # fmt: skip
    gone = frozenset({"ClientException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """RegisterTaskDefinition."""
        given = {"Family": generated_name(ctx), **props, "Tags": self.tags(ctx, props)}
        arn = str(call(ctx, "ecs", "register_task_definition", **given)["taskDefinition"]["taskDefinitionArn"])
        return Created(arn, {"TaskDefinitionArn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Only tags change in place; the rest is replaced."""
        self.retag(ctx, physical_id, old, new)
        return Created(physical_id, {"TaskDefinitionArn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeregisterTaskDefinition."""
        del props
        call(ctx, "ecs", "deregister_task_definition", taskDefinition=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeTaskDefinition."""
        row = call(ctx, "ecs", "describe_task_definition", taskDefinition=physical_id)["taskDefinition"]
        if row["status"] != "ACTIVE":
            raise self.absent(physical_id)
        live: dict[str, Any] = named_as(props, row)
        return live | {"Tags": self.all_tags(ctx, physical_id)}


@provider("AWS::ECS::Service")
class Service(_Tagged):
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
    from generator.sandbox.ecs.state import ENGINE

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
