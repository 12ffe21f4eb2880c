"""The conditions that the platform's roles rely on decide here as well; a key that nobody fills in is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from generator.sandbox.iam import condition_keys
from tests.golden import CONFIGURATIONS
from tests.sandbox.test_iam import ACCOUNT, denied, enforced, passes, session

if TYPE_CHECKING:
    from generator.sandbox.process import Control

__all__ = ["enforced"]


def conditions(value: Any) -> Iterator[str]:
    """The condition keys of all statements in a template, those in texts of JSON included."""
    match value:
        case {"Effect": _, "Condition": dict(block)}:
            yield from (key for keys in block.values() for key in keys)
        case dict():
            for item in value.values():
                yield from conditions(item)
        case list():
            for item in value:
                yield from conditions(item)
        case str() if '"Condition"' in value:
            yield from conditions(json.loads(value))


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every stack of the two configurations."""
    for folder in CONFIGURATIONS.values():
        for spec in stacks(read_configuration(folder)):
            yield spec.key, to_plain(spec.template())


def test_every_condition_key_of_our_templates_is_known() -> None:
    """A key that a template uses is filled in here, or has no say here for a written reason; and none is listed for nothing."""
    used = {key: stack for stack, template in templates() for key in conditions(template)}
    assert {key: stack for key, stack in used.items() if not condition_keys.is_known(key)} == {}
    assert len(used) > 25
    for pattern in condition_keys.OF_SERVICES:
        assert any(key.startswith(pattern.rstrip("*")) for key in used), pattern


@pytest.mark.parametrize(("key", "known"), [("s3:if-none-match", True), ("kms:ViaService", True), ("s3:prefix", False)])
def test_an_unknown_key_is_noticed(key: str, known: bool) -> None:
    """What nobody fills in is not known."""
    assert condition_keys.is_known(key) is known


def test_a_table_s_own_policy_decides(aws: Any, enforced: Control) -> None:
    """A Deny there holds against an Allow of the caller's; the index is held with its table; the named role passes."""
    arn = aws("dynamodb").create_table(
        TableName="log", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )["TableDescription"]["TableArn"]  # fmt: skip
    writer = session(aws, enforced, {"Action": "dynamodb:*"}, name="writer")
    other = session(aws, enforced, {"Action": "dynamodb:*"}, name="other")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["dynamodb:PutItem", "dynamodb:Query"],
        "Resource": [arn, f"{arn}/index/*"],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/writer"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("dynamodb").put_resource_policy(ResourceArn=arn, Policy=policy)
    item = {"TableName": "log", "Item": {"pk": {"S": "1"}}}
    aws("dynamodb", keys=writer).put_item(**item)
    assert "dynamodb:PutItem" in denied(aws("dynamodb", keys=other).put_item, **item)
    aws("dynamodb", keys=other).get_item(TableName="log", Key=item["Item"])
    query: dict[str, Any] = {
        "TableName": "log",
        "IndexName": "open",
        "KeyConditionExpression": "pk = :a",
        "ExpressionAttributeValues": {":a": {"S": "1"}},
    }
    assert passes(aws("dynamodb", keys=writer).query, **query)
    denied(aws("dynamodb", keys=other).query, **query)


def test_a_bucket_that_takes_conditional_writes_alone_refuses_the_others(aws: Any, enforced: Control) -> None:
    """The statement of the artifact bucket: no plain write, no copy over it; parts pass, since their completion is held."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="artifacts-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::artifacts-1/*",
        "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
    }
    s3.put_bucket_policy(Bucket="artifacts-1", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    mine = aws("s3", keys=session(aws, enforced, {"Action": "s3:*"}))
    there = {"Bucket": "artifacts-1", "Key": "a"}
    mine.put_object(**there, Body=b"1", IfNoneMatch="*")
    denied(mine.put_object, **there, Body=b"2")
    denied(mine.copy_object, **there, CopySource={"Bucket": "artifacts-1", "Key": "a"})
    upload = mine.create_multipart_upload(Bucket="artifacts-1", Key="b")["UploadId"]
    part = mine.upload_part(Bucket="artifacts-1", Key="b", UploadId=upload, PartNumber=1, Body=b"x")
    whole = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    denied(mine.complete_multipart_upload, Bucket="artifacts-1", Key="b", UploadId=upload, MultipartUpload=whole)
    mine.complete_multipart_upload(
        Bucket="artifacts-1", Key="b", UploadId=upload, MultipartUpload=whole, IfNoneMatch="*"
    )
    assert mine.get_object(**there)["Body"].read() == b"1"


def test_a_mapping_is_held_to_its_function(aws: Any, enforced: Control) -> None:
    """Service Authorization Reference, Lambda: lambda:FunctionArn, by name and by ARN."""
    ours = f"arn:aws:lambda:*:{ACCOUNT}:function:shop-*"
    keys = session(
        aws,
        enforced,
        {"Action": "lambda:CreateEventSourceMapping", "Condition": {"ArnLike": {"lambda:FunctionArn": ours}}},
    )
    mapping = aws("lambda", keys=keys).create_event_source_mapping
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"
    assert passes(mapping, FunctionName="shop-tidy", EventSourceArn=queue)
    assert passes(mapping, FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:shop-tidy", EventSourceArn=queue)
    denied(mapping, FunctionName="other", EventSourceArn=queue)


def test_tags_hold_what_has_no_name(aws: Any, enforced: Control) -> None:
    """A network of somebody else is not deleted by a role that may delete what carries its tag."""
    tagged = {"Action": "ec2:DeleteVpc", "Condition": {"StringEquals": {"aws:ResourceTag/platform": "shop"}}}
    keys = session(aws, enforced, tagged)
    made = [
        aws("ec2").create_vpc(
            CidrBlock="10.9.0.0/16",
            TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "platform", "Value": value}]}],
        )["Vpc"]["VpcId"]
        for value in ("shop", "other")
    ]
    aws("ec2", keys=keys).delete_vpc(VpcId=made[0])
    denied(aws("ec2", keys=keys).delete_vpc, VpcId=made[1])
