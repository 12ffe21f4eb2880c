"""Security groups and their rules. `Ref` is the id of each.

A surprise throughout: a template writes a rule as one flat structure, EC2 takes lists of ranges and of groups, and shows
rules one by one; two rules that differ in the description alone are one to it.
"""

from generator.sandbox.providers.api_calls import call, picked, unless_missing
from generator.sandbox.providers.provider import Context, Created, ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

# What EC2 puts into each new group of a VPC, and CloudFormation removes when the template says what goes out.
_EVERYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
_SIDES = (("SecurityGroupIngress", "ingress"), ("SecurityGroupEgress", "egress"))


def permission(rule: Props) -> Props:
    """A rule of a template as EC2's `IpPermission`.

    Raises:
        ResourceFailure: It names a prefix list, which ministack does not show again.
    """
    for name in ("SourcePrefixListId", "DestinationPrefixListId"):
        if name in rule:
            raise ResourceFailure(f"The sandbox does not support {name} of a rule; name addresses or a group")
    said = {"Description": rule["Description"]} if rule.get("Description") else {}
    found: Props = {"IpProtocol": str(rule["IpProtocol"]), **picked(rule, "FromPort", "ToPort")}
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **said}]
    if "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **said}]
    if group := rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId"):
        found["UserIdGroupPairs"] = [{"GroupId": group, **said}]
    return found


def as_rule(live: Props) -> Props:
    """What DescribeSecurityGroupRules answers, as a rule of a template."""
    side = "Destination" if live["IsEgress"] else "Source"
    # A rule for every protocol is for every port, which EC2 shows as -1.
    ports = () if live["IpProtocol"] == "-1" else ("FromPort", "ToPort")
    found = {name: live[name] for name in ("IpProtocol", *ports, "Description") if live.get(name) not in {None, ""}}
    group = live.get("ReferencedGroupInfo", {}).get("GroupId")
    others = {"CidrIp": live.get("CidrIpv4"), "CidrIpv6": live.get("CidrIpv6"), f"{side}SecurityGroupId": group}
    return found | {name: value for name, value in others.items() if value}


def key_of(rule: Props) -> tuple[str, ...]:
    """What makes two rules of a group the same one to EC2: everything but the description."""
    every = rule.get("IpProtocol") in {-1, "-1"}
    groups = ("SourceSecurityGroupId", "DestinationSecurityGroupId")
    names = ("IpProtocol", *(() if every else ("FromPort", "ToPort")), "CidrIp", "CidrIpv6", *groups)
    return tuple(str(rule.get(name, "")) for name in names)


def _live(ctx: Context, group: str, side: str) -> list[Props]:
    mine = [{"Name": "group-id", "Values": [group]}]
    found = ctx.client("ec2").describe_security_group_rules(Filters=mine)["SecurityGroupRules"]
    return [rule for rule in found if rule["IsEgress"] is (side == "egress")]


def _authorize(ctx: Context, group: str, side: str, rule: Props) -> Props:
    return call(ctx, "ec2", f"authorize_security_group_{side}", GroupId=group, IpPermissions=[permission(rule)])


def _revoke(ctx: Context, group: str, side: str, rule: Props) -> None:
    with unless_missing():
        call(ctx, "ec2", f"revoke_security_group_{side}", GroupId=group, IpPermissions=[permission(rule)])


@surprising("AWS::EC2::SecurityGroup")
class SecurityGroup(Resource):
    """A group with the rules of its own template; rules of resources of their own are not compared."""

    def settle(self, operation: str) -> None:
        """Its rules. Two that differ in the description alone are one: it goes before it comes."""
        del operation
        for name, side in _SIDES:
            default = [_EVERYTHING] if side == "egress" else []
            before, after = self.old.get(name) or default, self.props.get(name) or default
            for rule in before:
                if rule not in after:
                    _revoke(self.ctx, self.id, side, rule)
            for rule in after:
                if rule not in before:
                    _authorize(self.ctx, self.id, side, rule)

    def look(self, found: Props) -> Props:
        """DescribeSecurityGroups and DescribeSecurityGroupRules."""
        live = super().look(found)
        for name, side in _SIDES:
            if name in self.props:
                rules = {key_of(rule): rule for rule in map(as_rule, _live(self.ctx, self.id, side))}
                live[name] = [rules[key] for key in map(key_of, self.props[name]) if key in rules]
        return live


class _Rule(Resource):
    side: str

    def create(self) -> Created:
        """Authorize it."""
        group = self.props["GroupId"]
        made = _authorize(self.ctx, group, self.side, self.props).get("SecurityGroupRules", ())
        same = (rule for rule in _live(self.ctx, group, self.side) if key_of(as_rule(rule)) == key_of(self.props))
        for rule in made or same:
            self.id = rule["SecurityGroupRuleId"]
            return Created(self.id, {"Id": self.id})
        raise self.absent()

    def update(self) -> Created:
        """ModifySecurityGroupRules, for the description: all else replaces."""
        names = {
            "CidrIp": "CidrIpv4", "SourceSecurityGroupId": "ReferencedGroupId",
            "DestinationSecurityGroupId": "ReferencedGroupId",
        }  # fmt: skip
        said = {names.get(key, key): value for key, value in self.find().items() if key != "GroupId"}
        said["Description"] = self.props.get("Description", "")
        rules = [{"SecurityGroupRuleId": self.id, "SecurityGroupRule": said}]
        call(self.ctx, "ec2", self.table.update, GroupId=self.props["GroupId"], SecurityGroupRules=rules)
        return Created(self.id, {"Id": self.id})

    def delete(self) -> None:
        """Revoke it."""
        _revoke(self.ctx, self.props["GroupId"], self.side, self.props)

    def find(self) -> Props:
        """DescribeSecurityGroupRules, the one with this id."""
        for rule in _live(self.ctx, self.props["GroupId"], self.side):
            if rule["SecurityGroupRuleId"] == self.id:
                return as_rule(rule) | {"GroupId": self.props["GroupId"]}
        raise self.absent()

    def look(self, found: Props) -> Props:
        """It is in the template's shape already."""
        return found


@surprising("AWS::EC2::SecurityGroupIngress")
class SecurityGroupIngress(_Rule):
    """What may come in."""

    side = "ingress"


@surprising("AWS::EC2::SecurityGroupEgress")
class SecurityGroupEgress(_Rule):
    """What may go out."""

    side = "egress"
