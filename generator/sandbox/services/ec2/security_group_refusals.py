"""What EC2 refuses of security groups: rules that are there already, groups that are not there or in use.

Source: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.shapes import client
from generator.sandbox.services.request_checks import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.server.wire import Request

_PEERS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("UserIdGroupPairs", "GroupId"),
    ("PrefixListIds", "PrefixListId"),
)


def _groups(request: Request) -> list[dict[str, Any]]:
    return list(client(request, "ec2").describe_security_groups()["SecurityGroups"])


def _rules(permissions: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    for permission in permissions:
        protocol = str(permission.get("IpProtocol"))
        ports = (
            ("", "") if protocol == "-1" else (str(permission.get("FromPort", "")), str(permission.get("ToPort", "")))
        )
        for member, key in _PEERS:
            for peer in permission.get(member, ()):
                yield (str(peer.get(key)), protocol, *ports)


@refusal("ec2", "AuthorizeSecurityGroupIngress")
def impossible_ingress(request: Request, params: dict[str, Any]) -> None:
    """See `_impossible`."""
    _impossible(request, params, "IpPermissions")


@refusal("ec2", "AuthorizeSecurityGroupEgress")
def impossible_egress(request: Request, params: dict[str, Any]) -> None:
    """See `_impossible`."""
    _impossible(request, params, "IpPermissionsEgress")


def _impossible(request: Request, params: dict[str, Any], member: str) -> None:
    """A rule is given once, and the group that it names is there."""
    groups = {group["GroupId"]: group for group in _groups(request)}
    new_rules = list(_rules(params.get("IpPermissions", [])))
    for peer, *_ in new_rules:
        if peer.startswith("sg-") and peer not in groups:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{peer}' does not exist")
    live = set(_rules(groups.get(params.get("GroupId", ""), {}).get(member, [])))
    for rule in new_rules:
        if rule in live:
            peer, protocol, low, high = rule
            name = "ALL" if protocol == "-1" else protocol.upper()
            ports = "" if protocol == "-1" else f", from port: {low}, to port: {high}"
            raise AwsError(
                "InvalidPermission.Duplicate",
                f'the specified rule "peer: {peer}, {name}{ports}, ALLOW" already exists',
            )


@refusal("ec2", "DeleteSecurityGroup")
def used_group(request: Request, params: dict[str, Any]) -> None:
    """A group stays while another group names it, or a load balancer or an endpoint has it."""
    group = params.get("GroupId", "")
    used = [
        peer
        for other in _groups(request)
        if other["GroupId"] != group
        for peer, *_ in _rules([*other["IpPermissions"], *other["IpPermissionsEgress"]])
    ]
    balancers = client(request, "elbv2").describe_load_balancers()["LoadBalancers"]
    used += [each for balancer in balancers for each in balancer.get("SecurityGroups", ())]
    endpoints = client(request, "ec2").describe_vpc_endpoints()["VpcEndpoints"]
    used += [item["GroupId"] for endpoint in endpoints for item in endpoint.get("Groups", ())]
    if group in used:
        raise AwsError("DependencyViolation", f"resource {group} has a dependent object")
