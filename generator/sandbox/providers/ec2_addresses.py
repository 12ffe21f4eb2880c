"""Elastic addresses and the NAT gateways that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

register_tables(
    # AWS takes about two minutes for one; its address is free when it is gone.
    ResourceTable(
        "AWS::EC2::NatGateway",
        "ec2",
        "create_nat_gateway describe_nat_gateways delete_nat_gateway",
        "AllocationId ConnectivityType SubnetId",
        key="NatGatewayId",
        attributes={"NatGatewayId": "{id}", "EniId": "NatGatewayAddresses[0].NetworkInterfaceId || ''"},
        gone="NatGatewayNotFound",
        dead="State=deleting|deleted",
        live={"AllocationId": "NatGatewayAddresses[-1].AllocationId"},
        tags=EC2_TAGS,
    )
)


@surprising(
    ResourceTable(
        "AWS::EC2::EIP",
        "ec2",
        "allocate_address describe_addresses release_address",
        "Domain",
        id="PublicIp",
        match="PublicIp",
        attributes={"PublicIp": "{id}", "AllocationId": "AllocationId"},
        gone="InvalidAllocationID.NotFound InvalidAddress.NotFound",
        tags=EC2_TAGS._replace(of="AllocationId"),
        said=lambda props: {"Domain": "vpc", **props},
    )
)
class ElasticIp(TableProvider):
    """`Ref` is the address; `AllocationId` is what every operation wants."""

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """ReleaseAddress."""
        if self.there(ctx, physical_id, props):
            allocation = self.find(ctx, physical_id, props)["AllocationId"]
            ctx.client("ec2").release_address(AllocationId=allocation)
