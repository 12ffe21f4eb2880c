"""Change sets: what is validated, masked, refused, and what sticks to the stack."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import queue, template


def _by_id(described: dict[str, Any]) -> dict[str, Any]:
    return {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in described["Changes"]}


def test_early_validation_fails_the_change_set_and_explains_in_events(cfn: Cfn) -> None:
    """User Guide, early validation: the reason names the validation, DescribeEvents says where and why."""
    made = cfn.change_set(template(Queue=queue(DelaySeconds="soon", Color="red")), ChangeSetType="CREATE")
    assert made["Status"] == "FAILED"
    assert "[AWS::EarlyValidation::PropertyValidation]" in made["StatusReason"]
    events = cfn.call("DescribeEvents", ChangeSetName=made["ChangeSetId"], Filters={"FailedEvents": True})[
        "OperationEvents"
    ]
    assert {event["EventType"] for event in events} == {"VALIDATION_ERROR"}
    assert {(event["ValidationPath"], event["ValidationStatusReason"]) for event in events} == {
        ("/Resources/Queue/Properties", "extraneous key [Color] is not permitted"),
        ("/Resources/Queue/Properties/DelaySeconds", "expected type: Integer, found: String"),
    }
    assert all(event["ValidationName"] == "PROPERTY_VALIDATION" for event in events)
    assert len(cfn.events()) == 1


def test_a_taken_name_is_found_before_anything_is_made(cfn: Cfn) -> None:
    """Early validation: resource name conflicts."""
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "app"}}
    cfn.create(template(Group=group), stack="first")
    made = cfn.change_set(template(Group=group), stack="second", ChangeSetType="CREATE")
    assert "ResourceExistenceCheck" in made["StatusReason"]
    events = cfn.call("DescribeEvents", ChangeSetName=made["ChangeSetId"])["OperationEvents"]
    assert events[0]["ValidationName"] == "NAME_CONFLICT_VALIDATION"


def test_validation_can_be_switched_off_and_then_the_resource_fails(cfn: Cfn) -> None:
    """API Reference, CreateChangeSet: DisableValidation; the handler then refuses the properties."""
    cfn.change_set(template(Queue=queue(Color="red")), ChangeSetType="CREATE", DisableValidation=True)
    done = cfn.execute()
    assert done["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [event.reason for event in cfn.events() if event.status == "CREATE_FAILED"]
    assert reasons == [
        "Properties validation failed for resource Queue with message:\n[#: extraneous key [Color] is not permitted]"
    ]


def test_no_echo_is_masked_everywhere(cfn: Cfn) -> None:
    """User Guide, "Parameters": NoEcho; the provider gets the value, nobody else."""
    body = template(
        Parameter={"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Secret"}}},
        parameters={"Secret": {"Type": "String", "NoEcho": True}},
    )
    made = cfn.change_set(
        body, ChangeSetType="CREATE", Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hunter2"}]
    )
    cfn.execute()
    assert [props["Value"] for props in cfn.world.resources.values()] == ["hunter2"]
    again = cfn.change_set(
        name="two", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hunter3"}]
    )
    assert _by_id(again)["Parameter"]["Details"][0]["Target"]["AfterValue"] == "****"
    cfn.execute(name="two")
    cfn.call("DetectStackDrift", StackName="app")
    cfn.cloud.settle()
    answers = [
        made,
        again,
        cfn.stack(),
        cfn.call("DescribeStackEvents", StackName="app"),
        cfn.call("DescribeEvents", StackName="app"),
        cfn.call("DescribeStackResourceDrifts", StackName="app"),
    ]
    assert "hunter" not in json.dumps(answers, default=str)
    assert [props["Value"] for props in cfn.world.resources.values()] == ["hunter3"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"ChangeSetType": "UPDATE", "StackName": "none"}, "ValidationError: Stack [none] does not exist"),
        ({"ChangeSetType": "CREATE"}, "already exists and cannot be created again"),
        ({"ChangeSetType": "NEW"}, "enum value set"),
        ({"ChangeSetType": "IMPORT"}, "NotImplemented: The sandbox does not support resource import"),
        ({"DeploymentMode": "REVERT_DRIFT"}, "NotImplemented"),
        ({"IncludeNestedStacks": True}, "NotImplemented"),
        ({"OnStackFailure": "DELETE"}, "OnStackFailure"),
        ({"ChangeSetName": "1st"}, "regular expression"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "not allowed"),
        ({"RoleARN": "arn:aws:iam::111122223333:role/stranger"}, "is invalid or cannot be assumed"),
        ({"UsePreviousTemplate": True}, "both"),
        ({"TemplateURL": "https://s3/b/k"}, "not both"),
        ({"TemplateBody": ""}, "must be specified"),
        ({"TemplateBody": "x" * 51201}, "51200"),
    ],
)
def test_refused_change_sets(cfn: Cfn, params: dict[str, Any], said: str) -> None:
    """What AWS refuses is refused in its words; what the sandbox can't do says so."""
    cfn.create(template(Queue=queue()))
    asked = {"StackName": "app", "ChangeSetName": "cs", "TemplateBody": json.dumps(template(Queue=queue()))} | params
    assert said in cfn.refuses("CreateChangeSet", **asked)


def test_an_update_set_for_a_stack_in_review_is_refused(cfn: Cfn) -> None:
    """A stack that waits for its first change set has nothing to update (API Reference, ChangeSetType)."""
    body = template(Queue=queue())
    cfn.change_set(body, ChangeSetType="CREATE")
    said = cfn.refuses("CreateChangeSet", StackName="app", ChangeSetName="two", TemplateBody=json.dumps(body))
    assert "REVIEW_IN_PROGRESS state and can not be updated" in said


def test_the_role_sticks_to_the_stack(cfn: Cfn) -> None:
    """API Reference, CreateChangeSet: RoleARN is used for all later operations on the stack."""
    role = "arn:aws:iam::111122223333:role/execution"
    cfn.create(template(Queue=queue()), RoleARN=role)
    assert cfn.stack()["RoleARN"] == role
    cfn.update(template(Queue=queue(DelaySeconds=1)))
    assert cfn.stack()["RoleARN"] == role
    assert role in cfn.host.roles


def test_many_at_once_make_one_stack(cfn: Cfn) -> None:
    """Two workers that propose the same new stack at the same moment get one stack, and one change set of a name."""
    body = json.dumps(template(Queue=queue()))
    answers: list[str] = []

    def propose() -> None:
        try:
            made = cfn.call(
                "CreateChangeSet", StackName="app", ChangeSetName="cs", ChangeSetType="CREATE", TemplateBody=body
            )
            answers.append(made["StackId"])
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=propose) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cfn.call("DescribeStacks")["Stacks"]) == 1
    assert sorted(answers)[:7] == ["AlreadyExistsException"] * 7


def test_resource_types_restrict_the_template(cfn: Cfn) -> None:
    """API Reference, CreateChangeSet: ResourceTypes."""
    params = {"StackName": "app", "ChangeSetName": "cs", "ChangeSetType": "CREATE"}
    body = json.dumps(template(Queue=queue()))
    said = cfn.refuses("CreateChangeSet", TemplateBody=body, ResourceTypes=["AWS::S3::*"], **params)
    assert "AWS::SQS::Queue is not allowed" in said
    assert cfn.call("CreateChangeSet", TemplateBody=body, ResourceTypes=["AWS::SQS::*"], **params)["StackId"]
