"""Elastic Load Balancing v2: load balancers, target groups, listeners and their rules. `Ref` is the ARN of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created

_TAGS = Tags("add_tags", "remove_tags", "describe_tags")


def _attributes(name: str, of: str) -> Setting:
    return Setting(
        name, f"modify_{of}_attributes", argument="Attributes", read=f"describe_{of}_attributes", path="Attributes"
    )


register_tables(
    ResourceTable(
        "AWS::ElasticLoadBalancingV2::Listener",
        "elbv2",
        # DeleteListener takes its rules with it.
        "create_listener describe_listeners modify_listener delete_listener",
        "AlpnPolicy Certificates DefaultActions LoadBalancerArn Port Protocol SslPolicy",
        key="ListenerArn",
        attributes={"ListenerArn": "{id}"},
        gone="ListenerNotFound ListenerNotFoundException",
        tags=_TAGS,
    )
)


@surprising(
    ResourceTable(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "elbv2",
        "create_rule describe_rules modify_rule delete_rule",
        "Actions Conditions ListenerArn Priority",
        key="RuleArn",
        attributes={"RuleArn": "{id}", "IsDefault": "IsDefault"},
        gone="RuleNotFound RuleNotFoundException",
        tags=_TAGS,
        # No API says of which listener a rule is: its ARN does.
        seen=lambda found, _: {
            "ListenerArn": found["RuleArn"].replace(":listener-rule/", ":listener/").rpartition("/")[0]
        },
    )
)
class ListenerRule(TableProvider):
    """A surprise: priorities are set for several rules at once, each with its ARN.

    A second one, by aws/aws-cdk#36649: an update sets the actions again, and with them weights that ECS has moved. That
    it does so for another priority alone is assumed.
    """

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """SetRulePriorities and ModifyRule."""
        if str(new.get("Priority")) != str(old.get("Priority")):
            said = {"RulePriorities": [{"RuleArn": physical_id, "Priority": new["Priority"]}]}
            self.call(ctx, "set_rule_priorities", "", new, said)
            self.call(ctx, "modify_rule", physical_id, new, self.arguments(ctx, "modify_rule", new))
        return super().change(ctx, physical_id, old, new)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """A third one: no API shows the client secret of a login (resource schema: writeOnlyProperties)."""
        live = super().look(ctx, physical_id, props)
        for shown, said in zip(live.get("Actions", ()), props.get("Actions", ()), strict=False):
            secret = said.get("AuthenticateOidcConfig", {}).get("ClientSecret")
            if secret is not None and "AuthenticateOidcConfig" in shown:
                shown["AuthenticateOidcConfig"]["ClientSecret"] = secret
        return live


class _WithAttributes(TableProvider):
    """A surprise: the metric dimension is a part of the ARN, and the API shows all attributes."""

    def created(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> Created:
        """The name that CloudWatch knows it by."""
        made = super().created(ctx, physical_id, props)
        short = self.type_name.rpartition("::")[2]
        made.attributes[f"{short}FullName"] = physical_id.rpartition(":")[2].removeprefix("loadbalancer/")
        return made

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """Of all attributes those that the template sets."""
        live = super().look(ctx, physical_id, props)
        for setting in self.table.settings:
            if setting.read and setting.property in props:
                keys = {item["Key"] for item in props[setting.property]}
                live[setting.property] = [item for item in live[setting.property] if item["Key"] in keys]
        return live


# AWS takes two to three minutes for one. It is not deleted under deletion protection.
surprising(
    ResourceTable(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elbv2",
        "create_load_balancer describe_load_balancers delete_load_balancer",
        "IpAddressType LoadBalancerAttributes Name Scheme SecurityGroups Subnets Type",
        name="Name",
        limit=32,
        key="LoadBalancerArn",
        attributes={
            "LoadBalancerArn": "{id}",
            "LoadBalancerName": "LoadBalancerName",
            "DNSName": "DNSName",
            "CanonicalHostedZoneID": "CanonicalHostedZoneId",
            "SecurityGroups": "SecurityGroups || `[]`",
        },
        gone="LoadBalancerNotFound LoadBalancerNotFoundException",
        live={"Name": "LoadBalancerName", "Subnets": "AvailabilityZones[].SubnetId"},
        tags=_TAGS,
        settings=(
            Setting("Subnets", "set_subnets"),
            Setting("SecurityGroups", "set_security_groups"),
            Setting("IpAddressType", "set_ip_address_type"),
            _attributes("LoadBalancerAttributes", "load_balancer"),
        ),
    )
)(_WithAttributes)
# Not deleted while a listener or a rule uses it. ECS registers its targets.
surprising(
    ResourceTable(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "elbv2",
        "create_target_group describe_target_groups modify_target_group delete_target_group",
        "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol "
        "HealthCheckTimeoutSeconds HealthyThresholdCount Matcher Name Port Protocol ProtocolVersion TargetGroupAttributes "
        "TargetType UnhealthyThresholdCount VpcId",
        name="Name",
        limit=32,
        key="TargetGroupArn",
        attributes={
            "TargetGroupArn": "{id}",
            "TargetGroupName": "TargetGroupName",
            "LoadBalancerArns": "LoadBalancerArns || `[]`",
        },
        gone="TargetGroupNotFound TargetGroupNotFoundException",
        live={"Name": "TargetGroupName"},
        tags=_TAGS,
        settings=(_attributes("TargetGroupAttributes", "target_group"),),
    )
)(_WithAttributes)
