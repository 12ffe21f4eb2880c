"""Global Accelerator: accelerators, listeners and endpoint groups. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.table import ResourceTable, Tags
from generator.sandbox.providers.table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

register_tables(
    # The ports that an accelerator listens on. Its ARN says of which accelerator it is.
    ResourceTable(
        "AWS::GlobalAccelerator::Listener",
        "globalaccelerator",
        "create_listener describe_listener update_listener delete_listener",
        "AcceleratorArn ClientAffinity PortRanges Protocol",
        key="ListenerArn",
        attributes={"ListenerArn": "{id}"},
        gone="ListenerNotFoundException",
        defaults={"ClientAffinity": "NONE"},
        seen=lambda found, _: {"AcceleratorArn": found["ListenerArn"].partition("/listener/")[0]},
    ),
    # Where a listener's traffic goes in one region. Its ARN says of which listener it is.
    ResourceTable(
        "AWS::GlobalAccelerator::EndpointGroup",
        "globalaccelerator",
        "create_endpoint_group describe_endpoint_group update_endpoint_group delete_endpoint_group",
        "EndpointConfigurations EndpointGroupRegion HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort "
        "HealthCheckProtocol ListenerArn PortOverrides ThresholdCount TrafficDialPercentage",
        key="EndpointGroupArn",
        attributes={"EndpointGroupArn": "{id}"},
        gone="EndpointGroupNotFoundException",
        defaults={"EndpointConfigurations": []},
        live={"EndpointConfigurations": "EndpointDescriptions"},
        seen=lambda found, _: {"ListenerArn": found["EndpointGroupArn"].partition("/endpoint-group/")[0]},
    ),
)


@surprising(
    ResourceTable(
        "AWS::GlobalAccelerator::Accelerator",
        "globalaccelerator",
        "create_accelerator describe_accelerator update_accelerator delete_accelerator",
        "Enabled IpAddressType IpAddresses Name",
        name="Name",
        limit=64,
        key="AcceleratorArn",
        attributes={
            "AcceleratorArn": "{id}",
            "DnsName": "DnsName",
            "DualStackDnsName": "DualStackDnsName || ''",
            "Ipv4Addresses": "IpSets[].IpAddresses[] || `[]`",
            "Ipv6Addresses": "`[]`",
        },
        gone="AcceleratorNotFoundException",
        defaults={"Enabled": True, "IpAddressType": "IPV4"},
        live={"IpAddresses": "IpSets[].IpAddresses[]"},
        tags=Tags(),
    )
)
class Accelerator(TableProvider):
    """A surprise: only a disabled one is deleted."""

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Disable it, DeleteAccelerator."""
        self.call(ctx, "update_accelerator", physical_id, props, {"Enabled": False})
        super().remove(ctx, physical_id, props)
