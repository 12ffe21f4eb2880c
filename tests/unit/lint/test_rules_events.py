"""Event rules on patterns and targets of all shapes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.runner import check

SEND = {"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}


def found(resources: dict[str, Any]) -> dict[str, str]:
    """The first message of each rule that speaks up."""
    findings = check({"Resources": resources})
    return {finding.rule.id: finding.problem.message for finding in reversed(findings)}


def rule(pattern: Any = None, *targets: Any) -> dict[str, Any]:
    """An event rule."""
    when = {"EventPattern": pattern} if pattern is not None else {"ScheduleExpression": "rate(1 hour)"}
    return {"Type": "AWS::Events::Rule", "Properties": {**when, "Targets": list(targets)}}


VALUES = st.one_of(
    st.text("abc", max_size=3),
    st.integers(),
    st.none(),
    st.sampled_from(
        [
            {"prefix": "a"},
            {"anything-but": ["a"]},
            {"anything-but": {"prefix": "a"}},
            {"numeric": [">", 0, "<=", 5]},
            {"exists": True},
            {"cidr": "10.0.0.0/24"},
            {"equals-ignore-case": "a"},
            {"wildcard": "a*"},
            {"prefix": {"equals-ignore-case": "a"}},
        ]
    ),
)
DETAIL = st.recursive(
    st.lists(VALUES, min_size=1, max_size=3),
    lambda inner: st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, min_size=1, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), DETAIL, min_size=1), DETAIL)
def test_patterns_of_the_user_guide_are_valid(detail: dict[str, Any], branch: Any) -> None:
    """Every nesting of fields, lists and documented comparisons gives no finding."""
    either = {"$or": [{"detail": {"x": branch}}, {"source": ["b"]}]}
    assert found({"Rule": rule({"source": ["a"], "detail": detail})}) == {}
    assert found({"Rule": rule({"detail-type": ["a"], **either})}) == {}


@pytest.mark.parametrize(
    ("pattern", "expected", "words"),
    [
        ({"source": "aws.ecs"}, "E9646", '"source" is "aws.ecs", not a list'),
        ({"source": []}, "E9646", "is empty"),
        ({}, "E9646", "empty"),
        ('{"source": "aws.ecs"}', "E9646", "not a list"),
        ({"$or": [{"detail": {"x": 1}}]}, "E9646", '"x" is 1'),
        ({"detail": {"x": [{"prefix": "a", "suffix": "b"}]}}, "E9647", "is not a comparison"),
        ({"detail": {"x": [{"regex": "a"}]}}, "E9647", "is not a comparison"),
        ({"Source": ["aws.ecs"]}, "E9648", '"source"'),
        ({"detail_type": ["x"]}, "E9648", '"detail-type"'),
    ],
)
def test_broken_patterns_are_found(pattern: Any, expected: str, words: str) -> None:
    """The message says which field is wrong and how."""
    assert words in found({"Rule": rule(pattern)})[expected]


@pytest.mark.parametrize(
    "pattern", [{"source": {"Ref": "Sources"}}, {"Fn::Sub": "${X}"}, {"extra": [{"exists": False}]}]
)
def test_unknown_patterns_are_left_alone(pattern: Any) -> None:
    """What only the deployment knows is not judged."""
    assert found({"Rule": rule(pattern)}) == {}


def queue(**props: Any) -> dict[str, Any]:
    """A queue of the template."""
    return {"Type": "AWS::SQS::Queue", "Properties": props}


def allow_queue(principal: Any, **about: Any) -> dict[str, Any]:
    """A queue policy."""
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": principal, **SEND}}
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document, **about},
    }


@pytest.mark.parametrize(
    ("policy", "fine"),
    [
        (allow_queue({"Service": "events.amazonaws.com"}), True),
        (allow_queue({"Service": {"Fn::Sub": "events.${AWS::URLSuffix}"}}), True),
        (allow_queue({"Ref": "Who"}), True),
        (allow_queue({"Service": "sns.amazonaws.com"}), False),
        (allow_queue({"Service": "events.amazonaws.com"}, Queues=[{"Ref": "Other"}]), False),
    ],
)
def test_queue_must_let_the_rule_write(policy: Any, fine: bool) -> None:
    """A queue that is a target needs a policy for EventBridge; a policy that is not fully known counts."""
    target = {"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}
    resources = {"Queue": queue(), "Other": queue(), "Rule": rule(None, target), "Policy": policy}
    assert ("W9652" not in found(resources)) is fine


@pytest.mark.parametrize("name", [{"Ref": "Function"}, {"Fn::GetAtt": ["Function", "Arn"]}, {"Ref": "Alias"}])
def test_permission_for_a_function_is_seen(name: Any) -> None:
    """A permission by name, by ARN or for an alias is enough."""
    code = {
        "Runtime": "python3.13",
        "Handler": "a.b",
        "Code": {"ZipFile": "x"},
        "Role": "arn:aws:iam::123456789012:role/x",
    }
    permission = {"FunctionName": name, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    resources = {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": code},
        "Alias": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Rule": rule(None, {"Id": "function", "Arn": {"Fn::GetAtt": ["Function", "Arn"]}}),
    }
    assert "W9651" in found(resources)
    assert "W9651" not in found(
        {**resources, "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission}}
    )


def test_fifo_target_needs_a_message_group() -> None:
    """A FIFO queue as a target without SqsParameters is found."""
    target = {"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "RoleArn": "arn:aws:iam::123456789012:role/x"}
    resources = {"Queue": queue(FifoQueue=True), "Rule": rule(None, target)}
    assert set(found(resources)) == {"E9650"}
    resources["Rule"] = rule(None, {**target, "SqsParameters": {"MessageGroupId": "x"}})
    assert found(resources) == {}
