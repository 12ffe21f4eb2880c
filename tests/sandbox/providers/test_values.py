"""What `Ref` and `Fn::GetAtt` give, and what happens to values that people and services put in."""

import datetime as dt
import json
import re

import pytest

from generator.sandbox.cloudformation.resource_schemas import schema
from tests.sandbox.conftest import ACCOUNT, REGION, Aws
from tests.sandbox.providers.resources import At, Case, Made, Maker, cases, emitted

TYPES = tuple(
    emitted(
        "AWS::CloudWatch::", "AWS::DynamoDB::", "AWS::Events::", "AWS::KMS::", "AWS::Lambda::", "AWS::Logs::",
        "AWS::RDS::", "AWS::S3::", "AWS::SNS::", "AWS::SQS::", "AWS::SecretsManager::",
    )
)  # fmt: skip
HERE = f"{REGION}:{ACCOUNT}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NAME = "[A-Za-z0-9/_.-]+"
# "Return values" of each type's page in the AWS CloudFormation Template Reference.
REFS = {
    "AWS::CloudWatch::Alarm": NAME,
    "AWS::CloudWatch::CompositeAlarm": NAME,
    "AWS::CloudWatch::Dashboard": NAME,
    "AWS::DynamoDB::Table": NAME,
    "AWS::Events::Rule": NAME,
    "AWS::KMS::Alias": f"alias/{NAME}",
    "AWS::KMS::Key": UUID,
    "AWS::Lambda::EventSourceMapping": UUID,
    "AWS::Lambda::Function": NAME,
    "AWS::Lambda::Permission": NAME,
    "AWS::Logs::LogGroup": NAME,
    "AWS::Logs::MetricFilter": NAME,
    "AWS::Logs::ResourcePolicy": NAME,
    "AWS::RDS::DBInstance": "[a-z0-9-]+",
    "AWS::RDS::DBParameterGroup": "[a-z0-9-]+",
    "AWS::RDS::DBSubnetGroup": "[a-z0-9-]+",
    "AWS::S3::Bucket": "[a-z0-9.-]{3,63}",
    "AWS::S3::BucketPolicy": "[a-z0-9.-]{3,63}",
    "AWS::SNS::Subscription": f"arn:aws:sns:{HERE}:{NAME}:{UUID}",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:{NAME}",
    "AWS::SNS::TopicPolicy": NAME,
    "AWS::SQS::Queue": f"https?://{NAME}(:[0-9]+)?/{ACCOUNT}/{NAME}",
    "AWS::SQS::QueuePolicy": NAME,
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{HERE}:secret:{NAME}-[A-Za-z0-9]{{6}}",
}
ATTRIBUTES = {
    ("AWS::CloudWatch::Alarm", "Arn"): f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    ("AWS::CloudWatch::CompositeAlarm", "Arn"): f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    ("AWS::DynamoDB::Table", "Arn"): f"arn:aws:dynamodb:{HERE}:table/{NAME}",
    ("AWS::Events::Rule", "Arn"): f"arn:aws:events:{HERE}:rule/{NAME}",
    ("AWS::KMS::Key", "Arn"): f"arn:aws:kms:{HERE}:key/{UUID}",
    ("AWS::Lambda::EventSourceMapping", "EventSourceMappingArn"): f"arn:aws:lambda:{HERE}:event-source-mapping:{UUID}",
    ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{HERE}:function:{NAME}",
    ("AWS::Logs::LogGroup", "Arn"): rf"arn:aws:logs:{HERE}:log-group:{NAME}:\*",
    ("AWS::RDS::DBInstance", "DBInstanceArn"): f"arn:aws:rds:{HERE}:db:{NAME}",
    ("AWS::RDS::DBInstance", "Endpoint.Address"): f"{NAME}.[a-z0-9]+.{REGION}.rds.amazonaws.com",
    ("AWS::RDS::DBInstance", "Endpoint.Port"): "[0-9]+",
    ("AWS::RDS::DBInstance", "MasterUserSecret.SecretArn"): f"arn:aws:secretsmanager:{HERE}:secret:rds!db-{NAME}",
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::[a-z0-9.-]+",
    ("AWS::S3::Bucket", "DomainName"): "[a-z0-9.-]+.s3.amazonaws.com",
    ("AWS::S3::Bucket", "RegionalDomainName"): f"[a-z0-9.-]+.s3.{REGION}.amazonaws.com",
    ("AWS::SNS::Topic", "TopicName"): "[A-Za-z0-9_-]+",
    ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{HERE}:{NAME}",
    ("AWS::SQS::Queue", "QueueName"): "[A-Za-z0-9_-]+",
}


def _case(kind: str) -> Case:
    return next(cases(kind))


def _identifier(kind: str, made: Made) -> str:
    """What `Ref` is of a type that is not in REFS: the identifier of its resource schema."""
    spec = schema(kind)
    assert spec is not None
    [[name]] = spec.primary
    value: str = (made.props | made.created.attributes)[name]
    return value


@pytest.mark.parametrize("kind", TYPES)
def test_ref_and_getatt_have_the_shape_that_aws_documents(kind: str, aws: Aws) -> None:
    """What one stack hands to the next is what it would be on AWS, so that templates which work here work there."""
    made = Maker(aws, TYPES).make(_case(kind))
    created = made.created
    pattern = REFS.get(kind) or re.escape(str(_identifier(kind, made)))
    assert re.fullmatch(pattern, created.physical_id), created.physical_id
    for (other, name), pattern in ATTRIBUTES.items():
        if other == kind:
            assert re.fullmatch(pattern, created.attributes[name]), created.attributes[name]


def test_a_table_with_a_stream_tells_it(aws: Aws) -> None:
    """`StreamArn` is there if and while the table has a stream."""
    streaming = next(
        case for case in cases("AWS::DynamoDB::Table") if "StreamSpecification" in case.definition["Properties"]
    )
    created = Maker(aws, TYPES).make(streaming).created
    assert created.attributes["StreamArn"].startswith(f"{created.attributes['Arn']}/stream/")


def _make(aws: Aws, kind: str) -> Made:
    return Maker(aws, TYPES).make(_case(kind))


def test_a_key_waits_as_long_as_its_template_says(aws: Aws) -> None:
    """ScheduleKeyDeletion: the key is pending for `PendingWindowInDays` and can be taken back until then."""
    made = _make(aws, "AWS::KMS::Key")
    made.provider.delete(made.ctx, made.created.physical_id, made.props | {"PendingWindowInDays": 9})
    told = aws("kms").describe_key(KeyId=made.created.physical_id)["KeyMetadata"]
    assert told["KeyState"] == "PendingDeletion"
    days = (told["DeletionDate"] - dt.datetime.now(dt.UTC)) / dt.timedelta(days=1)
    assert 8.9 < days < 9.1
    aws("kms").cancel_key_deletion(KeyId=made.created.physical_id)


def test_tokens_that_people_filled_in_survive_updates(aws: Aws) -> None:
    """A secret starts with the template's keys and a placeholder, and an update never overwrites what people put there."""
    made = _make(aws, "AWS::SecretsManager::Secret")
    secrets, arn = aws("secretsmanager"), made.created.physical_id
    first = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert first.keys() == {"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "placeholder"}
    assert len(first["placeholder"]) == 32
    secrets.put_secret_value(SecretId=arn, SecretString='{"SLACK_BOT_TOKEN":"xoxb-1"}')
    made.provider.update(made.ctx, arn, made.props, made.props | {"Description": "changed"})
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == '{"SLACK_BOT_TOKEN":"xoxb-1"}'


def test_a_managed_password_lives_and_goes_with_its_database(aws: Aws) -> None:
    """RDS keeps the secret of a managed password, encrypted with the given key, and deletes it with the instance."""
    made = _make(aws, "AWS::RDS::DBInstance")
    secrets, arn = aws("secretsmanager"), made.created.attributes["MasterUserSecret.SecretArn"]
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value["username"] == made.props["MasterUsername"]
    assert len(value["password"]) == 28
    assert secrets.describe_secret(SecretId=arn)["KmsKeyId"] == made.props["MasterUserSecret"]["KmsKeyId"]
    open_ = made.props | {"DeletionProtection": False}
    made.provider.update(made.ctx, made.created.physical_id, made.props, open_)
    made.provider.delete(made.ctx, made.created.physical_id, open_)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=arn)


def test_protected_data_is_not_deleted(aws: Aws) -> None:
    """A table and a database with deletion protection stay, anyone who deletes the stack."""
    for kind, word in (("AWS::DynamoDB::Table", "rotect"), ("AWS::RDS::DBInstance", "DeletionProtection")):
        protected = next(
            case
            for case in cases(kind)
            if case.definition["Properties"].get(
                "DeletionProtectionEnabled", case.definition["Properties"].get("DeletionProtection")
            )
        )
        made = Maker(aws, TYPES).make(protected)
        with pytest.raises(aws("sts").exceptions.ClientError, match=word):
            made.provider.delete(made.ctx, made.created.physical_id, made.props)
        assert made.provider.read(made.ctx, made.created.physical_id, made.props) == made.props


def test_the_functions_code_runs(aws: Aws) -> None:
    """Inline code is `index` plus the runtime's suffix, and Lambda runs it."""
    tidy = next(
        case for case in cases("AWS::Lambda::Function") if "expired" in str(case.definition["Properties"]["Code"])
    )
    made = Maker(aws, TYPES).make(tidy)
    answer = aws("lambda").invoke(FunctionName=made.created.physical_id, Payload=b"{}")
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"tables": ["tablesessionsname-1"]}


def test_resources_carry_the_names_of_their_stack(aws: Aws) -> None:
    """CloudFormation User Guide, "Resource tags": what a stack made can be found by `aws:cloudformation:stack-name`."""
    made = _make(aws, "AWS::SQS::Queue")
    tags = aws("sqs").list_queue_tags(QueueUrl=made.created.physical_id)["Tags"]
    assert tags["aws:cloudformation:stack-name"] == "shop"
    assert isinstance(made.ctx, At)
    assert {tag["Key"] for tag in made.props["Tags"]} < tags.keys()
