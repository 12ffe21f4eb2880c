"""Global Accelerator: accelerators, listeners and endpoint groups. `Ref` is the ARN of each."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::GlobalAccelerator::Accelerator")
class Accelerator(ApiProvider):
    """An accelerator with its addresses and its name."""

    type_name = "AWS::GlobalAccelerator::Accelerator"
    known = frozenset({"Enabled", "IpAddressType", "IpAddresses", "Name", "Tags"})
    gone = frozenset({"AcceleratorNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateAccelerator."""
        said = picked(props, "Enabled", "IpAddressType", "IpAddresses")
        name = props.get("Name") or generated_name(ctx, limit=64)
        made = call(
            ctx, "globalaccelerator", "create_accelerator",
            Name=name, Tags=self.tags(ctx, props), IdempotencyToken=str(uuid.uuid4()), **said,
        )  # fmt: skip
        return self._made(made["Accelerator"])

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateAccelerator and tags."""
        said = {
            "Enabled": True,
            "IpAddressType": "IPV4",
            **picked(new, "Enabled", "IpAddressType", "IpAddresses", "Name"),
        }
        changed = call(ctx, "globalaccelerator", "update_accelerator", AcceleratorArn=physical_id, **said)[
            "Accelerator"
        ]
        client = ctx.client("globalaccelerator")
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_resource(ResourceArn=physical_id, TagKeys=lost)
        if tags := self.tags(ctx, new):
            client.tag_resource(ResourceArn=physical_id, Tags=tags)
        return self._made(changed)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Disable it, DeleteAccelerator."""
        del props
        client = ctx.client("globalaccelerator")
        client.update_accelerator(AcceleratorArn=physical_id, Enabled=False)
        client.delete_accelerator(AcceleratorArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeAccelerator and its tags."""
        del props
        client = ctx.client("globalaccelerator")
        found = client.describe_accelerator(AcceleratorArn=physical_id)["Accelerator"]
        tags = client.list_tags_for_resource(ResourceArn=physical_id)["Tags"]
        return {**picked(found, "Enabled", "IpAddressType", "Name"), "Tags": tags}

    def _made(self, found: dict[str, Any]) -> Created:
        addresses = [address for each in found.get("IpSets", ()) for address in each["IpAddresses"]]
        attributes = {
            "AcceleratorArn": found["AcceleratorArn"],
            "DnsName": found["DnsName"],
            "DualStackDnsName": found.get("DualStackDnsName", ""),
            "Ipv4Addresses": addresses,
            "Ipv6Addresses": [],
        }
        return Created(found["AcceleratorArn"], attributes)


@provider("AWS::GlobalAccelerator::Listener")
class AcceleratorListener(ApiProvider):
    """The ports that an accelerator listens on."""

    type_name = "AWS::GlobalAccelerator::Listener"
    known = frozenset({"AcceleratorArn", "ClientAffinity", "PortRanges", "Protocol"})
    gone = frozenset({"ListenerNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateListener."""
        made = call(ctx, "globalaccelerator", "create_listener", IdempotencyToken=str(uuid.uuid4()), **props)[
            "Listener"
        ]
        return Created(made["ListenerArn"], {"ListenerArn": made["ListenerArn"]})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateListener."""
        del old
        said = {"ClientAffinity": "NONE", **picked(new, "ClientAffinity", "PortRanges", "Protocol")}
        call(ctx, "globalaccelerator", "update_listener", ListenerArn=physical_id, **said)
        return Created(physical_id, {"ListenerArn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteListener."""
        del props
        ctx.client("globalaccelerator").delete_listener(ListenerArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeListener; its ARN says of which accelerator it is."""
        del props
        found = ctx.client("globalaccelerator").describe_listener(ListenerArn=physical_id)["Listener"]
        accelerator = physical_id.partition("/listener/")[0]
        return {**picked(found, "ClientAffinity", "PortRanges", "Protocol"), "AcceleratorArn": accelerator}


_HEALTH = (
    "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol", "PortOverrides",
    "ThresholdCount", "TrafficDialPercentage",
)  # fmt: skip


@provider("AWS::GlobalAccelerator::EndpointGroup")
class EndpointGroup(ApiProvider):
    """Where a listener's traffic goes in one region."""

    type_name = "AWS::GlobalAccelerator::EndpointGroup"
    known = frozenset({*_HEALTH, "EndpointConfigurations", "EndpointGroupRegion", "ListenerArn"})
    gone = frozenset({"EndpointGroupNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateEndpointGroup."""
        made = call(ctx, "globalaccelerator", "create_endpoint_group", IdempotencyToken=str(uuid.uuid4()), **props)
        arn = made["EndpointGroup"]["EndpointGroupArn"]
        return Created(arn, {"EndpointGroupArn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateEndpointGroup."""
        del old
        said = {"EndpointConfigurations": [], **picked(new, *_HEALTH, "EndpointConfigurations")}
        call(ctx, "globalaccelerator", "update_endpoint_group", EndpointGroupArn=physical_id, **said)
        return Created(physical_id, {"EndpointGroupArn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteEndpointGroup."""
        del props
        ctx.client("globalaccelerator").delete_endpoint_group(EndpointGroupArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeEndpointGroup; its ARN says of which listener it is."""
        del props
        found = ctx.client("globalaccelerator").describe_endpoint_group(EndpointGroupArn=physical_id)["EndpointGroup"]
        return {
            **picked(found, *_HEALTH, "EndpointGroupRegion"),
            "EndpointConfigurations": found["EndpointDescriptions"],
            "ListenerArn": physical_id.partition("/endpoint-group/")[0],
        }
