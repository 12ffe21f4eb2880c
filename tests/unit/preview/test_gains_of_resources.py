"""Whose rights grow through policies of resources, endpoints, denials that end, and roles that are passed on."""

from typing import Any

import pytest

from tests.unit.preview.gains_cases import allow, document, gains, inline, role, said

GET, DELETE = (
    allow("s3:GetObject", {"Fn::Sub": "${Uploads.Arn}/*"}),
    allow("s3:DeleteObject", {"Fn::GetAtt": ["Uploads", "Arn"]}),
)


UPLOADS = {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": {}}}


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
        == "anyone who calls through E may gain s3:PutBucketPolicy on everything, as far as the caller's own rights go"
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
    assert gain.sentence == "app-prod's u user gains everything that app-prod's g group may do"
    assert gain.escalation
    profile = {"P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "TaskRole"}]}}}
    before = {"TaskRole": role(), "P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": []}}}
    assert said(before, {"TaskRole": role(), **profile}) == ["P gains everything that app's task role may do"]


def test_rights_that_are_given_elsewise() -> None:
    """Types whose ways of giving rights are not read are told as something that may give some."""
    [gain] = gains({}, {"Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "ci"}}})
    assert (gain.sentence, gain.certain) == ("Key may give rights: the holder of the key can act as the user", False)
