"""Amazon ECS: clusters, capacity providers and task definitions, through ECS's own API. Services are in `ecs_service`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = "ClusterNotFoundException"
_CAPACITY: dict[str, list[str]] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}

register_tables(
    # Ref is the name.
    ResourceTable(
        "AWS::ECS::Cluster",
        "ecs",
        "create_cluster describe_clusters update_cluster delete_cluster",
        "CapacityProviders ClusterName ClusterSettings Configuration DefaultCapacityProviderStrategy ServiceConnectDefaults",
        name="ClusterName",
        key="Cluster",
        attributes={"Arn": "clusterArn"},
        gone=_GONE,
        dead="status=inactive",
        # CreateCluster would answer a cluster that is there already.
        overwrites=True,
        renames={"ClusterSettings": "settings"},
        always={"include": ["TAGS", "SETTINGS", "CONFIGURATIONS"], **_CAPACITY},
        tags=Tags(of="clusterArn"),
        settings=(
            Setting(
                "CapacityProviders",
                "put_cluster_capacity_providers",
                default=[],
                along="DefaultCapacityProviderStrategy",
            ),
        ),
    ),
    # Ref is the cluster, as the template names it, which has no capacity providers when this is gone.
    ResourceTable(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "ecs",
        "put_cluster_capacity_providers describe_clusters put_cluster_capacity_providers put_cluster_capacity_providers",
        "CapacityProviders Cluster DefaultCapacityProviderStrategy",
        id="{Cluster}",
        key="Cluster",
        gone=_GONE,
        dead="status=inactive",
        always=_CAPACITY,
        untold="Cluster",
    ),
    # Ref is the ARN with its revision. Deleting deregisters; all but the tags replaces.
    ResourceTable(
        "AWS::ECS::TaskDefinition",
        "ecs",
        "register_task_definition describe_task_definition deregister_task_definition",
        "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family IpcMode Memory NetworkMode "
        "PidMode PlacementConstraints ProxyConfiguration RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes",
        name="Family",
        id="taskDefinition.taskDefinitionArn",
        key="TaskDefinition",
        attributes={"TaskDefinitionArn": "{id}"},
        gone="ClientException",
        dead="status=inactive",
        tags=Tags(),
    ),
)


@surprising(
    ResourceTable(
        "AWS::ECS::CapacityProvider",
        "ecs",
        "create_capacity_provider describe_capacity_providers update_capacity_provider delete_capacity_provider",
        "AutoScalingGroupProvider Name",
        name="Name",
        key="CapacityProvider/Name",
        tags=Tags(of="capacityProviderArn"),
    )
)
class CapacityProvider(TableProvider):
    """`Ref` is the name. A surprise: the Auto Scaling group is for ever, and the update does not take it."""

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The update is without the group."""
        said = super().arguments(ctx, operation, props)
        if operation == self.table.update:
            group = said.get("autoScalingGroupProvider") or {}
            said["autoScalingGroupProvider"] = {k: v for k, v in group.items() if k != "AutoScalingGroupArn"}
        return said

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteCapacityProvider, which fails for one that is gone as for anything else."""
        if self.there(ctx, physical_id, props):
            super().remove(ctx, physical_id, props)
