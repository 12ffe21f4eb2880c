"""Every resource of half of the types that `build` emits: made, read back, changed, deleted."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.providers.provider import ResourceFailure
from tests.sandbox.conftest import Aws
from tests.sandbox.providers.resources import STACK_TAGS, At, Case, Maker, cases, emitted

TYPES = tuple(
    emitted(
        "AWS::CloudWatch::", "AWS::DynamoDB::", "AWS::Events::", "AWS::KMS::", "AWS::Lambda::", "AWS::Logs::",
        "AWS::RDS::", "AWS::S3::", "AWS::SNS::", "AWS::SQS::", "AWS::SSM::", "AWS::SecretsManager::",
    )
)  # fmt: skip
# A change of one property for each type, in place.
CHANGES: dict[str, dict[str, Any]] = {
    "AWS::CloudWatch::Alarm": {"Threshold": 7, "AlarmDescription": "changed"},
    "AWS::CloudWatch::CompositeAlarm": {"AlarmDescription": "changed"},
    "AWS::CloudWatch::Dashboard": {"DashboardBody": '{"widgets":[]}'},
    "AWS::DynamoDB::Table": {"TimeToLiveSpecification": {"AttributeName": "forget", "Enabled": True}},
    "AWS::Events::Rule": {"Description": "changed", "State": "DISABLED"},
    "AWS::KMS::Key": {"Description": "changed"},
    "AWS::Lambda::EventSourceMapping": {"BatchSize": 3},
    "AWS::Lambda::Function": {"MemorySize": 1024, "Environment": {"Variables": {"CHANGED": "yes"}}},
    "AWS::Logs::LogGroup": {"RetentionInDays": 365},
    "AWS::Logs::MetricFilter": {"FilterPattern": "changed"},
    "AWS::Logs::ResourcePolicy": {"PolicyDocument": '{"Version":"2012-10-17","Statement":[]}'},
    "AWS::RDS::DBInstance": {
        "MultiAZ": True,
        "AutoMinorVersionUpgrade": False,
        "EnableCloudwatchLogsExports": ["error"],
    },
    "AWS::RDS::DBParameterGroup": {"Parameters": {"long_query_time": "5"}},
    "AWS::RDS::DBSubnetGroup": {"DBSubnetGroupDescription": "changed"},
    "AWS::S3::Bucket": {
        "LifecycleConfiguration": {"Rules": [{"Id": "new", "Status": "Enabled", "ExpirationInDays": 3}]}
    },
    "AWS::S3::BucketPolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    "AWS::SNS::Subscription": {"RawMessageDelivery": True},
    "AWS::SNS::Topic": {"DisplayName": "changed"},
    "AWS::SNS::TopicPolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    "AWS::SQS::Queue": {"VisibilityTimeout": 77},
    "AWS::SQS::QueuePolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    "AWS::SecretsManager::Secret": {"Description": "changed"},
}
# Every property of these replaces them.
FIXED = {"AWS::Lambda::Permission"}
# No resources of their own: attributes of others, which can be set again.
ATTRIBUTES = {"AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}
# What keeps a resource from being deleted, turned off.
UNPROTECTED = {
    "AWS::DynamoDB::Table": {"DeletionProtectionEnabled": False},
    "AWS::RDS::DBInstance": {"DeletionProtection": False},
}


def _named(case: Case) -> str:
    return f"{case.definition['Type'].removeprefix('AWS::')}-{case.template}-{case.logical_id}"


def _retagged(props: dict[str, Any]) -> dict[str, Any]:
    """A change that every type with tags takes, where no other is named."""
    tags = props.get("Tags")
    return {"Tags": [*tags, {"Key": "changed", "Value": "yes"}]} if isinstance(tags, list) else {}


ALL = list(cases(*TYPES))


@pytest.mark.parametrize("case", ALL, ids=_named)
def test_a_resource_of_our_templates_lives(case: Case, aws: Aws) -> None:
    """Whatever we build deploys with every value it asks for, can be read, changed and deleted, twice if need be."""
    made = Maker(aws, TYPES).make(case)
    provider, ctx, props, created = made
    assert created.physical_id
    assert provider.read(ctx, created.physical_id, props) == props

    kind = case.definition["Type"]
    changed = props | (CHANGES.get(kind) or _retagged(props))
    if kind == "AWS::KMS::Alias":
        changed = props | {"TargetKeyId": aws("kms").create_key()["KeyMetadata"]["KeyId"]}
    assert changed != props or kind in FIXED
    updated = provider.update(ctx, created.physical_id, props, changed)
    assert updated.physical_id == created.physical_id
    assert updated.attributes.keys() <= created.attributes.keys()
    assert provider.read(ctx, created.physical_id, changed) == changed

    back = {key: value for key, value in props.items() if key not in UNPROTECTED.get(kind, {})} | UNPROTECTED.get(
        kind, {}
    )
    provider.update(ctx, created.physical_id, changed, back)
    assert provider.read(ctx, created.physical_id, back) == back

    provider.delete(ctx, created.physical_id, back)
    provider.delete(ctx, created.physical_id, back)
    with pytest.raises(ResourceFailure) as gone:
        provider.read(ctx, created.physical_id, back)
    assert gone.value.code == "NotFound"
    if kind not in ATTRIBUTES:
        with pytest.raises((ResourceFailure, ClientError)):
            provider.update(ctx, created.physical_id, back, changed)


FIRST = {case.definition["Type"]: case for case in reversed(ALL)}


@pytest.mark.parametrize("kind", TYPES)
def test_a_property_that_the_sandbox_does_not_do_is_refused(kind: str, aws: Aws) -> None:
    """Nobody believes that a setting works because the sandbox ignored it."""
    maker = Maker(aws, TYPES)
    made = maker.make(FIRST[kind])
    with pytest.raises(ResourceFailure) as refused:
        made.provider.create(At(aws, "Other"), made.props | {"Levitation": True})
    assert f"does not support Levitation of {kind}; leave it out" in refused.value.reason


NAMED = sorted(
    kind
    for kind in TYPES
    if any(
        name in FIRST[kind].definition["Properties"]
        for name in ("AlarmName", "DashboardName", "QueueName", "AliasName")
    )
    or kind in ("AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::Logs::ResourcePolicy", "AWS::SecretsManager::Secret")
    or kind in ("AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::RDS::DBInstance", "AWS::S3::BucketPolicy")
)


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_is_taken_fails_the_resource(kind: str, aws: Aws) -> None:
    """A second stack does not silently take over what the first made (CloudFormation CLI User Guide, AlreadyExists)."""
    made = Maker(aws, TYPES).make(FIRST[kind])
    with pytest.raises((ResourceFailure, ClientError)) as taken:
        made.provider.create(At(aws, "Other"), made.props)
    code = taken.value.code if isinstance(taken.value, ResourceFailure) else taken.value.response["Error"]["Code"]
    assert "AlreadyExists" in code or code in (
        "ResourceExistsException",
        "ResourceConflictException",
        "ResourceInUseException",
    )


@pytest.mark.parametrize("kind", [kind for kind in TYPES if "Tags" in FIRST[kind].definition["Properties"]])
def test_tags_behind_cloudformations_back_are_seen(kind: str, aws: Aws) -> None:
    """Drift shows a tag that the template says and somebody changed, and not the stack's own tags."""
    made = Maker(aws, TYPES).make(FIRST[kind])
    other = [{"Key": tag["Key"], "Value": tag["Value"] + "!"} for tag in made.props["Tags"]]
    made.provider.update(made.ctx, made.created.physical_id, made.props, made.props | {"Tags": other})
    assert made.provider.read(made.ctx, made.created.physical_id, made.props)["Tags"] == other
    live = made.provider.read(At(aws, "Other", {}), made.created.physical_id, made.props)["Tags"]
    own = {tag["Key"] for tag in live} & STACK_TAGS.keys()
    assert "release-unit" in own


def test_every_type_that_is_emitted_has_a_change() -> None:
    """A type that `build` emits tomorrow does not slip through these tests."""
    assert set(TYPES) == CHANGES.keys() | FIXED | {"AWS::KMS::Alias"}
