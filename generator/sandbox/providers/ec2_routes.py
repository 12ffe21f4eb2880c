"""Route tables, their routes and their subnets."""

from __future__ import annotations

from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.table import ResourceTable
from generator.sandbox.providers.table_provider import register_tables

_GONE = "InvalidRouteTableID.NotFound InvalidRoute.NotFound InvalidAssociationID.NotFound"
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
# One of them is there.
_TO = "".join(f"{{{name}}}" for name in _DESTINATIONS)

register_tables(
    ResourceTable(
        "AWS::EC2::RouteTable",
        "ec2",
        "VpcId",
        create="create_route_table",
        read="describe_route_tables",
        found="RouteTables",
        delete="delete_route_table",
        id="RouteTable.RouteTableId",
        key="RouteTableId",
        attributes={"RouteTableId": "{id}"},
        gone=_GONE,
        tags=EC2_TAGS,
    ),
    ResourceTable(
        "AWS::EC2::Route",
        "ec2",
        "CarrierGatewayId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId EgressOnlyInternetGatewayId "
        "GatewayId InstanceId NatGatewayId NetworkInterfaceId RouteTableId TransitGatewayId VpcEndpointId "
        "VpcPeeringConnectionId",
        create="create_route",
        read="describe_route_tables",
        found="RouteTables[].Routes[]",
        update="replace_route",
        delete="delete_route",
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
        "RouteTableId SubnetId",
        create="associate_route_table",
        read="describe_route_tables",
        found="RouteTables[].Associations[]",
        delete="disassociate_route_table",
        id="AssociationId",
        key="AssociationId",
        match="RouteTableAssociationId",
        attributes={"Id": "{id}"},
        gone=_GONE,
    ),
)
