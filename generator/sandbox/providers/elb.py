"""Elastic Load Balancing v2: load balancers and target groups. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import as_text, call
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


class Elb(ApiProvider):
    """What all its types share: tags by ARN."""

    def retag(self, ctx: Context, arn: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """RemoveTags and AddTags."""
        client = ctx.client("elbv2")
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.remove_tags(ResourceArns=[arn], TagKeys=lost)
        if tags := self.tags(ctx, new):
            client.add_tags(ResourceArns=[arn], Tags=tags)

    def live_tags(self, ctx: Context, arn: str) -> list[dict[str, str]]:
        """DescribeTags."""
        found = ctx.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return list(found[0]["Tags"]) if found else []

    def one(self, ctx: Context, operation: str, members: str, arn: str, **params: Any) -> dict[str, Any]:
        """The one that a describe call answers."""
        for found in call(ctx, "elbv2", operation, **params)[members]:
            return dict(found)
        raise self.absent(arn)


def _of(attributes: list[dict[str, Any]] | None) -> list[dict[str, str]]:
    return [{"Key": item["Key"], "Value": as_text(item["Value"])} for item in attributes or ()]


def _said(live: list[dict[str, Any]], said: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Of all attributes those that the template sets."""
    keys = {item["Key"] for item in said or ()}
    return [item for item in live if item["Key"] in keys]


@provider("AWS::ElasticLoadBalancingV2::LoadBalancer")
class LoadBalancer(Elb):
    """A load balancer; AWS takes two to three minutes."""

    type_name = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    known = frozenset(
        {"IpAddressType", "LoadBalancerAttributes", "Name", "Scheme", "SecurityGroups", "Subnets", "Tags", "Type"}
    )
    gone = frozenset({"LoadBalancerNotFound", "LoadBalancerNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateLoadBalancer and its attributes."""
        said = picked(props, "IpAddressType", "Scheme", "SecurityGroups", "Subnets", "Type")
        name = props.get("Name") or generated_name(ctx, limit=32)
        made = call(ctx, "elbv2", "create_load_balancer", Name=name, Tags=self.tags(ctx, props), **said)
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        ctx.initiated(arn)
        self._attributes(ctx, arn, props)
        return Created(arn, self._values(ctx, arn))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Attributes, subnets, security groups, address type and tags."""
        values = self._values(ctx, physical_id)
        for operation, name in (
            ("set_subnets", "Subnets"), ("set_security_groups", "SecurityGroups"), ("set_ip_address_type", "IpAddressType"),
        ):  # fmt: skip
            if name in new and new[name] != old.get(name):
                call(ctx, "elbv2", operation, LoadBalancerArn=physical_id, **{name: new[name]})
        self._attributes(ctx, physical_id, new)
        self.retag(ctx, physical_id, old, new)
        return Created(physical_id, values)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteLoadBalancer; refused under deletion protection."""
        del props
        ctx.client("elbv2").delete_load_balancer(LoadBalancerArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeLoadBalancers, its attributes and its tags."""
        found = self._balancer(ctx, physical_id)
        live = ctx.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=physical_id)["Attributes"]
        return {
            **picked(found, "IpAddressType", "Scheme", "SecurityGroups", "Type"),
            "Name": found["LoadBalancerName"],
            "Subnets": [zone["SubnetId"] for zone in found["AvailabilityZones"]],
            "LoadBalancerAttributes": _said(live, props.get("LoadBalancerAttributes")),
            "Tags": self.live_tags(ctx, physical_id),
        }

    def _values(self, ctx: Context, arn: str) -> dict[str, Any]:
        found = self._balancer(ctx, arn)
        return {
            "LoadBalancerArn": arn,
            "LoadBalancerName": found["LoadBalancerName"],
            "LoadBalancerFullName": arn.partition(":loadbalancer/")[2],
            "DNSName": found["DNSName"],
            "CanonicalHostedZoneID": found["CanonicalHostedZoneId"],
            "SecurityGroups": list(found.get("SecurityGroups", ())),
        }

    def _balancer(self, ctx: Context, arn: str) -> dict[str, Any]:
        return self.one(ctx, "describe_load_balancers", "LoadBalancers", arn, LoadBalancerArns=[arn])

    def _attributes(self, ctx: Context, arn: str, props: dict[str, Any]) -> None:
        if attributes := _of(props.get("LoadBalancerAttributes")):
            ctx.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)


_HEALTH = (
    "HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "Matcher", "UnhealthyThresholdCount",
)  # fmt: skip
_FIXED = ("Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId")


@provider("AWS::ElasticLoadBalancingV2::TargetGroup")
class TargetGroup(Elb):
    """A target group; ECS registers its targets."""

    type_name = "AWS::ElasticLoadBalancingV2::TargetGroup"
    known = frozenset({*_HEALTH, *_FIXED, "Name", "Tags", "TargetGroupAttributes"})
    gone = frozenset({"TargetGroupNotFound", "TargetGroupNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateTargetGroup and its attributes."""
        said = picked(props, *_HEALTH, *_FIXED)
        name = props.get("Name") or generated_name(ctx, limit=32)
        made = call(ctx, "elbv2", "create_target_group", Name=name, Tags=self.tags(ctx, props), **said)
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        ctx.initiated(arn)
        self._attributes(ctx, arn, props)
        return Created(arn, self._values(ctx, arn))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyTargetGroup, attributes and tags."""
        values = self._values(ctx, physical_id)
        if picked(old, *_HEALTH) != picked(new, *_HEALTH):
            call(ctx, "elbv2", "modify_target_group", TargetGroupArn=physical_id, **picked(new, *_HEALTH))
        self._attributes(ctx, physical_id, new)
        self.retag(ctx, physical_id, old, new)
        return Created(physical_id, values)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteTargetGroup; refused while a listener or rule uses it."""
        del props
        ctx.client("elbv2").delete_target_group(TargetGroupArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeTargetGroups, its attributes and its tags."""
        found = self._group(ctx, physical_id)
        live = ctx.client("elbv2").describe_target_group_attributes(TargetGroupArn=physical_id)["Attributes"]
        return {
            **picked(found, *_HEALTH, *_FIXED),
            "Name": found["TargetGroupName"],
            "TargetGroupAttributes": _said(live, props.get("TargetGroupAttributes")),
            "Tags": self.live_tags(ctx, physical_id),
        }

    def _values(self, ctx: Context, arn: str) -> dict[str, Any]:
        found = self._group(ctx, arn)
        return {
            "TargetGroupArn": arn,
            "TargetGroupName": found["TargetGroupName"],
            "TargetGroupFullName": arn.rpartition(":")[2],
            "LoadBalancerArns": list(found.get("LoadBalancerArns", ())),
        }

    def _group(self, ctx: Context, arn: str) -> dict[str, Any]:
        return self.one(ctx, "describe_target_groups", "TargetGroups", arn, TargetGroupArns=[arn])

    def _attributes(self, ctx: Context, arn: str, props: dict[str, Any]) -> None:
        if attributes := _of(props.get("TargetGroupAttributes")):
            ctx.client("elbv2").modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)
