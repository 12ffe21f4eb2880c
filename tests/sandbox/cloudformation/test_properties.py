"""Properties against the schemas, stack policies, and drift as pure functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.cloudformation.drift import compare
from generator.sandbox.cloudformation.model import Resource
from generator.sandbox.cloudformation.properties import check, coerce, free_form
from generator.sandbox.cloudformation.resource_operations import replaces
from generator.sandbox.cloudformation.resource_schemas import Schema, schema
from generator.sandbox.cloudformation.stack_policy import denied, parse
from generator.sandbox.server.errors import AwsError
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import queue, template

NOW: Any = None


def _schema(type_name: str) -> Schema:
    found = schema(type_name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("type_name", "props", "lines"),
    [
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, []),
        ("AWS::SQS::Queue", {"DelaySeconds": "five"}, ["#/DelaySeconds: expected type: Integer, found: String"]),
        ("AWS::SQS::Queue", {"DelaySeconds": True}, ["#/DelaySeconds: expected type: Integer, found: Boolean"]),
        ("AWS::SQS::Queue", {"Arn": "x"}, ["#: extraneous key [Arn] is not permitted"]),
        ("AWS::SQS::Queue", {"Tags": {"a": "b"}}, ["#/Tags: expected type: Array, found: JSONObject"]),
        ("AWS::SQS::Queue", {"Tags": [{"Key": "a"}]}, ["#/Tags/0: required key [Value] not found"]),
        ("AWS::IAM::Role", {}, ["#: required key [AssumeRolePolicyDocument] not found"]),
        ("AWS::ECS::Service", {"LaunchType": "MOON"}, ["#/LaunchType: MOON is not a valid enum value"]),
        ("AWS::ECS::Service", {"DesiredCount": []}, ["#/DesiredCount: expected type: Integer, found: JSONArray"]),
        ("AWS::ECS::Service", {"DesiredCount": None}, ["#/DesiredCount: expected type: Integer, found: null"]),
        ("AWS::ECS::Service", {"DesiredCount": 1.5}, ["#/DesiredCount: expected type: Integer, found: Number"]),
    ],
)
def test_faults_are_named_as_handlers_name_them(type_name: str, props: dict[str, Any], lines: list[str]) -> None:
    """The words of "Properties validation failed for resource" (assumed from public reports of the message)."""
    assert [fault.line() for fault in check(_schema(type_name), props)] == lines


def test_limits_of_a_schema() -> None:
    """Lengths, patterns, numbers and counts."""
    raw = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "Name": {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]+$"},
            "Count": {"type": "integer", "minimum": 1, "maximum": 2},
            "Items": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "string"}},
            "Map": {"type": "object", "patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False},
            "Odd": {"type": "string", "pattern": "(?<bad"},
        },
    }
    lines = [
        fault.line()
        for props in (
            {"Name": "a", "Count": 0, "Items": [], "Map": {"b": "x"}},
            {"Name": "ABCD", "Count": 3, "Items": ["a", "b"], "Map": {"a": 1}, "Odd": "x"},
        )
        for fault in check(Schema(raw), props)
    ]
    assert lines == [
        "#/Name: expected minLength: 2, actual: 1",
        "#/Count: 0 is not greater or equal to 1",
        "#/Items: expected minimum item count: 1, found: 0",
        "#/Map: extraneous key [b] is not permitted",
        "#/Name: expected maxLength: 3, actual: 4",
        "#/Name: failed validation constraint for keyword [pattern]: ^[a-z]+$",
        "#/Count: 3 is not less or equal to 2",
        "#/Items: expected maximum item count: 1, found: 2",
        "#/Map/a: expected type: String, found: Integer",
    ]


def test_scalars_get_the_type_of_their_schema() -> None:
    """CloudFormation takes text for numbers and numbers for text; documents stay as they are."""
    spec = _schema("AWS::ECS::TaskDefinition")
    given_props = {
        "Cpu": 256,
        "ContainerDefinitions": [{"Essential": "true", "PortMappings": [{"ContainerPort": "80"}]}],
    }
    assert coerce(spec, spec.raw, given_props) == {
        "Cpu": "256",
        "ContainerDefinitions": [{"Essential": True, "PortMappings": [{"ContainerPort": 80}]}],
    }
    role = _schema("AWS::IAM::Role")
    document = {"AssumeRolePolicyDocument": {"Statement": [{"n": "1"}]}}
    assert coerce(role, role.raw, document) == document
    assert free_form(role, ("AssumeRolePolicyDocument", "Statement"))
    assert not free_form(spec, ("ContainerDefinitions", 0, "Essential"))


@given(
    st.dictionaries(
        st.sampled_from(sorted(_schema("AWS::SQS::Queue").properties)),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        ),
    )
)
def test_any_properties_are_checked_without_a_crash(props: dict[str, Any]) -> None:
    """Whatever a template says gets an answer, and coercing twice changes nothing more."""
    spec = _schema("AWS::SQS::Queue")
    once = coerce(spec, spec.raw, props)
    assert coerce(spec, spec.raw, once) == once
    assert isinstance(check(spec, once), list)


def _resource() -> Resource:
    return Resource(logical_id="Db", type="AWS::RDS::DBInstance", at=NOW, physical_id="db-1")


ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "action", "refused"),
    [
        ([], "Update:Modify", True),
        ([ALLOW], "Update:Replace", False),
        (
            [ALLOW, {"Effect": "Deny", "Action": "Update:Replace", "Resource": "LogicalResourceId/Db"}],
            "Update:Replace",
            True,
        ),
        (
            [ALLOW, {"Effect": "Deny", "Action": "Update:Replace", "Resource": "LogicalResourceId/Db"}],
            "Update:Modify",
            False,
        ),
        (
            [ALLOW, {"Effect": "Deny", "Action": ["Update:*"], "Resource": "LogicalResourceId/D*"}],
            "Update:Modify",
            True,
        ),
        ([ALLOW, {"Effect": "Deny", "NotAction": "Update:Modify", "Resource": "*"}], "Update:Modify", False),
        (
            [ALLOW, {"Effect": "Deny", "Action": "Update:*", "NotResource": "LogicalResourceId/Db"}],
            "Update:Modify",
            False,
        ),
        (
            [ALLOW, {"Effect": "Deny", "Action": "Update:*", "Resource": "PhysicalResourceId/db-1"}],
            "Update:Delete",
            True,
        ),
        (
            [
                ALLOW,
                {
                    "Effect": "Deny",
                    "Action": "Update:*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"ResourceType": ["AWS::RDS::DBInstance"]}},
                },
            ],
            "Update:Modify",
            True,
        ),
        (
            [
                ALLOW,
                {
                    "Effect": "Deny",
                    "Action": "Update:*",
                    "Resource": "*",
                    "Condition": {"StringLike": {"ResourceType": "AWS::EC2::*"}},
                },
            ],
            "Update:Modify",
            False,
        ),
        (
            [ALLOW, {"Effect": "Deny", "Action": "Update:*", "Resource": "*", "Condition": {"Bool": {"x": "y"}}}],
            "Update:Modify",
            False,
        ),
        ([{"Effect": "Allow", "Principal": "*"}], "Update:Modify", True),
    ],
)
def test_stack_policies(statements: list[dict[str, Any]], action: str, *, refused: bool) -> None:
    """User Guide, "Prevent updates to stack resources": default deny with a policy, Deny wins, types by condition."""
    assert bool(denied(json.dumps({"Statement": statements}), _resource(), action)) is refused


@pytest.mark.parametrize("body", ["{", "[]", '{"Statement": {}}', '{"Statement": [1]}'])
def test_a_policy_must_be_one(body: str) -> None:
    """SetStackPolicy refuses what it can't enforce."""
    with pytest.raises(AwsError, match="Error validating stack policy"):
        parse(body)


def test_without_a_policy_all_is_allowed() -> None:
    """User Guide: no stack policy, no protection."""
    assert denied("", _resource(), "Update:Delete") == ""


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ({"DelaySeconds": 5}, {"DelaySeconds": "5", "VisibilityTimeout": 30}, []),
        ({"DelaySeconds": 5}, {"DelaySeconds": 6}, [("/DelaySeconds", "5", "6", "NOT_EQUAL")]),
        ({"DelaySeconds": 5}, {}, [("/DelaySeconds", "5", "null", "REMOVE")]),
        ({"Tags": []}, {}, []),
        (
            {"Tags": [{"Key": "a", "Value": "1"}]},
            {"Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]},
            [("/Tags/1", "null", '{"Key":"b","Value":"2"}', "ADD")],
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
            {"Tags": [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]},
            [],
        ),
    ],
)
def test_drift_compares_what_the_template_sets(
    expected: Any, actual: Any, found: list[tuple[str, str, str, str]]
) -> None:
    """User Guide, drift: defaults and the order of unordered lists do not count."""
    rows = compare(_schema("AWS::SQS::Queue"), expected, actual)
    keys = ("PropertyPath", "ExpectedValue", "ActualValue", "DifferenceType")
    assert [tuple(row[key] for key in keys) for row in rows] == found


def test_drift_of_a_stack(cfn: Cfn) -> None:
    """User Guide, "Detect drift": changed, deleted and untouched resources, by stack and by resource."""
    cfn.create(template(Same=queue(DelaySeconds=1), Changed=queue(DelaySeconds=1), Gone=queue()))
    row = {name: cfn.cloud.stacks[cfn.stack()["StackId"]].resources[name].physical_id for name in ("Changed", "Gone")}
    cfn.world.resources[row["Changed"]]["DelaySeconds"] = 9
    del cfn.world.resources[row["Gone"]]
    found = cfn.call("DetectStackDrift", StackName="app")["StackDriftDetectionId"]
    cfn.cloud.settle()
    status = cfn.call("DescribeStackDriftDetectionStatus", StackDriftDetectionId=found)
    assert (status["DetectionStatus"], status["StackDriftStatus"]) == ("DETECTION_COMPLETE", "DRIFTED")
    assert status["DriftedStackResourceCount"] == 2
    rows = cfn.call("DescribeStackResourceDrifts", StackName="app")["StackResourceDrifts"]
    assert {r["LogicalResourceId"]: r["StackResourceDriftStatus"] for r in rows} == {
        "Same": "IN_SYNC", "Changed": "MODIFIED", "Gone": "DELETED"
    }  # fmt: skip
    [changed] = cfn.call("DescribeStackResourceDrifts", StackName="app", StackResourceDriftStatusFilters=["MODIFIED"])[
        "StackResourceDrifts"
    ]
    assert changed["PropertyDifferences"] == [
        {"PropertyPath": "/DelaySeconds", "ExpectedValue": "1", "ActualValue": "9", "DifferenceType": "NOT_EQUAL"}
    ]
    assert json.loads(changed["ActualProperties"]) == {"DelaySeconds": 9}
    assert cfn.stack()["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    cfn.world.resources[row["Changed"]]["DelaySeconds"] = 1
    one = cfn.call("DetectStackResourceDrift", StackName="app", LogicalResourceId="Changed")["StackResourceDrift"]
    assert one["StackResourceDriftStatus"] == "IN_SYNC"
    assert "No" in cfn.refuses("DetectStackResourceDrift", StackName="app", LogicalResourceId="No")
    assert "No" in cfn.refuses("DetectStackDrift", StackName="app", LogicalResourceIds=["No"])
    assert "does not exist" in cfn.refuses("DescribeStackDriftDetectionStatus", StackDriftDetectionId="x")
    cfn.change_set(template(Q=queue()), stack="new", ChangeSetType="CREATE")
    assert "REVIEW_IN_PROGRESS" in cfn.refuses("DetectStackDrift", StackName="new")


@pytest.mark.parametrize(
    ("type_name", "old", "new", "replaced"),
    [
        ("AWS::SQS::Queue", {"QueueName": "a"}, {"QueueName": "b"}, True),
        ("AWS::SQS::Queue", {"QueueName": "a", "DelaySeconds": 1}, {"QueueName": "a", "DelaySeconds": 2}, False),
        ("AWS::SQS::Queue", {}, {"QueueName": "b"}, True),
        ("AWS::ECS::Service", {"LaunchType": "EC2"}, {"LaunchType": "FARGATE"}, False),
        (
            "AWS::EKS::Cluster",
            {"KubernetesNetworkConfig": {"IpFamily": "ipv4"}},
            {"KubernetesNetworkConfig": {"IpFamily": "ipv6"}},
            True,
        ),
        ("AWS::EKS::Cluster", {"Logging": {}}, {"Logging": {"ClusterLogging": {}}}, False),
        ("Custom::Thing", {"a": 1}, {"a": 2}, False),
    ],
)
def test_what_replaces_a_resource(type_name: str, old: dict[str, Any], new: dict[str, Any], *, replaced: bool) -> None:
    """The schemas' createOnlyProperties, nested ones too; what is conditional is left to the service."""
    resource = Resource(logical_id="R", type=type_name, at=NOW, physical_id="r", props=old)
    assert replaces(resource, new) is replaced
