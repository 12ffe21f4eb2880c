"""EC2 Auto Scaling groups, as ECS capacity providers use them: the sandbox starts no instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, surprising
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context, Created


def _said(props: dict[str, Any]) -> dict[str, Any]:
    """The subnets are a list in the template, and one text in the API."""
    zones = props.get("VPCZoneIdentifier")
    return {**props, "VPCZoneIdentifier": ",".join(zones)} if isinstance(zones, list) else props


@surprising(
    ResourceTable(
        "AWS::AutoScaling::AutoScalingGroup",
        "autoscaling",
        "create_auto_scaling_group describe_auto_scaling_groups update_auto_scaling_group delete_auto_scaling_group",
        "AutoScalingGroupName AvailabilityZones Cooldown DefaultInstanceWarmup DesiredCapacity HealthCheckGracePeriod "
        "HealthCheckType LaunchTemplate MaxInstanceLifetime MaxSize MinSize NewInstancesProtectedFromScaleIn VPCZoneIdentifier",
        name="AutoScalingGroupName",
        attributes={"AutoScalingGroupARN": "AutoScalingGroupARN"},
        # With its instances, as CloudFormation does.
        always={"ForceDelete": True},
        tags=Tags("create_or_update_tags", "delete_tags", ""),
        said=_said,
        seen=lambda found, _: {
            "VPCZoneIdentifier": [zone for zone in found.get("VPCZoneIdentifier", "").split(",") if zone]
        },
    )
)
class AutoScalingGroup(TableProvider):
    """A surprise: each tag names its group and says whether instances get it."""

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateAutoScalingGroup; the tags need the name."""
        return super().change(ctx, physical_id, old, {**new, "AutoScalingGroupName": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteAutoScalingGroup, whose error for one that is gone is a ValidationError as for anything else."""
        if self.there(ctx, physical_id, props):
            super().remove(ctx, physical_id, props)

    def wanted_tags(self, ctx: Context, props: dict[str, Any]) -> list[dict[str, Any]]:
        """The tags with their group; those of the stack reach the instances."""
        spread = {tag["Key"]: tag["PropagateAtLaunch"] for tag in props.get("Tags", ())}
        return [
            {**tag, **_of(props["AutoScalingGroupName"]), "PropagateAtLaunch": spread.get(tag["Key"], True)}
            for tag in self.tags(ctx, props)
        ]

    def retag(
        self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any], found: Mapping[str, Any]
    ) -> None:
        """DeleteTags and CreateOrUpdateTags."""
        del found
        wanted = self.wanted_tags(ctx, new)
        if lost := [{**_of(physical_id), "Key": key} for key in dropped(old.get("Tags", []), wanted)]:
            self.call(ctx, "delete_tags", physical_id, new, {"Tags": lost})
        if wanted:
            self.call(ctx, "create_or_update_tags", physical_id, new, {"Tags": wanted})

    def live_tags(self, ctx: Context, physical_id: str, props: dict[str, Any], found: Mapping[str, Any]) -> Any:
        """The tags of the template and of others."""
        del physical_id
        said = {tag["Key"] for tag in props["Tags"]}
        tags = [picked(tag, "Key", "Value", "PropagateAtLaunch") for tag in found.get("Tags", ())]
        return [tag for tag in tags if tag["Key"] in said or tag["Key"] not in ctx.tags]

    def _said_tags(self, ctx: Context, props: dict[str, Any], live: list[dict[str, str]]) -> list[dict[str, str]]:
        del ctx, props
        return live


def _of(group: str) -> dict[str, str]:
    return {"ResourceId": group, "ResourceType": "auto-scaling-group"}
