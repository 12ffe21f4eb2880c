"""The network: NACLs, security groups and routes that EC2 refuses or that open too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.lint.rules.partial_values import small
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, items, scalar, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
_ENTRY = f"Amazon EC2 API Reference: CreateNetworkAclEntry, {_EC2}API_CreateNetworkAclEntry.html"
_WORLD = {"0.0.0.0/0", "::/0"}
# Ports of administration and of data stores; a public service is none of them.
_ADMIN = {
    22: "SSH",
    23: "Telnet",
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2375: "Docker",
    2379: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5439: "Redshift",
    5900: "VNC",
    5985: "WinRM",
    6379: "Redis",
    9042: "Cassandra",
    9092: "Kafka",
    9200: "OpenSearch",
    11211: "Memcached",
    27017: "MongoDB",
}
_TARGETS = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)


@rule(
    "E9667",
    severity="error",
    title="A NACL entry without ports",
    why="Entries for TCP and UDP need a port range, those for ICMP a type and a code; EC2 refuses them otherwise.",
    source=_ENTRY,
    fix="Add PortRange, or Icmp for protocols 1 and 58.",
)
def nacl_ports(view: TemplateView) -> Iterator[Problem]:
    """Protocol 6 or 17 without PortRange, 1 or 58 without Icmp, and ranges whose first port is greater than the last."""
    for each in view.of("AWS::EC2::NetworkAclEntry"):
        protocol = scalar(each.get("Protocol"))
        low, high = small(each.get("PortRange", "From")), small(each.get("PortRange", "To"))
        if protocol in {"6", "17"} and "PortRange" not in each.props:
            yield each.problem("Protocol", message=f"An entry for protocol {protocol} needs a PortRange")
        elif protocol in {"1", "58"} and not {"Icmp", "Ipv6CidrBlock"} & each.props.keys():
            yield each.problem("Protocol", message=f"An entry for protocol {protocol} needs Icmp")
        elif low is not None and high is not None and low > high:
            yield each.problem(
                "PortRange", message=f"The first port of the range, {low:g}, is greater than the last, {high:g}"
            )


@rule(
    "E9668",
    severity="error",
    title="Two NACL entries with one number",
    why="Within a NACL and a direction each rule number exists once: EC2 refuses the second.",
    source=_ENTRY,
    fix="Give each entry a RuleNumber of its own.",
)
def nacl_numbers(view: TemplateView) -> Iterator[Problem]:
    """Equal known numbers for the same NACL and direction."""
    seen: set[tuple[str, bool, float]] = set()
    for each in view.of("AWS::EC2::NetworkAclEntry"):
        acl, egress, place = (
            each.get("NetworkAclId"),
            truth(each.get("Egress", default=False)),
            small(each.get("RuleNumber")),
        )
        if egress is None or place is None or acl is None:
            continue
        key = (repr(acl), egress, place)
        if key in seen:
            direction = "outgoing" if egress else "incoming"
            yield each.problem("RuleNumber", message=f"Rule number {place:g} is used by an earlier {direction} entry")
        seen.add(key)


def _ingress(view: TemplateView) -> Iterator[tuple[Resource, tuple[str | int, ...], dict[str, Any]]]:
    for each in view.of("AWS::EC2::SecurityGroup"):
        for index, entry in enumerate(items(each.get("SecurityGroupIngress"))):
            if isinstance(entry, dict):
                yield each, ("SecurityGroupIngress", index), entry
    for each in view.of("AWS::EC2::SecurityGroupIngress"):
        yield each, (), each.props


@rule(
    "W9669",
    severity="warning",
    title="An administration or database port open to the internet",
    why="Such ports are found and attacked within minutes of being opened.",
    source="Amazon VPC User Guide: Security best practices, "
    "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html",
    fix="Name a security group or the addresses that need it, or use Session Manager for shells.",
)
def open_port(view: TemplateView) -> Iterator[Problem]:
    """Ingress from everywhere to one of these ports, or to all ports."""
    for each, path, entry in _ingress(view):
        key = next((name for name in ("CidrIp", "CidrIpv6") if scalar(entry.get(name)) in _WORLD), None)
        if key is None:
            continue
        protocol = scalar(entry.get("IpProtocol"))
        low, high = small(entry.get("FromPort", -1)), small(entry.get("ToPort", -1))
        if protocol == "-1" or (protocol in {"tcp", "6"} and (low, high) == (0, 65535)):
            yield each.problem(*path, key, message="Every port is open to the internet")
        elif protocol in {"tcp", "udp", "6", "17"} and low is not None and high is not None:
            port = next((port for port in _ADMIN if low <= port <= high), None)
            if port is not None:
                yield each.problem(*path, key, message=f"Port {port} ({_ADMIN[port]}) is open to the internet")


@rule(
    "E9670",
    severity="error",
    title="A security group rule whose first port is greater than its last",
    why="EC2 refuses a rule whose first port is greater than its last.",
    source=f"Amazon EC2 API Reference: IpPermission, {_EC2}API_IpPermission.html",
    fix="Swap FromPort and ToPort.",
)
def backwards(view: TemplateView) -> Iterator[Problem]:
    """FromPort greater than ToPort in rules for TCP and UDP."""
    rules = [*_ingress(view), *((each, (), each.props) for each in view.of("AWS::EC2::SecurityGroupEgress"))]
    for each in view.of("AWS::EC2::SecurityGroup"):
        for index, entry in enumerate(items(each.get("SecurityGroupEgress"))):
            if isinstance(entry, dict):
                rules.append((each, ("SecurityGroupEgress", index), entry))
    for each, path, entry in rules:
        low, high = small(entry.get("FromPort")), small(entry.get("ToPort"))
        ported = scalar(entry.get("IpProtocol")) in {"tcp", "udp", "6", "17"}
        if ported and low is not None and high is not None and low > high:
            yield each.problem(
                *path, "FromPort", message=f"The first port, {low:g}, is greater than the last, {high:g}"
            )


@rule(
    "E9671",
    severity="error",
    title="A route without a target, or with two",
    why="A route has exactly one destination and exactly one target.",
    source=f"Amazon EC2 API Reference: CreateRoute, {_EC2}API_CreateRoute.html",
    fix="Keep one of the target properties, such as GatewayId or NatGatewayId.",
)
def route_target(view: TemplateView) -> Iterator[Problem]:
    """None or more than one of the target properties."""
    for each in view.of("AWS::EC2::Route"):
        targets = [key for key in _TARGETS if key in each.props]
        if not targets:
            yield each.problem(message="The route has no target")
        elif len(targets) > 1:
            yield each.problem(targets[1], message=f"The route has both {targets[0]} and {targets[1]}")


@rule(
    "W9672",
    severity="warning",
    title="A public route created before its gateway is attached",
    why="CreateRoute fails while the internet gateway is not attached to the VPC, and CloudFormation does not know the order.",
    source="AWS CloudFormation User Guide: DependsOn attribute, when it is required, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    fix="Add DependsOn with the AWS::EC2::VPCGatewayAttachment.",
)
def attached(view: TemplateView) -> Iterator[Problem]:
    """A route to an internet gateway of this template whose attachment it does not wait for."""
    attachments = view.of("AWS::EC2::VPCGatewayAttachment")
    for each in view.of("AWS::EC2::Route"):
        gateway = each.get("GatewayId")
        if not isinstance(gateway, Unknown) or gateway.target is None:
            continue
        mine = [item.id for item in attachments if item.get("InternetGatewayId") == gateway]
        through = view.resource(gateway)
        if (
            mine
            and through is not None
            and through.type == "AWS::EC2::InternetGateway"
            and not _waits(view, each, mine)
        ):
            yield each.problem("GatewayId", message=f"The route does not wait for {mine[0]}")


def _waits(view: TemplateView, resource: Resource, names: list[str]) -> bool:
    """Whether DependsOn leads to one of the names, by any number of steps."""
    seen: set[str] = set()
    stack = list(resource.attributes["DependsOn"])
    while stack:
        name = stack.pop()
        if name in names:
            return True
        following = view.named(name)
        if following is not None and name not in seen:
            seen.add(name)
            stack.extend(following.attributes["DependsOn"])
    return False
