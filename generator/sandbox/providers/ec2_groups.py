"""Security groups and their rules. `Ref` is the id of each.

A surprise throughout: a template writes a rule as one flat structure, EC2 takes lists of ranges and of groups, and shows
rules one by one; two rules that differ in the description alone are one to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked, unless
from generator.sandbox.providers.ec2_tags import EC2_TAGS
from generator.sandbox.providers.old_table import ResourceTable
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_RULE = frozenset({"CidrIp", "CidrIpv6", "Description", "FromPort", "GroupId", "IpProtocol", "ToPort"})
_GONE = "InvalidGroup.NotFound InvalidGroupId.NotFound InvalidPermission.NotFound InvalidSecurityGroupRuleId.NotFound"
# What EC2 puts into each new group of a VPC, and CloudFormation takes away when the template says what goes out.
_EVERYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
_SIDES = (("SecurityGroupIngress", "ingress"), ("SecurityGroupEgress", "egress"))


def permission(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a template as EC2's `IpPermission`.

    Raises:
        ResourceFailure: It names a prefix list, which ministack does not show again.
    """
    for name in ("SourcePrefixListId", "DestinationPrefixListId"):
        if name in rule:
            raise ResourceFailure(f"The sandbox does not do {name} of a rule; name addresses or a group")
    said = {"Description": rule["Description"]} if rule.get("Description") else {}
    found: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"]), **picked(rule, "FromPort", "ToPort")}
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **said}]
    if "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **said}]
    if group := rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId"):
        found["UserIdGroupPairs"] = [{"GroupId": group, **said}]
    return found


def as_rule(live: dict[str, Any]) -> dict[str, Any]:
    """What DescribeSecurityGroupRules answers, as a rule of a template."""
    side = "Destination" if live["IsEgress"] else "Source"
    # A rule for every protocol is for every port, which EC2 shows as -1.
    ports = () if live["IpProtocol"] == "-1" else ("FromPort", "ToPort")
    found = {name: live[name] for name in ("IpProtocol", *ports, "Description") if live.get(name) not in {None, ""}}
    group = live.get("ReferencedGroupInfo", {}).get("GroupId")
    others = {"CidrIp": live.get("CidrIpv4"), "CidrIpv6": live.get("CidrIpv6"), f"{side}SecurityGroupId": group}
    return found | {name: value for name, value in others.items() if value}


def key_of(rule: dict[str, Any]) -> tuple[str, ...]:
    """What makes two rules of a group the same one to EC2: everything but the description."""
    every = rule.get("IpProtocol") in {-1, "-1"}
    groups = ("SourceSecurityGroupId", "DestinationSecurityGroupId")
    names = ("IpProtocol", *(() if every else ("FromPort", "ToPort")), "CidrIp", "CidrIpv6", *groups)
    return tuple(str(rule.get(name, "")) for name in names)


def _live(ctx: Context, group: str, side: str) -> list[dict[str, Any]]:
    mine = [{"Name": "group-id", "Values": [group]}]
    found = ctx.client("ec2").describe_security_group_rules(Filters=mine)["SecurityGroupRules"]
    return [rule for rule in found if rule["IsEgress"] is (side == "egress")]


def _authorize(ctx: Context, group: str, side: str, rule: dict[str, Any]) -> dict[str, Any]:
    return call(ctx, "ec2", f"authorize_security_group_{side}", GroupId=group, IpPermissions=[permission(rule)])


def _revoke(ctx: Context, group: str, side: str, rule: dict[str, Any]) -> None:
    with unless(*_GONE.split()):
        call(ctx, "ec2", f"revoke_security_group_{side}", GroupId=group, IpPermissions=[permission(rule)])


@surprising(
    ResourceTable(
        "AWS::EC2::SecurityGroup",
        "ec2",
        "create_security_group describe_security_groups delete_security_group",
        "GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress VpcId",
        name="GroupName",
        key="GroupId",
        attributes={"GroupId": "{id}", "Id": "{id}", "VpcId": "VpcId || ''"},
        gone=_GONE,
        renames={"GroupDescription": "Description"},
        tags=EC2_TAGS,
    )
)
class SecurityGroup(TableProvider):
    """A group with the rules of its own template; rules of resources of their own are not compared."""

    def settle(self, ctx: Context, operation: str, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Its rules. Two that differ in the description alone are one: it goes before it comes."""
        del operation
        for name, side in _SIDES:
            default = [_EVERYTHING] if side == "egress" else []
            before, after = old.get(name) or default, new.get(name) or default
            for rule in before:
                if rule not in after:
                    _revoke(ctx, physical_id, side, rule)
            for rule in after:
                if rule not in before:
                    _authorize(ctx, physical_id, side, rule)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSecurityGroups and DescribeSecurityGroupRules."""
        live = super().look(ctx, physical_id, props)
        for name, side in _SIDES:
            if name in props:
                found = {key_of(rule): rule for rule in map(as_rule, _live(ctx, physical_id, side))}
                live[name] = [found[key] for key in map(key_of, props[name]) if key in found]
        return live


class _Rule(ApiProvider):
    """A rule as a resource of its own; all but the description replaces."""

    gone = frozenset(_GONE.split())
    side: str

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """Authorize it."""
        group = props["GroupId"]
        made = _authorize(ctx, group, self.side, props).get("SecurityGroupRules", ())
        same = (rule for rule in _live(ctx, group, self.side) if key_of(as_rule(rule)) == key_of(props))
        for rule in made or same:
            return Created(rule["SecurityGroupRuleId"], {"Id": rule["SecurityGroupRuleId"]})
        raise self.absent(group)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifySecurityGroupRules, for the description."""
        del old
        names = {
            "CidrIp": "CidrIpv4", "SourceSecurityGroupId": "ReferencedGroupId",
            "DestinationSecurityGroupId": "ReferencedGroupId",
        }  # fmt: skip
        live = self.look(ctx, physical_id, new)
        said = {names.get(key, key): value for key, value in live.items() if key != "GroupId"}
        rule = {
            "SecurityGroupRuleId": physical_id,
            "SecurityGroupRule": said | {"Description": new.get("Description", "")},
        }
        call(ctx, "ec2", "modify_security_group_rules", GroupId=new["GroupId"], SecurityGroupRules=[rule])
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """Revoke it."""
        del physical_id
        _revoke(ctx, props["GroupId"], self.side, props)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSecurityGroupRules, the one with this id."""
        for rule in _live(ctx, props["GroupId"], self.side):
            if rule["SecurityGroupRuleId"] == physical_id:
                return as_rule(rule) | {"GroupId": props["GroupId"]}
        raise self.absent(physical_id)


@provider("AWS::EC2::SecurityGroupIngress")
class SecurityGroupIngress(_Rule):
    """What may come in."""

    type_name, side = "AWS::EC2::SecurityGroupIngress", "ingress"
    known = _RULE | {"SourceSecurityGroupId", "SourceSecurityGroupOwnerId"}


@provider("AWS::EC2::SecurityGroupEgress")
class SecurityGroupEgress(_Rule):
    """What may go out."""

    type_name, side = "AWS::EC2::SecurityGroupEgress", "egress"
    known = _RULE | {"DestinationSecurityGroupId"}
