"""AWS WAF: rules that CloudFormation accepts and WAF refuses, or that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.lint.rules.partial_values import nearest, shown, small
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_GUIDE = "https://docs.aws.amazon.com/waf/latest/developerguide/"

# AWS WAF Developer Guide, "AWS Managed Rules rule groups list" (2026-10).
_MANAGED = frozenset(
    f"AWSManagedRules{name}"
    for name in (
        "ACFPRuleSet",
        "AdminProtectionRuleSet",
        "AmazonIpReputationList",
        "AnonymousIpList",
        "AntiDDoSRuleSet",
        "ATPRuleSet",
        "BotControlRuleSet",
        "CommonRuleSet",
        "KnownBadInputsRuleSet",
        "LinuxRuleSet",
        "PHPRuleSet",
        "SQLiRuleSet",
        "UnixRuleSet",
        "WindowsRuleSet",
        "WordPressRuleSet",
    )
)
# Those that WAF refuses without a configuration of their own.
_CONFIGURED = {f"AWSManagedRules{name}" for name in ("ACFPRuleSet", "AntiDDoSRuleSet", "ATPRuleSet")}
_GROUPS = ("ManagedRuleGroupStatement", "RuleGroupReferenceStatement")


def _rules(view: TemplateView) -> Iterator[tuple[Resource, int, dict[str, Any]]]:
    for each in view.of("AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"):
        for index, entry in enumerate(items(each.get("Rules"))):
            if isinstance(entry, dict):
                yield each, index, entry


def _repeated(view: TemplateView, key: str) -> Iterator[tuple[Resource, int, Any]]:
    seen: set[tuple[str, Any]] = set()
    for each, index, entry in _rules(view):
        value = small(entry.get(key)) if key == "Priority" else entry.get(key)
        if isinstance(value, str | float | int):
            if (each.id, value) in seen:
                yield each, index, entry[key]
            seen.add((each.id, value))


@rule(
    "E9631",
    severity="error",
    title="Two rules of a web ACL with one priority",
    why="WAF evaluates rules by priority and refuses a web ACL or rule group in which two are equal.",
    source="AWS WAF API Reference: Rule, Priority, https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html",
    fix="Give each rule a priority of its own.",
)
def priority(view: TemplateView) -> Iterator[Problem]:
    """Equal known priorities in one web ACL or rule group."""
    for each, index, value in _repeated(view, "Priority"):
        yield each.problem("Rules", index, "Priority", message=f"Priority {value} is used by an earlier rule")


@rule(
    "E9632",
    severity="error",
    title="Two rules of a web ACL with one name",
    why="WAF identifies rules by name and refuses a name that is used twice.",
    source="AWS WAF API Reference: Rule, Name, https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html",
    fix="Give each rule a name of its own.",
)
def name(view: TemplateView) -> Iterator[Problem]:
    """Equal known names in one web ACL or rule group."""
    for each, index, value in _repeated(view, "Name"):
        yield each.problem("Rules", index, "Name", message=f'The name "{value}" is used by an earlier rule')


@rule(
    "E9633",
    severity="error",
    title="Action where WAF wants OverrideAction, or the other way round",
    why="A rule that refers to a rule group takes OverrideAction, every other rule takes Action, and exactly one of them.",
    source="AWS WAF API Reference: Rule, OverrideAction, https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html",
    fix='Write OverrideAction: {"None": {}} for rule groups and Action for the rest.',
)
def action(view: TemplateView) -> Iterator[Problem]:
    """The wrong one of both properties, both, or neither."""
    for each, index, entry in _rules(view):
        statement = entry.get("Statement")
        if not isinstance(statement, dict):
            continue
        group = any(key in statement for key in _GROUPS)
        right, wrong = ("OverrideAction", "Action") if group else ("Action", "OverrideAction")
        kind = "refers to a rule group" if group else "holds a statement of its own"
        if wrong in entry:
            yield each.problem("Rules", index, wrong, message=f"This rule {kind}, so it cannot have {wrong}")
        elif right not in entry:
            yield each.problem("Rules", index, message=f"This rule {kind}, so it needs {right}")


def _managed(view: TemplateView) -> Iterator[tuple[Resource, int, dict[str, Any]]]:
    for each, index, entry in _rules(view):
        statement = fields(fields(entry.get("Statement")).get("ManagedRuleGroupStatement"))
        if statement.get("VendorName") == "AWS" and isinstance(statement.get("Name"), str):
            yield each, index, statement


@rule(
    "E9634",
    severity="error",
    title="An AWS managed rule group that does not exist",
    why="WAF refuses a web ACL that names an unknown managed rule group.",
    source=f"AWS WAF Developer Guide: AWS Managed Rules rule groups list, {_GUIDE}aws-managed-rule-groups-list.html",
    fix="Take a name from that page.",
)
def managed_group(view: TemplateView) -> Iterator[Problem]:
    """VendorName AWS with a name that is not in the list."""
    for each, index, statement in _managed(view):
        if statement["Name"] not in _MANAGED:
            near = nearest(statement["Name"], _MANAGED, 0.7)
            hint = f"; did you mean {near}?" if near else ""
            path = ("Rules", index, "Statement", "ManagedRuleGroupStatement", "Name")
            yield each.problem(*path, message=f"AWS has no managed rule group {statement['Name']}{hint}")


@rule(
    "E9635",
    severity="error",
    title="A managed rule group without the configuration that it needs",
    why="Account takeover, account creation and anti-DDoS rule groups are refused without their configuration.",
    source="AWS WAF API Reference: ManagedRuleGroupConfig, "
    "https://docs.aws.amazon.com/waf/latest/APIReference/API_ManagedRuleGroupConfig.html",
    fix="Add the block of the same name to ManagedRuleGroupConfigs.",
)
def configuration(view: TemplateView) -> Iterator[Problem]:
    """One of the three groups without its block in ManagedRuleGroupConfigs."""
    for each, index, statement in _managed(view):
        configs = statement.get("ManagedRuleGroupConfigs", [])
        if statement["Name"] not in _CONFIGURED or not isinstance(configs, list):
            continue
        if not any(not isinstance(config, dict) or statement["Name"] in config for config in configs):
            path = ("Rules", index, "Statement", "ManagedRuleGroupStatement")
            yield each.problem(*path, message=f"{statement['Name']} needs a configuration")


@rule(
    "E9636",
    severity="error",
    title="A web ACL of the wrong scope",
    why="CloudFront takes web ACLs of scope CLOUDFRONT, which live in us-east-1; every other resource takes REGIONAL ones.",
    source="AWS WAF API Reference: CreateWebACL, Scope, "
    "https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html",
    fix="Make one web ACL for each scope.",
)
def scope(view: TemplateView) -> Iterator[Problem]:
    """A web ACL of this template attached to something of the other scope."""
    for each in view.of("AWS::WAFv2::WebACLAssociation"):
        acl = view.resource(each.get("WebACLArn"))
        if acl is not None and acl.get("Scope") == "CLOUDFRONT":
            message = f"{acl.id} has the scope CLOUDFRONT and is set in the distribution, not by an association"
            yield each.problem("WebACLArn", message=message)
    for each in view.of("AWS::CloudFront::Distribution"):
        acl = view.resource(each.get("DistributionConfig", "WebACLId"))
        if acl is not None and acl.get("Scope") == "REGIONAL":
            path = ("DistributionConfig", "WebACLId")
            yield each.problem(*path, message=f"{acl.id} has the scope REGIONAL; CloudFront needs CLOUDFRONT")


@rule(
    "E9637",
    severity="error",
    title="A rate limit that lacks what it counts by",
    why="WAF refuses FORWARDED_IP without a header and CUSTOM_KEYS without keys.",
    source="AWS WAF API Reference: RateBasedStatement, "
    "https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html",
    fix="Add ForwardedIPConfig or CustomKeys, or count by IP.",
)
def rate(view: TemplateView) -> Iterator[Problem]:
    """AggregateKeyType without the property that it asks for."""
    needs = {"FORWARDED_IP": "ForwardedIPConfig", "CUSTOM_KEYS": "CustomKeys", "CONSTANT": "ScopeDownStatement"}
    for each, index, entry in _rules(view):
        statement = fields(fields(entry.get("Statement")).get("RateBasedStatement"))
        kind = shown(statement.get("AggregateKeyType"))
        if kind in needs and needs[kind] not in statement:
            path = ("Rules", index, "Statement", "RateBasedStatement", "AggregateKeyType")
            yield each.problem(*path, message=f"{kind} needs {needs[kind]}")
