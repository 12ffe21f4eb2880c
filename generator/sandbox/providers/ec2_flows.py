"""VPC endpoints, flow logs and launch templates. `Ref` is the id of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import named_as
from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising
from generator.sandbox.providers.physical_names import generated_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context, Created
    from generator.sandbox.providers.tags import Tag

_FLOWS = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface", "tgw": "TransitGateway"}

register_tables(
    ResourceTable(
        "AWS::EC2::FlowLog",
        "ec2",
        "create_flow_logs describe_flow_logs delete_flow_logs",
        "DeliverLogsPermissionArn LogDestination LogDestinationType LogFormat LogGroupName MaxAggregationInterval ResourceId "
        "ResourceType TrafficType",
        id="FlowLogIds[0]",
        key="FlowLogId",
        attributes={"Id": "{id}"},
        gone="InvalidFlowLogId.NotFound",
        renames={"ResourceId": "ResourceIds"},
        tags=EC2_TAGS,
        # EC2 does not say of what type the resource is: its id does.
        seen=lambda found, _: {"ResourceType": _FLOWS.get(found["ResourceId"].partition("-")[0])},
    )
)


@surprising(
    # An interface endpoint takes AWS about two minutes.
    ResourceTable(
        "AWS::EC2::VPCEndpoint",
        "ec2",
        "create_vpc_endpoint describe_vpc_endpoints modify_vpc_endpoint delete_vpc_endpoints",
        "PolicyDocument PrivateDnsEnabled RouteTableIds SecurityGroupIds ServiceName SubnetIds VpcEndpointType VpcId",
        key="VpcEndpointId",
        attributes={
            "Id": "{id}",
            "CreationTimestamp": "CreationTimestamp",
            "DnsEntries": "DnsEntries[].join(':', [HostedZoneId || '', DnsName || '']) || `[]`",
            "NetworkInterfaceIds": "NetworkInterfaceIds || `[]`",
        },
        gone="InvalidVpcEndpointId.NotFound",
        dead="State=deleting|deleted",
        live={"SecurityGroupIds": "Groups[].GroupId"},
        tags=EC2_TAGS,
    )
)
class VpcEndpoint(TableProvider):
    """A surprise: ModifyVpcEndpoint takes what came and what went of three lists."""

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyVpcEndpoint with what came and went."""
        said: dict[str, Any] = {"ResetPolicy": True} if "PolicyDocument" in old and "PolicyDocument" not in new else {}
        for name in ("RouteTableIds", "SubnetIds", "SecurityGroupIds"):
            before, after = old.get(name) or [], new.get(name) or []
            said[f"Add{name}"] = [item for item in after if item not in before] or None
            said[f"Remove{name}"] = [item for item in before if item not in after] or None
        if any(said.values()):
            self.call(ctx, "modify_vpc_endpoint", physical_id, new, said)
        return super().change(ctx, physical_id, old, new)

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeVpcEndpoints, with the time as text."""
        found = super().find(ctx, physical_id, props)
        created = found.get("CreationTimestamp")
        return {**found, "CreationTimestamp": created.isoformat() if created else ""}


@surprising(
    ResourceTable(
        "AWS::EC2::LaunchTemplate",
        "ec2",
        "create_launch_template describe_launch_templates create_launch_template_version delete_launch_template",
        "LaunchTemplateData LaunchTemplateName VersionDescription",
        name="LaunchTemplateName",
        key="LaunchTemplateId",
        attributes={
            "LaunchTemplateId": "{id}",
            "LatestVersionNumber": "to_string(LatestVersionNumber)",
            "DefaultVersionNumber": "to_string(DefaultVersionNumber)",
        },
        # AWS's code is the first; ministack has others.
        gone="InvalidLaunchTemplateId.NotFound InvalidLaunchTemplateId.NotFoundException "
        "InvalidLaunchTemplateId.VersionNotFound",
        tags=EC2_TAGS._replace(property="TagSpecifications"),
    )
)
class LaunchTemplate(TableProvider):
    """A change makes a version. Its tags are those of one specification; others are for what is launched."""

    def named(self, ctx: Context, props: dict[str, Any]) -> dict[str, Any]:
        """A generated name has no hyphens."""
        return {"LaunchTemplateName": generated_name(ctx, limit=128).replace("-", "_"), **props}

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """A version is of a template by its id or by its name, not both."""
        said = super().arguments(ctx, operation, props)
        return {k: v for k, v in said.items() if k != "LaunchTemplateName" or operation == self.table.create}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeLaunchTemplates and the latest of DescribeLaunchTemplateVersions."""
        live = super().look(ctx, physical_id, props)
        versions = self.call(ctx, "describe_launch_template_versions", physical_id, {}, {"Versions": ["$Latest"]})
        for version in versions["LaunchTemplateVersions"]:
            live |= named_as(props, picked(version, "LaunchTemplateData", "VersionDescription"))
        return live

    def said_tags(self, props: dict[str, Any]) -> list[Tag]:
        """Those of the template itself."""
        specs = props.get("TagSpecifications") or ()
        return [tag for spec in specs if spec["ResourceType"] == "launch-template" for tag in spec["Tags"]]

    def live_tags(self, ctx: Context, physical_id: str, props: dict[str, Any], found: Mapping[str, Any]) -> Any:
        """As a specification."""
        tags = super().live_tags(ctx, physical_id, props, found)
        return [{"ResourceType": "launch-template", "Tags": tags}] if self.said_tags(props) else None
