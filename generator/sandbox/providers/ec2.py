"""EC2: VPCs, subnets, the ways in and out of them, network ACLs, and launch templates."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising
from generator.sandbox.providers.tags import Tag


class _NetworkPart(Resource):
    def listed(self, operation: str, **filters: str) -> list[Props]:
        """What a Describe operation shows by filters, `vpc_id` for `vpc-id`."""
        rows = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        answer: Props = getattr(self.ctx.client("ec2"), operation)(Filters=rows)
        return next(value for value in answer.values() if isinstance(value, list))

    def acl_association(self, subnet: str) -> str:
        """The association of a subnet with its network ACL."""
        acls = self.listed("describe_network_acls", **{"association.subnet-id": subnet})
        bound = (item for acl in acls for item in acl["Associations"] if item["SubnetId"] == subnet)
        return next((str(item["NetworkAclAssociationId"]) for item in bound), "")


@surprising("AWS::EC2::VPC")
class Vpc(_NetworkPart):
    """The group and the ACL that come with a VPC are found among all of them."""

    def created(self) -> Created:
        """The ids of what comes with a VPC."""
        made = super().created()
        [acl] = self.listed("describe_network_acls", vpc_id=self.id, default="true")
        [group] = self.listed("describe_security_groups", vpc_id=self.id, group_name="default")
        made.attributes["DefaultNetworkAcl"] = acl["NetworkAclId"]
        made.attributes["DefaultSecurityGroup"] = group["GroupId"]
        return made


@surprising("AWS::EC2::Subnet")
class Subnet(_NetworkPart):
    """Its network ACL knows it, and not the other way round."""

    def created(self) -> Created:
        """What EC2 says of the subnet, and its network ACL."""
        made = super().created()
        made.attributes["NetworkAclAssociationId"] = self.acl_association(self.id)
        return made


@surprising("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(_NetworkPart):
    """The gateway is found by the VPC that it is attached to."""

    def update(self) -> Created:
        """Another gateway for the same VPC."""
        if self.old.get("InternetGatewayId") == self.props.get("InternetGatewayId"):
            return self.created()
        self.ctx.client("ec2").detach_internet_gateway(**self.find())
        self.id = ""
        return self.create()

    def find(self) -> Props:
        """DescribeInternetGateways by VPC."""
        vpc = self.props["VpcId"]
        for gateway in self.listed("describe_internet_gateways", **{"attachment.vpc-id": vpc}):
            if any(attached["VpcId"] == vpc for attached in gateway["Attachments"]):
                return {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": vpc}
        raise self.absent()


@surprising("AWS::EC2::SubnetNetworkAclAssociation")
class NetworkAclAssociation(_NetworkPart):
    """EC2 has no call that associates: one replaces the association that a subnet has."""

    def arguments(self, operation: str, props: Props) -> Props:
        """The association that the subnet has, and the ACL."""
        now = self.acl_association(props["SubnetId"])
        if not now:
            raise self.absent()
        return {"AssociationId": now, **super().arguments(operation, props)}

    def delete(self) -> None:
        """Back to the VPC's default ACL."""
        [acl] = self.call(self.table.read)["NetworkAcls"]
        [default] = self.listed("describe_network_acls", vpc_id=acl["VpcId"], default="true")
        which = {"AssociationId": self.id, "NetworkAclId": default["NetworkAclId"]}
        self.ctx.client("ec2").replace_network_acl_association(**which)


@surprising("AWS::EC2::LaunchTemplate")
class LaunchTemplate(Resource):
    """Its tags are those of one specification; others are for what is launched."""

    def named(self) -> Props:
        """A generated name has no hyphens."""
        return {"LaunchTemplateName": generated_name(self.ctx, limit=128).replace("-", "_"), **self.props}

    def look(self, found: Props) -> Props:
        """DescribeLaunchTemplates and the latest of DescribeLaunchTemplateVersions."""
        [latest] = self.call("describe_launch_template_versions", Versions=["$Latest"])["LaunchTemplateVersions"]
        return super().look(found) | picked(latest, "LaunchTemplateData", "VersionDescription")

    def said_tags(self, props: Props) -> list[Tag]:
        """Those of the template itself."""
        specs = props.get("TagSpecifications") or ()
        return [tag for spec in specs if spec["ResourceType"] == "launch-template" for tag in spec["Tags"]]

    def live_tags(self, found: Mapping[str, Any]) -> Any:
        """As a specification."""
        tags = super().live_tags(found)
        return [{"ResourceType": "launch-template", "Tags": tags}] if self.said_tags(self.props) else None
