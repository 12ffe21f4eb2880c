"""What change sets say: actions, replacement, causes, values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import queue, template

ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow"}]}}}
NAMED = ["CAPABILITY_NAMED_IAM"]


def _changes(cfn: Cfn, before: dict[str, Any], after: dict[str, Any], **params: Any) -> dict[str, Any]:
    """The changes from one template to another, by logical id. `old` and `new` are the parameters."""
    old = [{"ParameterKey": key, "ParameterValue": value} for key, value in params.pop("old", {}).items()]
    new = [{"ParameterKey": key, "ParameterValue": value} for key, value in params.pop("new", {}).items()]
    cfn.create(before, Parameters=old, Capabilities=NAMED)
    made = cfn.change_set(after, Parameters=new, Capabilities=NAMED)
    assert made["Status"] == "CREATE_COMPLETE", made["StatusReason"]
    return {row["ResourceChange"]["LogicalResourceId"]: row["ResourceChange"] for row in made["Changes"]}


def _causes(change: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(row["Evaluation"], row["ChangeSource"], row.get("CausingEntity", "")) for row in change["Details"]]


def _parameter(value: Any, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}, **attributes}


def test_an_edit_is_static_and_direct(cfn: Cfn) -> None:
    """Recorded AWS answer: one Static DirectModification with path and values."""
    changes = _changes(cfn, template(P=_parameter("a")), template(P=_parameter("b")))
    assert changes["P"]["Details"] == [
        {
            "Target": {
                "Attribute": "Properties",
                "Name": "Value",
                "RequiresRecreation": "Never",
                "Path": "/Properties/Value",
                "BeforeValue": "a",
                "AfterValue": "b",
                "AttributeChangeType": "Modify",
            },
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
    ]
    assert changes["P"]["AfterContext"] == '{"Properties":{"Type":"String","Value":"b"}}'


def test_an_attribute_of_a_replaced_resource(cfn: Cfn) -> None:
    """Recorded AWS answer: Dynamic twin and Static ResourceAttribute `Foo.TopicName`, known after apply."""
    user = _parameter({"Fn::GetAtt": ["Foo", "TopicName"]})
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one"}}
    changes = _changes(
        cfn, template(Foo=topic, User=user), template(Foo={**topic, "Properties": {"TopicName": "two"}}, User=user)
    )
    assert changes["Foo"]["PolicyAction"] == "ReplaceAndDelete"
    assert _causes(changes["User"]) == [
        ("Dynamic", "DirectModification", ""),
        ("Static", "ResourceAttribute", "Foo.TopicName"),
    ]
    assert changes["User"]["Details"][0]["Target"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    assert changes["User"]["Details"][0]["Target"]["BeforeValue"] == "one"


def test_an_unrelated_change_does_not_reach_who_refers(cfn: Cfn) -> None:
    """Recorded AWS answer: GetAtt of a given property that stays is no change."""
    described = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Description": "a"}}
    after = {**described, "Properties": {**described["Properties"], "Description": "b"}}  # type: ignore[dict-item] # mixed values
    user = _parameter({"Fn::GetAtt": ["One", "Value"]})
    assert sorted(_changes(cfn, template(One=described, Two=user), template(One=after, Two=user))) == ["One"]


def test_a_changed_property_reaches_who_reads_it(cfn: Cfn) -> None:
    """GetAtt of a given property that changes in place is known beforehand."""
    user = _parameter({"Fn::GetAtt": ["One", "Value"]})
    changes = _changes(cfn, template(One=_parameter("a"), Two=user), template(One=_parameter("b"), Two=user))
    assert _causes(changes["Two"])[1] == ("Static", "ResourceAttribute", "One.Value")
    assert changes["Two"]["Details"][1]["Target"]["AfterValue"] == "b"


def test_a_service_made_attribute_of_a_changed_resource_is_dynamic(cfn: Cfn) -> None:
    """API Reference, ResourceChange.Replacement: Always with Dynamic is Conditional; that goes on to who refers."""
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}}
    service = {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "Task"}}}
    described = {**ROLE, "Properties": {**ROLE["Properties"], "Description": "new"}}  # type: ignore[dict-item] # mixed values
    changes = _changes(
        cfn, template(Role=ROLE, Task=task, Service=service), template(Role=described, Task=task, Service=service)
    )
    assert changes["Role"]["Replacement"] == "False"
    assert (changes["Task"]["Replacement"], changes["Task"]["PolicyAction"]) == ("Conditional", "ReplaceAndDelete")
    assert _causes(changes["Task"]) == [("Dynamic", "ResourceAttribute", "Role.Arn")]
    assert _causes(changes["Service"]) == [("Dynamic", "ResourceReference", "Task")]


def test_conditionally_create_only_properties(cfn: Cfn) -> None:
    """The schema's conditionalCreateOnlyProperties give `Conditionally` and Replacement `Conditional`."""
    service = {"Type": "AWS::ECS::Service", "Properties": {"LaunchType": "EC2"}}
    changes = _changes(cfn, template(S=service), template(S={**service, "Properties": {"LaunchType": "FARGATE"}}))
    assert changes["S"]["Replacement"] == "Conditional"
    assert changes["S"]["Details"][0]["Target"]["RequiresRecreation"] == "Conditionally"


def test_a_replaced_bucket_replaces_what_is_bound_to_it(cfn: Cfn) -> None:
    """Always and Static is True, also through a reference."""
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "P"}}}
    changes = _changes(cfn, template(P=_parameter("a", Properties={"Type": "String", "Value": "a", "Name": "n1"}), G=group),
                       template(P=_parameter("a", Properties={"Type": "String", "Value": "a", "Name": "n2"}), G=group))  # fmt: skip
    assert changes["P"]["Replacement"] == changes["G"]["Replacement"] == "True"


def test_documents_change_as_a_whole(cfn: Cfn) -> None:
    """Recorded AWS answer: a policy document's path ends at the document, its values are JSON."""
    body = {**ROLE, "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Deny"}]}}}
    target = _changes(cfn, template(R=ROLE), template(R=body))["R"]["Details"][0]["Target"]
    assert target["Path"] == "/Properties/AssumeRolePolicyDocument"
    assert json.loads(target["AfterValue"]) == {"Statement": [{"Effect": "Deny"}]}


def test_list_items_are_added_and_removed_by_place(cfn: Cfn) -> None:
    """Paths count items; Add has no before, Remove no after."""
    one, two = {"Endpoint": "a", "Protocol": "email"}, {"Endpoint": "b", "Protocol": "email"}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [one]}}
    more = {**topic, "Properties": {"Subscription": [one, two], "DisplayName": "x"}}
    changes = _changes(cfn, template(T=topic), template(T=more))
    targets = {row["Target"]["Path"]: row["Target"] for row in changes["T"]["Details"]}
    assert targets["/Properties/Subscription/1"]["AttributeChangeType"] == "Add"
    assert "BeforeValue" not in targets["/Properties/Subscription/1"]
    cfn.execute()
    back = cfn.change_set(template(T=topic), name="back")
    kinds = {row["Target"]["Path"]: row["Target"] for row in back["Changes"][0]["ResourceChange"]["Details"]}
    assert kinds["/Properties/DisplayName"]["AttributeChangeType"] == "Remove"
    assert "AfterValue" not in kinds["/Properties/DisplayName"]


def test_conditions_add_and_remove_resources(cfn: Cfn) -> None:
    """A condition that turns shows as Add and Remove, and names the parameter inside Fn::If."""
    body = template(
        On={**queue(), "Condition": "Yes"},
        Off={**queue(), "Condition": "No", "DeletionPolicy": "Retain"},
        P=_parameter({"Fn::If": ["Yes", "a", "b"]}),
        L=queue(
            Tags=[
                {"Fn::If": ["Yes", {"Ref": "AWS::NoValue"}, {"Key": "k", "Value": "v"}]},
                {"Key": "z", "Value": {"Ref": "Flag"}},
            ]
        ),
        conditions={"Yes": {"Fn::Equals": [{"Ref": "Flag"}, "1"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
        parameters={"Flag": {"Type": "String"}},
    )
    changes = _changes(cfn, body, body, old={"Flag": "0"}, new={"Flag": "1"})
    assert changes["On"]["Action"] == "Add"
    assert (changes["Off"]["Action"], changes["Off"]["PolicyAction"]) == ("Remove", "Retain")
    assert json.loads(changes["Off"]["BeforeContext"]) == {"Properties": {}, "DeletionPolicy": "Retain"}
    assert _causes(changes["P"]) == [("Dynamic", "DirectModification", ""), ("Static", "ParameterReference", "Flag")]
    assert changes["L"]["Scope"] == ["Tags"]


@pytest.mark.parametrize("attribute", ["Metadata", "DeletionPolicy", "UpdateReplacePolicy"])
def test_other_attributes_have_their_own_scope(cfn: Cfn, attribute: str) -> None:
    """API Reference, ResourceChange.Scope."""
    value: Any = {"a": 1} if attribute == "Metadata" else "Retain"
    changes = _changes(cfn, template(Q=queue()), template(Q={**queue(), attribute: value}))
    assert changes["Q"]["Scope"] == [attribute]
    assert changes["Q"]["Replacement"] == "False"
    assert cfn.execute()["StackStatus"] == "UPDATE_COMPLETE"
    assert "update Q" not in cfn.world.log


def test_new_and_old_parameters_of_a_changed_template(cfn: Cfn) -> None:
    """A literal that becomes a parameter of the same value is no change; with another value it is an edit."""
    after = template(P=_parameter({"Ref": "V"}), parameters={"V": {"Type": "String"}})
    changes = _changes(cfn, template(P=_parameter("a")), after, new={"V": "b"})
    assert _causes(changes["P"]) == [("Static", "DirectModification", "")]


def test_a_reference_to_a_new_resource(cfn: Cfn) -> None:
    """What is added is known after apply."""
    changes = _changes(cfn, template(P=_parameter("a")), template(P=_parameter({"Ref": "Q"}), Q=queue()))
    assert changes["P"]["Details"][0]["Target"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    assert changes["Q"]["Action"] == "Add"
