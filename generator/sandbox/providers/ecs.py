"""Amazon ECS: clusters, capacity providers and task definitions, through ECS's own API. Services are in `ecs_service`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import ApiProvider
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_RENAMED = {"ClusterSettings": "Settings"}


class Tagged(ApiProvider):
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
class Cluster(Tagged):
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
class Associations(ApiProvider):
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
class CapacityProvider(Tagged):
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
class TaskDefinition(Tagged):
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
