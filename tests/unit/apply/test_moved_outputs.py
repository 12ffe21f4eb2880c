"""Which outputs of a stack a change moves: what reads them has to follow."""

from __future__ import annotations

from typing import Any

import pytest

from generator.apply.moved_outputs import carried, followers, moving, redefined
from generator.release.model.preview import ResourceEffect


def row(name: str, action: str) -> ResourceEffect:
    """What happens to a resource."""
    return ResourceEffect(logical_id=name, type="T", action=action, effect="none", why="")


CASES: list[tuple[str, Any, Any, list[ResourceEffect], set[str]]] = [
    ("nothing changes", {"Ref": "A"}, {"Ref": "A"}, [], set()),
    ("its resource changes in place", {"Ref": "A"}, {"Ref": "A"}, [row("A", "Modify")], set()),
    ("another is replaced", {"Ref": "A"}, {"Ref": "A"}, [row("B", "Replace")], set()),
    ("named by Ref", {"Ref": "A"}, {"Ref": "A"}, [row("A", "Replace")], {"Out"}),
    ("named by GetAtt", {"Fn::GetAtt": ["A", "Arn"]}, {"Fn::GetAtt": ["A", "Arn"]}, [row("A", "Replace")], {"Out"}),
    ("named by GetAtt as text", {"Fn::GetAtt": "A.Arn"}, {"Fn::GetAtt": "A.Arn"}, [row("A", "Replace")], {"Out"}),
    ("named by Sub", {"Fn::Sub": "x/${A}"}, {"Fn::Sub": "x/${A}"}, [row("A", "Replace")], {"Out"}),
    ("named deep inside", {"Fn::Join": [",", [{"Ref": "B"}, {"Ref": "A"}]]}, {"Fn::Join": [",", [{"Ref": "B"}, {"Ref": "A"}]]}, [row("A", "Replace")], {"Out"}),
    ("a longer name", {"Ref": "AB"}, {"Ref": "AB"}, [row("A", "Replace")], set()),
    ("written otherwise", {"Ref": "A"}, {"Ref": "B"}, [], {"Out"}),
    ("new", None, {"Ref": "A"}, [row("A", "Add")], {"Out"}),
    ("gone", {"Ref": "A"}, None, [row("A", "Remove")], set()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_outputs_move_with_what_they_name(case: tuple[str, Any, Any, list[ResourceEffect], set[str]]) -> None:
    """An output is another one if it is written otherwise, or if a resource that it names is replaced."""
    _, before, after, effects, expected = case
    sides = [{"Outputs": {"Out": {"Value": value}} if value is not None else {}} for value in (before, after)]
    assert moving(sides[0], sides[1], effects) == expected


def cluster(internal: str = "internal", **more: Any) -> dict[str, Any]:
    """A load balancer in subnets that are fed, its listener, and what they put out."""
    balancer = {"Scheme": internal, "Subnets": {"Ref": "Subnets"}, **more}
    listener = {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 443, "Certificates": [{"Ref": "Certificate"}]}
    return {
        "Resources": {
            "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": balancer},
            "Listener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": listener},
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "VpcId"}}},
        },
        "Outputs": {
            "Dns": {"Value": {"Fn::GetAtt": ["Balancer", "DNSName"]}}, "Listener": {"Value": {"Ref": "Listener"}},
            "Group": {"Value": {"Ref": "Group"}}, "Vpc": {"Value": {"Ref": "VpcId"}},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        (cluster(), set()),
        (cluster(IpAddressType="dualstack"), set()),  # changes in place
        (cluster("internet-facing"), {"Dns", "Listener"}),  # Scheme replaces it, and its listener with it
        (cluster() | {"Resources": {}}, set()),  # nothing is named any more that is there
    ],
)
def test_outputs_move_where_only_templates_are_known(after: dict[str, Any], moved: set[str]) -> None:
    """A stack that waits for what is created first has no change set: AWS's schemas say what its templates replace."""
    assert redefined(cluster(), after) == moved


def test_a_new_resource_under_an_old_name_moves_its_output() -> None:
    """Another type is another resource."""
    after = cluster()
    after["Resources"]["Group"] = {"Type": "AWS::SQS::Queue"}
    assert redefined(cluster(), after) == {"Group"}


@pytest.mark.parametrize(
    ("parameters", "moved"),
    [
        ((), set()),
        (("Certificate",), set()),  # a listener gets another certificate in place
        (("VpcId",), {"Group", "Vpc"}),  # a security group is of its VPC for ever
    ],
)
def test_values_that_move_carry_on(parameters: tuple[str, ...], moved: set[str]) -> None:
    """What a fed value replaces puts out other values in its turn; what it changes in place does not."""
    assert carried(cluster(), parameters) == moved


def test_a_replaced_resource_replaces_what_is_created_with_it() -> None:
    """A listener belongs to its load balancer for ever."""
    template = cluster()
    template["Resources"]["Balancer"]["Properties"]["Name"] = {"Ref": "Name"}
    assert carried(template, ["Name"]) == {"Dns", "Listener"}


def test_followers_are_found_near_and_far() -> None:
    """A moved output reaches its consumer, and what that replaces reaches the next; who reads something else stays."""
    sources = {
        "x/cluster": {"VpcId": "x/network"},
        "x/service": {"Group": "x/cluster", "Key": "x/alerts"},
        "x/edge": {"Dns": "x/cluster"},
    }
    moves = {"x/network": frozenset({"VpcId"}), "x/alerts": frozenset({"Other"})}
    found = followers(["x/network", "x/alerts", *sources], sources, moves, lambda _: cluster())
    assert found == {"x/cluster": ["VpcId of x/network"], "x/service": ["Group of x/cluster"]}
