"""Network ACLs: stateless, so each direction of an allowed connection has its own entry."""

from typing import NamedTuple

from troposphere import Ref, ec2

from templates.params.network import NetworkParams
from templates.stack import Stack

_WORLD = "0.0.0.0/0"
_TCP = 6
_ALL = -1
# Where answers arrive: NAT gateways and load balancers call from 1024 to 65535 (Amazon VPC User Guide: Ephemeral ports).
_EPHEMERAL = (1024, 65535)
_HTTPS = (443, 443)
_HTTP = (80, 80)


class _Entry(NamedTuple):
    name: str
    number: int
    egress: bool
    cidr: str
    ports: tuple[int, int] | None
    why: str


def add_acls(s: Stack, p: NetworkParams, vpc: ec2.VPC, public: list[ec2.Subnet], private: list[ec2.Subnet]) -> None:
    """One ACL for the public and one for the private subnets; what no entry names is dropped.

    DNS and time of the VPC itself (Route 53 Resolver, Amazon Time Sync) are not filtered by network ACLs.
    """
    _acl(s, vpc, "Public", public, _public(p.cidr))
    _acl(s, vpc, "Private", private, _private(p))


def _public(cidr: str) -> list[_Entry]:
    return [
        _Entry("InVpc", 100, egress=False, cidr=cidr, ports=None, why="Private subnets call NAT on any port."),
        _Entry("InHttps", 110, egress=False, cidr=_WORLD, ports=_HTTPS, why="People call the load balancer."),
        _Entry("InHttp", 120, egress=False, cidr=_WORLD, ports=_HTTP, why="The load balancer redirects HTTP to HTTPS."),
        _Entry(
            "InAnswers", 130, egress=False, cidr=_WORLD, ports=_EPHEMERAL, why="Answers to what went out through NAT."
        ),
        _Entry(
            "OutVpc",
            100,
            egress=True,
            cidr=cidr,
            ports=None,
            why="The load balancer calls tasks; NAT hands answers back.",
        ),
        _Entry("OutHttps", 110, egress=True, cidr=_WORLD, ports=_HTTPS, why="NAT calls HTTPS for private subnets."),
        _Entry("OutHttp", 120, egress=True, cidr=_WORLD, ports=_HTTP, why="NAT calls HTTP for private subnets."),
        _Entry("OutAnswers", 130, egress=True, cidr=_WORLD, ports=_EPHEMERAL, why="Answers to the people who called."),
    ]


def _private(p: NetworkParams) -> list[_Entry]:
    entries = [
        _Entry("InVpc", 100, egress=False, cidr=p.cidr, ports=None, why="Security groups decide inside the VPC."),
        _Entry("OutVpc", 100, egress=True, cidr=p.cidr, ports=None, why="Security groups decide inside the VPC."),
    ]
    # S3 and DynamoDB answer from public addresses through a gateway endpoint, too.
    if p.nat != "none" or p.endpoints.gateway:
        entries += [
            _Entry(
                "InAnswers",
                110,
                egress=False,
                cidr=_WORLD,
                ports=_EPHEMERAL,
                why="Answers to what tasks asked outside.",
            ),
            _Entry(
                "OutHttps", 110, egress=True, cidr=_WORLD, ports=_HTTPS, why="Tasks call AWS and others over HTTPS."
            ),
        ]
    if p.nat != "none":
        entries.append(
            _Entry(
                "OutHttp",
                120,
                egress=True,
                cidr=_WORLD,
                ports=_HTTP,
                why="Package mirrors and certificate checks use HTTP.",
            )
        )
    return entries


def _acl(s: Stack, vpc: ec2.VPC, kind: str, subnets: list[ec2.Subnet], entries: list[_Entry]) -> None:
    acl = s.add(
        ec2.NetworkAcl(f"{kind}Acl", VpcId=Ref(vpc)),
        f"A second fence around the {kind.lower()} subnets, should a security group be too wide.",
    )
    for each in entries:
        entry = ec2.NetworkAclEntry(
            f"{kind}Acl{each.name}",
            NetworkAclId=Ref(acl),
            RuleNumber=each.number,
            Protocol=_TCP if each.ports else _ALL,
            RuleAction="allow",
            Egress=each.egress,
            CidrBlock=each.cidr,
        )
        if each.ports:
            entry.PortRange = ec2.PortRange(From=each.ports[0], To=each.ports[1])
        s.add(entry, each.why)
    for subnet in subnets:
        s.add(
            ec2.SubnetNetworkAclAssociation(f"{subnet.title}Acl", SubnetId=Ref(subnet), NetworkAclId=Ref(acl)),
            "Puts the subnet behind its ACL.",
        )
