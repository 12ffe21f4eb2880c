"""Application Auto Scaling: scalable targets and scaling policies of ECS services."""

from __future__ import annotations

from typing import Any

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, register_tables, surprising

_GONE = "ObjectNotFoundException"
_KEY = ("ResourceId", "ScalableDimension", "ServiceNamespace")

register_tables(
    ResourceTable(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "application-autoscaling",
        "register_scalable_target describe_scalable_targets register_scalable_target deregister_scalable_target",
        "MaxCapacity MinCapacity ResourceId RoleARN ScalableDimension ServiceNamespace SuspendedState",
        # As ScalingTargetId of policies takes it.
        id="{ResourceId}|{ScalableDimension}|{ServiceNamespace}",
        key="|".join(_KEY),
        attributes={"Id": "{id}"},
        gone=_GONE,
        overwrites=True,
        tags=Tags(of="ScalableTargetARN"),
    )
)


def _target(props: dict[str, Any]) -> dict[str, str]:
    """The target that a policy is of, by its id or by the three properties."""
    if props.get("ScalingTargetId"):
        return dict(zip(_KEY, str(props["ScalingTargetId"]).split("|"), strict=True))
    return {name: str(props[name]) for name in _KEY}


@surprising(
    ResourceTable(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "application-autoscaling",
        "put_scaling_policy describe_scaling_policies put_scaling_policy delete_scaling_policy",
        "PolicyName PolicyType ResourceId ScalableDimension ScalingTargetId ServiceNamespace "
        "StepScalingPolicyConfiguration TargetTrackingScalingPolicyConfiguration",
        id="PolicyARN || PolicyName",
        attributes={"Arn": "{id}"},
        gone=_GONE,
        overwrites=True,
        untold="ScalingTargetId",
        said=lambda props: props | _target(props),
    )
)
class ScalingPolicy(TableProvider):
    """`Ref` and `Arn` are the ARN, by which no operation finds it: its name and its target do."""

    def identity(self, physical_id: str, props: dict[str, Any]) -> dict[str, str]:
        """The name and the target."""
        del physical_id
        return {"PolicyName": str(props["PolicyName"]), **_target(props)}
