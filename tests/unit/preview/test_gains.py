"""Whose rights grow: roles with all that is attached, boundaries, trust, resources' policies, ways up."""

from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Gain

ROLE = "AWS::IAM::Role"
ASSUME = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
TAGS = [{"Key": "service", "Value": "app"}]


def role(**more: Any) -> dict[str, Any]:
    return {"Type": ROLE, "Properties": {"AssumeRolePolicyDocument": ASSUME, "Tags": TAGS, **more}}


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(rows)}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def inline(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": document(*rows)}]}


def gains(before: dict[str, Any], after: dict[str, Any], **known: Any) -> list[Gain]:
    """Gains of a change set that touches every resource that differs."""
    changes = []
    for name in sorted(before | after):
        old, new = before.get(name), after.get(name)
        if old != new:
            row = new or old
            assert row is not None
            action: Any = "Add" if old is None else "Remove" if new is None else "Modify"
            changes.append(ResourceChange(logical_id=name, type=row["Type"], action=action))
    found = ChangeSet(
        arn="arn:cs",
        name="cs",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
        stack_name="app-prod",
        kind="UPDATE",
        changes=tuple(changes),
    )
    return list(meaning(found, {"Resources": before}, {"Resources": after}, region="eu-west-1", **known).gains)


def said(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [gain.sentence for gain in gains(before, after)]


GET, DELETE = (
    allow("s3:GetObject", {"Fn::Sub": "${Uploads.Arn}/*"}),
    allow("s3:DeleteObject", {"Fn::GetAtt": ["Uploads", "Arn"]}),
)
UPLOADS = {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": {}}}


def policy(*rows: dict[str, Any], kind: str = "AWS::IAM::Policy", **more: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyDocument": document(*rows), "Roles": [{"Ref": "TaskRole"}], **more}}


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
    assert other.escalation == "whoever acts as app's task role has all of its rights"
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
    assert gain.sentence.startswith("whoever token.actions.githubusercontent.com signs in gains sts:AssumeRole")
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
    assert "iam:CreatePolicyVersion lets it rewrite a policy" in found[0].escalation
    assert found[1].escalation == "sts:AssumeRole lets it act as another role"


def test_what_no_template_settles_may_be_a_gain() -> None:
    """A branch that depends on an unknown condition is told as something that may be."""
    hidden = {"Fn::If": ["Unknown", document(allow("s3:*")), document(GET)]}
    after = {"TaskRole": role(Policies=[{"PolicyName": "p", "PolicyDocument": hidden}])}
    found = gains({"TaskRole": role(**inline(GET))}, after)
    assert [gain.certain for gain in found] == [False]


RESOURCES: list[tuple[str, dict[str, Any], str]] = [
    ("AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "T"}], "PolicyDocument": document(allow("sns:Publish", Principal={"AWS": "999988887777"}))}, "account 999988887777 gains sns:Publish on T"),
    ("AWS::ECR::Repository", {"RepositoryPolicyText": document({"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": {"AWS": "999988887777"}})}, "account 999988887777 gains ecr:BatchGetImage on repository It"),
    ("AWS::SecretsManager::ResourcePolicy", {"SecretId": {"Ref": "S"}, "ResourcePolicy": document(allow("secretsmanager:GetSecretValue", Principal={"AWS": "arn:aws:iam::111122223333:role/x"}))}, "arn:aws:iam::111122223333:role/x gains secretsmanager:GetSecretValue on S"),
    ("AWS::Lambda::Permission", {"FunctionName": {"Ref": "F"}, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceAccount": "111122223333"}, "the service s3.amazonaws.com gains lambda:InvokeFunction on F if aws:sourceaccount is 111122223333"),
    ("AWS::DynamoDB::Table", {"ResourcePolicy": {"PolicyDocument": document(allow("dynamodb:GetItem", Principal={"AWS": "999988887777"}))}}, "account 999988887777 gains dynamodb:GetItem on table It"),
    ("AWS::Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument": '{"Statement":{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*","Principal":{"Service":"es.amazonaws.com"}}}'}, "the service es.amazonaws.com gains logs:PutLogEvents on It"),
    ("AWS::Events::EventBusPolicy", {"EventBusName": "bus", "StatementId": "s", "Statement": {"Effect": "Allow", "Action": "events:PutEvents", "Principal": {"AWS": "999988887777"}, "Resource": "*"}}, "account 999988887777 gains events:PutEvents on event bus bus"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "sentence"), RESOURCES, ids=[row[0] for row in RESOURCES])
def test_policies_of_resources(kind: str, properties: dict[str, Any], sentence: str) -> None:
    """Each kind of policy says who gains what on what."""
    assert said({}, {"It": {"Type": kind, "Properties": properties}}) == [sentence]
    assert (
        said(
            {"It": {"Type": kind, "Properties": properties}},
            {"It": {"Type": kind, "Properties": {**properties, "X": 1}}},
        )
        == []
    )


def test_a_key_without_a_policy_is_its_accounts() -> None:
    """KMS's default policy gives the account's root everything: writing that down is no gain (KMS, "Default key policy")."""
    root = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
        "Resource": "*",
    }
    assert (
        said(
            {"K": {"Type": "AWS::KMS::Key", "Properties": {}}},
            {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(root)}}},
        )
        == []
    )


def test_what_is_new_and_ordinary_is_no_gain() -> None:
    """A new key of the account's own, a role that a service acts as, and the limits of a new endpoint give nothing."""
    root = {"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": "111122223333"}, "Resource": "*"}
    mine = {"Effect": "Allow", "Action": "s3:*", "Principal": "*", "Resource": "*"}
    new = {
        "K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(root)}},
        "R": role(),
        "E": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"PolicyDocument": document(mine)}},
    }
    assert said({}, new) == []
    other = {**root, "Principal": {"AWS": "999988887777"}}
    assert said({}, {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(root, other)}}}) == [
        "account 999988887777 gains kms:* on key K"
    ]


def test_an_endpoint_that_lets_more_through() -> None:
    """A wider endpoint policy is told as what comes through it, and as no way up."""
    sides = [
        {
            "E": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {"PolicyDocument": document(allow(action, Principal="*"))},
            }
        }
        for action in ("s3:GetObject", ["s3:GetObject", "s3:PutBucketPolicy"])
    ]
    [gain] = gains(*sides)
    assert (
        gain.sentence
        == "whoever calls through E may gain s3:PutBucketPolicy on everything, as far as the caller's own rights go"
    )
    assert gain.escalation == ""


def test_a_denial_that_falls_away() -> None:
    """A bucket that no longer refuses plain HTTP says so, as something that another policy may now allow."""
    tls = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Principal": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    there = {
        "P": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Uploads"}, "PolicyDocument": document(tls)},
        },
        **UPLOADS,
    }
    gone = {
        "P": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Uploads"}, "PolicyDocument": document()},
        },
        **UPLOADS,
    }
    [gain] = gains(there, gone)
    assert gain.sentence.startswith(
        "everybody is no longer denied s3:* on bucket Uploads if aws:securetransport is false"
    )
    assert not gain.certain
    assert said(there, {}) == []


def task(role_name: str) -> dict[str, Any]:
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": {"Fn::GetAtt": [role_name, "Arn"]}}}


def test_acting_as_another_role() -> None:
    """What runs gains what its new role may do beyond the old one's, though no policy changes."""
    roles = {"Small": role(**inline(GET)), "Big": role(**inline(GET, DELETE)), **UPLOADS}
    assert said({**roles, "Task": task("Small")}, {**roles, "Task": task("Big")}) == [
        "Task, which now acts as app's big role, gains s3:DeleteObject on bucket Uploads"
    ]
    assert said({**roles, "Task": task("Big")}, {**roles, "Task": task("Small")}) == []
    outside = {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111122223333:role/other"}}
    inside = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Small", "Arn"]}}}
    [gain] = gains({**roles, "F": inside}, {**roles, "F": outside})
    assert (gain.certain, gain.sentence) == (
        False,
        "F may gain rights: it acts as arn:aws:iam::111122223333:role/other and no longer as app's small role",
    )


def test_joining_a_group() -> None:
    """A user who joins a group, and instances that get a role through their profile, gain what it may do."""
    there = {"U": {"Type": "AWS::IAM::User", "Properties": {}}, "G": {"Type": "AWS::IAM::Group", "Properties": {}}}
    added = {
        "A": {
            "Type": "AWS::IAM::UserToGroupAddition",
            "Properties": {"GroupName": {"Ref": "G"}, "Users": [{"Ref": "U"}]},
        }
    }
    [gain] = gains(there, {**there, **added})
    assert gain.sentence == "app-prod's u user gains all that app-prod's g group may do"
    assert gain.escalation
    profile = {"P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "TaskRole"}]}}}
    before = {"TaskRole": role(), "P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": []}}}
    assert said(before, {"TaskRole": role(), **profile}) == ["P gains all that app's task role may do"]


def test_rights_that_are_given_elsewise() -> None:
    """Types whose ways of giving rights are not read are told as something that may give some."""
    [gain] = gains({}, {"Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "ci"}}})
    assert (gain.sentence, gain.certain) == ("Key may give rights: whoever gets the key acts as the user", False)
