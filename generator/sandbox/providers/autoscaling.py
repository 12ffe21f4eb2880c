"""Application Auto Scaling of ECS services, and the EC2 Auto Scaling groups that ECS capacity providers use."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising
from generator.sandbox.providers.tags import Tag, dropped

_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


@surprising("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicy(Resource):
    """Its operations know it by its name and its target, not by its ARN, which is its id."""

    def said(self, props: Props) -> Props:
        """The target by three properties, where the template names it by its id."""
        parts = str(props.get("ScalingTargetId", "")).split("|")
        return props | dict(zip(_TARGET, parts, strict=True)) if len(parts) == len(_TARGET) else props

    def identity(self) -> Props:
        """The name and the target."""
        return picked(self.said(self.props), "PolicyName", *_TARGET)


@surprising("AWS::AutoScaling::AutoScalingGroup")
class AutoScalingGroup(Resource):
    """Each tag names its group and says whether instances get it; those of the stack reach the instances."""

    def wanted_tags(self) -> list[Any]:
        """The tags with their group."""
        spread = {tag["Key"]: tag["PropagateAtLaunch"] for tag in self.props.get("Tags", ())}
        group = _group(self.id or self.props["AutoScalingGroupName"])
        return [{**tag, **group, "PropagateAtLaunch": spread.get(tag["Key"], True)} for tag in super().wanted_tags()]

    def retag(self, found: Mapping[str, Any]) -> None:
        """DeleteTags and CreateOrUpdateTags."""
        del found
        wanted = self.wanted_tags()
        if lost := [{**_group(self.id), "Key": key} for key in dropped(self.old.get("Tags", []), wanted)]:
            self.call("delete_tags", Tags=lost)
        if wanted:
            self.call("create_or_update_tags", Tags=wanted)

    def live_tags(self, found: Mapping[str, Any]) -> list[Tag]:
        """The tags of the template and of others."""
        return [picked(tag, "Key", "Value", "PropagateAtLaunch") for tag in self.not_ours(found.get("Tags", []))]


def _group(name: str) -> dict[str, str]:
    return {"ResourceId": name, "ResourceType": "auto-scaling-group"}
