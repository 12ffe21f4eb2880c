"""The network: a VPC with public and private subnets, NAT, network ACLs, flow logs and endpoints."""

from troposphere import GetAtt, GetAZs, Join, Ref, Select, Tags, Template, ec2

from templates.network.acls import add_acls
from templates.network.endpoints import add_endpoints
from templates.network.logs import add_flow_logs
from templates.params.network import NetworkParams
from templates.stack import Stack

_ZONES = "ABC"
_WORLD = "0.0.0.0/0"


def build(p: NetworkParams) -> Template:
    """The VPC of an environment, over as many Availability Zones as ``p.public`` has blocks.

    Gives ``VpcId``, ``VpcCidr``, ``PublicSubnets``, ``PrivateSubnets`` and ``PrivateRouteTables`` (comma-joined).

    Raises:
        ValueError: the two lists of blocks differ in length.
    """
    if len(p.public) != len(p.private):
        raise ValueError(
            f"{len(p.public)} public and {len(p.private)} private subnets; give one of each for every zone"
        )
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: network",
        architecture="One VPC; public subnets hold the load balancer and NAT, private ones hold tasks and data.",
    )
    vpc = s.add(
        ec2.VPC("Vpc", CidrBlock=p.cidr, EnableDnsSupport=True, EnableDnsHostnames=True, Tags=_named(s, "")),
        "Everything of this environment runs in this network.",
    )
    attachment = _internet(s, vpc)
    public = [_subnet(s, vpc, "Public", index, cidr) for index, cidr in enumerate(p.public)]
    private = [_subnet(s, vpc, "Private", index, cidr) for index, cidr in enumerate(p.private)]
    _public_routes(s, vpc, attachment, public)
    tables = _private_routes(s, vpc, private)
    _nat(s, p, attachment, public, tables)
    add_acls(s, p, vpc, public, private)
    add_flow_logs(s, p.flow_logs, vpc)
    add_endpoints(s, p, vpc, private, tables)
    s.give("VpcId", Ref(vpc), "The VPC")
    s.give("VpcCidr", GetAtt(vpc, "CidrBlock"), "The VPC's IPv4 block")
    s.give("PublicSubnets", _joined(public), "Public subnets, one a zone")
    s.give("PrivateSubnets", _joined(private), "Private subnets, one a zone")
    s.give("PrivateRouteTables", _joined(tables), "Route tables of the private subnets, one a zone")
    return s.template


def _named(s: Stack, suffix: str) -> Tags:
    """The stack's tags and a ``Name``, which the EC2 console shows."""
    return Tags(**s.tags(Name=f"{s.scope.prefix}{suffix}"))


def _joined(resources: list[ec2.Subnet] | list[ec2.RouteTable]) -> Join:
    return Join(",", [Ref(each) for each in resources])


def _internet(s: Stack, vpc: ec2.VPC) -> ec2.VPCGatewayAttachment:
    gateway = s.add(
        ec2.InternetGateway("InternetGateway", Tags=_named(s, "")), "The way between public subnets and the internet."
    )
    return s.add(
        ec2.VPCGatewayAttachment("InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway)),
        "Connects the internet gateway with the VPC.",
    )


def _subnet(s: Stack, vpc: ec2.VPC, kind: str, index: int, cidr: str) -> ec2.Subnet:
    zone = _ZONES[index]
    return s.add(
        ec2.Subnet(
            f"{kind}Subnet{zone}",
            VpcId=Ref(vpc),
            CidrBlock=cidr,
            AvailabilityZone=Select(index, GetAZs("")),
            # Nothing gets a public address by accident: the load balancer and NAT bring their own.
            MapPublicIpOnLaunch=False,
            Tags=_named(s, f"-{kind.lower()}-{zone.lower()}"),
        ),
        "Load balancer and NAT of one zone." if kind == "Public" else "Tasks and data of one zone.",
    )


def _public_routes(s: Stack, vpc: ec2.VPC, attachment: ec2.VPCGatewayAttachment, subnets: list[ec2.Subnet]) -> None:
    table = s.add(
        ec2.RouteTable("PublicRouteTable", VpcId=Ref(vpc), Tags=_named(s, "-public")), "Routes of the public subnets."
    )
    s.add(
        ec2.Route(
            "PublicDefaultRoute",
            RouteTableId=Ref(table),
            DestinationCidrBlock=_WORLD,
            GatewayId=Ref("InternetGateway"),
            DependsOn=[attachment.title],
        ),
        "Public subnets reach the internet directly.",
    )
    for subnet in subnets:
        _associate(s, subnet, table)


def _private_routes(s: Stack, vpc: ec2.VPC, subnets: list[ec2.Subnet]) -> list[ec2.RouteTable]:
    """One table a zone, whatever the NAT: going from one gateway to one per zone then changes routes only."""
    tables = []
    for zone, subnet in zip(_ZONES, subnets, strict=False):
        table = s.add(
            ec2.RouteTable(f"PrivateRouteTable{zone}", VpcId=Ref(vpc), Tags=_named(s, f"-private-{zone.lower()}")),
            "Routes of the private subnet of one zone.",
        )
        _associate(s, subnet, table)
        tables.append(table)
    return tables


def _associate(s: Stack, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
    s.add(
        ec2.SubnetRouteTableAssociation(f"{subnet.title}Routes", SubnetId=Ref(subnet), RouteTableId=Ref(table)),
        "Gives the subnet its routes.",
    )


def _nat(
    s: Stack,
    p: NetworkParams,
    attachment: ec2.VPCGatewayAttachment,
    public: list[ec2.Subnet],
    tables: list[ec2.RouteTable],
) -> None:
    """NAT gateways: one a zone, one in all (its zone's failure cuts every private subnet off), or none."""
    count = {"per-zone": len(public), "one": 1, "none": 0}[p.nat]
    gateways = []
    for zone, subnet in zip(_ZONES, public[:count], strict=False):
        address = s.add(
            ec2.EIP(
                f"NatAddress{zone}", Domain="vpc", DependsOn=[attachment.title], Tags=_named(s, f"-nat-{zone.lower()}")
            ),
            "The address that the outside sees; partners may have it on their lists.",
        )
        gateway = ec2.NatGateway(
            f"NatGateway{zone}",
            SubnetId=Ref(subnet),
            AllocationId=GetAtt(address, "AllocationId"),
            Tags=_named(s, f"-{zone.lower()}"),
        )
        gateways.append(s.add(gateway, "Lets private subnets call out; nothing comes in through it."))
    for index, (zone, table) in enumerate(zip(_ZONES, tables, strict=False)):
        if gateways:
            s.add(
                ec2.Route(
                    f"PrivateDefaultRoute{zone}",
                    RouteTableId=Ref(table),
                    DestinationCidrBlock=_WORLD,
                    NatGatewayId=Ref(gateways[index % len(gateways)]),
                ),
                "Private subnets call out through NAT.",
            )
