"""Instances of a stack that is to be deleted are let go, in as many calls as AWS wants, and others are left alone."""

from typing import Any

import pytest

from generator.apply.scale_in_protection import lift_protection
from generator.release.model.observed import StackResource


@pytest.mark.parametrize(("protected", "calls"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1])])
def test_protected_instances_are_let_go(protected: int, calls: list[int]) -> None:
    """Only those that are protected, fifty in a call, and only groups of the stack."""
    asked: list[int] = []

    def autoscaling(operation: str, **call: Any) -> dict[str, Any]:
        if operation == "describe_auto_scaling_groups":
            assert call["AutoScalingGroupNames"] == ["group"]
            free = [{"InstanceId": "i-free", "ProtectedFromScaleIn": False}]
            return {
                "AutoScalingGroups": [
                    {
                        "Instances": free
                        + [{"InstanceId": f"i-{n}", "ProtectedFromScaleIn": True} for n in range(protected)]
                    }
                ]
            }
        assert call["ProtectedFromScaleIn"] is False
        assert "i-free" not in call["InstanceIds"]
        asked.append(len(call["InstanceIds"]))
        return {}

    resources = [
        StackResource(logical_id="Group", physical_id="group", type="AWS::AutoScaling::AutoScalingGroup", status="CREATE_COMPLETE"),
        StackResource(logical_id="Cluster", physical_id="cluster", type="AWS::ECS::Cluster", status="CREATE_COMPLETE"),
    ]  # fmt: skip
    assert lift_protection(autoscaling, resources) == protected
    assert asked == calls
