"""VPC endpoints, flow logs and launch templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::EC2::VPCEndpoint")
class VpcEndpoint(Ec2):
    """`Ref` is the endpoint's id."""

    type_name = "AWS::EC2::VPCEndpoint"
    known = frozenset(
        {"PolicyDocument", "PrivateDnsEnabled", "RouteTableIds", "SecurityGroupIds", "ServiceName", "SubnetIds", "Tags",
         "VpcEndpointType", "VpcId"}
    )  # fmt: skip
    gone = frozenset({"InvalidVpcEndpointId.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateVpcEndpoint; an interface endpoint takes AWS about two minutes."""
        said = picked(props, *(self.known - {"Tags"}))
        endpoint = call(ctx, "ec2", "create_vpc_endpoint", **said)["VpcEndpoint"]["VpcEndpointId"]
        ctx.initiated(endpoint)
        return self.made(ctx, endpoint, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyVpcEndpoint with what came and went."""
        found = super().change(ctx, physical_id, old, new)
        said: dict[str, Any] = {"ResetPolicy": True} if "PolicyDocument" in old and "PolicyDocument" not in new else {}
        said |= picked(new, "PolicyDocument", "PrivateDnsEnabled")
        for name in ("RouteTableIds", "SubnetIds", "SecurityGroupIds"):
            before, after = old.get(name) or [], new.get(name) or []
            api = "SecurityGroupIds" if name == "SecurityGroupIds" else name
            said[f"Add{api}"] = [item for item in after if item not in before] or None
            said[f"Remove{api}"] = [item for item in before if item not in after] or None
        call(ctx, "ec2", "modify_vpc_endpoint", VpcEndpointId=physical_id, **said)
        return found

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteVpcEndpoints."""
        del props
        ctx.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[physical_id])

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id, its interfaces and its names."""
        endpoint = self._endpoint(ctx, physical_id)
        names = [f"{item.get('HostedZoneId', '')}:{item.get('DnsName', '')}" for item in endpoint.get("DnsEntries", ())]
        created = endpoint.get("CreationTimestamp")
        return {
            "Id": physical_id,
            "CreationTimestamp": created.isoformat() if created else "",
            "DnsEntries": names,
            "NetworkInterfaceIds": list(endpoint.get("NetworkInterfaceIds", ())),
        }

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeVpcEndpoints."""
        del props
        endpoint = self._endpoint(ctx, physical_id)
        groups = [group["GroupId"] for group in endpoint.get("Groups", ())]
        return picked(endpoint, *self.known) | {"SecurityGroupIds": groups}

    def _endpoint(self, ctx: Context, endpoint: str) -> dict[str, Any]:
        for found in ctx.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]:
            if found["State"].lower() not in {"deleting", "deleted"}:
                return dict(found)
        raise self.absent(endpoint)


@provider("AWS::EC2::FlowLog")
class FlowLog(Ec2):
    """`Ref` is the flow log's id; everything but the tags replaces."""

    type_name = "AWS::EC2::FlowLog"
    known = frozenset(
        {"DeliverLogsPermissionArn", "LogDestination", "LogDestinationType", "LogFormat", "LogGroupName",
         "MaxAggregationInterval", "ResourceId", "ResourceType", "Tags", "TrafficType"}
    )  # fmt: skip
    gone = frozenset({"InvalidFlowLogId.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateFlowLogs for one resource."""
        said = picked(props, *(self.known - {"ResourceId", "Tags"}))
        answer = call(ctx, "ec2", "create_flow_logs", ResourceIds=[props["ResourceId"]], **said)
        return self.made(ctx, answer["FlowLogIds"][0], props)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteFlowLogs."""
        del props
        ctx.client("ec2").delete_flow_logs(FlowLogIds=[physical_id])

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id."""
        self._log(ctx, physical_id)
        return {"Id": physical_id}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeFlowLogs. EC2 does not say of what type the resource is: its id does."""
        del props
        log = self._log(ctx, physical_id)
        kinds = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface", "tgw": "TransitGateway"}
        return picked(log, *self.known) | {"ResourceType": kinds.get(log["ResourceId"].partition("-")[0])}

    def _log(self, ctx: Context, flow_log: str) -> dict[str, Any]:
        for found in ctx.client("ec2").describe_flow_logs(FlowLogIds=[flow_log])["FlowLogs"]:
            return dict(found)
        raise self.absent(flow_log)


@provider("AWS::EC2::LaunchTemplate")
class LaunchTemplate(Ec2):
    """`Ref` is the template's id; a change makes a version."""

    type_name = "AWS::EC2::LaunchTemplate"
    known = frozenset({"LaunchTemplateData", "LaunchTemplateName", "TagSpecifications", "VersionDescription"})
    # AWS's code is the first; ministack has others.
    gone = frozenset(
        {
            "InvalidLaunchTemplateId.NotFound",
            "InvalidLaunchTemplateId.NotFoundException",
            "InvalidLaunchTemplateId.VersionNotFound",
        }
    )

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateLaunchTemplate."""
        name = props.get("LaunchTemplateName") or generated_name(ctx, limit=128).replace("-", "_")
        said = picked(props, "LaunchTemplateData", "VersionDescription")
        made = call(ctx, "ec2", "create_launch_template", LaunchTemplateName=name, **said)["LaunchTemplate"]
        return self.made(ctx, made["LaunchTemplateId"], self._tagged(props))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """CreateLaunchTemplateVersion, and tags."""
        self.attributes(ctx, physical_id)
        self.retag(ctx, physical_id, self._tagged(old), self._tagged(new))
        said = picked(new, "LaunchTemplateData", "VersionDescription")
        if said != picked(old, "LaunchTemplateData", "VersionDescription"):
            call(ctx, "ec2", "create_launch_template_version", LaunchTemplateId=physical_id, **said)
        return Created(physical_id, self.attributes(ctx, physical_id))

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteLaunchTemplate."""
        del props
        ctx.client("ec2").delete_launch_template(LaunchTemplateId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id and the numbers of its versions, as text."""
        found = self._template(ctx, physical_id)
        return {
            "LaunchTemplateId": physical_id,
            "LatestVersionNumber": str(found["LatestVersionNumber"]),
            "DefaultVersionNumber": str(found["DefaultVersionNumber"]),
        }

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeLaunchTemplates and the latest of DescribeLaunchTemplateVersions."""
        found = self._template(ctx, physical_id)
        versions = ctx.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=physical_id, Versions=["$Latest"]
        )["LaunchTemplateVersions"]
        said = self._tagged(props)
        tags = self._said_tags(ctx, said, found.get("Tags", []))
        live = {"LaunchTemplateName": found["LaunchTemplateName"]}
        if said["Tags"]:
            live["TagSpecifications"] = [{"ResourceType": "launch-template", "Tags": tags}]
        for version in versions:
            live["LaunchTemplateData"] = named_as(props.get("LaunchTemplateData"), version["LaunchTemplateData"])
        return live

    def _template(self, ctx: Context, template: str) -> dict[str, Any]:
        for found in ctx.client("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]:
            return dict(found)
        raise self.absent(template)

    def _tagged(self, props: dict[str, Any]) -> dict[str, Any]:
        specs = props.get("TagSpecifications") or ()
        return {"Tags": [tag for spec in specs if spec["ResourceType"] == "launch-template" for tag in spec["Tags"]]}
