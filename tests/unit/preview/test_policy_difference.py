"""Policies are compared by what they allow: tables with the AWS page each row derives from, and laws that always hold."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.preview.iam import actions
from generator.preview.iam.difference import gained_actions, lost_denials
from generator.preview.iam.patterns import contains, overlap
from generator.preview.iam.statements import Statement, statements

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
ELEMENTS = f"{_IAM}/reference_policies_elements_action.html"
RESOURCE = f"{_IAM}/reference_policies_elements_resource.html"
NOT_ACTION = f"{_IAM}/reference_policies_elements_notaction.html"
NOT_RESOURCE = f"{_IAM}/reference_policies_elements_notresource.html"
PRINCIPAL = f"{_IAM}/reference_policies_elements_principal.html"
CONDITION = f"{_IAM}/reference_policies_elements_condition_operators.html"
LOGIC = f"{_IAM}/reference_policies_evaluation-logic.html"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def rows(*parts: dict[str, Any]) -> tuple[Statement, ...]:
    return statements({"Version": "2012-10-17", "Statement": list(parts)})


def names(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """``(actions, resource, certain)`` of what is gained."""
    found = gained_actions(rows(*before), rows(*after))
    return sorted(
        (" ".join(actions.action_names(row.actions, row.patterns)), str(row.resource), row.certain) for row in found
    )


ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
VPC = {"StringEquals": {"aws:SourceVpc": ["vpc-1"]}}
TWO = {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}
BUCKET = "arn:aws:s3:::data"
ROLE = "arn:aws:iam::111122223333:role/a"
UNREAD = {"Fn::Transform": {"Name": "x"}}

TABLE: list[tuple[str, str, list[Any], list[Any], list[tuple[str, str, bool]]]] = [
    ("case", ELEMENTS, [allow("s3:GetObject")], [allow("S3:getobject")], []),
    ("list or text", ELEMENTS, [allow("s3:GetObject")], [allow(["s3:GetObject"])], []),
    ("wildcard of one", ELEMENTS, [allow("s3:*")], [allow(["s3:Get*", "s3:PutObject"])], []),
    ("wildcard spelled out", ELEMENTS, [allow("sqs:Send*")], [allow("sqs:SendMessage")], []),
    ("a wildcard more", ELEMENTS, [allow("sqs:SendMessage")], [allow("sqs:SendMessage*")], [("sqs:SendMessageBatch", "*", True)]),
    ("everything", ELEMENTS, [allow("s3:*")], [allow("*")], [("*", "*", True)]),
    ("an action of tomorrow", ELEMENTS, [allow("s3:*")], [allow("s3:TeleportObject")], []),
    ("a service of tomorrow", ELEMENTS, [allow("s3:*")], [allow("teleport:Go")], [("teleport:go", "*", True)]),
    ("order", LOGIC, [allow("s3:GetObject"), deny("s3:PutObject")], [deny("s3:PutObject"), allow("s3:GetObject")], []),
    ("split", LOGIC, [allow(["s3:GetObject", "s3:PutObject"])], [allow("s3:GetObject"), allow("s3:PutObject")], []),
    ("narrower resource", RESOURCE, [allow("s3:GetObject", f"{BUCKET}/*")], [allow("s3:GetObject", f"{BUCKET}/a/*")], []),
    ("wider resource", RESOURCE, [allow("s3:GetObject", f"{BUCKET}/a/*")], [allow("s3:GetObject", f"{BUCKET}/*")], [("s3:GetObject", f"{BUCKET}/*", True)]),
    ("question mark", RESOURCE, [allow("s3:GetObject", f"{BUCKET}/?")], [allow("s3:GetObject", f"{BUCKET}/ab")], [("s3:GetObject", f"{BUCKET}/ab", True)]),
    ("another reference", RESOURCE, [allow("s3:GetObject", "${A.Arn}")], [allow("s3:GetObject", "${B.Arn}")], [("s3:GetObject", "${B.Arn}", True)]),
    ("the same reference", RESOURCE, [allow("s3:GetObject", "${A.Arn}/*")], [allow("s3:GetObject", "${A.Arn}/x")], []),
    ("condition goes", CONDITION, [allow("s3:GetObject", Condition=VPC)], [allow("s3:GetObject")], [("s3:GetObject", "*", True)]),
    ("condition comes", CONDITION, [allow("s3:GetObject")], [allow("s3:GetObject", Condition=VPC)], []),
    ("a value more", CONDITION, [allow("s3:GetObject", Condition=VPC)], [allow("s3:GetObject", Condition=TWO)], [("s3:GetObject", "*", True)]),
    ("a value less", CONDITION, [allow("s3:GetObject", Condition=TWO)], [allow("s3:GetObject", Condition=VPC)], []),
    ("like holds equals", CONDITION, [allow("s3:GetObject", Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}})], [allow("s3:GetObject", Condition=VPC)], []),
    ("key's case", CONDITION, [allow("s3:GetObject", Condition=VPC)], [allow("s3:GetObject", Condition={"stringequals": {"AWS:sourcevpc": "vpc-1"}})], []),
    ("fewer addresses", CONDITION, [allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], [allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})], []),
    ("more addresses", CONDITION, [allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})], [allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})], [("s3:GetObject", "*", True)]),
    ("a lower limit", CONDITION, [allow("s3:GetObject", Condition={"NumericLessThan": {"s3:max-keys": "10"}})], [allow("s3:GetObject", Condition={"NumericLessThan": {"s3:max-keys": "5"}})], []),
    ("a higher limit", CONDITION, [allow("s3:GetObject", Condition={"NumericLessThan": {"s3:max-keys": "10"}})], [allow("s3:GetObject", Condition={"NumericLessThan": {"s3:max-keys": "50"}})], [("s3:GetObject", "*", True)]),
    ("if exists is wider", CONDITION, [allow("s3:GetObject", Condition=VPC)], [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], [("s3:GetObject", "*", False)]),
    ("if exists is narrowed", CONDITION, [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], [allow("s3:GetObject", Condition=VPC)], []),
    ("if exists with a value more", CONDITION, [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}})], [("s3:GetObject", "*", True)]),
    ("if exists stays", CONDITION, [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], []),
    ("if exists of another value", CONDITION, [allow("s3:GetObject", Condition=TWO)], [allow("s3:GetObject", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})], [("s3:GetObject", "*", False)]),
    ("another operator", CONDITION, [allow("s3:GetObject", Condition={"StringEquals": {"aws:x": "1"}})], [allow("s3:GetObject", Condition={"NumericEquals": {"aws:x": "1"}})], [("s3:GetObject", "*", False)]),
    ("fewer are excluded", CONDITION, [allow("s3:GetObject", Condition={"StringNotEquals": {"aws:x": ["a", "b"]}})], [allow("s3:GetObject", Condition={"StringNotEquals": {"aws:x": ["a"]}})], [("s3:GetObject", "*", True)]),
    ("more are excluded", CONDITION, [allow("s3:GetObject", Condition={"StringNotEquals": {"aws:x": ["a"]}})], [allow("s3:GetObject", Condition={"StringNotEquals": {"aws:x": ["a", "b"]}})], []),
    ("a condition that nobody settles goes", CONDITION, [allow("s3:GetObject", Condition="${Fn::If x}")], [allow("s3:GetObject")], [("s3:GetObject", "*", True)]),
    ("a condition that nobody settles stays", CONDITION, [allow("s3:GetObject", Condition="${Fn::If x}")], [allow("s3:GetObject", Condition="${Fn::If x}")], []),
    ("an operator that nobody settles", CONDITION, [allow("s3:GetObject", Condition={"StringEquals": "${Fn::If x}"})], [allow("s3:GetObject")], [("s3:GetObject", "*", True)]),
    ("not action", NOT_ACTION, [allow("*")], [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], []),
    ("not action less", NOT_ACTION, [{"Effect": "Allow", "NotAction": ["iam:*", "sts:GetCallerIdentity"], "Resource": "*"}], [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], [("sts:GetCallerIdentity", "*", True)]),
    ("not resource", NOT_RESOURCE, [allow("s3:GetObject")], [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"}], []),
    ("not resource holds another", NOT_RESOURCE, [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"}], [allow("s3:GetObject", "arn:aws:s3:::other/*")], []),
    ("not resource less", NOT_RESOURCE, [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": [f"{BUCKET}/*", "arn:aws:s3:::b/*"]}], [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"}], [("s3:GetObject", f"everything but {BUCKET}/*", True)]),
    ("a denial under a condition", LOGIC, [], [allow("s3:GetObject"), deny("s3:GetObject", Condition=VPC)], [("s3:GetObject", "*", True)]),
    ("a denial under the same condition", LOGIC, [], [allow("s3:GetObject", Condition=VPC), deny("s3:GetObject", Condition=VPC)], []),
    ("a denial elsewhere", LOGIC, [], [allow("s3:GetObject", BUCKET), deny("s3:GetObject", "arn:aws:s3:::b")], [("s3:GetObject", BUCKET, True)]),
    ("a denial of others", LOGIC, [], [allow("s3:GetObject", Principal={"AWS": "111122223333"}), deny("s3:GetObject", Principal={"AWS": "444455556666"})], [("s3:GetObject", "*", True)]),
    ("two denials", LOGIC, [], [allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]), deny("s3:GetObject"), deny("s3:PutObject")], [("s3:DeleteObject", "*", True)]),
    ("a denial of the account goes", LOGIC, [allow("s3:GetObject", Principal={"AWS": ROLE}), deny("s3:GetObject", Principal={"AWS": "111122223333"})], [allow("s3:GetObject", Principal={"AWS": ROLE})], [("s3:GetObject", "*", True)]),
    ("a denial of others goes", LOGIC, [allow("s3:GetObject", Principal={"AWS": ROLE}), deny("s3:GetObject", Principal={"AWS": "444455556666"})], [allow("s3:GetObject", Principal={"AWS": ROLE})], []),
    ("the third denial goes", LOGIC, [allow("s3:GetObject", BUCKET, Principal={"AWS": ROLE}), deny("s3:*", "arn:aws:s3:::b", Principal="*"), deny("s3:*", Principal={"AWS": "444455556666"}), deny("s3:*", Principal="*")], [allow("s3:GetObject", BUCKET, Principal={"AWS": ROLE})], [("s3:GetObject", BUCKET, True)]),
    ("unreadable beside a denial that goes", LOGIC, [UNREAD, deny("s3:GetObject")], [UNREAD], []),
    ("denied anyway", LOGIC, [], [allow("s3:*"), deny("*")], []),
    ("denial goes", LOGIC, [allow("s3:GetObject"), deny("s3:GetObject")], [allow("s3:GetObject")], [("s3:GetObject", "*", True)]),
    ("denial of a part goes", LOGIC, [allow("s3:GetObject"), deny("s3:*", f"{BUCKET}/*")], [allow("s3:GetObject")], [("s3:GetObject", f"{BUCKET}/*", True)]),
    ("denial gets narrower", LOGIC, [allow("s3:GetObject"), deny("s3:GetObject")], [allow("s3:GetObject"), deny("s3:GetObject", Condition=VPC)], [("s3:GetObject", "*", True)]),
    ("denial gets wider", LOGIC, [allow("s3:*"), deny("s3:GetObject")], [allow("s3:*"), deny("s3:Get*")], []),
    ("denial moves elsewhere", LOGIC, [allow("s3:*"), deny("s3:GetObject", "arn:aws:s3:::b")], [allow("s3:*"), deny("s3:GetObject", "arn:aws:s3:::c")], [("s3:GetObject", "arn:aws:s3:::b", True)]),
    ("principal", PRINCIPAL, [allow("s3:GetObject", Principal={"AWS": "111122223333"})], [allow("s3:GetObject", Principal={"AWS": "arn:aws:iam::111122223333:role/a"})], []),
    ("root is the account", PRINCIPAL, [allow("s3:GetObject", Principal={"AWS": "111122223333"})], [allow("s3:GetObject", Principal={"AWS": "arn:aws:iam::111122223333:root"})], []),
    ("another account", PRINCIPAL, [allow("s3:GetObject", Principal={"AWS": "111122223333"})], [allow("s3:GetObject", Principal={"AWS": ["111122223333", "444455556666"]})], [("s3:GetObject", "*", True)]),
    ("everybody both ways", PRINCIPAL, [allow("s3:GetObject", Principal="*")], [allow("s3:GetObject", Principal={"AWS": "*"})], []),
    ("everybody", PRINCIPAL, [allow("s3:GetObject", Principal={"Service": "a.amazonaws.com"})], [allow("s3:GetObject", Principal="*")], [("s3:GetObject", "*", True)]),
    ("unreadable", LOGIC, [], [UNREAD], [('{"Fn::Transform": {"Name": "x"}}', '{"Fn::Transform": {"Name": "x"}}', False)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "before", "after", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_what_a_policy_gains(name: str, source: str, before: list[Any], after: list[Any], expected: list[Any]) -> None:
    """Each row is what the cited page of AWS says of the two policies."""
    del name
    assert source.startswith(_IAM)
    assert names(before, after) == expected


def test_denials_that_fall_are_reported() -> None:
    """A resource policy that stops denying lets others in; the denial's conditions say when."""
    old = rows(deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}, Principal="*"))
    [(row, some)] = lost_denials(old, ())
    assert row.effect == "Deny"
    assert actions.action_names(some, row.patterns) == ("s3:*",)
    assert lost_denials(old, old) == ()


ACTIONS = [
    "s3:GetObject",
    "s3:Get*",
    "s3:*",
    "*",
    "iam:PassRole",
    "sqs:SendMessage",
    "S3:PUTOBJECT",
    "new:Thing",
    "dynamodb:?etItem",
]
RESOURCES = ["*", f"{BUCKET}/*", f"{BUCKET}/a/*", BUCKET, "${Table.Arn}", "${Table.Arn}/index/*", "arn:aws:s3:::da*/?"]
CONDITIONS: list[Any] = [
    {},
    VPC,
    TWO,
    ORG,
    {"StringLike": {"aws:SourceVpc": "vpc-*"}},
    {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
    {"NumericLessThanEquals": {"s3:max-keys": "10"}},
]
PRINCIPALS: list[Any] = [
    None,
    "*",
    {"AWS": "111122223333"},
    {"AWS": "arn:aws:iam::111122223333:role/a"},
    {"Service": ["ecs.amazonaws.com"]},
]


@st.composite
def a_statement(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(effects))}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(
        st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3)
    )
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(
        st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)
    )
    condition, principal = draw(st.sampled_from(CONDITIONS)), draw(st.sampled_from(PRINCIPALS))
    return found | ({"Condition": condition} if condition else {}) | ({"Principal": principal} if principal else {})


policies = st.lists(a_statement(), max_size=4)


@pytest.mark.no_cover
@settings(max_examples=150)
@given(policies, st.randoms(use_true_random=False))
def test_a_policy_never_widens_itself(policy: list[dict[str, Any]], mixer: random.Random) -> None:
    """The same statements, in any order and with values listed in any order, are no gain."""
    turned = json.loads(json.dumps(policy))
    mixer.shuffle(turned)
    for row in turned:
        for key in ("Action", "NotAction", "Resource", "NotResource"):
            if key in row:
                mixer.shuffle(row[key])
    assert gained_actions(rows(*policy), rows(*turned)) == ()


@pytest.mark.no_cover
@settings(max_examples=150)
@given(policies, a_statement(effects=("Allow",)))
def test_adding_an_allow_never_narrows(policy: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """With a statement more that allows, nobody loses: read the other way round there is no gain."""
    assert gained_actions(rows(*policy, more), rows(*policy)) == ()


@pytest.mark.no_cover
@settings(max_examples=150)
@given(policies, a_statement(effects=("Deny",)))
def test_adding_a_denial_never_widens(policy: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """A statement more that denies gives nobody anything."""
    assert gained_actions(rows(*policy), rows(*policy, more)) == ()


@pytest.mark.no_cover
@settings(max_examples=100)
@given(policies)
def test_removing_all_never_widens(policy: list[dict[str, Any]]) -> None:
    """A policy without statements allows nothing."""
    assert gained_actions(rows(*policy), ()) == ()


@pytest.mark.no_cover
@settings(max_examples=100)
@given(policies, policies, st.randoms(use_true_random=False))
def test_gains_do_not_depend_on_order(one: list[Any], other: list[Any], mixer: random.Random) -> None:
    """However statements are ordered on either side, the same is gained."""
    expected = set(gained_actions(rows(*one), rows(*other)))
    mixer.shuffle(one)
    mixer.shuffle(other)
    assert set(gained_actions(rows(*one), rows(*other))) == expected


texts = st.text(alphabet="ab*?", max_size=6)


def matches(pattern: str, text: str) -> bool:
    """A plain matcher to compare with."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return matches(pattern[1:], text) or (bool(text) and matches(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])


@settings(max_examples=300)
@given(texts, texts, st.text(alphabet="abc", max_size=6))
def test_containment_of_patterns_is_sound(outer: str, inner: str, text: str) -> None:
    """What a wider pattern is said to hold it really matches, and disjoint patterns match no text in common."""
    if contains(outer, inner) and matches(inner, text):
        assert matches(outer, text)
    if matches(outer, text) and matches(inner, text):
        assert overlap(outer, inner)


def test_the_action_table_knows_services_and_cases() -> None:
    """Actions are shown as AWS writes them, and wildcards mean what the table has."""
    assert actions.action_names(actions.expand("ECS:continueservicedeployment")) == ("ecs:ContinueServiceDeployment",)
    assert "iam:passrole" in actions.expand("iam:Pass*")
    assert actions.expand("*") == actions.everything()
    assert "sts:assumerole" in actions.expand("st?:AssumeRole")
