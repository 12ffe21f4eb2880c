"""Instances that an earlier version protected from scale-in: their group can't be deleted until that is lifted.

CloudFormation deletes a group by scaling it in to nothing, and waits for instances that are protected until it gives up
(aws/aws-cdk#18179). Templates of today protect none.
"""

from collections.abc import Callable, Iterable
from typing import Any

from generator.release.model.observed import StackResource

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_AT_ONCE = 50  # instances a call takes (EC2 Auto Scaling API Reference: SetInstanceProtection)


def lift_protection(autoscaling: Callable[..., Any], resources: Iterable[StackResource]) -> int:
    """Let every instance of a stack's groups be scaled in. Returns how many were protected."""
    lifted = 0
    for name in [r.physical_id for r in resources if r.type == _GROUP and r.physical_id]:
        for group in autoscaling("describe_auto_scaling_groups", AutoScalingGroupNames=[name])["AutoScalingGroups"]:
            ids = [i["InstanceId"] for i in group.get("Instances", ()) if i.get("ProtectedFromScaleIn")]
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                autoscaling(
                    "set_instance_protection", AutoScalingGroupName=name, InstanceIds=some, ProtectedFromScaleIn=False
                )
            lifted += len(ids)
    return lifted
