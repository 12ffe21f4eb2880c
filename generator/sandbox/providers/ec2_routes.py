"""Route tables, their routes and their subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_TARGETS = (
    "CarrierGatewayId", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId", "NatGatewayId", "NetworkInterfaceId",
    "TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


class _Table(Ec2):
    """What is part of a route table."""

    gone = frozenset(
        {"InvalidRouteTableID.NotFound", "InvalidRoute.NotFound", "InvalidAssociationID.NotFound"},
    )

    def table(self, ctx: Context, table: str, physical_id: str) -> dict[str, Any]:
        """DescribeRouteTables."""
        for found in ctx.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]:
            return dict(found)
        raise self.absent(physical_id)


@provider("AWS::EC2::RouteTable")
class RouteTable(_Table):
    """`Ref` is the table's id."""

    type_name = "AWS::EC2::RouteTable"
    known = frozenset({"Tags", "VpcId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateRouteTable."""
        table = ctx.client("ec2").create_route_table(VpcId=props["VpcId"])["RouteTable"]["RouteTableId"]
        ctx.initiated(table)
        return self.made(ctx, table, props)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteRouteTable."""
        del props
        ctx.client("ec2").delete_route_table(RouteTableId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id."""
        self.table(ctx, physical_id, physical_id)
        return {"RouteTableId": physical_id}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRouteTables."""
        del props
        return picked(self.table(ctx, physical_id, physical_id), *self.known)


@provider("AWS::EC2::Route")
class Route(_Table):
    """`Ref` is `table|destination`."""

    type_name = "AWS::EC2::Route"
    known = frozenset({*_TARGETS, *_DESTINATIONS, "RouteTableId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateRoute."""
        call(ctx, "ec2", "create_route", **props)
        return Created(f"{props['RouteTableId']}|{self._to(props)}", {"CidrBlock": self._to(props)})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ReplaceRoute."""
        del old
        self.look(ctx, physical_id, new)
        call(ctx, "ec2", "replace_route", **new)
        return Created(physical_id, {"CidrBlock": self._to(new)})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteRoute."""
        del physical_id
        ctx.client("ec2").delete_route(**picked(props, "RouteTableId", *_DESTINATIONS))

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRouteTables, the route with this destination."""
        for route in self.table(ctx, props["RouteTableId"], physical_id)["Routes"]:
            if self._to(route) == self._to(props):
                return {"RouteTableId": props["RouteTableId"], **picked(route, *_TARGETS, *_DESTINATIONS)}
        raise self.absent(physical_id)

    def _to(self, props: dict[str, Any]) -> str:
        return next((str(props[name]) for name in _DESTINATIONS if props.get(name)), "")


@provider("AWS::EC2::SubnetRouteTableAssociation")
class RouteTableAssociation(_Table):
    """`Ref` is the association's id."""

    type_name = "AWS::EC2::SubnetRouteTableAssociation"
    known = frozenset({"RouteTableId", "SubnetId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """AssociateRouteTable."""
        found = ctx.client("ec2").associate_route_table(**picked(props, *self.known))["AssociationId"]
        return Created(found, {"Id": found})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DisassociateRouteTable."""
        del props
        ctx.client("ec2").disassociate_route_table(AssociationId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id."""
        self._association(ctx, physical_id)
        return {"Id": physical_id}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRouteTables, the one that holds the association."""
        del props
        return picked(self._association(ctx, physical_id), *self.known)

    def _association(self, ctx: Context, association: str) -> dict[str, Any]:
        for table in ctx.client("ec2").describe_route_tables()["RouteTables"]:
            for found in table["Associations"]:
                if found["RouteTableAssociationId"] == association:
                    return dict(found)
        raise self.absent(association)
