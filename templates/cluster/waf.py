"""WAFv2 in front of the load balancer: AWS managed rules and a rate limit, with logs of what was stopped."""

from typing import Any

from troposphere import GetAtt, Ref, Sub, logs, wafv2
from troposphere import elasticloadbalancingv2 as elb

from templates.params.cluster import Waf
from templates.stack import Stack

# AWS WAF Developer Guide, "AWS Managed Rules rule groups list": 700, 200 and 200 of the 1,500 capacity units that a
# web ACL has before it costs more. Priorities leave room between them.
_MANAGED = (
    (10, "common", "AWSManagedRulesCommonRuleSet"),
    (20, "sql-injection", "AWSManagedRulesSQLiRuleSet"),
    (30, "known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
)


def add_waf(s: Stack, p: Waf, balancer: elb.LoadBalancer, log_days: int) -> None:
    """A web ACL on ``balancer``; ``p.count_only`` lets everything pass and counts what a rule would have stopped.

    Gives ``WebAclArn`` and ``WebAclName``.
    """
    acl = s.add(
        wafv2.WebACL(
            "WebAcl",
            Name=s.scope.prefix,
            Scope="REGIONAL",
            DefaultAction=wafv2.DefaultAction(Allow=wafv2.AllowAction()),
            VisibilityConfig=_visible(s.scope.prefix),
            Rules=[_rate_limit(p), *(_managed(p, *rule) for rule in _MANAGED)],
        ),
        "Stops floods from one address, SQL injection and other known attacks before they reach a task.",
    )
    s.add(
        wafv2.WebACLAssociation("WebAclAssociation", ResourceArn=Ref(balancer), WebACLArn=GetAtt(acl, "Arn")),
        "Puts the rules in front of the load balancer.",
    )
    group = s.keep(
        logs.LogGroup(
            "WebAclLog",
            # WAF delivers to log groups of this prefix only (AWS WAF Developer Guide: Logging to CloudWatch Logs).
            LogGroupName=f"aws-waf-logs-{s.scope.prefix}",
            RetentionInDays=log_days,
            KmsKeyId=s.need("KeyArn", about="KMS key of the environment"),
        ),
        "Keeps what the rules stopped or counted for a while.",
        # A named log group that outlives its stack would make the next create fail.
        policy="Delete",
    )
    s.add(_logging(acl, group), "Logs what a rule stopped or counted, without credentials.")
    s.give("WebAclArn", GetAtt(acl, "Arn"), "Web ACL of the load balancer")
    s.give("WebAclName", s.scope.prefix, "Dimension of its metrics")


def _visible(name: str) -> wafv2.VisibilityConfig:
    return wafv2.VisibilityConfig(CloudWatchMetricsEnabled=True, SampledRequestsEnabled=True, MetricName=name)


def _rate_limit(p: Waf) -> wafv2.WebACLRule:
    """First, because it is the cheapest to judge; the window is five minutes."""
    action: dict[str, Any] = {"Count": wafv2.CountAction()} if p.count_only else {"Block": wafv2.BlockAction()}
    return wafv2.WebACLRule(
        Name="rate-limit",
        Priority=0,
        Action=wafv2.RuleAction(**action),
        Statement=wafv2.Statement(
            RateBasedStatement=wafv2.RateBasedStatement(
                Limit=p.rate_limit, AggregateKeyType="IP", EvaluationWindowSec=300
            )
        ),
        VisibilityConfig=_visible("rate-limit"),
    )


def _managed(p: Waf, priority: int, name: str, group: str) -> wafv2.WebACLRule:
    """A rule group keeps its own actions (``None``) or is overridden to count; it may not have an Action."""
    override: dict[str, Any] = {"Count": {}} if p.count_only else {"None": {}}
    return wafv2.WebACLRule(
        Name=name,
        Priority=priority,
        OverrideAction=wafv2.OverrideAction(**override),
        Statement=wafv2.Statement(
            ManagedRuleGroupStatement=wafv2.ManagedRuleGroupStatement(VendorName="AWS", Name=group)
        ),
        VisibilityConfig=_visible(name),
    )


def _logging(acl: wafv2.WebACL, group: logs.LogGroup) -> wafv2.LoggingConfiguration:
    return wafv2.LoggingConfiguration(
        "WebAclLogging",
        ResourceArn=GetAtt(acl, "Arn"),
        # GetAtt of a log group's Arn ends in ":*", which WAF refuses.
        LogDestinationConfigs=[
            Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{group.title}}}")
        ],
        RedactedFields=[
            wafv2.LoggingConfigurationFieldToMatch(SingleHeader=wafv2.SingleHeader(Name=header))
            for header in ("authorization", "cookie")
        ],
        LoggingFilter=wafv2.LoggingFilter(
            DefaultBehavior="DROP",
            Filters=[
                wafv2.Filter(
                    Behavior="KEEP",
                    Requirement="MEETS_ANY",
                    Conditions=[
                        wafv2.Condition(ActionCondition=wafv2.ActionCondition(Action=action))
                        for action in ("BLOCK", "COUNT")
                    ],
                )
            ],
        ),
    )
