"""What our templates do not change today and may tomorrow: settings that come, differ and go, type by type."""

from typing import Any, NamedTuple

import pytest

from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.registry import provider_for
from tests.sandbox.conftest import ACCOUNT, REGION, Aws
from tests.sandbox.providers.resources import At

KEY, OTHER_KEY = (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}" for name in ("one", "two"))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/work"
CODE = {"ZipFile": "def handler(event, context):\n    return 1\n"}
FUNCTION = {"FunctionName": "work", "Code": CODE, "Handler": "index.handler", "Role": ROLE, "Runtime": "python3.13"}
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INDEX = {
    "IndexName": "by-state",
    "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
INDEXED = {
    "AttributeDefinitions": [*KEYS["AttributeDefinitions"], {"AttributeName": "state", "AttributeType": "S"}],
    "GlobalSecondaryIndexes": [INDEX],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "dynamodb:DeleteTable", "Resource": "*"}],
}
TAGS = [{"Key": "team", "Value": "red"}]


class Change(NamedTuple):
    """A type, what it has always, and what comes and goes."""

    kind: str
    always: dict[str, Any]
    first: dict[str, Any]
    second: dict[str, Any]


CHANGES = [
    Change(
        "AWS::Logs::LogGroup",
        {"LogGroupName": "/a"},
        {"RetentionInDays": 7, "KmsKeyId": KEY, "Tags": TAGS},
        {"KmsKeyId": OTHER_KEY},
    ),
    Change("AWS::Logs::LogGroup", {"LogGroupName": "/a"}, {"RetentionInDays": 7, "KmsKeyId": KEY}, {}),
    Change(
        "AWS::SQS::Queue",
        {"QueueName": "q"},
        {"VisibilityTimeout": 60, "DelaySeconds": 5, "Tags": TAGS},
        {"ReceiveMessageWaitTimeSeconds": 20, "MessageRetentionPeriod": 60},
    ),
    Change("AWS::SQS::Queue", {"QueueName": "q.fifo", "FifoQueue": True}, {"ContentBasedDeduplication": True}, {"DelaySeconds": 3}),
    Change(
        "AWS::SNS::Topic",
        {"TopicName": "t"},
        {"DisplayName": "One", "KmsMasterKeyId": KEY, "Tags": TAGS},
        {"DisplayName": "Two"},
    ),
    Change(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "a", "ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1, "Namespace": "n",
            "MetricName": "m", "Period": 60, "Statistic": "Sum", "Threshold": 1,
        },
        {"AlarmActions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:t"], "Tags": TAGS, "Unit": "Count"},
        {"AlarmDescription": "two", "TreatMissingData": "breaching"},
    ),
    Change("AWS::CloudWatch::Dashboard", {"DashboardName": "d", "DashboardBody": '{"widgets":[]}'}, {"Tags": TAGS}, {}),
    Change(
        "AWS::S3::Bucket",
        {"BucketName": "a-bucket-of-ours"},
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
                    }
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "colder", "Status": "Enabled", "Prefix": "logs/",
                        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}],
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
                    },
                    {"Id": "markers", "Status": "Disabled", "ExpiredObjectDeleteMarker": True},
                ]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": False},
            "Tags": TAGS,
        },
        {"VersioningConfiguration": {"Status": "Suspended"}},
    ),
    Change(
        "AWS::S3::Bucket",
        {"BucketName": "a-locked-bucket", "ObjectLockEnabled": True},
        {
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            }
        },
        {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    ),
    Change(
        "AWS::KMS::Key",
        {},
        {"Description": "one", "EnableKeyRotation": True, "RotationPeriodInDays": 180, "Tags": TAGS},
        {"Enabled": False},
    ),
    Change("AWS::KMS::Key", {}, {"Enabled": False}, {"Enabled": True, "EnableKeyRotation": True}),
    Change(
        "AWS::SecretsManager::Secret",
        {"Name": "s"},
        {"SecretString": "one", "Description": "one", "Tags": TAGS},
        {"SecretString": "two"},
    ),
    Change("AWS::SecretsManager::Secret", {"Name": "s"}, {"GenerateSecretString": {"PasswordLength": 40}}, {"KmsKeyId": KEY}),
    Change("AWS::SecretsManager::Secret", {}, {}, {"Description": "two"}),
    Change(
        "AWS::DynamoDB::Table",
        {"TableName": "table", **KEYS},
        {
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "ResourcePolicy": {"PolicyDocument": POLICY},
            "SSESpecification": {"SSEEnabled": True},
            "Tags": TAGS,
        },
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
    ),
    Change("AWS::DynamoDB::Table", {"TableName": "table", **KEYS}, INDEXED, {}),
    Change(
        "AWS::Lambda::Function",
        FUNCTION,
        {"ReservedConcurrentExecutions": 3, "Environment": {"Variables": {"A": "1"}}, "Timeout": 60, "Tags": TAGS},
        {"MemorySize": 256, "Code": {"ZipFile": "def handler(event, context):\n    return 2\n"}},
    ),
    Change(
        "AWS::Events::Rule",
        {"Name": "r", "ScheduleExpression": "rate(1 hour)"},
        {"Targets": [{"Id": "a", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}], "Description": "one", "Tags": TAGS},
        {"State": "DISABLED", "Targets": [{"Id": "b", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "Input": '{"a":1}'}]},
    ),
    Change(
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": "db", "Engine": "postgres", "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20", "MasterUsername": "me", "MasterUserPassword": "secret-secret",
        },
        {"EnableCloudwatchLogsExports": ["postgresql"], "DeletionProtection": True, "Tags": TAGS},
        {"VPCSecurityGroups": ["sg-1"], "Port": "6000", "DBParameterGroupName": "default.postgres17"},
    ),
    Change(
        "AWS::RDS::DBParameterGroup",
        {"Description": "d", "Family": "postgres17"},
        {"Parameters": {"log_min_duration_statement": "1000"}, "Tags": TAGS},
        {"Parameters": {"rds.force_ssl": "1"}},
    ),
    Change(
        "AWS::SSM::Parameter",
        {"Name": "/a/b", "Type": "String"},
        {"Value": "one", "Description": "one", "Tags": {"team": "red"}},
        {"Value": "two"},
    ),
]  # fmt: skip


# What no API tells, and what stays as it was when the template says no more (the service has no way back).
UNTOLD = {"GenerateSecretString", "SecretString"}
KEPT = {"AttributeDefinitions", "SSESpecification", "VPCSecurityGroups", "Port", "DBParameterGroupName", "TableClass"}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.kind}-{'-'.join(change.first)[:40]}")
def test_a_setting_comes_differs_and_goes(change: Change, aws: Aws) -> None:
    """An update leaves exactly what the template says, and a rollback brings back exactly what was."""
    provider, ctx = provider_for(change.kind), At(aws, "Thing")
    assert provider is not None
    if change.kind == "AWS::Logs::LogGroup":
        change = _with_true_keys(change, aws)
    first, second = change.always | change.first, change.always | change.second
    made = provider.create(ctx, first)
    before = provider.read(ctx, made.physical_id, first)
    assert before == first
    for old, new in ((first, second), (second, first), (first, second)):
        provider.update(ctx, made.physical_id, old, new)
        assert provider.read(ctx, made.physical_id, new) == new
        gone = old.keys() - new.keys() - UNTOLD
        left = provider.read(ctx, made.physical_id, old)
        assert [name for name in gone if left.get(name) == old[name] and name not in KEPT] == []
    provider.delete(ctx, made.physical_id, second)
    with pytest.raises(ResourceFailure):
        provider.read(ctx, made.physical_id, second)


def _with_true_keys(change: Change, aws: Aws) -> Change:
    """CloudWatch Logs takes only keys that exist."""
    made = {key: aws("kms").create_key()["KeyMetadata"]["Arn"] for key in (KEY, OTHER_KEY)}

    def true(props: dict[str, Any]) -> dict[str, Any]:
        return {name: made.get(value, value) if isinstance(value, str) else value for name, value in props.items()}

    return change._replace(first=true(change.first), second=true(change.second))


def test_an_index_is_not_changed_in_place(aws: Aws) -> None:
    """UpdateTable makes and deletes indexes; one of the same name with other keys is refused in words."""
    provider, ctx = provider_for("AWS::DynamoDB::Table"), At(aws, "Thing")
    assert provider is not None
    first = {"TableName": "table", **KEYS, **INDEXED}
    provider.create(ctx, first)
    other = {**INDEX, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    with pytest.raises(ResourceFailure, match="Cannot update GSI's properties"):
        provider.update(ctx, "table", first, first | {"GlobalSecondaryIndexes": [other]})


def test_a_rule_lives_on_a_bus_of_its_own(aws: Aws) -> None:
    """`Ref` of a rule that is not on the default bus is `bus|name` (AWS::Events::Rule, Return values)."""
    aws("events").create_event_bus(Name="shop")
    provider, ctx = provider_for("AWS::Events::Rule"), At(aws, "Thing")
    assert provider is not None
    props = {"Name": "r", "EventBusName": "shop", "EventPattern": {"source": ["a"]}}
    made = provider.create(ctx, props)
    assert made == ("shop|r", {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/shop/r"})
    assert provider.read(ctx, made.physical_id, props) == props
    provider.delete(ctx, made.physical_id, props)
    assert aws("events").list_rules(EventBusName="shop")["Rules"] == []


def test_a_lifecycle_rule_that_the_sandbox_does_not_do_is_refused(aws: Aws) -> None:
    """Nobody believes that objects are filtered by tag because the sandbox ignored it."""
    provider = provider_for("AWS::S3::Bucket")
    assert provider is not None
    rule = {"Status": "Enabled", "ExpirationInDays": 1, "TagFilters": [{"Key": "a", "Value": "b"}]}
    with pytest.raises(ResourceFailure, match="does not support TagFilters in lifecycle rules"):
        provider.create(At(aws, "Thing"), {"BucketName": "b-b-b", "LifecycleConfiguration": {"Rules": [rule]}})


def test_a_secret_is_said_or_generated_but_not_both(aws: Aws) -> None:
    """AWS::SecretsManager::Secret: SecretString and GenerateSecretString exclude each other."""
    provider = provider_for("AWS::SecretsManager::Secret")
    assert provider is not None
    with pytest.raises(ResourceFailure, match="both"):
        provider.create(At(aws, "Thing"), {"SecretString": "x", "GenerateSecretString": {}})
