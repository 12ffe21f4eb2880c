"""``DescribeChangeSet`` answers become change sets, or one clear refusal."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.aws.change_set_parser import UndescribedError, change_set

ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/bot-1/0a"
DETAIL = {
    "Target": {
        "Attribute": "Properties",
        "Name": "ContainerDefinitions",
        "RequiresRecreation": "Always",
        "Path": "/Properties/ContainerDefinitions/0/Image",
        "BeforeValue": "repo@sha256:1",
        "AfterValue": "repo@sha256:2",
        "AttributeChangeType": "Modify",
    },
    "Evaluation": "Static",
    "ChangeSource": "ParameterReference",
    "CausingEntity": "ImageUri",
}
TWIN = {**DETAIL, "Evaluation": "Dynamic", "ChangeSource": "DirectModification", "CausingEntity": None}
TASK = {
    "Action": "Modify",
    "LogicalResourceId": "TaskDefinition",
    "PhysicalResourceId": "app:1",
    "ResourceType": "AWS::ECS::TaskDefinition",
    "Replacement": "True",
    "PolicyAction": "ReplaceAndRetain",
    "Scope": ["Properties"],
    "Details": [DETAIL, TWIN],
    "BeforeContext": '{"Properties":{}}',
    "AfterContext": '{"Properties":{}}',
}
ADDED = {"Action": "Add", "LogicalResourceId": "Bucket", "ResourceType": "AWS::S3::Bucket", "Scope": [], "Details": []}


def answer(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ChangeSetName": "bot-1",
        "ChangeSetId": ARN,
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/0b",
        "StackName": "app",
        "ExecutionStatus": "AVAILABLE",
        "CreationTime": datetime(2026, 11, 23, tzinfo=UTC),
        "Parameters": [
            {"ParameterKey": "ImageUri", "ParameterValue": "repo@sha256:2"},
            {"ParameterKey": "Ami", "ParameterValue": "/aws/ami", "ResolvedValue": "ami-1"},
        ],
        "Tags": [{"Key": "team", "Value": "a"}],
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"],
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes],
        **more,
    }


def test_everything_that_aws_says_is_kept() -> None:
    """A change set carries its changes, values, causes, parameters, tags and capabilities."""
    found = change_set(answer(TASK, ADDED), template="sha256:t")
    assert (found.arn, found.name, found.stack_name, found.kind, found.template) == (
        ARN,
        "bot-1",
        "app",
        "UPDATE",
        "sha256:t",
    )
    assert found.parameters == {"ImageUri": "repo@sha256:2", "Ami": "ami-1"}
    assert found.tags == {"team": "a"}
    assert found.capabilities == ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
    assert found.created == datetime(2026, 11, 23, tzinfo=UTC).timestamp()
    bucket, task = found.changes
    assert (bucket.logical_id, bucket.action, bucket.replacement, bucket.before) == ("Bucket", "Add", "", None)
    assert (task.replacement, task.policy_action, task.physical_id) == ("True", "ReplaceAndRetain", "app:1")
    assert {detail.cause for detail in task.details} == {"ImageUri", ""}
    assert {detail.before for detail in task.details} == {'"repo@sha256:1"'}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("5", '"5"'),
        ("true", '"true"'),
        ("", '""'),
        ('{"b": 1, "a": "2"}', '{"a":"2","b":1}'),
        ("[1]", "[1]"),
        ("{{changeSet:KNOWN_AFTER_APPLY}}", '"{{changeSet:KNOWN_AFTER_APPLY}}"'),
        ("[not json", '"[not json"'),
    ],
)
def test_values_are_json_texts(given: str | None, expected: str | None) -> None:
    """Every value of a detail can be read as JSON, whatever AWS wrote."""
    detail = {**DETAIL, "Target": {**DETAIL["Target"], "AfterValue": given}}  # type: ignore[dict-item]
    assert change_set(answer({**TASK, "Details": [detail]})).changes[0].details[0].after == expected


@given(st.permutations([TASK, ADDED, {**ADDED, "LogicalResourceId": "Another"}]), st.booleans())
def test_the_order_of_the_answer_does_not_matter(rows: list[dict[str, Any]], turned: bool) -> None:
    """The same change set reads the same, however AWS lists its rows."""
    rows = [{**row, "Details": row["Details"][:: -1 if turned else 1]} for row in rows]
    assert change_set(answer(*rows)) == change_set(answer(TASK, ADDED, {**ADDED, "LogicalResourceId": "Another"}))


def test_pages_make_one_change_set() -> None:
    """Long change sets come in pages; all of them together are read."""
    found = change_set(answer(TASK, NextToken="2"), answer(ADDED))
    assert [change.logical_id for change in found.changes] == ["Bucket", "TaskDefinition"]


@pytest.mark.parametrize(
    ("pages", "kind", "said"),
    [
        ([answer(NextToken="2")], "UPDATE", "ask for every NextToken"),
        ([answer(), answer()], "UPDATE", "ask for every NextToken"),
        ([answer(NextToken="2"), answer(ChangeSetId=ARN + "1")], "UPDATE", "describe it again by its ARN"),
        ([answer({**ADDED, "Action": "Teleport"})], "UPDATE", "Teleport"),
        ([answer({**TASK, "Replacement": "Perhaps"})], "UPDATE", "Perhaps"),
        ([answer({"Action": "Add"})], "UPDATE", "LogicalResourceId"),
        ([answer(StackName=None)], "UPDATE", "stack_name"),
        ([answer(TASK)], "CREATE", "that is to be created"),
    ],
)
def test_what_is_not_whole_is_refused(pages: list[dict[str, Any]], kind: Any, said: str) -> None:
    """Missing pages and unknown words are one clear error: nothing may be approved from half a description."""
    with pytest.raises(UndescribedError) as caught:
        change_set(*pages, kind=kind)
    assert said in str(caught.value)


def test_an_answer_without_the_optional_parts() -> None:
    """AWS leaves out what is empty; a status that is not told can't be executed."""
    bare = {key: answer()[key] for key in ("ChangeSetName", "ChangeSetId", "StackId", "StackName")}
    found = change_set(bare, kind="CREATE")
    assert (found.changes, found.execution, found.created, found.kind) == ((), "UNAVAILABLE", 0.0, "CREATE")
    assert json.loads(json.dumps(found.parameters)) == {}
