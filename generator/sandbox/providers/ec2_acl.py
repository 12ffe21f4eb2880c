"""Network ACLs, their entries and their subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag
from generator.sandbox.providers.api_provider import picked, unless
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound", "InvalidAssociationID.NotFound"})


class _Acl(Ec2):
    gone = _GONE

    def acl(self, ctx: Context, acl: str, physical_id: str) -> dict[str, Any]:
        """DescribeNetworkAcls."""
        for found in ctx.client("ec2").describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]:
            return dict(found)
        raise self.absent(physical_id)


@provider("AWS::EC2::NetworkAcl")
class NetworkAcl(_Acl):
    """`Ref` is the ACL's id."""

    type_name = "AWS::EC2::NetworkAcl"
    known = frozenset({"Tags", "VpcId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateNetworkAcl."""
        acl = ctx.client("ec2").create_network_acl(VpcId=props["VpcId"])["NetworkAcl"]["NetworkAclId"]
        ctx.initiated(acl)
        return self.made(ctx, acl, props)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteNetworkAcl."""
        del props
        ctx.client("ec2").delete_network_acl(NetworkAclId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its id."""
        self.acl(ctx, physical_id, physical_id)
        return {"Id": physical_id}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeNetworkAcls."""
        del props
        return picked(self.acl(ctx, physical_id, physical_id), *self.known)


@provider("AWS::EC2::NetworkAclEntry")
class NetworkAclEntry(_Acl):
    """`Ref` is a generated name; an entry is known by its ACL, its number and its direction."""

    type_name = "AWS::EC2::NetworkAclEntry"
    known = frozenset(
        {
            "CidrBlock",
            "Egress",
            "Icmp",
            "Ipv6CidrBlock",
            "NetworkAclId",
            "PortRange",
            "Protocol",
            "RuleAction",
            "RuleNumber",
        }
    )

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateNetworkAclEntry."""
        self._put(ctx, "create_network_acl_entry", props)
        name = generated_name(ctx)
        return Created(name, {"Id": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ReplaceNetworkAclEntry."""
        del old
        self.look(ctx, physical_id, new)
        self._put(ctx, "replace_network_acl_entry", new)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteNetworkAclEntry."""
        del physical_id
        call(
            ctx, "ec2", "delete_network_acl_entry",
            NetworkAclId=props["NetworkAclId"], RuleNumber=props["RuleNumber"], Egress=props.get("Egress", False),
        )  # fmt: skip

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeNetworkAcls, the entry with this number and direction."""
        for entry in self.acl(ctx, props["NetworkAclId"], physical_id)["Entries"]:
            if (entry["RuleNumber"], entry["Egress"]) == (int(props["RuleNumber"]), flag(props.get("Egress", False))):
                live = picked(entry, *self.known) | {"NetworkAclId": props["NetworkAclId"]}
                return live | ({"Icmp": entry["IcmpTypeCode"]} if "IcmpTypeCode" in entry else {})
        raise self.absent(physical_id)

    def _put(self, ctx: Context, operation: str, props: dict[str, Any]) -> None:
        said = {key: value for key, value in props.items() if key != "Icmp"}
        call(ctx, "ec2", operation, **{"Egress": False, **said}, IcmpTypeCode=props.get("Icmp"))


@provider("AWS::EC2::SubnetNetworkAclAssociation")
class NetworkAclAssociation(_Acl):
    """`Ref` is the association's id. EC2 has no call that associates: one replaces the subnet's association."""

    type_name = "AWS::EC2::SubnetNetworkAclAssociation"
    known = frozenset({"NetworkAclId", "SubnetId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """ReplaceNetworkAclAssociation of the one that the subnet has."""
        mine = [{"Name": "association.subnet-id", "Values": [props["SubnetId"]]}]
        acls = ctx.client("ec2").describe_network_acls(Filters=mine)["NetworkAcls"]
        bound = [item for acl in acls for item in acl["Associations"] if item["SubnetId"] == props["SubnetId"]]
        if not bound:
            raise self.absent(props["SubnetId"])
        found = self._replace(ctx, bound[0]["NetworkAclAssociationId"], props["NetworkAclId"])
        return Created(found, {"AssociationId": found})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Nothing changes in place; both properties replace."""
        del ctx, old, new
        return Created(physical_id, {"AssociationId": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Back to the VPC's default ACL, unless the subnet has gone to another meanwhile."""
        with unless(*self.gone):
            acl = self.acl(ctx, props["NetworkAclId"], physical_id)
            if not any(item["NetworkAclAssociationId"] == physical_id for item in acl["Associations"]):
                return
            default = [{"Name": "vpc-id", "Values": [acl["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
            for found in ctx.client("ec2").describe_network_acls(Filters=default)["NetworkAcls"]:
                self._replace(ctx, physical_id, found["NetworkAclId"])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeNetworkAcls, the association with this id."""
        for item in self.acl(ctx, props["NetworkAclId"], physical_id)["Associations"]:
            if item["NetworkAclAssociationId"] == physical_id:
                return picked(item, *self.known)
        raise self.absent(physical_id)

    def _replace(self, ctx: Context, association: str, acl: str) -> str:
        answer = ctx.client("ec2").replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
        return str(answer["NewAssociationId"])
