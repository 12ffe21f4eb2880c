"""Whose rights grow: roles with all that is attached, boundaries, trust, resources' policies, ways up."""

from typing import Any

import pytest

from tests.unit.preview.gains_cases import allow, document, gains, inline, policy, role, said

GET, DELETE = (
    allow("s3:GetObject", {"Fn::Sub": "${Uploads.Arn}/*"}),
    allow("s3:DeleteObject", {"Fn::GetAtt": ["Uploads", "Arn"]}),
)
UPLOADS = {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": {}}}


def test_the_sentence_of_the_issue() -> None:
    """Who, what and where are said as people would: an action more on a bucket."""
    assert said({**UPLOADS, "TaskRole": role(**inline(GET))}, {**UPLOADS, "TaskRole": role(**inline(GET, DELETE))}) == [
        "app's task role gains s3:DeleteObject on bucket Uploads"
    ]


MOVES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("into a policy of its own", {"TaskRole": role(**inline(GET))}, {"TaskRole": role(), "P": policy(GET)}),
    ("into a managed policy", {"TaskRole": role(**inline(GET))}, {"TaskRole": role(), "P": policy(GET, kind="AWS::IAM::ManagedPolicy")}),
    ("attached from the other side", {"TaskRole": role(), "P": policy(GET, kind="AWS::IAM::ManagedPolicy")}, {"TaskRole": role(ManagedPolicyArns=[{"Ref": "P"}]), "P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(GET)}}}),
    ("into a role policy", {"TaskRole": role(**inline(GET))}, {"TaskRole": role(), "P": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "TaskRole"}, "PolicyName": "p", "PolicyDocument": document(GET)}}}),
    ("read only is part of full", {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"])}, {"TaskRole": role(**inline(GET), ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"])}),
    ("everything is part of everything", {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])}, {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"])}),
    ("a removed role", {"TaskRole": role(**inline(GET))}, {}),
    ("a boundary comes", {"TaskRole": role(**inline(GET))}, {"TaskRole": role(**inline(GET), PermissionsBoundary="arn:aws:iam::111122223333:policy/b")}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), MOVES, ids=[row[0] for row in MOVES])
def test_moving_rights_is_no_gain(name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Wherever a statement is written, a role has the same rights; narrowing is no alarm."""
    del name
    assert said(before, after) == []


def test_aws_managed_policies() -> None:
    """Policies of AWS that give an account away are named as such; others are "all that X allows"."""
    before = {"TaskRole": role()}
    [admin] = gains(before, {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])})
    assert admin.sentence == "app's task role gains every action on everything"
    assert admin.escalation.startswith("it may do everything")
    [read] = gains(before, {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])})
    assert read.sentence == "app's task role gains all that ReadOnlyAccess allows"
    power = said(before, {"TaskRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"])})
    assert power[0] == "app's task role gains every action but account:*, iam:*, organizations:* on everything"


BOUND = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(allow("s3:*"))}}
WIDE = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(allow(["s3:*", "sqs:*"]))}}
LIMIT = {"PermissionsBoundary": {"Ref": "Limit"}}


def test_boundaries() -> None:
    """What a boundary does not allow is no gain; a wider one, or none, sets free what policies allow already."""
    both = inline(allow("s3:GetObject"), allow("sqs:SendMessage", {"Ref": "Q"}))
    bound = {"Limit": BOUND, "TaskRole": role(**inline(allow("s3:GetObject")), **LIMIT)}
    assert said(bound, {"Limit": BOUND, "TaskRole": role(**both, **LIMIT)}) == []
    narrow = {"Limit": BOUND, "TaskRole": role(**both, **LIMIT)}
    assert said(narrow, {"Limit": WIDE, "TaskRole": role(**both, **LIMIT)}) == [
        "app's task role gains sqs:SendMessage on Q"
    ]
    free = said(narrow, {"Limit": BOUND, "TaskRole": role(**both)})
    assert "app's task role gains sqs:SendMessage on Q" in free
    assert any("loses its permissions boundary Limit" in sentence for sentence in free)
    outside = {"TaskRole": role(**both, PermissionsBoundary="arn:aws:iam::111122223333:policy/a")}
    changed = gains(outside, {"TaskRole": role(**both, PermissionsBoundary="arn:aws:iam::111122223333:policy/b")})
    assert [(gain.certain, "its permissions boundary becomes b" in gain.sentence) for gain in changed] == [
        (False, True)
    ]


def limited(*rows: dict[str, Any]) -> list[tuple[str, bool]]:
    """What a role gains that gets two rights within a boundary of these statements, and whether it surely does."""
    limit = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(*rows)}}
    more = inline(allow("sqs:SendMessage", {"Ref": "Q"}), allow("sns:Publish", {"Ref": "T"}))
    found = gains({"Limit": limit, "TaskRole": role(**LIMIT)}, {"Limit": limit, "TaskRole": role(**more, **LIMIT)})
    return sorted((gain.actions[0], gain.certain) for gain in found)


SEND, PUBLISH = ("sqs:SendMessage", True), ("sns:Publish", True)
DENY = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*"}
WHERE = {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((allow(["sqs:*", "sns:*"]),), [PUBLISH, SEND]),
        ((allow(["sqs:*", "sns:*"]), DENY), [PUBLISH]),
        ((DENY, allow(["sqs:*", "sns:*"])), [PUBLISH]),
        ((DENY, allow("sqs:*"), allow("sns:*")), [PUBLISH]),
        ((allow("sqs:*"), allow("sns:*", **WHERE)), [("sns:Publish", False), SEND]),
        ((allow(["sqs:*", "sns:*"]), {**DENY, **WHERE}), [PUBLISH, SEND]),
        (({**DENY, **WHERE}, allow(["sqs:*", "sns:*"])), [PUBLISH, SEND]),
        (
            ({**DENY, "Resource": "arn:aws:sqs:eu-west-1:111122223333:other"}, allow(["sqs:*", "sns:*"])),
            [PUBLISH, SEND],
        ),
    ],
    ids=[
        "all",
        "deny last",
        "deny first",
        "deny before two",
        "allow if",
        "deny if last",
        "deny if first",
        "deny elsewhere",
    ],
)
def test_a_boundary_counts_as_a_whole(rows: tuple[dict[str, Any], ...], found: list[tuple[str, bool]]) -> None:
    """A Deny of a boundary counts wherever it stands; what holds under a condition alone is neither given nor taken for sure."""
    assert limited(*rows) == found


def trust(*principals: Any, **condition: Any) -> dict[str, Any]:
    rows = [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", **condition} for who in principals]
    return {"AssumeRolePolicyDocument": document(*rows)}


def test_trust() -> None:
    """Who may act as a role is told, and that they get all of its rights; services of AWS are how roles work."""
    before = {"TaskRole": role()}
    [other] = gains(
        before, {"TaskRole": role(**trust({"Service": "ecs-tasks.amazonaws.com"}, {"AWS": "999988887777"}))}
    )
    assert (
        other.sentence == "account 999988887777 gains sts:AssumeRole on app's task role: it may act as app's task role"
    )
    assert other.escalation == "anyone who acts as app's task role has all of its rights"
    [service] = gains(
        before, {"TaskRole": role(**trust({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}))}
    )
    assert service.sentence.startswith("the service lambda.amazonaws.com gains sts:AssumeRole")
    assert service.escalation == ""
    github = {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
    one = {"Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:ref:refs/heads/main"}}}
    some = {"Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a/b:*"}}}
    narrow, wide = {"TaskRole": role(**trust(github, **one))}, {"TaskRole": role(**trust(github, **some))}
    [gain] = gains(narrow, wide)
    assert gain.sentence.startswith("anyone whom token.actions.githubusercontent.com signs in gains sts:AssumeRole")
    assert gain.certain
    assert gains(wide, narrow) == []


def test_ways_up_are_named() -> None:
    """Known ways to more rights come first, with what they are."""
    found = gains(
        {"TaskRole": role()},
        {
            "TaskRole": role(
                **inline(
                    allow(["logs:GetLogEvents", "iam:CreatePolicyVersion"]),
                    allow("sts:AssumeRole", "arn:aws:iam::*:role/x"),
                )
            )
        },
    )
    assert [bool(gain.escalation) for gain in found] == [True, True]
    assert "iam:CreatePolicyVersion lets it change a policy, also its own" in found[0].escalation
    assert found[1].escalation == "sts:AssumeRole lets it assume another role"


def test_what_no_template_settles_may_be_a_gain() -> None:
    """A branch that depends on an unknown condition is told as something that may be."""
    hidden = {"Fn::If": ["Unknown", document(allow("s3:*")), document(GET)]}
    after = {"TaskRole": role(Policies=[{"PolicyName": "p", "PolicyDocument": hidden}])}
    found = gains({"TaskRole": role(**inline(GET))}, after)
    assert [gain.certain for gain in found] == [False]


def task(role_name: str) -> dict[str, Any]:
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": {"Fn::GetAtt": [role_name, "Arn"]}}}
