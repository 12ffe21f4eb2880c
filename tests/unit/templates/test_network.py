"""The network stack."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.network import build
from templates.params.network import Endpoints, FlowLogs, InterfaceEndpoint, NetworkParams
from tests.unit.templates.environment_cases import findings, ids, plain, properties, scope, statements

Json = dict[str, Any]
_PUBLIC = ("10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24")
_PRIVATE = ("10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24")
_VPC = IPv4Network("10.0.0.0/16")


def body(zones: int = 2, **more: Any) -> Json:
    """The stack over so many zones, with further parameters."""
    fields: Json = {"nat": "one", "flow_logs": FlowLogs(), "endpoints": Endpoints(), **more}
    return plain(
        build(
            NetworkParams(
                scope=scope("network"), cidr=str(_VPC), public=_PUBLIC[:zones], private=_PRIVATE[:zones], **fields
            )
        )
    )


BODY = body()
EVERYTHING = body(3, nat="per-zone", endpoints=Endpoints(interface=get_args(InterfaceEndpoint)))
NOTHING = body(nat="none", flow_logs=FlowLogs(enabled=False), endpoints=Endpoints(gateway=()))


@pytest.mark.parametrize("zones", [2, 3])
def test_each_zone_has_a_public_and_a_private_subnet(zones: int) -> None:
    """Subnets of the same letter stand in the same zone, and no subnet hands out public addresses."""
    template = body(zones)
    for kind, blocks in (("Public", _PUBLIC), ("Private", _PRIVATE)):
        subnets = [properties(template, f"{kind}Subnet{letter}") for letter in "ABC"[:zones]]
        assert [each["CidrBlock"] for each in subnets] == list(blocks[:zones])
        assert [each["AvailabilityZone"]["Fn::Select"][0] for each in subnets] == list(range(zones))
        assert {each["MapPublicIpOnLaunch"] for each in subnets} == {False}
    assert len(ids(template, "EC2::Subnet")) == 2 * zones


def test_a_missing_block_is_an_error_that_says_what_to_do() -> None:
    """A zone without its private block is refused before AWS sees it."""
    with pytest.raises(ValueError, match="give one of each for every zone"):
        build(
            NetworkParams(
                scope=scope("network"),
                cidr=str(_VPC),
                public=_PUBLIC[:2],
                private=_PRIVATE[:1],
                nat="one",
                flow_logs=FlowLogs(),
                endpoints=Endpoints(),
            )
        )


@pytest.mark.parametrize(("nat", "gateways"), [("per-zone", "ABC"), ("one", "AAA"), ("none", "")])
def test_private_subnets_call_out_through_the_nat_that_was_asked_for(nat: str, gateways: str) -> None:
    """Per zone each table has its own gateway, with one they share it, with none they have no way out."""
    template = body(3, nat=nat)
    routes = {
        letter: properties(template, f"PrivateDefaultRoute{letter}")["NatGatewayId"]["Ref"]
        for letter in "ABC"
        if f"PrivateDefaultRoute{letter}" in template["Resources"]
    }
    assert routes == {letter: f"NatGateway{gateway}" for letter, gateway in zip("ABC", gateways, strict=False)}
    assert len(ids(template, "EC2::NatGateway")) == len(set(gateways)) == len(ids(template, "EC2::EIP"))


def test_changing_nat_replaces_no_table() -> None:
    """Moving from one gateway to one per zone adds gateways and points routes at them; nothing is cut off for long."""
    one, each = body(3, nat="one"), body(3, nat="per-zone")
    gone = set(one["Resources"]) - set(each["Resources"])
    changed = {name for name, value in one["Resources"].items() if each["Resources"].get(name, value) != value}
    assert gone == set()
    assert changed == {"PrivateDefaultRouteB", "PrivateDefaultRouteC"}


def test_private_tables_never_lead_to_the_internet_gateway() -> None:
    """Only the public table routes to it, and only once the gateway is attached."""
    direct = [name for name in ids(EVERYTHING, "EC2::Route") if "GatewayId" in properties(EVERYTHING, name)]
    assert direct == ["PublicDefaultRoute"]
    assert EVERYTHING["Resources"]["PublicDefaultRoute"]["DependsOn"] == ["InternetGatewayAttachment"]


def passes(template: Json, acl: str, *, egress: bool, peer: str, port: int) -> bool:
    """A stateless filter, as the Amazon VPC User Guide describes network ACLs: the lowest matching number decides."""
    for name in sorted(ids(template, "EC2::NetworkAclEntry"), key=lambda n: properties(template, n)["RuleNumber"]):
        entry = properties(template, name)
        ports = entry.get("PortRange", {"From": 0, "To": 65535})
        if (
            entry["NetworkAclId"] == {"Ref": acl}
            and entry["Egress"] is egress
            and IPv4Address(peer) in IPv4Network(entry["CidrBlock"])
            and ports["From"] <= port <= ports["To"]
        ):
            return bool(entry["RuleAction"] == "allow")
    return False


def connects(template: Json, acl: str, *, inbound: bool, peer: str, ports: tuple[int, int]) -> bool:
    """Whether both the packets to the server's port and the answers to the client's port pass."""
    source, destination = ports
    there = passes(template, acl, egress=not inbound, peer=peer, port=destination)
    return there and passes(template, acl, egress=inbound, peer=peer, port=source)


OUTSIDE = st.ip_addresses(v=4).filter(lambda ip: ip not in _VPC).map(str)
INSIDE = st.ip_addresses(v=4, network=str(_VPC)).map(str)
EPHEMERAL = st.integers(1024, 65535)


@given(OUTSIDE, EPHEMERAL, st.sampled_from([443, 80]))
def test_people_reach_the_load_balancer(peer: str, source: int, port: int) -> None:
    """Any address may open HTTPS or HTTP to public subnets, and gets its answers."""
    assert connects(BODY, "PublicAcl", inbound=True, peer=peer, ports=(source, port))


@given(OUTSIDE, EPHEMERAL, st.integers(0, 1023).filter(lambda port: port not in (80, 443)))
def test_nobody_outside_reaches_another_system_port(peer: str, source: int, port: int) -> None:
    """SSH and its like are closed from outside, in public and private subnets."""
    assert not connects(BODY, "PublicAcl", inbound=True, peer=peer, ports=(source, port))
    assert not connects(BODY, "PrivateAcl", inbound=True, peer=peer, ports=(source, port))


@given(OUTSIDE, EPHEMERAL, EPHEMERAL)
def test_nobody_outside_opens_a_connection_to_private_subnets(peer: str, source: int, port: int) -> None:
    """An answer from a private subnet to a stranger's port does not pass, so no connection comes about."""
    assert not connects(BODY, "PrivateAcl", inbound=True, peer=peer, ports=(source, port))


@given(OUTSIDE, EPHEMERAL, st.sampled_from([443, 80]))
def test_tasks_call_out_through_nat(peer: str, source: int, port: int) -> None:
    """HTTPS and HTTP from private subnets pass both ACLs on their way through NAT; without NAT and endpoints nothing does."""
    for acl in ("PrivateAcl", "PublicAcl"):
        assert connects(BODY, acl, inbound=False, peer=peer, ports=(source, port))
    assert not connects(NOTHING, "PrivateAcl", inbound=False, peer=peer, ports=(source, port))


@given(
    INSIDE, st.integers(1, 65535), st.integers(1, 65535), st.booleans(), st.sampled_from(["PublicAcl", "PrivateAcl"])
)
def test_inside_the_vpc_security_groups_decide(peer: str, source: int, port: int, inbound: bool, acl: str) -> None:
    """ACLs let the VPC's own traffic pass on every port."""
    assert connects(BODY, acl, inbound=inbound, peer=peer, ports=(source, port))


def test_every_subnet_is_behind_its_acl() -> None:
    """No subnet falls back to the VPC's default ACL, which allows everything."""
    behind = {
        properties(EVERYTHING, name)["SubnetId"]["Ref"]: properties(EVERYTHING, name)["NetworkAclId"]["Ref"]
        for name in ids(EVERYTHING, "EC2::SubnetNetworkAclAssociation")
    }
    assert behind == {name: name[:-7] + "Acl" for name in ids(EVERYTHING, "EC2::Subnet")}


def test_flow_logs_are_encrypted_and_expire() -> None:
    """Refused connections are logged for a week, under the environment's key."""
    group = BODY["Resources"]["FlowLogGroup"]
    assert group["Properties"]["KmsKeyId"] == {"Ref": "KeyArn"}
    assert group["Properties"]["RetentionInDays"] == 7
    assert properties(BODY, "FlowLog")["TrafficType"] == "REJECT"


def test_the_flow_log_role_writes_into_one_log_group() -> None:
    """Its policy has exactly one statement on exactly one group, and only this account's flow logs assume it."""
    role = properties(BODY, "FlowLogRole")
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "WriteFlowLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": [{"Fn::GetAtt": ["FlowLogGroup", "Arn"]}],
        }
    ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert (role["Path"], role["PermissionsBoundary"]) == ("/workload/slipway/prod/", {"Ref": "BoundaryArn"})


def test_without_flow_logs_the_network_needs_nobody() -> None:
    """No role, no log group and no parameter is left behind when they are off."""
    assert ids(NOTHING, "IAM::Role") + ids(NOTHING, "Logs::LogGroup") + ids(NOTHING, "EC2::FlowLog") == []
    assert "Parameters" not in NOTHING


def test_gateway_endpoints_serve_every_private_table() -> None:
    """S3 and DynamoDB cost no NAT traffic, and other accounts' principals can't carry data out through them."""
    for name in ("EndpointS3", "EndpointDynamodb"):
        endpoint = properties(EVERYTHING, name)
        assert [each["Ref"] for each in endpoint["RouteTableIds"]] == [f"PrivateRouteTable{z}" for z in "ABC"]
        first = endpoint["PolicyDocument"]["Statement"][0]
        assert first["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}


def test_image_layers_pass_the_s3_endpoint() -> None:
    """ECR hands out layers from a bucket of AWS's own; tasks could not start without this statement."""
    allowed = statements(properties(BODY, "EndpointS3")["PolicyDocument"])["AwsOwnBuckets"]
    assert allowed["Action"] == ["s3:GetObject"]
    assert {"Fn::Sub": "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"} in allowed["Resource"]


def test_interface_endpoints_answer_the_vpc_only() -> None:
    """They are paid for, so none is made unless it is named; each listens on 443 for the VPC and limits its principals."""
    assert [name for name in ids(BODY, "EC2::VPCEndpoint") if "SubnetIds" in properties(BODY, name)] == []
    (rule,) = properties(EVERYTHING, "EndpointSecurityGroup")["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (443, 443, "10.0.0.0/16")
    made = {
        properties(EVERYTHING, name)["ServiceName"]["Fn::Sub"].removeprefix("com.amazonaws.${AWS::Region}."): name
        for name in ids(EVERYTHING, "EC2::VPCEndpoint")
    }
    assert set(made) == {"s3", "dynamodb", *get_args(InterfaceEndpoint)}
    actions = {
        service: properties(EVERYTHING, made[service])["PolicyDocument"]["Statement"][0]["Action"]
        for service in ("ecr.dkr", "monitoring", "ecs-agent", "sqs")
    }
    for name in made.values():
        first = properties(EVERYTHING, name)["PolicyDocument"]["Statement"][0]
        assert first["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    assert actions == {"ecr.dkr": ["ecr:*"], "monitoring": ["cloudwatch:*"], "ecs-agent": ["ecs:*"], "sqs": ["sqs:*"]}


def test_other_stacks_get_lists() -> None:
    """Subnets and tables are given comma-joined, one a zone in order."""
    outputs = {name: each["Value"] for name, each in BODY["Outputs"].items()}
    assert outputs["VpcId"] == {"Ref": "Vpc"}
    assert outputs["PublicSubnets"] == {"Fn::Join": [",", [{"Ref": "PublicSubnetA"}, {"Ref": "PublicSubnetB"}]]}
    assert outputs["PrivateSubnets"] == {"Fn::Join": [",", [{"Ref": "PrivateSubnetA"}, {"Ref": "PrivateSubnetB"}]]}
    assert outputs["PrivateRouteTables"]["Fn::Join"][1] == [{"Ref": f"PrivateRouteTable{z}"} for z in "AB"]


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """The largest and the smallest network are clean with experimental and informational rules on."""
    assert findings(EVERYTHING, NOTHING) == []
