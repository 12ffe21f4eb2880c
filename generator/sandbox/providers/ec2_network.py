"""VPCs, subnets and the ways in and out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag
from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::EC2::VPC")
class Vpc(Ec2):
    """`Ref` is the VPC id."""

    type_name = "AWS::EC2::VPC"
    known = frozenset({"CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "InstanceTenancy", "Tags"})
    gone = frozenset({"InvalidVpcID.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateVpc and its DNS attributes."""
        vpc = call(ctx, "ec2", "create_vpc", **picked(props, "CidrBlock", "InstanceTenancy"))["Vpc"]["VpcId"]
        ctx.initiated(vpc)
        self._dns(ctx, vpc, props)
        return self.made(ctx, vpc, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """DNS attributes and tags."""
        found = super().change(ctx, physical_id, old, new)
        self._dns(ctx, physical_id, {"EnableDnsSupport": True, "EnableDnsHostnames": False} | new)
        return found

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteVpc."""
        del props
        ctx.client("ec2").delete_vpc(VpcId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """The ids of what comes with a VPC."""
        vpc = self._vpc(ctx, physical_id)
        mine = [{"Name": "vpc-id", "Values": [physical_id]}]
        client = ctx.client("ec2")
        groups = client.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
        acls = client.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
        return {
            "VpcId": physical_id,
            "CidrBlock": vpc["CidrBlock"],
            "CidrBlockAssociations": [item["AssociationId"] for item in vpc.get("CidrBlockAssociationSet", ())],
            "DefaultNetworkAcl": next((acl["NetworkAclId"] for acl in acls["NetworkAcls"]), ""),
            "DefaultSecurityGroup": next((group["GroupId"] for group in groups["SecurityGroups"]), ""),
            "Ipv6CidrBlocks": [],
        }

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeVpcs and DescribeVpcAttribute."""
        del props
        vpc, client = self._vpc(ctx, physical_id), ctx.client("ec2")
        live = picked(vpc, "CidrBlock", "InstanceTenancy", "Tags")
        for name in ("enableDnsSupport", "enableDnsHostnames"):
            member = name[0].upper() + name[1:]
            live[member] = client.describe_vpc_attribute(VpcId=physical_id, Attribute=name)[member]["Value"]
        return live

    def _vpc(self, ctx: Context, vpc: str) -> dict[str, Any]:
        found = ctx.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        if not found:
            raise self.absent(vpc)
        return dict(found[0])

    def _dns(self, ctx: Context, vpc: str, props: dict[str, Any]) -> None:
        # Hostnames need support, and EC2 takes one attribute at a time.
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            if name in props:
                ctx.client("ec2").modify_vpc_attribute(VpcId=vpc, **{name: {"Value": flag(props[name])}})


@provider("AWS::EC2::Subnet")
class Subnet(Ec2):
    """`Ref` is the subnet id."""

    type_name = "AWS::EC2::Subnet"
    known = frozenset({"AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"})
    gone = frozenset({"InvalidSubnetID.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateSubnet and its public addresses."""
        said = picked(props, "AvailabilityZone", "CidrBlock", "VpcId")
        subnet = call(ctx, "ec2", "create_subnet", **said)["Subnet"]["SubnetId"]
        ctx.initiated(subnet)
        if "MapPublicIpOnLaunch" in props:
            self._public(ctx, subnet, props["MapPublicIpOnLaunch"])
        return self.made(ctx, subnet, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Public addresses and tags."""
        found = super().change(ctx, physical_id, old, new)
        self._public(ctx, physical_id, new.get("MapPublicIpOnLaunch", False))
        return found

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteSubnet."""
        del props
        ctx.client("ec2").delete_subnet(SubnetId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """What EC2 says of the subnet, and its network ACL."""
        subnet = self._subnet(ctx, physical_id)
        acls = ctx.client("ec2").describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])
        bound = [item for acl in acls["NetworkAcls"] for item in acl["Associations"] if item["SubnetId"] == physical_id]
        return {
            "SubnetId": physical_id,
            **picked(subnet, "AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId"),
            "Ipv6CidrBlocks": [],
            "NetworkAclAssociationId": next((item["NetworkAclAssociationId"] for item in bound), ""),
        }

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSubnets."""
        del props
        return picked(self._subnet(ctx, physical_id), *self.known)

    def _subnet(self, ctx: Context, subnet: str) -> dict[str, Any]:
        found = ctx.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
        if not found:
            raise self.absent(subnet)
        return dict(found[0])

    def _public(self, ctx: Context, subnet: str, value: Any) -> None:
        ctx.client("ec2").modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": flag(value)})


@provider("AWS::EC2::InternetGateway")
class InternetGateway(Ec2):
    """`Ref` is the gateway id."""

    type_name = "AWS::EC2::InternetGateway"
    known = frozenset({"Tags"})
    gone = frozenset({"InvalidInternetGatewayID.NotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateInternetGateway."""
        gateway = ctx.client("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ctx.initiated(gateway)
        return self.made(ctx, gateway, props)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteInternetGateway."""
        del props
        ctx.client("ec2").delete_internet_gateway(InternetGatewayId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id."""
        self.look(ctx, physical_id, {})
        return {"InternetGatewayId": physical_id}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeInternetGateways."""
        del props
        found = ctx.client("ec2").describe_internet_gateways(InternetGatewayIds=[physical_id])["InternetGateways"]
        if not found:
            raise self.absent(physical_id)
        return picked(found[0], "Tags")


@provider("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(Ec2):
    """`Ref` is `IGW|vpc-...`: the attachment's type and the VPC."""

    type_name = "AWS::EC2::VPCGatewayAttachment"
    known = frozenset({"InternetGatewayId", "VpcId"})
    gone = frozenset({"InvalidInternetGatewayID.NotFound", "InvalidVpcID.NotFound", "Gateway.NotAttached"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """AttachInternetGateway."""
        ctx.client("ec2").attach_internet_gateway(**picked(props, *self.known))
        return Created(f"IGW|{props['VpcId']}", {"AttachmentType": "IGW"})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Another gateway for the same VPC."""
        if old.get("InternetGatewayId") != new.get("InternetGatewayId"):
            self.delete(ctx, physical_id, old)
            return self.make(ctx, new)
        return Created(physical_id, {"AttachmentType": "IGW"})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DetachInternetGateway."""
        del physical_id
        ctx.client("ec2").detach_internet_gateway(**picked(props, *self.known))

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeInternetGateways by VPC."""
        mine = [{"Name": "attachment.vpc-id", "Values": [props["VpcId"]]}]
        for gateway in ctx.client("ec2").describe_internet_gateways(Filters=mine)["InternetGateways"]:
            for attached in gateway["Attachments"]:
                if attached["VpcId"] == props["VpcId"]:
                    return {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": attached["VpcId"]}
        raise self.absent(physical_id)
