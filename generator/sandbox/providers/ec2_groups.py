"""Security groups and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import picked, unless
from generator.sandbox.providers.ec2_tags import Ec2
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_RULE = ("CidrIp", "CidrIpv6", "Description", "FromPort", "IpProtocol", "ToPort")
_IN = ("SourceSecurityGroupId", "SourceSecurityGroupOwnerId")
_OUT = ("DestinationSecurityGroupId",)
_GONE = frozenset(
    {
        "InvalidGroup.NotFound",
        "InvalidGroupId.NotFound",
        "InvalidPermission.NotFound",
        "InvalidSecurityGroupRuleId.NotFound",
    }
)
# What EC2 puts into each new group of a VPC, and CloudFormation takes away when the template says what goes out.
_EVERYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def permission(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a template as EC2's `IpPermission`.

    Raises:
        ResourceFailure: It names a prefix list, which ministack does not show again.
    """
    for name in ("SourcePrefixListId", "DestinationPrefixListId"):
        if name in rule:
            raise ResourceFailure(f"The sandbox does not do {name} of a rule; name addresses or a group")
    said = {"Description": rule["Description"]} if rule.get("Description") else {}
    found: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if name in rule:
            found[name] = int(rule[name])
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **said}]
    if "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **said}]
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if group:
        found["UserIdGroupPairs"] = [{"GroupId": group, **said}]
    return found


def as_rule(live: dict[str, Any]) -> dict[str, Any]:
    """What DescribeSecurityGroupRules answers, as a rule of a template."""
    side = "Destination" if live["IsEgress"] else "Source"
    # A rule for every protocol is for every port, which EC2 shows as -1.
    ports = () if live["IpProtocol"] == "-1" else ("FromPort", "ToPort")
    found = {name: live[name] for name in ("IpProtocol", *ports, "Description") if live.get(name) not in {None, ""}}
    for theirs, ours in (("CidrIpv4", "CidrIp"), ("CidrIpv6", "CidrIpv6")):
        if live.get(theirs):
            found[ours] = live[theirs]
    if group := live.get("ReferencedGroupInfo", {}).get("GroupId"):
        found[f"{side}SecurityGroupId"] = group
    return found


def key_of(rule: dict[str, Any]) -> tuple[str, ...]:
    """What makes two rules of a group the same one to EC2: everything but the description."""
    every = rule.get("IpProtocol") in {-1, "-1"}
    names = ("IpProtocol", *(() if every else ("FromPort", "ToPort")), "CidrIp", "CidrIpv6", *_IN, *_OUT)
    return tuple(str(rule.get(name, "")) for name in names if name != "SourceSecurityGroupOwnerId")


class _Group(Ec2):
    gone = _GONE

    def rules(self, ctx: Context, group: str, *, egress: bool) -> list[dict[str, Any]]:
        """DescribeSecurityGroupRules of a group, one direction."""
        mine = [{"Name": "group-id", "Values": [group]}]
        found = ctx.client("ec2").describe_security_group_rules(Filters=mine)["SecurityGroupRules"]
        return [rule for rule in found if rule["IsEgress"] is egress]

    def open(self, ctx: Context, group: str, rule: dict[str, Any], *, egress: bool) -> str:
        """AuthorizeSecurityGroupIngress or Egress; the rule's id."""
        operation = "authorize_security_group_egress" if egress else "authorize_security_group_ingress"
        answer = call(ctx, "ec2", operation, GroupId=group, IpPermissions=[permission(rule)])
        for made in answer.get("SecurityGroupRules", ()):
            return str(made["SecurityGroupRuleId"])
        for live in self.rules(ctx, group, egress=egress):
            if key_of(as_rule(live)) == key_of(rule):
                return str(live["SecurityGroupRuleId"])
        raise self.absent(group)

    def close(self, ctx: Context, group: str, rule: dict[str, Any], *, egress: bool) -> None:
        """RevokeSecurityGroupIngress or Egress."""
        operation = "revoke_security_group_egress" if egress else "revoke_security_group_ingress"
        with unless(*_GONE):
            call(ctx, "ec2", operation, GroupId=group, IpPermissions=[permission(rule)])


@provider("AWS::EC2::SecurityGroup")
class SecurityGroup(_Group):
    """`Ref` is the group's id."""

    type_name = "AWS::EC2::SecurityGroup"
    known = frozenset({"GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "Tags", "VpcId"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateSecurityGroup and its rules."""
        group = call(
            ctx, "ec2", "create_security_group",
            GroupName=props.get("GroupName") or generated_name(ctx), Description=props["GroupDescription"],
            VpcId=props.get("VpcId"),
        )["GroupId"]  # fmt: skip
        ctx.initiated(group)
        self._rules(ctx, group, {}, props)
        return self.made(ctx, group, props)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Rules and tags."""
        found = super().change(ctx, physical_id, old, new)
        self._rules(ctx, physical_id, old, new)
        return found

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteSecurityGroup."""
        del props
        ctx.client("ec2").delete_security_group(GroupId=physical_id)

    def attributes(self, ctx: Context, physical_id: str) -> dict[str, Any]:
        """Its ids."""
        group = self._group(ctx, physical_id)
        return {"GroupId": physical_id, "Id": physical_id, "VpcId": group.get("VpcId", "")}

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSecurityGroups and DescribeSecurityGroupRules; rules of resources of their own are not compared."""
        group = self._group(ctx, physical_id)
        live = picked(group, "GroupName", "Tags", "VpcId") | {"GroupDescription": group["Description"]}
        for name, egress in (("SecurityGroupIngress", False), ("SecurityGroupEgress", True)):
            if name in props:
                wanted = {key_of(rule): rule for rule in props[name]}
                found = {key_of(rule): rule for rule in map(as_rule, self.rules(ctx, physical_id, egress=egress))}
                live[name] = [found[key] for key in wanted if key in found]
        return live

    def _group(self, ctx: Context, group: str) -> dict[str, Any]:
        for found in ctx.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]:
            return dict(found)
        raise self.absent(group)

    def _rules(self, ctx: Context, group: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name, egress in (("SecurityGroupIngress", False), ("SecurityGroupEgress", True)):
            default = [_EVERYTHING] if egress else []
            before, after = old.get(name) or default, new.get(name) or default
            # Two rules that differ in the description alone are one rule: it goes before it comes.
            for rule in before:
                if rule not in after:
                    self.close(ctx, group, rule, egress=egress)
            for rule in after:
                if rule not in before:
                    self.open(ctx, group, rule, egress=egress)


class _Rule(_Group):
    """A rule as a resource of its own. `Ref` is the rule's id; all but the description replaces."""

    egress = False

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Authorize it."""
        rule = self.open(ctx, props["GroupId"], props, egress=self.egress)
        return Created(rule, {"Id": rule})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifySecurityGroupRules, for the description."""
        del old
        live = self.look(ctx, physical_id, new)
        rule = {key: value for key, value in live.items() if key not in {"GroupId", "Description"}}
        names = {
            "CidrIp": "CidrIpv4", "SourceSecurityGroupId": "ReferencedGroupId",
            "DestinationSecurityGroupId": "ReferencedGroupId",
        }  # fmt: skip
        said = {names.get(key, key): value for key, value in rule.items()} | {"Description": new.get("Description", "")}
        call(
            ctx, "ec2", "modify_security_group_rules", GroupId=new["GroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": physical_id, "SecurityGroupRule": said}],
        )  # fmt: skip
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Revoke it."""
        del physical_id
        self.close(ctx, props["GroupId"], props, egress=self.egress)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSecurityGroupRules, the one with this id."""
        for rule in self.rules(ctx, props["GroupId"], egress=self.egress):
            if rule["SecurityGroupRuleId"] == physical_id:
                return as_rule(rule) | {"GroupId": props["GroupId"]}
        raise self.absent(physical_id)


@provider("AWS::EC2::SecurityGroupIngress")
class SecurityGroupIngress(_Rule):
    """What may come in."""

    type_name = "AWS::EC2::SecurityGroupIngress"
    known = frozenset({"GroupId", *_RULE, *_IN})


@provider("AWS::EC2::SecurityGroupEgress")
class SecurityGroupEgress(_Rule):
    """What may go out."""

    type_name = "AWS::EC2::SecurityGroupEgress"
    known = frozenset({"GroupId", *_RULE, *_OUT})
    egress = True
