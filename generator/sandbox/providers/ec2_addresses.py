"""Elastic addresses and the NAT gateways that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import picked, unless
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::EC2::EIP")
class ElasticIp(Ec2):
    """`Ref` is the address; `AllocationId` is what other resources want."""

    type_name = "AWS::EC2::EIP"
    known = frozenset({"Domain", "Tags"})
    gone = frozenset({"InvalidAllocationID.NotFound", "InvalidAddress.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """AllocateAddress."""
        address = call(ctx, "ec2", "allocate_address", Domain=props.get("Domain", "vpc"))
        ctx.initiated(address["PublicIp"])
        self.tag(ctx, address["AllocationId"], props)
        return Created(address["PublicIp"], self.attributes(ctx, address["PublicIp"]))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Tags."""
        found = self.attributes(ctx, physical_id)
        self.retag(ctx, found["AllocationId"], old, new)
        return Created(physical_id, found)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """ReleaseAddress."""
        del props
        for address in self._addresses(ctx, physical_id):
            ctx.client("ec2").release_address(AllocationId=address["AllocationId"])

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """The address and its allocation."""
        address = self._address(ctx, physical_id)
        return {"PublicIp": physical_id, "AllocationId": address["AllocationId"]}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeAddresses."""
        del props
        return picked(self._address(ctx, physical_id), *self.known)

    def _address(self, ctx: Context, public_ip: str) -> dict[str, Any]:
        for found in self._addresses(ctx, public_ip):
            return found
        raise self.absent(public_ip)

    def _addresses(self, ctx: Context, public_ip: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with unless(*self.gone):
            found = ctx.client("ec2").describe_addresses()["Addresses"]
        return [address for address in found if address.get("PublicIp") == public_ip]


@provider("AWS::EC2::NatGateway")
class NatGateway(Ec2):
    """`Ref` is the gateway id."""

    type_name = "AWS::EC2::NatGateway"
    known = frozenset({"AllocationId", "ConnectivityType", "SubnetId", "Tags"})
    gone = frozenset({"NatGatewayNotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateNatGateway; AWS takes about two minutes."""
        said = picked(props, "AllocationId", "ConnectivityType", "SubnetId")
        gateway = call(ctx, "ec2", "create_nat_gateway", **said)["NatGateway"]["NatGatewayId"]
        ctx.initiated(gateway)
        return self.made(ctx, gateway, props)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteNatGateway; the address is free when it is gone."""
        del props
        ctx.client("ec2").delete_nat_gateway(NatGatewayId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id and its interface."""
        addresses = self._gateway(ctx, physical_id).get("NatGatewayAddresses") or [{}]
        return {"NatGatewayId": physical_id, "EniId": addresses[0].get("NetworkInterfaceId", "")}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeNatGateways."""
        del props
        gateway = self._gateway(ctx, physical_id)
        live = picked(gateway, "ConnectivityType", "SubnetId", "Tags")
        for address in gateway.get("NatGatewayAddresses", ()):
            live["AllocationId"] = address.get("AllocationId")
        return live

    def _gateway(self, ctx: Context, gateway: str) -> dict[str, Any]:
        for found in ctx.client("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]:
            if found["State"] not in {"deleting", "deleted"}:
                return dict(found)
        raise self.absent(gateway)
