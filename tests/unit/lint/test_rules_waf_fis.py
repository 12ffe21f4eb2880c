"""Rules for web ACLs and for fault injection, beyond their examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.runner import check


def found(resources: dict[str, Any], **sections: Any) -> dict[str, str]:
    """The first message of each rule that speaks up."""
    findings = check({**sections, "Resources": resources})
    return {finding.rule.id: finding.problem.message for finding in reversed(findings)}


def acl(*rules: Any, scope: Any = "REGIONAL") -> dict[str, Any]:
    """A web ACL."""
    return {
        "Type": "AWS::WAFv2::WebACL",
        "Properties": {"Scope": scope, "DefaultAction": {"Allow": {}}, "Rules": list(rules)},
    }


def rate(name: Any, priority: Any, **more: Any) -> dict[str, Any]:
    """A rate limit."""
    statement = {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}
    return {"Name": name, "Priority": priority, "Statement": statement, "Action": {"Block": {}}, **more}


@given(st.lists(st.integers(0, 5), max_size=5))
def test_priorities_must_differ_within_one_acl(priorities: list[int]) -> None:
    """Equal priorities are found in one web ACL, written as numbers or texts, and fine in two."""
    rules = [rate(f"r{i}", value if i % 2 else str(value)) for i, value in enumerate(priorities)]
    assert ("E9631" in found({"Acl": acl(*rules)})) is (len(set(priorities)) < len(priorities))
    assert found({f"Acl{i}": acl(each) for i, each in enumerate(rules)}) == {}


def test_priorities_of_exclusive_branches_do_not_clash() -> None:
    """Two rules with one priority, of which a condition keeps one, are fine."""
    either = {"Fn::If": ["Strict", rate("a", 1), rate("b", 1)]}
    conditions = {"Strict": {"Fn::Equals": [{"Ref": "Mode"}, "strict"]}}
    parameters = {"Mode": {"Type": "String"}}
    assert found({"Acl": acl(either)}, Conditions=conditions, Parameters=parameters) == {}
    both = [{"Fn::If": ["Strict", rate("a", 1), {"Ref": "AWS::NoValue"}]}, rate("b", 1)]
    assert set(found({"Acl": acl(*both)}, Conditions=conditions, Parameters=parameters)) == {"E9631"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"OverrideAction": {"None": {}}}, "E9633"),
        ({"Statement": {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS"}}}, "E9637"),
        (
            {"Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesXssRuleSet"}}},
            "E9634",
        ),
        ({"Statement": {"ManagedRuleGroupStatement": {"VendorName": "F5", "Name": "Anything"}}}, "E9633"),
        ({"Statement": {"Ref": "Statement"}}, None),
    ],
)
def test_rules_of_a_web_acl(change: dict[str, Any], rule: str | None) -> None:
    """Each mistake in a rule is found; a statement that is not known is not judged."""
    assert (
        (rule in found({"Acl": acl(rate("a", 1, **change))}))
        if rule
        else found({"Acl": acl(rate("a", 1, **change))}) == {}
    )


@pytest.mark.parametrize(("scope", "fine"), [("CLOUDFRONT", True), ("REGIONAL", False), ({"Ref": "Scope"}, True)])
def test_distribution_takes_a_global_acl(scope: Any, fine: bool) -> None:
    """CloudFront with a regional web ACL is found."""
    config = {"DistributionConfig": {"Enabled": True, "WebACLId": {"Fn::GetAtt": ["Acl", "Arn"]}}}
    resources = {"Acl": acl(scope=scope), "Site": {"Type": "AWS::CloudFront::Distribution", "Properties": config}}
    assert ("E9636" not in found(resources)) is fine


ALARM = [{"Source": "aws:cloudwatch:alarm", "Value": {"Fn::GetAtt": ["Alarm", "Arn"]}}]
TASKS = {"ResourceType": "aws:ecs:task", "ResourceTags": {"chaos": "yes"}, "SelectionMode": "ALL"}
STOP = {"ActionId": "aws:ecs:stop-task", "Targets": {"Tasks": "tasks"}}


def experiment(**change: Any) -> dict[str, Any]:
    """An experiment that stops tasks."""
    usual = {"Targets": {"tasks": TASKS}, "Actions": {"stop": STOP}, "StopConditions": ALARM}
    return {"Experiment": {"Type": "AWS::FIS::ExperimentTemplate", "Properties": {**usual, **change}}}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"Actions": {"stop": {**STOP, "Targets": {"Task": "tasks"}}}}, "E9654"),
        ({"Actions": {"stop": {"ActionId": "aws:ecs:stop-task"}}}, "E9654"),
        ({"Targets": {"tasks": {**TASKS, "ResourceType": "aws:ec2:instance"}}}, "E9654"),
        ({"StopConditions": []}, "W9655"),
        ({"Actions": {"a": {**STOP, "StartAfter": ["b"]}, "b": {**STOP, "StartAfter": ["a"]}}}, "E9656"),
        ({"Targets": {"tasks": {**TASKS, "SelectionMode": "COUNT(0)"}}}, "E9657"),
        ({"Targets": {"tasks": {**TASKS, "SelectionMode": "PERCENT(101)"}}}, "E9657"),
        ({"Targets": {"tasks": {**TASKS, "ResourceArns": ["arn:aws:ecs:::task/x"]}}}, "E9657"),
        ({"Actions": {"wait": {"ActionId": "aws:fis:wait"}}}, "E9658"),
        ({"Actions": {"wait": {"ActionId": "aws:fis:wait", "Parameters": {"duration": "PT"}}}}, "E9658"),
    ],
)
def test_broken_experiments_are_found(change: dict[str, Any], rule: str) -> None:
    """What FIS would refuse, or what nothing would stop, is found."""
    assert set(found(experiment(**change))) == {rule}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"StopConditions": {"Ref": "Conditions"}},
        {"Targets": {"Ref": "Targets"}},
        {"Actions": {"stop": {**STOP, "Targets": {"Tasks": {"Ref": "Name"}}}}},
        {"Actions": {"stop": {**STOP, "ActionId": {"Ref": "Action"}}}},
        {"Actions": {"cut": {"ActionId": "aws:network:disrupt-vpc-endpoint", "Parameters": {"duration": "PT1M"}}}},
        {"Actions": {"wait": {"ActionId": "aws:fis:wait", "Parameters": {"duration": "P1DT2H"}}}},
        {
            "Targets": {
                "tasks": {
                    "ResourceType": "aws:ecs:task",
                    "SelectionMode": "PERCENT(50)",
                    "Parameters": {"cluster": "x"},
                }
            }
        },
    ],
)
def test_valid_or_unknown_experiments_are_left_alone(change: dict[str, Any]) -> None:
    """Unresolved names, parameters as selectors and long durations give no finding."""
    assert found(experiment(**change)) == {}
