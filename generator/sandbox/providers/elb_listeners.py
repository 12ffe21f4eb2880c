"""Elastic Load Balancing v2: listeners and their rules. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.elb import Elb
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context


@provider("AWS::ElasticLoadBalancingV2::Listener")
class Listener(Elb):
    """A listener with its default actions."""

    type_name = "AWS::ElasticLoadBalancingV2::Listener"
    known = frozenset(
        {"AlpnPolicy", "Certificates", "DefaultActions", "LoadBalancerArn", "Port", "Protocol", "SslPolicy", "Tags"}
    )
    gone = frozenset({"ListenerNotFound", "ListenerNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateListener."""
        made = call(ctx, "elbv2", "create_listener", **{**props, "Tags": self.tags(ctx, props)})
        arn = made["Listeners"][0]["ListenerArn"]
        return Created(arn, {"ListenerArn": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyListener and tags."""
        said = {key: value for key, value in new.items() if key not in {"LoadBalancerArn", "Tags"}}
        call(ctx, "elbv2", "modify_listener", ListenerArn=physical_id, **said)
        self.retag(ctx, physical_id, old, new)
        return Created(physical_id, {"ListenerArn": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteListener, and with it its rules."""
        del props
        ctx.client("elbv2").delete_listener(ListenerArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeListeners and its tags."""
        found = self.one(ctx, "describe_listeners", "Listeners", physical_id, ListenerArns=[physical_id])
        live = named_as(props, picked(found, *self.known))
        return {**live, "Tags": self.live_tags(ctx, physical_id)}


@provider("AWS::ElasticLoadBalancingV2::ListenerRule")
class ListenerRule(Elb):
    """A rule of a listener."""

    type_name = "AWS::ElasticLoadBalancingV2::ListenerRule"
    known = frozenset({"Actions", "Conditions", "ListenerArn", "Priority", "Tags"})
    gone = frozenset({"RuleNotFound", "RuleNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateRule."""
        made = call(ctx, "elbv2", "create_rule", **{**props, "Tags": self.tags(ctx, props)})
        arn = made["Rules"][0]["RuleArn"]
        return Created(arn, {"RuleArn": arn, "IsDefault": False})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyRule, SetRulePriorities and tags."""
        call(ctx, "elbv2", "modify_rule", RuleArn=physical_id, **picked(new, "Actions", "Conditions"))
        if str(new.get("Priority")) != str(old.get("Priority")):
            wanted = {"RuleArn": physical_id, "Priority": new["Priority"]}
            call(ctx, "elbv2", "set_rule_priorities", RulePriorities=[wanted])
        self.retag(ctx, physical_id, old, new)
        return Created(physical_id, {"RuleArn": physical_id, "IsDefault": False})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteRule."""
        del props
        ctx.client("elbv2").delete_rule(RuleArn=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRules and its tags. No API says of which listener a rule is: its ARN does."""
        found = self.one(ctx, "describe_rules", "Rules", physical_id, RuleArns=[physical_id])
        listener = physical_id.replace(":listener-rule/", ":listener/").rpartition("/")[0]
        live = named_as(props, picked(found, "Actions", "Conditions", "Priority"))
        return {**live, "ListenerArn": listener, "Tags": self.live_tags(ctx, physical_id)}
