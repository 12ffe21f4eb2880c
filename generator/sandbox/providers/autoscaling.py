"""Application Auto Scaling: scalable targets and scaling policies of ECS services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import ApiProvider
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped, listed

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_SERVICE = "application-autoscaling"
_GONE = frozenset({"ObjectNotFoundException"})
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


@provider("AWS::ApplicationAutoScaling::ScalableTarget")
class ScalableTarget(ApiProvider):
    """`Ref` is `ResourceId|ScalableDimension|ServiceNamespace`, as policies' ScalingTargetId takes it."""

    type_name = "AWS::ApplicationAutoScaling::ScalableTarget"
    known = frozenset({*_KEY, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState", "Tags"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """RegisterScalableTarget."""
        if self._rows(ctx, str(props["ResourceId"])):
            raise self.taken(_ref(props))
        return self._put(ctx, props, {"Tags": self.tag_map(ctx, props)})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """The same call changes the range."""
        rows = self._rows(ctx, _parts(physical_id)["ResourceId"])
        if not rows:
            raise self.absent(physical_id)
        made = self._put(ctx, new, {})
        arn = rows[0]["ScalableTargetARN"]
        if lost := dropped(self.tags(ctx, old), self.tags(ctx, new)):
            call(ctx, _SERVICE, "untag_resource", ResourceARN=arn, TagKeys=lost)
        call(ctx, _SERVICE, "tag_resource", ResourceARN=arn, Tags=self.tag_map(ctx, new))
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeregisterScalableTarget."""
        del props
        call(ctx, _SERVICE, "deregister_scalable_target", **_parts(physical_id))

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeScalableTargets."""
        rows = self._rows(ctx, _parts(physical_id)["ResourceId"])
        if not rows:
            raise self.absent(physical_id)
        tags = call(ctx, _SERVICE, "list_tags_for_resource", ResourceARN=rows[0]["ScalableTargetARN"])["Tags"]
        live: dict[str, Any] = named_as(props, rows[0])
        return live | {"Tags": listed(tags)}

    def _put(self, ctx: Context, props: dict[str, Any], more: dict[str, Any]) -> Created:
        call(ctx, _SERVICE, "register_scalable_target", **{k: v for k, v in props.items() if k != "Tags"}, **more)
        return Created(_ref(props), {"Id": _ref(props)})

    def _rows(self, ctx: Context, resource: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = call(
            ctx, _SERVICE, "describe_scalable_targets", ServiceNamespace="ecs", ResourceIds=[resource]
        )["ScalableTargets"]
        return found


@provider("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicy(ApiProvider):
    """`Ref` and `Arn` are the ARN."""

    type_name = "AWS::ApplicationAutoScaling::ScalingPolicy"
    known = frozenset(
        {
            *_KEY, "PolicyName", "PolicyType", "ScalingTargetId", "StepScalingPolicyConfiguration",
            "TargetTrackingScalingPolicyConfiguration",
        }
    )  # fmt: skip
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """PutScalingPolicy."""
        if self._rows(ctx, props):
            raise self.taken(str(props["PolicyName"]))
        return self._put(ctx, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """The same call changes it."""
        del old
        if not self._rows(ctx, new):
            raise self.absent(physical_id)
        return self._put(ctx, new)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteScalingPolicy."""
        del physical_id
        call(ctx, _SERVICE, "delete_scaling_policy", PolicyName=props["PolicyName"], **_target(props))

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeScalingPolicies."""
        rows = self._rows(ctx, props)
        if not rows:
            raise self.absent(physical_id)
        live: dict[str, Any] = named_as(props, {**rows[0], "ScalingTargetId": props.get("ScalingTargetId")})
        return live

    def _put(self, ctx: Context, props: dict[str, Any]) -> Created:
        given = {k: v for k, v in props.items() if k not in {*_KEY, "ScalingTargetId"}}
        arn = str(call(ctx, _SERVICE, "put_scaling_policy", **given, **_target(props))["PolicyARN"])
        return Created(arn, {"Arn": arn})

    def _rows(self, ctx: Context, props: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = call(
            ctx, _SERVICE, "describe_scaling_policies", PolicyNames=[props["PolicyName"]],
            **{k: v for k, v in _target(props).items() if k != "ScalableDimension"},
        )["ScalingPolicies"]  # fmt: skip
        return found


def _ref(props: dict[str, Any]) -> str:
    return f"{props['ResourceId']}|{props['ScalableDimension']}|{props['ServiceNamespace']}"


def _parts(physical_id: str) -> dict[str, str]:
    resource, dimension, namespace = physical_id.split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}


def _target(props: dict[str, Any]) -> dict[str, str]:
    """The target that a policy is of, by its id or by the three properties."""
    if props.get("ScalingTargetId"):
        return _parts(str(props["ScalingTargetId"]))
    return {name: str(props[name]) for name in _KEY}
