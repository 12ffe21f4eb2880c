"""Who can reach what: rules of groups and ACLs as sets of sources and ports, and single switches."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.preview.meaning import meaning
from generator.preview.network.addresses import Opening, is_public, newly_opened, opening, port_text, source_name
from generator.release.model.change import ChangeSet, Detail, ResourceChange

ANY = "0.0.0.0/0"


def change_set(*changes: ResourceChange, kind: Any = "UPDATE") -> ChangeSet:
    return ChangeSet(
        arn="arn:cs",
        name="cs",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
        stack_name="app",
        kind=kind,
        changes=changes,
    )


def modified(name: str, kind: str, prop: str) -> ResourceChange:
    detail = Detail(attribute="Properties", name=prop, path=f"/Properties/{prop}", requires_recreation="Never")
    return ResourceChange(logical_id=name, type=kind, action="Modify", replacement="False", details=(detail,))


def sentences(
    kind: str, old: dict[str, Any] | None, new: dict[str, Any], others: dict[str, Any] | None = None
) -> list[tuple[str, bool]]:
    """``(sentence, public)`` of one resource that changes, or that is new."""
    there = {"It": {"Type": kind, "Properties": old}} if old is not None else {}
    before = {"Resources": {**there, **(others or {})}}
    after = {"Resources": {"It": {"Type": kind, "Properties": new}, **(others or {})}}
    change = modified("It", kind, "X") if old is not None else ResourceChange(logical_id="It", type=kind, action="Add")
    found = meaning(change_set(change), before, after, region="eu-west-1")
    return [(row.sentence, row.public) for row in found.exposures]


def rule(source: str = ANY, first: int = 443, last: int = 443, protocol: str = "tcp") -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "CidrIp": source}


GROUP = "AWS::EC2::SecurityGroup"
GROUPS: list[tuple[str, list[Any], list[Any], list[tuple[str, bool]]]] = [
    ("same in another order", [rule(), rule("10.0.0.0/8")], [rule("10.0.0.0/8"), rule()], []),
    ("the protocol by number", [rule()], [{**rule(), "IpProtocol": 6}], []),
    ("narrower", [rule()], [rule("203.0.113.0/24")], []),
    ("a port less", [rule(first=400, last=500)], [rule(first=400, last=499)], []),
    ("a port more", [rule(first=400, last=500)], [rule(first=400, last=501)], [(f"everybody on the internet ({ANY}) can reach tcp 501 of It", True)]),
    ("wider", [rule("203.0.113.0/24")], [rule("203.0.0.0/16")], [("the internet addresses 203.0.0.0/16 can reach tcp 443 of It", False)]),
    ("half of the internet", [], [rule("128.0.0.0/1", 22, 22)], [("the internet addresses 128.0.0.0/1 can reach tcp 22 of It", True)]),
    ("all of it", [rule()], [{"IpProtocol": "-1", "CidrIp": ANY}], [(f"everybody on the internet ({ANY}) can reach every port of It", True)]),
    ("IPv6", [rule()], [rule(), {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"}], [("everybody on the internet (::/0) can reach tcp 443 of It", True)]),
    ("another group", [], [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "SourceSecurityGroupId": {"Fn::GetAtt": ["Web", "GroupId"]}}], [("whatever is in Web can reach tcp 1-2 of It", False)]),
    ("a prefix list", [], [{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "SourcePrefixListId": "pl-1"}], [("the addresses of list pl-1 can reach udp 53 of It", False)]),
    ("a parameter", [], [{**rule(), "CidrIp": {"Ref": "Office"}}], [("whatever is in Office can reach tcp 443 of It", False)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after", "expected"), GROUPS, ids=[row[0] for row in GROUPS])
def test_rules_inside_a_group(name: str, before: list[Any], after: list[Any], expected: list[Any]) -> None:
    """What a group lets in afterwards and did not before, port by port (VPC User Guide, "Security group rules")."""
    del name
    base = {"GroupDescription": "x", "SecurityGroupEgress": [rule("10.0.0.0/8")]}
    assert (
        sentences(GROUP, {**base, "SecurityGroupIngress": before}, {**base, "SecurityGroupIngress": after}) == expected
    )


def test_rules_beside_a_group_count_with_those_inside() -> None:
    """A rule that moves from a resource of its own into the group opens nothing."""
    beside = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {**rule(), "GroupId": {"Ref": "It"}}}
    before = {"Resources": {"It": {"Type": GROUP, "Properties": {}}, "Beside": beside}}
    after = {"Resources": {"It": {"Type": GROUP, "Properties": {"SecurityGroupIngress": [rule()]}}}}
    gone = ResourceChange(logical_id="Beside", type=beside["Type"], action="Remove", policy_action="Delete")
    found = meaning(change_set(modified("It", GROUP, "SecurityGroupIngress"), gone), before, after, region="eu-west-1")
    assert found.exposures == ()


def test_what_a_group_lets_out() -> None:
    """A group that sent nowhere and may now send everywhere is told, as nobody from outside comes in by it."""
    closed = {"SecurityGroupEgress": [rule("127.0.0.1/32")]}
    found = sentences(GROUP, closed, {"SecurityGroupEgress": []})
    assert ("whatever is in It can reach everybody on the internet (0.0.0.0/0)", False) in found


ENTRY = {
    "NetworkAclId": {"Ref": "Acl"},
    "RuleNumber": 100,
    "Protocol": 6,
    "RuleAction": "allow",
    "CidrBlock": "10.0.0.0/8",
    "PortRange": {"From": 22, "To": 22},
}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            ENTRY,
            {**ENTRY, "CidrBlock": ANY},
            f"everybody on the internet ({ANY}): tcp 22 is let through by a rule of Acl, if groups allow it too",
        ),
        (
            {**ENTRY, "RuleAction": "deny"},
            ENTRY,
            "the network 10.0.0.0/8: tcp 22 is let through by a rule of Acl, if groups allow it too",
        ),
        (
            {**ENTRY, "Egress": True},
            {**ENTRY, "Egress": True, "CidrBlock": "10.0.0.0/7"},
            "Acl lets tcp 22 out to the internet addresses 10.0.0.0/7",
        ),
    ],
)
def test_network_acls(old: Any, new: Any, expected: str) -> None:
    """A wider rule is told as one of two doors: groups decide as well (VPC User Guide, "Network ACL rules")."""
    found = sentences("AWS::EC2::NetworkAclEntry", old, new)
    assert (expected, False) in found


INTERNET = "everybody on the internet"
BLOCK = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
SWITCHES: list[tuple[str, Any, Any, str]] = [
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"}, {"Scheme": "internet-facing"}, "load balancer It"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"}, {}, "load balancer It"),
    ("AWS::RDS::DBInstance", {"PubliclyAccessible": "false"}, {"PubliclyAccessible": "true"}, "database It"),
    ("AWS::EC2::Subnet", {}, {"MapPublicIpOnLaunch": True}, "subnet It"),
    ("AWS::EC2::Route", {"DestinationCidrBlock": ANY, "NatGatewayId": "nat-1"}, {"DestinationCidrBlock": ANY, "GatewayId": "igw-1"}, "route It"),
    ("AWS::S3::Bucket", {"PublicAccessBlockConfiguration": BLOCK}, {"PublicAccessBlockConfiguration": {**BLOCK, "BlockPublicPolicy": False}}, "bucket It"),
    ("AWS::S3::Bucket", {}, {"AccessControl": "PublicRead"}, "bucket It"),
    ("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}, "It without signing in"),
    ("AWS::ECS::Service", {}, {"NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED"}}}, "tasks of It"),
    ("AWS::EKS::Cluster", {"ResourcesVpcConfig": {"EndpointPublicAccess": False}}, {"ResourcesVpcConfig": {}}, "cluster It"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "old", "new", "what"), SWITCHES, ids=[f"{row[0]}-{i}" for i, row in enumerate(SWITCHES)]
)
def test_switches_that_open(kind: str, old: Any, new: Any, what: str) -> None:
    """One property puts it on the internet; the other way round, and for what is there already, nothing is told."""
    [(sentence, _)] = sentences(kind, old, new)
    assert sentence.startswith(INTERNET)
    assert what in sentence
    assert sentences(kind, new, old) == []
    assert sentences(kind, new, {**new, "Tags": []}) == []
    assert [text for text, _ in sentences(kind, None, new)] == [sentence]


def test_a_switch_that_nobody_knows_may_open() -> None:
    """A value that only AWS can resolve is told as something that may be."""
    [(sentence, reaches_public)] = sentences(
        "AWS::RDS::DBInstance", {"PubliclyAccessible": False}, {"PubliclyAccessible": {"Fn::ImportValue": "x"}}
    )
    assert sentence.startswith(f"{INTERNET} may reach database It")
    assert not reaches_public


def test_what_no_template_settles_is_not_closed() -> None:
    """Rules and switches behind an unknown condition, or cut short by AWS, may be open."""
    hidden = {"Fn::If": ["Unknown", [rule()], []]}
    said = "a source that the templates do not determine may reach every port of It"
    assert sentences(GROUP, {"SecurityGroupIngress": []}, {"SecurityGroupIngress": hidden}) == [(said, False)]
    assert sentences(GROUP, {"SecurityGroupIngress": []}, {"SecurityGroupIngress": "(Truncated-Signature):1"}) == [
        (said, False)
    ]
    for kind, name in (
        ("AWS::ECS::Service", "NetworkConfiguration"),
        ("AWS::S3::Bucket", "PublicAccessBlockConfiguration"),
    ):
        [(sentence, _)] = sentences(kind, {}, {name: {"Fn::If": ["Unknown", {"a": 1}, {"a": 2}]}})
        assert sentence.startswith(f"{INTERNET} may reach")


def test_listeners() -> None:
    """A new listener of a public load balancer lets everybody in; losing encryption on a port is told too."""
    balancer = {
        "Lb": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internet-facing"}}
    }
    kind, there = (
        "AWS::ElasticLoadBalancingV2::Listener",
        {"LoadBalancerArn": {"Ref": "Lb"}, "Port": 443, "Protocol": "HTTPS"},
    )
    assert sentences(kind, None, there, balancer) == [
        (f"{INTERNET} can reach port 443 of Lb, as far as its groups allow", True)
    ]
    assert sentences(kind, there, {**there, "Protocol": "HTTP"}, balancer) == [
        (f"{INTERNET} can reach port 443 of Lb without encryption", True)
    ]
    assert sentences(kind, there, there, balancer) == []


def test_joining_a_group_that_is_open() -> None:
    """A database that is put into another group is reached by whom that lets in, though no rule changes."""
    groups = {
        "Web": {"Type": GROUP, "Properties": {"SecurityGroupIngress": [rule()]}},
        "Same": {"Type": GROUP, "Properties": {"SecurityGroupIngress": [rule()]}},
    }
    kind, web = "AWS::RDS::DBInstance", {"VPCSecurityGroups": [{"Fn::GetAtt": ["Web", "GroupId"]}]}
    assert sentences(kind, {"VPCSecurityGroups": []}, web, groups) == [
        (f"everybody on the internet ({ANY}) can reach tcp 443 of It, which joins Web", True)
    ]
    assert sentences(kind, web, {"VPCSecurityGroups": [{"Ref": "Same"}]}, groups) == []
    assert sentences(kind, web, {"VPCSecurityGroups": ["sg-1"]}, groups) == [
        ("sources that group sg-1 allows may reach It, which joins it", False)
    ]


def test_a_subnet_behind_an_internet_gateway() -> None:
    """A subnet that gets the public route table is told, as far as groups allow."""
    table = {"Type": "AWS::EC2::RouteTable", "Properties": {}}
    way = {"RouteTableId": {"Ref": "Public"}, "DestinationCidrBlock": ANY, "GatewayId": {"Ref": "Igw"}}
    others = {"Public": table, "Private": table, "Way": {"Type": "AWS::EC2::Route", "Properties": way}}
    kind, private = (
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": {"Ref": "A"}, "RouteTableId": {"Ref": "Private"}},
    )
    public_ = {**private, "RouteTableId": {"Ref": "Public"}}
    [(sentence, reaches_public)] = sentences(kind, private, public_, others)
    assert (
        sentence == "everybody on the internet can reach subnet A through an internet gateway, as far as groups allow"
    )
    assert reaches_public
    assert sentences(kind, public_, private, others) == []


def test_a_shell_in_tasks() -> None:
    """ECS Exec lets people in who may call it; that is told, and not as open to everybody."""
    found = sentences("AWS::ECS::Service", {}, {"EnableExecuteCommand": True})
    assert found == [("anyone who may call ecs:ExecuteCommand can reach a shell in the tasks of It", False)]


cidrs = st.sampled_from([ANY, "10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "::/0", "sg-1"])
openings = st.builds(
    lambda source, protocol, first, length: Opening(source, protocol, first, min(65535, first + length)),
    cidrs,
    st.sampled_from(["tcp", "udp", "-1"]),
    st.integers(0, 65535),
    st.integers(0, 1000),
)


@given(st.lists(openings, max_size=5), st.lists(openings, max_size=5))
def test_openings_are_a_difference_of_sets(before: list[Opening], after: list[Opening]) -> None:
    """Nothing opens against itself, fewer rules open nothing, and what opened is closed once it is there."""
    assert newly_opened(before, before[::-1]) == []
    assert newly_opened([*before, *after], after) == []
    assert newly_opened([*before, *newly_opened(before, after)], after) == []


def test_words_for_sources_and_ports() -> None:
    """Sources and ports are named as people say them."""
    assert source_name("sg-1") == "whatever is in group sg-1"
    assert source_name("fc00::/8") == "the network fc00::/8"
    assert port_text(opening(ANY, "tcp", None, None)) == "every tcp port"
    assert port_text(opening(ANY, 1, -1, -1)) == "icmp"
    assert is_public("0.0.0.0/1")
    assert not is_public("10.0.0.0/8")
    assert not is_public("nonsense")


ADMIN = {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}
OFFICE = {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8", "203.0.113.0/24"]}}
SIGN_IN = {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"OnUnauthenticatedRequest": "authenticate"}}
WAVED = {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"OnUnauthenticatedRequest": "allow"}}
FORWARD = {"Type": "forward", "TargetGroupArn": "t"}


@pytest.mark.parametrize(
    ("kind", "old", "new", "said"),
    [
        ("ListenerRule", {"Conditions": [ADMIN]}, {"Conditions": []}, "by addresses beyond 10.0.0.0/8"),
        ("ListenerRule", {"Conditions": [ADMIN]}, {"Conditions": [OFFICE]}, "from 203.0.113.0/24"),
        ("ListenerRule", {"Conditions": [OFFICE]}, {"Conditions": [ADMIN]}, ""),
        ("ListenerRule", {"Conditions": []}, {"Conditions": [ADMIN]}, ""),
        ("ListenerRule", {"Actions": [SIGN_IN, FORWARD]}, {"Actions": [FORWARD]}, "without signing in"),
        ("ListenerRule", {"Actions": [SIGN_IN, FORWARD]}, {"Actions": [WAVED, FORWARD]}, "without signing in"),
        ("ListenerRule", {"Actions": [FORWARD]}, {"Actions": [SIGN_IN, FORWARD]}, ""),
        ("Listener", {"DefaultActions": [SIGN_IN, FORWARD]}, {"DefaultActions": [FORWARD]}, "without signing in"),
    ],
)
def test_doors_in_a_load_balancers_rules(kind: str, old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    """A rule that was for some addresses, or for who signs in, and lets more through is an opening."""
    found = sentences(f"AWS::ElasticLoadBalancingV2::{kind}", {"Port": 1, **old}, {"Port": 1, **new})
    assert [sentence for sentence, _ in found] == (
        [f"anyone who reaches the load balancer can reach what It leads to, {said}"] if said else []
    )
