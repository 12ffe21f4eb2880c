"""EC2 Auto Scaling groups, as ECS capacity providers use them: the sandbox starts no instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag, named_as
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_SAID = (
    "AvailabilityZones", "Cooldown", "DefaultInstanceWarmup", "DesiredCapacity", "HealthCheckGracePeriod", "HealthCheckType",
    "LaunchTemplate", "MaxInstanceLifetime", "MaxSize", "MinSize", "NewInstancesProtectedFromScaleIn",
)  # fmt: skip


@provider("AWS::AutoScaling::AutoScalingGroup")
class AutoScalingGroup(ApiProvider):
    """`Ref` is the group's name."""

    type_name = "AWS::AutoScaling::AutoScalingGroup"
    known = frozenset({*_SAID, "AutoScalingGroupName", "Tags", "VPCZoneIdentifier"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateAutoScalingGroup."""
        name = props.get("AutoScalingGroupName") or generated_name(ctx, limit=255)
        call(
            ctx, "autoscaling", "create_auto_scaling_group",
            AutoScalingGroupName=name, Tags=self._tagged(ctx, name, props), **self._said(props),
        )  # fmt: skip
        ctx.initiated(name)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateAutoScalingGroup and tags."""
        made = self._made(ctx, physical_id)
        call(ctx, "autoscaling", "update_auto_scaling_group", AutoScalingGroupName=physical_id, **self._said(new))
        tags = self._tagged(ctx, physical_id, new)
        kept = {tag["Key"] for tag in tags}
        lost = [
            {"ResourceId": physical_id, "ResourceType": "auto-scaling-group", "Key": tag["Key"]}
            for tag in old.get("Tags", ())
            if tag["Key"] not in kept
        ]
        if lost:
            ctx.client("autoscaling").delete_tags(Tags=lost)
        if tags:
            ctx.client("autoscaling").create_or_update_tags(Tags=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteAutoScalingGroup with its instances, as CloudFormation does."""
        if self._groups(ctx, physical_id):
            ctx.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=physical_id, ForceDelete=True)
        del props

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeAutoScalingGroups."""
        found = self._group(ctx, physical_id)
        live = named_as(props, picked(found, *_SAID))
        zones = [zone for zone in found.get("VPCZoneIdentifier", "").split(",") if zone]
        tags = [picked(tag, "Key", "Value", "PropagateAtLaunch") for tag in found.get("Tags", ())]
        said = {tag["Key"] for tag in props.get("Tags", ())}
        return {
            **live,
            "AutoScalingGroupName": physical_id,
            "VPCZoneIdentifier": zones,
            "Tags": [tag for tag in tags if tag["Key"] in said or tag["Key"] not in ctx.tags],
        }

    def _said_tags(self, ctx: Context, props: dict[str, Any], live: list[dict[str, str]]) -> list[dict[str, str]]:
        del ctx, props
        return live

    def _said(self, props: dict[str, Any]) -> dict[str, Any]:
        said = picked(props, *_SAID)
        if zones := props.get("VPCZoneIdentifier"):
            said["VPCZoneIdentifier"] = ",".join(zones) if isinstance(zones, list) else zones
        return said

    def _tagged(self, ctx: Context, name: str, props: dict[str, Any]) -> list[dict[str, Any]]:
        spread = {tag["Key"]: flag(tag["PropagateAtLaunch"]) for tag in props.get("Tags", ())}
        return [
            {
                **tag,
                "ResourceId": name,
                "ResourceType": "auto-scaling-group",
                "PropagateAtLaunch": spread.get(tag["Key"], True),
            }
            for tag in self.tags(ctx, props)
        ]

    def _made(self, ctx: Context, name: str) -> Created:
        return Created(name, {"AutoScalingGroupARN": self._group(ctx, name)["AutoScalingGroupARN"]})

    def _groups(self, ctx: Context, name: str) -> list[dict[str, Any]]:
        answer = ctx.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return list(answer["AutoScalingGroups"])

    def _group(self, ctx: Context, name: str) -> dict[str, Any]:
        for found in self._groups(ctx, name):
            return found
        raise self.absent(name)
