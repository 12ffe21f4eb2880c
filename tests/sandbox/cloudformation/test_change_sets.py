"""Change sets: creation, description, tokens, execution."""

from __future__ import annotations

import json
from typing import Any

from generator.sandbox.cloudformation import change_set_creation
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import queue, template

SERVICE: dict[str, Any] = {
    "Parameters": {"ImageUri": {"Type": "String"}, "Count": {"Type": "Number", "Default": 2}},
    "Resources": {
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"ContainerDefinitions": [{"Name": "app", "Image": {"Ref": "ImageUri"}}]},
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {"TaskDefinition": {"Ref": "Task"}, "DesiredCount": {"Ref": "Count"}},
        },
        "Other": {"Type": "AWS::SQS::Queue"},
    },
}


def _image(uri: str) -> list[dict[str, str]]:
    return [{"ParameterKey": "ImageUri", "ParameterValue": uri}]


def _by_id(described: dict[str, Any]) -> dict[str, Any]:
    return {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in described["Changes"]}


def test_a_create_set_makes_a_stack_in_review(cfn: Cfn) -> None:
    """A stack that does not exist yet waits for its execution (API Reference, CreateChangeSet: ChangeSetType)."""
    made = cfn.change_set(
        template(Queue=queue(DelaySeconds=5)), ChangeSetType="CREATE", Tags=[{"Key": "team", "Value": "a"}]
    )
    assert made["ExecutionStatus"] == "AVAILABLE"
    assert cfn.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert made["Tags"] == [{"Key": "team", "Value": "a"}]
    [change] = made["Changes"]
    assert change["ResourceChange"] == {
        "Action": "Add",
        "LogicalResourceId": "Queue",
        "ResourceType": "AWS::SQS::Queue",
        "Scope": [],
        "Details": [],
        "AfterContext": '{"Properties":{"DelaySeconds":"5"}}',
    }


def test_a_second_create_set_joins_the_stack_in_review(cfn: Cfn) -> None:
    """A new stack that waits can get another CREATE set, and keeps its id (assumed)."""
    one = cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE", name="one")
    two = cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE", name="two")
    assert one["StackId"] == two["StackId"]
    assert len(cfn.call("ListChangeSets", StackName="app")["Summaries"]) == 2


def test_an_image_only_release_changes_two_resources(cfn: Cfn) -> None:
    """A parameter shows as a Dynamic twin and a Static cause, a replaced resource reaches who refers to it.

    User Guide, "Example change sets" (modifying an input parameter); recorded AWS answers (see `causes`).
    """
    cfn.create(SERVICE, Parameters=_image("app@1"))
    made = cfn.change_set(
        UsePreviousTemplate=True,
        Parameters=[*_image("app@2"), {"ParameterKey": "Count", "UsePreviousValue": True}],
    )
    changes = _by_id(made)
    assert sorted(changes) == ["Service", "Task"]
    task, service = changes["Task"], changes["Service"]
    assert (task["Action"], task["Replacement"], task["Scope"]) == ("Modify", "True", ["Properties"])
    assert task["PolicyAction"] == "ReplaceAndRetain"
    target = {
        "Attribute": "Properties",
        "Name": "ContainerDefinitions",
        "RequiresRecreation": "Always",
        "Path": "/Properties/ContainerDefinitions/0/Image",
        "BeforeValue": "app@1",
        "AfterValue": "app@2",
        "AttributeChangeType": "Modify",
    }
    assert task["Details"] == [
        {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"},
        {"Target": target, "Evaluation": "Static", "ChangeSource": "ParameterReference", "CausingEntity": "ImageUri"},
    ]
    assert service["Replacement"] == "False"
    assert service["Details"][1]["ChangeSource"] == "ResourceReference"
    assert service["Details"][1]["CausingEntity"] == "Task"
    assert service["Details"][1]["Target"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    assert json.loads(service["BeforeContext"])["Properties"]["DesiredCount"] == "2"


def test_without_property_values_details_are_short(cfn: Cfn) -> None:
    """Paths and values come only when they are asked for (API Reference, DescribeChangeSet: IncludePropertyValues)."""
    cfn.create(SERVICE, Parameters=_image("app@1"))
    made = cfn.change_set(UsePreviousTemplate=True, Parameters=_image("app@2"))
    short = cfn.call("DescribeChangeSet", ChangeSetName=made["ChangeSetId"])
    task = _by_id(short)["Task"]
    assert "BeforeContext" not in task
    assert task["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "ContainerDefinitions",
        "RequiresRecreation": "Always",
    }


def test_no_changes_fail_the_change_set_in_two_phrasings(cfn: Cfn) -> None:
    """The same input, and other input without effect, are worded differently (seen on AWS; which when is assumed)."""
    body = template(Queue=queue(DelaySeconds=5))
    cfn.create(body)
    same = cfn.change_set(body)
    assert (same["Status"], same["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert same["StatusReason"] == change_set_creation.NO_CHANGES
    other = cfn.change_set({**body, "Description": "new"}, name="other")
    assert (other["Status"], other["StatusReason"]) == ("FAILED", change_set_creation.NO_UPDATES)
    assert "InvalidChangeSetStatus" in cfn.refuses("ExecuteChangeSet", StackName="app", ChangeSetName="other")


def test_a_change_of_outputs_alone_is_a_change(cfn: Cfn) -> None:
    """Outputs can change without any resource."""
    cfn.create(template(Queue=queue()))
    done = cfn.update(template(Queue=queue(), outputs={"Url": {"Value": {"Ref": "Queue"}}}))
    assert done["Outputs"][0]["OutputKey"] == "Url"


def test_stack_tags_change_every_resource_that_takes_tags(cfn: Cfn) -> None:
    """Stack tags propagate (User Guide, "Resource tag"), and stay when a request does not speak of them."""
    cfn.create(template(Queue=queue()), Tags=[{"Key": "a", "Value": "1"}])
    made = cfn.change_set(UsePreviousTemplate=True, Tags=[{"Key": "a", "Value": "2"}])
    change = _by_id(made)["Queue"]
    assert change["Scope"] == ["Tags"]
    assert change["Details"][0]["Target"] == {"Attribute": "Tags", "RequiresRecreation": "Never"}
    assert cfn.execute()["Tags"] == [{"Key": "a", "Value": "2"}]
    assert cfn.update(template(Queue=queue(DelaySeconds=1)))["Tags"] == [{"Key": "a", "Value": "2"}]
    assert cfn.update(template(Queue=queue(DelaySeconds=1)), Tags=[])["Tags"] == []


def test_executing_deletes_the_siblings(cfn: Cfn) -> None:
    """The other change sets no longer fit the stack (API Reference, ExecuteChangeSet)."""
    cfn.create(template(Queue=queue()))
    one = cfn.change_set(template(Queue=queue(DelaySeconds=1)), name="one")
    two = cfn.change_set(template(Queue=queue(DelaySeconds=2)), name="two")
    cfn.execute(name="one")
    assert "ChangeSetNotFound" in cfn.refuses("DescribeChangeSet", ChangeSetName=two["ChangeSetId"])
    done = cfn.call("DescribeChangeSet", ChangeSetName=one["ChangeSetId"])
    assert done["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert cfn.call("ListChangeSets", StackName="app")["Summaries"] == []
    assert "EXECUTE_COMPLETE" in cfn.refuses("ExecuteChangeSet", StackName="app", ChangeSetName="one")


def test_an_update_without_a_change_set_makes_change_sets_obsolete(cfn: Cfn) -> None:
    """API Reference, ChangeSetSummary.ExecutionStatus: OBSOLETE because the stack was already updated."""
    cfn.create(template(Queue=queue()))
    made = cfn.change_set(template(Queue=queue(DelaySeconds=1)))
    cfn.call("UpdateStack", StackName="app", TemplateBody=json.dumps(template(Queue=queue(DelaySeconds=3))))
    cfn.cloud.settle()
    by_arn = cfn.call("DescribeChangeSet", ChangeSetName=made["ChangeSetId"])
    by_name = cfn.call("DescribeChangeSet", ChangeSetName="cs", StackName="app")
    assert by_arn["ExecutionStatus"] == by_name["ExecutionStatus"] == "OBSOLETE"
    assert by_arn["Changes"]
    assert by_name["Changes"] == []
    assert "OBSOLETE" in cfn.refuses("ExecuteChangeSet", StackName="app", ChangeSetName="cs")


def test_a_client_token_makes_creation_repeatable(cfn: Cfn) -> None:
    """The same request again answers the same change set; the name alone does not."""
    params = {"StackName": "app", "ChangeSetName": "cs", "ChangeSetType": "CREATE", "ClientToken": "t1"}
    body = json.dumps(template(Queue=queue()))
    first = cfn.call("CreateChangeSet", TemplateBody=body, **params)
    assert cfn.call("CreateChangeSet", TemplateBody=body, **params) == first
    other = json.dumps(template(Queue=queue(DelaySeconds=1)))
    assert "AlreadyExistsException" in cfn.refuses("CreateChangeSet", TemplateBody=other, **params)
    params["ClientToken"] = "t2"
    assert "AlreadyExistsException" in cfn.refuses("CreateChangeSet", TemplateBody=body, **params)


def test_a_request_token_makes_execution_repeatable_and_marks_events(cfn: Cfn) -> None:
    """API Reference, ExecuteChangeSet: ClientRequestToken; all events of the operation carry it."""
    cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE")
    cfn.execute(ClientRequestToken="go")
    cfn.execute(ClientRequestToken="go")
    events = cfn.call("DescribeStackEvents", StackName="app")["StackEvents"]
    assert sum(event["ResourceStatus"] == "CREATE_COMPLETE" for event in events) == 2
    assert {event["ClientRequestToken"] for event in events[:-1]} == {"go"}
    assert "TokenAlreadyExistsException" in cfn.refuses("DeleteStack", StackName="app", ClientRequestToken="go")


def test_names_need_a_stack_and_arns_do_not(cfn: Cfn) -> None:
    """API Reference, DescribeChangeSet: ChangeSetName."""
    made = cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE")
    assert cfn.call("DescribeChangeSet", ChangeSetName=made["ChangeSetId"])["StackName"] == "app"
    assert cfn.call("DescribeChangeSet", ChangeSetName="cs", StackName=made["StackId"])["ChangeSetName"] == "cs"
    assert "StackName must be specified" in cfn.refuses("DescribeChangeSet", ChangeSetName="cs")
    assert "ChangeSetNotFound" in cfn.refuses("DescribeChangeSet", ChangeSetName="no", StackName="app")
    assert "does not exist" in cfn.refuses("DescribeChangeSet", ChangeSetName="cs", StackName="no")


def test_the_name_of_an_executed_change_set_is_free_again(cfn: Cfn) -> None:
    """Tools use the same name for every release."""
    cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE")
    cfn.execute()
    made = cfn.change_set(template(Queue=queue(DelaySeconds=1)))
    assert cfn.call("DescribeChangeSet", ChangeSetName="cs", StackName="app")["ChangeSetId"] == made["ChangeSetId"]


def test_deleting_a_change_set_twice_is_fine(cfn: Cfn) -> None:
    """API Reference, DeleteChangeSet."""
    made = cfn.change_set(template(Queue=queue()), ChangeSetType="CREATE")
    for _ in range(2):
        assert cfn.call("DeleteChangeSet", ChangeSetName=made["ChangeSetId"]) == {}
    assert cfn.call("ListChangeSets", StackName="app")["Summaries"] == []


def test_many_changes_come_in_pages(cfn: Cfn) -> None:
    """API Reference, DescribeChangeSet: NextToken."""
    body = template(**{f"Queue{number}": queue() for number in range(130)})
    made = cfn.change_set(body, ChangeSetType="CREATE")
    rest = cfn.call("DescribeChangeSet", ChangeSetName=made["ChangeSetId"], NextToken=made["NextToken"])
    assert len(made["Changes"]) + len(rest["Changes"]) == 130
    assert rest["NextToken"] is None
    assert "NextToken" in cfn.refuses("DescribeChangeSet", ChangeSetName=made["ChangeSetId"], NextToken="x")


def test_previous_values_and_defaults(cfn: Cfn) -> None:
    """A parameter that a request leaves out gets its default, not its previous value (API Reference, Parameter)."""
    cfn.create(SERVICE, Parameters=[*_image("app@1"), {"ParameterKey": "Count", "ParameterValue": "7"}])
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("ImageUri", "Count")]
    made = cfn.change_set(UsePreviousTemplate=True, Parameters=kept)
    assert made["StatusReason"] == change_set_creation.NO_CHANGES
    made = cfn.change_set(UsePreviousTemplate=True, name="two", Parameters=kept[:1])
    assert {row["ParameterKey"]: row["ParameterValue"] for row in made["Parameters"]} == {
        "ImageUri": "app@1",
        "Count": "2",
    }
