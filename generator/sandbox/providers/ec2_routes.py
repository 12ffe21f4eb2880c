"""Route tables, their routes and their subnets."""

from __future__ import annotations

from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable
from generator.sandbox.providers.old_table_provider import register_tables

_GONE = "InvalidRouteTableID.NotFound InvalidRoute.NotFound InvalidAssociationID.NotFound"
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# One of them is there.
_TO = "".join(f"{{{name}}}" for name in _DESTINATIONS)

register_tables(
    ResourceTable(
        "AWS::EC2::RouteTable",
        "ec2",
        "create_route_table describe_route_tables delete_route_table",
        "VpcId",
        key="RouteTableId",
        attributes={"RouteTableId": "{id}"},
        gone=_GONE,
        tags=EC2_TAGS,
    ),
    ResourceTable(
        "AWS::EC2::Route",
        "ec2",
        "create_route describe_route_tables replace_route delete_route",
        "CarrierGatewayId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId EgressOnlyInternetGatewayId "
        "GatewayId InstanceId NatGatewayId NetworkInterfaceId RouteTableId TransitGatewayId VpcEndpointId "
        "VpcPeeringConnectionId",
        found="RouteTables[].Routes[]",
        id=f"{{RouteTableId}}|{_TO}",
        beside=" ".join(("RouteTableId", *_DESTINATIONS)),
        match=_TO,
        attributes={"CidrBlock": _TO},
        gone=_GONE,
        untold="RouteTableId",
    ),
    ResourceTable(
        "AWS::EC2::SubnetRouteTableAssociation",
        "ec2",
        "associate_route_table describe_route_tables disassociate_route_table",
        "RouteTableId SubnetId",
        found="RouteTables[].Associations[]",
        key="AssociationId",
        match="RouteTableAssociationId",
        attributes={"Id": "{id}"},
        gone=_GONE,
    ),
)
