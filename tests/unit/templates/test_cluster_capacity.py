"""Capacity of the cluster: Fargate, Spot and EC2."""

from typing import Any

import pytest

from templates.cluster import build
from templates.cluster.capacity import is_arm
from templates.params.cluster import Cluster, ClusterParams, Ec2Capacity, LoadBalancer, Share
from tests.unit.templates.environment_cases import plain, properties, scope, statements

Json = dict[str, Any]


def body(cluster: Cluster) -> Json:
    """The stack for this cluster."""
    return plain(
        build(
            ClusterParams(
                scope=scope("cluster"),
                cluster=cluster,
                load_balancer=LoadBalancer(),
                certificate_arn=None,
                log_retention_days=7,
            )
        )
    )


FULL = body(Cluster(ec2=Ec2Capacity()))


def strategy(cluster: Cluster) -> list[tuple[Any, int, int]]:
    """Provider, base and weight of each entry of the default strategy."""
    entries = properties(body(cluster), "CapacityProviders")["DefaultCapacityProviderStrategy"]
    return [(each["CapacityProvider"], each.get("Base", 0), each["Weight"]) for each in entries]


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (Cluster(), [("FARGATE", 0, 1)]),
        (Cluster(fargate=Share(base=2), spot=Share(weight=3)), [("FARGATE", 2, 1), ("FARGATE_SPOT", 0, 3)]),
        (Cluster(ec2=Ec2Capacity()), [("FARGATE", 0, 1)]),
        (
            Cluster(fargate=Share(weight=0), ec2=Ec2Capacity(share=Share(base=1, weight=1))),
            [({"Ref": "Ec2CapacityProvider"}, 1, 1)],
        ),
    ],
)
def test_tasks_run_where_the_environment_says(cluster: Cluster, expected: list[tuple[Any, int, int]]) -> None:
    """Fargate alone, a share on Spot, or EC2 alone: ECS refuses a strategy that mixes Fargate with EC2."""
    assert strategy(cluster) == expected


def test_a_service_may_ask_for_spot_anywhere() -> None:
    """Spot is associated with every cluster, whatever the default strategy: the bot runs on it."""
    assert properties(body(Cluster()), "CapacityProviders")["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


@pytest.mark.parametrize("kind", ["t4g.medium", "m7gd.large", "c7gn.xlarge", "im4gn.large", "a1.large", "is4gen.large"])
def test_graviton_gets_an_arm_image(kind: str) -> None:
    """An x86 image would not start on it."""
    assert is_arm(kind)


@pytest.mark.parametrize("kind", ["t3.medium", "m7i-flex.large", "g4dn.xlarge", "g5.xlarge", "c6a.large", "i3en.large"])
def test_other_processors_get_an_x86_image(kind: str) -> None:
    """A letter g that names the family is a graphics card, not Graviton."""
    assert not is_arm(kind)


def test_instances_start_hardened() -> None:
    """The ECS image of the release, by id, IMDSv2 that containers can't reach, encrypted disk, no way in."""
    launch = properties(FULL, "LaunchTemplate")["LaunchTemplateData"]
    assert launch["ImageId"] == {"Ref": "AmiId"}
    assert (launch["MetadataOptions"]["HttpTokens"], launch["MetadataOptions"]["HttpPutResponseHopLimit"]) == (
        "required",
        1,
    )
    assert [each["Ebs"]["Encrypted"] for each in launch["BlockDeviceMappings"]] == [True]
    assert "KeyName" not in launch
    assert "\nECS_CLUSTER=${Cluster}\n" in launch["UserData"]["Fn::Base64"]["Fn::Sub"]
    group = properties(FULL, "InstanceSecurityGroup")
    assert group["SecurityGroupIngress"] == []
    assert [(each["FromPort"], each["ToPort"]) for each in group["SecurityGroupEgress"]] == [(443, 443)]


def test_ecs_sets_the_number_of_instances() -> None:
    """Managed scaling and draining, without the protection that keeps a group from being deleted; no DesiredCapacity resets it."""
    provider = properties(FULL, "Ec2CapacityProvider")["AutoScalingGroupProvider"]
    assert provider["ManagedScaling"] == {"Status": "ENABLED", "TargetCapacity": 100}
    assert (provider["ManagedTerminationProtection"], provider["ManagedDraining"]) == ("DISABLED", "ENABLED")
    group = properties(FULL, "InstanceGroup")
    assert group["NewInstancesProtectedFromScaleIn"] is False
    assert "DesiredCapacity" not in group
    assert all(each["PropagateAtLaunch"] for each in group["Tags"])


@pytest.mark.parametrize(("low", "high", "kept"), [(0, 4, "0"), (2, 4, "2"), (3, 3, "2")])
def test_a_new_launch_template_replaces_instances_one_by_one(low: int, high: int, kept: str) -> None:
    """Auto Scaling refuses to keep as many instances as the maximum allows, so one may go first there."""
    template = body(Cluster(ec2=Ec2Capacity(min=low, max=high)))
    assert template["Resources"]["InstanceGroup"]["UpdatePolicy"]["AutoScalingRollingUpdate"] == {
        "MinInstancesInService": kept,
        "MaxBatchSize": "1",
    }


def test_the_instance_role_serves_this_cluster_only() -> None:
    """Only the call that takes no resource reaches further than the cluster and its instances; nothing else is granted."""
    role = properties(FULL, "InstanceRole")
    (policy,) = role["Policies"]
    granted = {sid: (each["Action"], each["Resource"]) for sid, each in statements(policy["PolicyDocument"]).items()}
    base = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:"
    assert granted.pop("FindEndpoint") == (["ecs:DiscoverPollEndpoint"], ["*"])
    assert granted["JoinCluster"][1] == [{"Fn::Sub": f"{base}cluster/slipway-prod"}]
    assert granted["BeAnInstance"][1] == [{"Fn::Sub": f"{base}container-instance/slipway-prod/*"}]
    assert set(granted) == {"JoinCluster", "BeAnInstance"}
    assert role["PermissionsBoundary"] == {"Ref": "BoundaryArn"}
    assert "ManagedPolicyArns" not in role
