"""Rules for Route 53 and the network, beyond their examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.runner import check

IP = {"TTL": "60", "ResourceRecords": ["192.0.2.1"]}
ALIAS = {"DNSName": "x.elb.amazonaws.com", "HostedZoneId": "Z1"}


def found(resources: dict[str, Any]) -> dict[str, str]:
    """The first message of each rule that speaks up."""
    findings = check({"Resources": resources})
    return {finding.rule.id: finding.problem.message for finding in reversed(findings)}


def record(**props: Any) -> dict[str, Any]:
    """A record of a zone."""
    return {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {"HostedZoneId": "Z2", "Name": "a.example.com", "Type": "A", **props},
    }


@pytest.mark.parametrize(
    ("props", "rules"),
    [
        (IP, set()),
        ({"AliasTarget": ALIAS}, set()),
        ({"AliasTarget": ALIAS, "SetIdentifier": "x"}, {"E9661"}),
        ({"AliasTarget": ALIAS, "SetIdentifier": "x", "Failover": "PRIMARY"}, {"W9663"}),
        ({"AliasTarget": {**ALIAS, "EvaluateTargetHealth": True}, "SetIdentifier": "x", "Failover": "PRIMARY"}, set()),
        ({"AliasTarget": {"Ref": "Alias"}, "SetIdentifier": "x", "Failover": "PRIMARY"}, set()),
        ({**IP, "SetIdentifier": "x", "Failover": "SECONDARY"}, set()),
        ({"ResourceRecords": ["192.0.2.1"]}, {"E9664"}),
        ({}, {"E9664"}),
        ({**IP, "MultiValueAnswer": False}, set()),
        ({**IP, "MultiValueAnswer": True}, {"E9661"}),
    ],
)
def test_records(props: dict[str, Any], rules: set[str]) -> None:
    """Records alone and in groups are judged alike."""
    assert set(found({"Record": record(**props)})) == rules
    group = {"HostedZoneId": "Z2", "RecordSets": [{"Name": "a.example.com", "Type": "A", **props}]}
    assert set(found({"Group": {"Type": "AWS::Route53::RecordSetGroup", "Properties": group}})) == rules


def test_alias_name_at_the_top_of_a_zone_of_the_template() -> None:
    """A CNAME with the name of its zone is found also when both are parameters."""
    zone = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": {"Ref": "Domain"}}}
    props = {"HostedZoneId": {"Ref": "Zone"}, "Type": "CNAME", "TTL": "60", "ResourceRecords": ["x.example.org"]}
    assert "E9665" in found({"Zone": zone, "Record": record(**props, Name={"Ref": "Domain"})})
    assert "E9665" not in found({"Zone": zone, "Record": record(**props, Name={"Fn::Sub": "www.${Domain}"})})


@pytest.mark.parametrize(
    ("config", "fine"),
    [
        ({"Type": "HTTP_STR_MATCH", "IPAddress": "192.0.2.1"}, False),
        ({"Type": "TCP", "IPAddress": "192.0.2.1"}, False),
        ({"Type": "CALCULATED"}, False),
        ({"Type": "RECOVERY_CONTROL", "RoutingControlArn": "arn:aws:x"}, True),
        ({"Type": {"Ref": "Type"}}, True),
        ({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 443}, True),
    ],
)
def test_health_checks(config: dict[str, Any], fine: bool) -> None:
    """Each type of health check needs its own properties."""
    props = {"HealthCheckConfig": config}
    assert ("E9666" not in found({"Check": {"Type": "AWS::Route53::HealthCheck", "Properties": props}})) is fine


def group(**entry: Any) -> dict[str, Any]:
    """A security group with one rule."""
    return {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "x", "SecurityGroupIngress": [entry]},
        }
    }


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_ports_are_judged_as_ranges(low: int, high: int) -> None:
    """Backward ranges are errors; forward ranges from everywhere are judged by the ports that they hold."""
    rules = set(found(group(IpProtocol="tcp", FromPort=low, ToPort=high, CidrIp="0.0.0.0/0")))
    assert ("E9670" in rules) is (low > high)
    if low <= 22 <= high:
        assert "W9669" in rules
    if 80 <= low <= high <= 443:
        assert rules == set()


@pytest.mark.parametrize(
    "entry",
    [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": {"Ref": "Office"}},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "sg-1"},
        {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "CidrIp": "0.0.0.0/0"},
        {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"},
    ],
)
def test_usual_rules_are_left_alone(entry: dict[str, Any]) -> None:
    """Web ports, ICMP types, groups and addresses that are not known give no finding."""
    assert found(group(**entry)) == {}


def test_world_by_ipv6_or_by_every_protocol_is_found() -> None:
    """An open port is found on IPv6 and behind protocol -1 alike."""
    assert "W9669" in found(group(IpProtocol="tcp", FromPort=3306, ToPort=3306, CidrIpv6="::/0"))
    assert "Every port" in found(group(IpProtocol=-1, CidrIp="0.0.0.0/0"))["W9669"]


def entry(number: Any, **props: Any) -> dict[str, Any]:
    """An entry of a NACL."""
    usual = {
        "NetworkAclId": {"Ref": "Acl"},
        "RuleNumber": number,
        "Protocol": -1,
        "RuleAction": "allow",
        "CidrBlock": "10.0.0.0/8",
    }
    return {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {**usual, **props}}


def test_nacl_numbers_count_by_direction_and_acl() -> None:
    """One number may stand once for each direction of each NACL."""
    other = entry(100, NetworkAclId={"Ref": "Other"})
    assert found({"In": entry(100), "Out": entry(100, Egress=True), "Other": other}) == {}
    assert set(found({"In": entry(100), "Again": entry("100")})) == {"E9668"}
    imported = [entry(100, NetworkAclId={"Fn::ImportValue": name}) for name in ("one-acl", "two-acl")]
    assert found(dict(zip("AB", imported, strict=True))) == {}


@pytest.mark.parametrize(
    ("props", "fine"),
    [
        ({"Protocol": 17}, False),
        ({"Protocol": "1"}, False),
        ({"Protocol": 6, "PortRange": {"From": 90, "To": 80}}, False),
        ({"Protocol": 1, "Icmp": {"Code": -1, "Type": -1}}, True),
        ({"Protocol": {"Ref": "Protocol"}}, True),
        ({"Protocol": -1}, True),
    ],
)
def test_nacl_ports(props: dict[str, Any], fine: bool) -> None:
    """TCP, UDP and ICMP entries need their ports or types; others need none."""
    assert ("E9667" not in found({"Entry": entry(100, **props)})) is fine


def test_route_may_wait_for_the_attachment_by_way_of_another_resource() -> None:
    """DependsOn counts through any number of steps."""
    gateway = {"Type": "AWS::EC2::InternetGateway"}
    attachment = {"InternetGatewayId": {"Ref": "Gateway"}, "VpcId": "vpc-1"}
    route = {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Gateway"}}
    resources: dict[str, Any] = {
        "Gateway": gateway,
        "Attachment": {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": attachment},
        "Address": {"Type": "AWS::EC2::EIP", "DependsOn": "Attachment"},
        "Route": {"Type": "AWS::EC2::Route", "Properties": route},
    }
    assert set(found(resources)) == {"W9672"}
    resources["Route"]["DependsOn"] = ["Address"]
    assert found(resources) == {}
    assert set(found({"Route": {"Type": "AWS::EC2::Route", "Properties": {**route, "NatGatewayId": "nat-1"}}})) == {
        "E9671"
    }
