"""Network ACLs, their entries and their subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import flag
from generator.sandbox.providers.api_provider import unless
from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = "InvalidNetworkAclID.NotFound InvalidNetworkAclEntry.NotFound InvalidAssociationID.NotFound"

register_tables(
    ResourceTable(
        "AWS::EC2::NetworkAcl",
        "ec2",
        "create_network_acl describe_network_acls delete_network_acl",
        "VpcId",
        key="NetworkAclId",
        attributes={"Id": "{id}"},
        gone=_GONE,
        tags=EC2_TAGS,
    )
)


@surprising(
    ResourceTable(
        "AWS::EC2::NetworkAclEntry",
        "ec2",
        "create_network_acl_entry describe_network_acls replace_network_acl_entry delete_network_acl_entry",
        "CidrBlock Egress Icmp Ipv6CidrBlock NetworkAclId PortRange Protocol RuleAction RuleNumber",
        found="NetworkAcls[].Entries[]",
        name="Id",
        beside="NetworkAclId RuleNumber Egress",
        attributes={"Id": "{id}"},
        gone=_GONE,
        renames={"Icmp": "IcmpTypeCode"},
        always={"Egress": False},
        untold="NetworkAclId",
    )
)
class NetworkAclEntry(TableProvider):
    """`Ref` is a generated name; EC2 knows an entry by its ACL, its number and its direction."""

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeNetworkAcls, the entry with this number and direction."""
        for acl in self.call(ctx, self.table.read, physical_id, props)["NetworkAcls"]:
            for entry in acl["Entries"]:
                if (entry["RuleNumber"], entry["Egress"]) == (int(props["RuleNumber"]), flag(props.get("Egress"))):
                    return dict(entry)
        raise self.absent(physical_id)


@surprising(
    ResourceTable(
        "AWS::EC2::SubnetNetworkAclAssociation",
        "ec2",
        "replace_network_acl_association describe_network_acls replace_network_acl_association",
        "NetworkAclId SubnetId",
        found="NetworkAcls[].Associations[]",
        id="NewAssociationId",
        key="AssociationId",
        beside="NetworkAclId",
        match="NetworkAclAssociationId",
        attributes={"AssociationId": "{id}"},
        gone=_GONE,
    )
)
class NetworkAclAssociation(TableProvider):
    """`Ref` is the association's id. EC2 has no call that associates: one replaces the association that a subnet has."""

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """The association that the subnet has, and the ACL."""
        mine = [{"Name": "association.subnet-id", "Values": [props["SubnetId"]]}]
        for acl in ctx.client("ec2").describe_network_acls(Filters=mine)["NetworkAcls"]:
            for item in acl["Associations"]:
                if item["SubnetId"] == props["SubnetId"]:
                    return {
                        "AssociationId": item["NetworkAclAssociationId"],
                        **super().arguments(ctx, operation, props),
                    }
        raise self.absent(props["SubnetId"])

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Back to the VPC's default ACL, unless the subnet has gone to another meanwhile."""
        with unless(*self.gone):
            if not self.there(ctx, physical_id, props):
                return
            [acl] = self.call(ctx, self.table.read, physical_id, props)["NetworkAcls"]
            default = [{"Name": "vpc-id", "Values": [acl["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
            for found in ctx.client("ec2").describe_network_acls(Filters=default)["NetworkAcls"]:
                which = {"AssociationId": physical_id, "NetworkAclId": found["NetworkAclId"]}
                ctx.client("ec2").replace_network_acl_association(**which)
