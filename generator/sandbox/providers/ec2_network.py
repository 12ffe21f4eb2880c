"""VPCs, subnets and the ways in and out of them. `Ref` is the id of each but of the attachment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable, Setting
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created


def _dns(name: str, *, default: bool) -> Setting:
    """An attribute of a VPC; EC2 changes and shows one at a time. Hostnames need support."""
    return Setting(
        name, "modify_vpc_attribute", default=default, read="describe_vpc_attribute", path=f"{name}.Value",
        always={"Attribute": name[0].lower() + name[1:]},
    )  # fmt: skip


register_tables(
    ResourceTable(
        "AWS::EC2::InternetGateway",
        "ec2",
        "create_internet_gateway describe_internet_gateways delete_internet_gateway",
        "",
        key="InternetGatewayId",
        attributes={"InternetGatewayId": "{id}"},
        gone="InvalidInternetGatewayID.NotFound",
        tags=EC2_TAGS,
    )
)


@surprising(
    ResourceTable(
        "AWS::EC2::VPC",
        "ec2",
        "create_vpc describe_vpcs delete_vpc",
        "CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy",
        key="VpcId",
        attributes={
            "VpcId": "{id}",
            "CidrBlock": "CidrBlock",
            "CidrBlockAssociations": "CidrBlockAssociationSet[].AssociationId || `[]`",
            "Ipv6CidrBlocks": "`[]`",
        },
        gone="InvalidVpcID.NotFound",
        tags=EC2_TAGS,
        settings=(_dns("EnableDnsSupport", default=True), _dns("EnableDnsHostnames", default=False)),
    )
)
class Vpc(TableProvider):
    """A surprise: the group and the ACL that come with a VPC are found among all of them."""

    def created(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> Created:
        """The ids of what comes with a VPC."""
        mine = [{"Name": "vpc-id", "Values": [physical_id]}]
        client = ctx.client("ec2")
        groups = client.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
        acls = client.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
        made = super().created(ctx, physical_id, props)
        made.attributes["DefaultNetworkAcl"] = next((acl["NetworkAclId"] for acl in acls["NetworkAcls"]), "")
        made.attributes["DefaultSecurityGroup"] = next((group["GroupId"] for group in groups["SecurityGroups"]), "")
        return made


@surprising(
    ResourceTable(
        "AWS::EC2::Subnet",
        "ec2",
        "create_subnet describe_subnets delete_subnet",
        "AvailabilityZone CidrBlock MapPublicIpOnLaunch VpcId",
        key="SubnetId",
        attributes={
            "SubnetId": "{id}",
            "AvailabilityZone": "AvailabilityZone",
            "AvailabilityZoneId": "AvailabilityZoneId",
            "CidrBlock": "CidrBlock",
            "VpcId": "VpcId",
            "Ipv6CidrBlocks": "`[]`",
        },
        gone="InvalidSubnetID.NotFound",
        tags=EC2_TAGS,
        settings=(Setting("MapPublicIpOnLaunch", "modify_subnet_attribute", default=False),),
    )
)
class Subnet(TableProvider):
    """A surprise: its network ACL knows it, and not the other way round."""

    def created(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> Created:
        """What EC2 says of the subnet, and its network ACL."""
        made = super().created(ctx, physical_id, props)
        mine = [{"Name": "vpc-id", "Values": [made.attributes["VpcId"]]}]
        acls = ctx.client("ec2").describe_network_acls(Filters=mine)["NetworkAcls"]
        bound = [item for acl in acls for item in acl["Associations"] if item["SubnetId"] == physical_id]
        made.attributes["NetworkAclAssociationId"] = next((item["NetworkAclAssociationId"] for item in bound), "")
        return made


@surprising(
    ResourceTable(
        "AWS::EC2::VPCGatewayAttachment",
        "ec2",
        "attach_internet_gateway describe_internet_gateways detach_internet_gateway",
        "InternetGatewayId VpcId",
        id="IGW|{VpcId}",
        beside="InternetGatewayId VpcId",
        attributes={"AttachmentType": "'IGW'"},
        gone="InvalidInternetGatewayID.NotFound InvalidVpcID.NotFound Gateway.NotAttached",
    )
)
class GatewayAttachment(TableProvider):
    """`Ref` is `IGW|vpc-...`: the attachment's type and the VPC. The gateway is found by the VPC that it is attached to."""

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Another gateway for the same VPC."""
        if old.get("InternetGatewayId") != new.get("InternetGatewayId"):
            self.delete(ctx, physical_id, old)
            return self.make(ctx, new)
        return self.created(ctx, physical_id, new)

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeInternetGateways by VPC."""
        mine = [{"Name": "attachment.vpc-id", "Values": [props["VpcId"]]}]
        for gateway in ctx.client("ec2").describe_internet_gateways(Filters=mine)["InternetGateways"]:
            if any(attached["VpcId"] == props["VpcId"] for attached in gateway["Attachments"]):
                return {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": props["VpcId"]}
        raise self.absent(physical_id)
