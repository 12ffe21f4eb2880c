"""What is told about stacks, resources, events and templates."""

from __future__ import annotations

import json

import pytest

from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.providers.provider import ResourceFailure
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import Host, World, queue, template

ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}


def test_resources_are_listed(cfn: Cfn) -> None:
    """ListStackResources and DescribeStackResources, the latter by physical id too (API Reference)."""
    cfn.create(template(One={**queue(), "Metadata": {"a": 1}}, Two=queue()))
    rows = cfn.call("ListStackResources", StackName="app")["StackResourceSummaries"]
    assert [row["LogicalResourceId"] for row in rows] == ["One", "Two"]
    physical = rows[0]["PhysicalResourceId"]
    found = cfn.call("DescribeStackResources", PhysicalResourceId=physical)["StackResources"]
    assert len(found) == 2
    [one] = cfn.call("DescribeStackResources", StackName="app", LogicalResourceId="One")["StackResources"]
    assert one["PhysicalResourceId"] == physical
    detail = cfn.call("DescribeStackResource", StackName="app", LogicalResourceId="One")["StackResourceDetail"]
    assert json.loads(detail["Metadata"]) == {"a": 1}
    for action in ("DescribeStackResources", "DescribeStackResource"):
        assert "Resource No does not exist" in cfn.refuses(action, StackName="app", LogicalResourceId="No")
    assert "does not exist" in cfn.refuses("DescribeStackResources", PhysicalResourceId="none")


def test_stacks_are_listed_by_status(cfn: Cfn) -> None:
    """ListStacks knows deleted stacks and filters (API Reference)."""
    cfn.create(template(Queue=queue()))
    cfn.create(template(Queue=queue()), stack="gone")
    cfn.call("DeleteStack", StackName="gone")
    cfn.cloud.settle()
    rows = cfn.call("ListStacks")["StackSummaries"]
    assert {row["StackName"]: row["StackStatus"] for row in rows} == {
        "app": "CREATE_COMPLETE",
        "gone": "DELETE_COMPLETE",
    }
    rows = cfn.call("ListStacks", StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert [row["StackName"] for row in rows] == ["gone"]


def test_events_of_one_operation(cfn: Cfn) -> None:
    """DescribeEvents groups by operation; a failed one can be asked for its failures only (API Reference)."""
    cfn.create(template(Queue=queue(DelaySeconds=1)))
    cfn.world.fail["Queue", "update"] = ResourceFailure("too slow", "NotStabilized")
    stack = cfn.update(template(Queue=queue(DelaySeconds=2)), DisableRollback=True)
    [operation] = stack["LastOperations"]
    failed = {"FailedEvents": True}
    [event] = cfn.call("DescribeEvents", OperationId=operation["OperationId"], Filters=failed)["OperationEvents"]
    assert (event["EventType"], event["OperationType"]) == ("PROVISIONING_ERROR", "UPDATE_STACK")
    assert "too slow" in event["ResourceStatusReason"]
    assert json.loads(event["ResourceProperties"]) == {"DelaySeconds": 2}
    every = cfn.call("DescribeEvents", StackName="app")["OperationEvents"]
    assert {row["EventType"] for row in every} == {"STACK_EVENT", "PROGRESS_EVENT", "PROVISIONING_ERROR"}
    assert {row["OperationStatus"] for row in every if row["EventType"] == "STACK_EVENT"} == {
        "SUCCEEDED",
        "FAILED",
        None,
    }
    assert "OperationNotFoundException" in cfn.refuses("DescribeEvents", OperationId="none")
    assert "must be specified" in cfn.refuses("DescribeEvents")


def test_events_come_in_pages(cfn: Cfn) -> None:
    """DescribeStackEvents pages, newest first."""
    cfn.create(template(**{f"Queue{number}": queue() for number in range(50)}))
    assert len(cfn.events()) == 3 + 50 * 3


def test_templates_are_kept_as_they_came(cfn: Cfn) -> None:
    """GetTemplate of a stack and of a change set (API Reference)."""
    body = json.dumps(template(Queue=queue()))
    made = cfn.change_set(body, ChangeSetType="CREATE")
    assert "does not exist" in cfn.refuses("GetTemplate", StackName="app")
    assert cfn.call("GetTemplate", ChangeSetName=made["ChangeSetId"])["TemplateBody"] == json.loads(body)
    cfn.execute()
    assert cfn.call("GetTemplate", StackName="app", TemplateStage="Processed")["TemplateBody"] == json.loads(body)
    assert "enum value set" in cfn.refuses("GetTemplate", StackName="app", TemplateStage="Raw")


def test_summaries_and_validation(cfn: Cfn) -> None:
    """GetTemplateSummary and ValidateTemplate tell parameters, types and capabilities (API Reference)."""
    body = template(
        Role=ROLE,
        parameters={
            "Secret": {"Type": "String", "NoEcho": True, "Default": "x"},
            "Size": {"Type": "String", "AllowedValues": ["a"]},
        },
    )
    summary = cfn.call("GetTemplateSummary", TemplateBody=json.dumps(body))
    assert summary["Capabilities"] == ["CAPABILITY_IAM"]
    assert summary["ResourceTypes"] == ["AWS::IAM::Role"]
    assert summary["Parameters"][0]["DefaultValue"] == "****"
    assert summary["Parameters"][1]["ParameterConstraints"] == {"AllowedValues": ["a"]}
    checked = cfn.call("ValidateTemplate", TemplateBody=json.dumps(body))
    assert [row["ParameterKey"] for row in checked["Parameters"]] == ["Secret", "Size"]
    assert "[AWS::IAM::Role]" in checked["CapabilitiesReason"]
    cfn.create(template(Queue=queue()))
    assert cfn.call("GetTemplateSummary", StackName="app")["ResourceTypes"] == ["AWS::SQS::Queue"]


def test_capabilities_are_asked_for(cfn: Cfn) -> None:
    """CAPABILITY_NAMED_IAM covers the unnamed ones too (User Guide, "Acknowledge IAM resources")."""
    named = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "r"}}  # type: ignore[dict-item] # a literal of mixed values
    params = {"StackName": "app", "ChangeSetName": "cs", "ChangeSetType": "CREATE"}
    for body, capability in ((template(Role=ROLE), "CAPABILITY_IAM"), (template(Role=named), "CAPABILITY_NAMED_IAM")):
        said = cfn.refuses("CreateChangeSet", TemplateBody=json.dumps(body), **params)
        assert said == f"InsufficientCapabilitiesException: Requires capabilities : [{capability}]"
    assert cfn.create(template(Role=ROLE), Capabilities=["CAPABILITY_NAMED_IAM"])["Capabilities"] == [
        "CAPABILITY_NAMED_IAM"
    ]


def test_state_survives(cfn: Cfn) -> None:
    """What is dumped can be loaded and goes on."""
    cfn.create(template(Queue=queue(DelaySeconds=1)))
    cfn.change_set(template(Queue=queue(DelaySeconds=2)))
    fresh = Cfn(Cloud(Host()), World(), Host())
    fresh.cloud.load(cfn.cloud.dump())
    assert fresh.stack() == cfn.stack()
    assert fresh.events() == cfn.events()
    assert fresh.execute()["StackStatus"] == "UPDATE_COMPLETE"


@pytest.mark.parametrize("missing", ["ChangeSetName", "StackName"])
def test_missing_members_are_named(cfn: Cfn, missing: str) -> None:
    """AWS's front end names the member in lower camel case."""
    params = {"ChangeSetName": "cs", "StackName": "app"}
    del params[missing]
    member = missing[0].lower() + missing[1:]
    assert f"Value null at '{member}'" in cfn.refuses("CreateChangeSet", TemplateBody="{}", **params)
