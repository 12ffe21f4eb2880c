"""Rules for databases, buckets, tables and keys, beyond their examples."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.rules.runner import check

ROOT = {"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, "Action": "kms:*"}
LOGS = {"Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}, "Action": "kms:Encrypt*"}


def found(resources: dict[str, Any], **sections: Any) -> set[str]:
    """The rules that speak up."""
    return {finding.rule.id for finding in check({**sections, "Resources": resources})}


def instance(**props: Any) -> dict[str, Any]:
    """A database instance."""
    return {
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"Engine": "postgres", "StorageEncrypted": True, **props},
        }
    }


@pytest.mark.parametrize(
    ("props", "rules"),
    [
        ({"MultiAZ": "true", "AvailabilityZone": {"Ref": "Zone"}}, {"E9680"}),
        ({"MultiAZ": False, "AvailabilityZone": "eu-west-1a"}, set()),
        ({"MultiAZ": {"Ref": "Multi"}, "AvailabilityZone": "eu-west-1a"}, set()),
        ({"StorageEncrypted": {"Ref": "Encrypted"}}, set()),
        ({"StorageEncrypted": False}, {"W9683"}),
        ({"StorageEncrypted": False, "DBSnapshotIdentifier": "x"}, set()),
        ({"StorageEncrypted": False, "Engine": "custom-oracle-ee"}, set()),
        ({"StorageEncrypted": False, "DBClusterIdentifier": {"Ref": "Cluster"}}, set()),
        ({"BackupRetentionPeriod": "0"}, {"W9684"}),
        ({"BackupRetentionPeriod": 0, "SourceDBInstanceIdentifier": "x"}, set()),
        ({"PubliclyAccessible": "true"}, {"W9682"}),
        ({"ManageMasterUserPassword": True, "MasterUserPassword": {"Ref": "X"}}, {"E9681"}),
        ({"ManageMasterUserPassword": False, "MasterUserPassword": {"Ref": "X"}}, set()),
    ],
)
def test_databases(props: dict[str, Any], rules: set[str]) -> None:
    """Known contradictions are found; copies, members of a cluster and unknown values are left alone."""
    assert found(instance(**props)) == rules


def test_contradiction_by_condition_is_found_in_the_scenario_where_it_happens() -> None:
    """A zone that stands beside Multi-AZ in production only is still found."""
    either = {"Fn::If": ["Production", True, False]}
    conditions = {"Production": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    parameters = {"Stage": {"Type": "String", "Default": "dev"}}
    sections = {"Conditions": conditions, "Parameters": parameters}
    assert found(instance(MultiAZ=either, AvailabilityZone="eu-west-1a"), **sections) == {"E9680"}
    zone = {"Fn::If": ["Production", {"Ref": "AWS::NoValue"}, "eu-west-1a"]}
    assert found(instance(MultiAZ=either, AvailabilityZone=zone), **sections) == set()


def bucket_policy(statement: dict[str, Any], bucket: Any = None) -> dict[str, Any]:
    """A bucket with a policy."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Principal": "*", "Action": "s3:*", "Resource": "*", **statement}],
    }
    properties = {"Bucket": bucket or {"Ref": "Bucket"}, "PolicyDocument": document}
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "files"}},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties},
    }


@pytest.mark.parametrize(
    ("statement", "fine"),
    [
        ({"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": False}}}, True),
        ({"Effect": "Deny", "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}}, True),
        ({"Effect": "Deny", "Condition": {"Ref": "Condition"}}, True),
        ({"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}}, False),
    ],
)
def test_bucket_must_refuse_plain_http(statement: dict[str, Any], fine: bool) -> None:
    """A Deny on transport or on the TLS version will do, for a policy that names the bucket by Ref or by name."""
    for name in (None, "files"):
        assert ("W9685" not in found(bucket_policy(statement, name))) is fine
    assert "W9685" in found(bucket_policy(statement, "other"))


@pytest.mark.parametrize(
    ("props", "rule"),
    [
        ({"ReplicationConfiguration": {"Role": "x", "Rules": []}}, "E9687"),
        ({"ReplicationConfiguration": {"Role": "x"}, "VersioningConfiguration": {"Status": "Enabled"}}, None),
        ({"ReplicationConfiguration": {"Role": "x"}, "VersioningConfiguration": {"Status": {"Ref": "S"}}}, None),
        ({"PublicAccessBlockConfiguration": {"BlockPublicAcls": "false"}}, "W9686"),
        ({"PublicAccessBlockConfiguration": {"BlockPublicAcls": {"Ref": "Block"}}}, None),
    ],
)
def test_buckets(props: dict[str, Any], rule: str | None) -> None:
    """Replication needs versions, and public access must not be switched on."""
    site = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {}, **props}}}
    assert found(site) == ({rule} if rule else set())


def test_bucket_policy_of_a_web_site_may_be_public() -> None:
    """Reading the objects of a site is meant for everyone; writing is not."""
    policy = bucket_policy({"Effect": "Allow", "Action": ["s3:GetObject"]})
    assert "W9608" not in found(policy)
    assert "W9608" in found(bucket_policy({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"]}))
    only_tls = {"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    assert "W9608" in found(bucket_policy(only_tls))


def key(*statements: Any, **props: Any) -> dict[str, Any]:
    """A key."""
    document = {"Version": "2012-10-17", "Statement": [{"Resource": "*", **each} for each in statements]}
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, "KeyPolicy": document, **props}}}


@pytest.mark.parametrize(
    ("statements", "fine"),
    [
        ((ROOT,), True),
        (({**ROOT, "Action": ["kms:Put*"]},), True),
        (({**ROOT, "Action": {"Ref": "Actions"}},), True),
        (({**ROOT, "Action": "kms:Decrypt"},), False),
        ((LOGS,), False),
    ],
)
def test_key_must_stay_under_somebodys_control(statements: Any, fine: bool) -> None:
    """A key policy must let an AWS principal change it."""
    assert ("E9691" not in found(key(*statements))) is fine


@pytest.mark.parametrize(
    ("statements", "fine"),
    [
        ((ROOT, LOGS), True),
        ((ROOT, {**LOGS, "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}}}), True),
        ((ROOT, {**LOGS, "Principal": {"Ref": "Who"}}), True),
        ((ROOT,), False),
        ((ROOT, {**LOGS, "Effect": "Deny"}), False),
    ],
)
def test_key_of_a_log_group_must_admit_cloudwatch_logs(statements: Any, fine: bool) -> None:
    """A log group with a key of the template needs the principal of the region in its policy."""
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}}
    assert ("E9690" not in found({**key(*statements), "Group": group})) is fine


@pytest.mark.parametrize(
    ("props", "fine"),
    [
        ({"EnableKeyRotation": False}, False),
        ({"EnableKeyRotation": {"Ref": "Rotate"}}, True),
        ({"EnableKeyRotation": False, "KeySpec": "RSA_2048"}, True),
        ({"EnableKeyRotation": False, "Origin": "EXTERNAL"}, True),
    ],
)
def test_only_symmetric_keys_of_kms_rotate(props: dict[str, Any], fine: bool) -> None:
    """Keys that KMS cannot rotate are left alone."""
    assert ("W9692" not in found(key(ROOT, **props))) is fine


def test_encrypted_topic_as_target_of_a_rule() -> None:
    """EventBridge cannot use the AWS managed key of SNS either, written as an alias or as its ARN."""
    topic = {"KmsMasterKeyId": {"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sns"}}
    target = {"Id": "topic", "Arn": {"Ref": "Topic"}, "RoleArn": "arn:aws:iam::123456789012:role/x"}
    rule = {"ScheduleExpression": "rate(1 hour)", "Targets": [target]}
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": topic},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
    }
    assert found(resources) == {"E9693"}


def test_policies_that_disagree() -> None:
    """Snapshot on deletion and nothing on replacement loses the data at the next replacement."""
    volume = {"Type": "AWS::EFS::FileSystem", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete"}
    assert found({"Files": volume}) == {"W9688"}
    assert found({"Files": {**volume, "DeletionPolicy": "Delete"}}) == set()
