"""What EC2 refuses: what is not there, what is used, and what clashes.

Source: Amazon EC2 API Reference, "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.shapes import client
from generator.sandbox.services.request_checks import refusal

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


def _all(request: Request, operation: str, **filters: str | bool) -> list[dict[str, Any]]:
    """Everything that a describe call lists and whose members have these values."""
    answer = getattr(client(request, "ec2"), operation)()
    items = next((value for value in answer.values() if isinstance(value, list)), [])
    return [item for item in items if all(item.get(name) == value for name, value in filters.items())]


def live_gateways(request: Request) -> list[dict[str, Any]]:
    """The NAT gateways that are not deleted."""
    return [item for item in _all(request, "describe_nat_gateways") if item["State"] not in {"deleting", "deleted"}]


def _balancers(request: Request) -> list[dict[str, Any]]:
    return list(client(request, "elbv2").describe_load_balancers()["LoadBalancers"])


def _used(what: str, identifier: str) -> AwsError:
    return AwsError("DependencyViolation", f"The {what} '{identifier}' has dependencies and cannot be deleted.")


def vpc_of(request: Request, identifier: str) -> dict[str, Any]:
    """A VPC.

    Raises:
        AwsError: There is none.
    """
    for found in _all(request, "describe_vpcs", VpcId=identifier):
        return found
    raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{identifier}' does not exist")


@refusal("ec2", "CreateSubnet")
def clashing_subnet(request: Request, params: dict[str, Any]) -> None:
    """A subnet lies within its VPC and beside the others."""
    vpc = vpc_of(request, params["VpcId"])
    if "CidrBlock" not in params:
        return
    block = ipaddress.ip_network(params["CidrBlock"], strict=False)
    if not block.subnet_of(ipaddress.ip_network(vpc["CidrBlock"])):  # type: ignore[arg-type] # both are IPv4
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{params['CidrBlock']}' is invalid.")
    for other in _all(request, "describe_subnets", VpcId=params["VpcId"]):
        if block.overlaps(ipaddress.ip_network(other["CidrBlock"])):
            raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{params['CidrBlock']}' conflicts with another subnet")


@refusal("ec2", "CreateNatGateway", alone=False)
def impossible_nat_gateway(request: Request, params: dict[str, Any]) -> None:
    """A NAT gateway needs a subnet and a free address."""
    if not _all(request, "describe_subnets", SubnetId=params["SubnetId"]):
        raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{params['SubnetId']}' does not exist")
    allocation = params.get("AllocationId")
    if not allocation:
        return
    if not _all(request, "describe_addresses", AllocationId=allocation):
        raise AwsError("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist")
    if _holders(request, allocation):
        raise AwsError("Resource.AlreadyAssociated", f"Elastic IP address [{allocation}] is already associated")


def _holders(request: Request, allocation: str) -> list[dict[str, Any]]:
    return [
        gateway
        for gateway in live_gateways(request)
        if any(address.get("AllocationId") == allocation for address in gateway.get("NatGatewayAddresses", ()))
    ]


@refusal("ec2", "ReleaseAddress")
def used_address(request: Request, params: dict[str, Any]) -> None:
    """An address stays while a NAT gateway has it."""
    if params.get("AllocationId") and _holders(request, params["AllocationId"]):
        raise AwsError("InvalidIPAddress.InUse", f"The address with allocation id [{params['AllocationId']}] is in use")


@refusal("ec2", "DeleteSubnet")
def used_subnet(request: Request, params: dict[str, Any]) -> None:
    """A subnet stays while a NAT gateway, an endpoint or a load balancer is in it."""
    subnet = params["SubnetId"]
    used = [item["SubnetId"] for item in live_gateways(request)]
    used += [each for item in _all(request, "describe_vpc_endpoints") for each in item.get("SubnetIds", ())]
    used += [zone["SubnetId"] for item in _balancers(request) for zone in item["AvailabilityZones"]]
    if subnet in used:
        raise _used("subnet", subnet)


@refusal("ec2", "DeleteVpc")
def used_vpc(request: Request, params: dict[str, Any]) -> None:
    """A VPC stays while route tables, ACLs or endpoints of somebody's are in it; ministack looks at the rest."""
    vpc = params["VpcId"]
    tables = [
        table
        for table in _all(request, "describe_route_tables", VpcId=vpc)
        if not any(item.get("Main") for item in table["Associations"])
    ]
    acls = _all(request, "describe_network_acls", VpcId=vpc, IsDefault=False)
    if tables or acls or _all(request, "describe_vpc_endpoints", VpcId=vpc):
        raise _used("vpc", vpc)


@refusal("ec2", "DeleteRouteTable")
def used_route_table(request: Request, params: dict[str, Any]) -> None:
    """A route table stays while it is a subnet's."""
    for table in _all(request, "describe_route_tables", RouteTableId=params["RouteTableId"]):
        if table["Associations"]:
            raise _used("routeTable", params["RouteTableId"])


@refusal("ec2", "DeleteInternetGateway")
def attached_gateway(request: Request, params: dict[str, Any]) -> None:
    """An internet gateway stays while it is attached."""
    for gateway in _all(request, "describe_internet_gateways", InternetGatewayId=params["InternetGatewayId"]):
        if gateway["Attachments"]:
            raise _used("internetGateway", params["InternetGatewayId"])


@refusal("ec2", "DetachInternetGateway")
def needed_gateway(request: Request, params: dict[str, Any]) -> None:
    """An internet gateway stays attached while something in the VPC has a public address."""
    vpc = params["VpcId"]
    public = [item for item in live_gateways(request) if item["VpcId"] == vpc and item["ConnectivityType"] == "public"]
    public += [item for item in _balancers(request) if item["VpcId"] == vpc and item["Scheme"] == "internet-facing"]
    if public:
        raise AwsError(
            "DependencyViolation",
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching "
            "the gateway.",
        )


@refusal("ec2", "CreateRoute")
def impossible_route(request: Request, params: dict[str, Any]) -> None:
    """A route has a target in its own network, and a destination that no other route of the table has."""
    tables = _all(request, "describe_route_tables", RouteTableId=params["RouteTableId"])
    if not tables:
        return
    table = tables[0]
    to = params.get("DestinationCidrBlock")
    if to and any(route.get("DestinationCidrBlock") == to for route in table["Routes"]):
        raise AwsError("RouteAlreadyExists", f"The route identified by {to} already exists.")
    if nat := params.get("NatGatewayId"):
        if not any(item["NatGatewayId"] == nat for item in live_gateways(request)):
            raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat}' does not exist")
    elif (gateway := params.get("GatewayId", "")).startswith("igw-"):
        found = _all(request, "describe_internet_gateways", InternetGatewayId=gateway)
        if not found:
            raise AwsError("InvalidInternetGatewayID.NotFound", f"The internetGateway ID '{gateway}' does not exist")
        if not any(item["VpcId"] == table["VpcId"] for item in found[0]["Attachments"]):
            raise AwsError(
                "InvalidParameterValue",
                f"route table {params['RouteTableId']} and network gateway {gateway} belong to different networks",
            )
