"""Stacks: states, events, order, policies, protection, deletion."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from generator.sandbox.providers.provider import ResourceFailure
from tests.sandbox.cloudformation.calls import Cfn, Seen
from tests.sandbox.cloudformation.fake_providers import queue, template

CHAIN = template(
    First=queue(),
    Second={**queue(), "DependsOn": "First"},
    Third={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "x-${Second.Arn}"}}},
)
POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "Update:Modify", "Principal": "*", "Resource": "LogicalResourceId/Second"},
    ]
}


def test_creation_follows_dependencies_and_reports_every_step(cfn: Cfn) -> None:
    """User Guide, "Stack status codes": each resource begins, is initiated and completes, after what it needs."""
    cfn.create(CHAIN)
    expected = [
        Seen("app", "REVIEW_IN_PROGRESS", "User Initiated"),
        Seen("app", "CREATE_IN_PROGRESS", "User Initiated"),
    ]
    for name in ("First", "Second", "Third"):
        expected += [
            Seen(name, "CREATE_IN_PROGRESS", ""),
            Seen(name, "CREATE_IN_PROGRESS", "Resource creation Initiated"),
            Seen(name, "CREATE_COMPLETE", ""),
        ]
    assert cfn.events() == [*expected, Seen("app", "CREATE_COMPLETE", "")]


def test_independent_resources_are_made_side_by_side(cfn: Cfn) -> None:
    """While one resource takes long, another that does not need it goes on."""
    begun = cfn.world.hold("Slow")
    gate = cfn.world.holds["Slow"]
    cfn.change_set(template(Slow=queue(), Quick=queue()), ChangeSetType="CREATE")
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    while "CREATE_COMPLETE" not in cfn.statuses("Quick"):
        time.sleep(0.01)
    assert cfn.statuses("Slow") == ["CREATE_IN_PROGRESS"]
    gate.set()
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "CREATE_COMPLETE"


def test_time_passes_for_each_resource(cfn: Cfn) -> None:
    """At a realistic speed a stack takes AWS's time: the engine sleeps by the sandbox's clock."""
    before = cfn.host.clock.slept
    cfn.create(template(Queue=queue()))
    assert cfn.host.clock.slept - before >= 60


def test_a_number_parameter_arrives_as_a_number(cfn: Cfn) -> None:
    """`Ref` gives text; the schema's type decides what the service gets, so DesiredCount works."""
    body = template(
        Service={
            "Type": "AWS::ECS::Service",
            "Properties": {"DesiredCount": {"Ref": "Count"}, "EnableECSManagedTags": "true"},
        },
        parameters={"Count": {"Type": "Number", "Default": 2}},
    )
    cfn.create(body)
    assert list(cfn.world.resources.values()) == [{"DesiredCount": 2, "EnableECSManagedTags": True}]


def test_a_failed_creation_rolls_back_in_order(cfn: Cfn) -> None:
    """User Guide, "Stack failure options": what was made is deleted, last first; the stack can only be deleted."""
    cfn.world.fail["Third", "create"] = ResourceFailure("no topic today", "AccessDenied")
    done = cfn.create(CHAIN)
    assert done["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cfn.events()
    [failed] = [event for event in events if event.status == "CREATE_FAILED"]
    assert failed.reason.startswith('Resource handler returned message: "no topic today" (RequestToken: ')
    assert failed.reason.endswith("HandlerErrorCode: AccessDenied)")
    reason = "The following resource(s) failed to create: [Third]. Rollback requested by user."
    assert Seen("app", "ROLLBACK_IN_PROGRESS", reason) in events
    assert [event.logical_id for event in events if event.status == "DELETE_COMPLETE"] == ["Second", "First"]
    assert cfn.world.resources == {}
    assert [row["OperationType"] for row in done["LastOperations"]] == ["ROLLBACK", "CREATE_STACK"]
    again = cfn.refuses("CreateChangeSet", StackName="app", ChangeSetName="x", TemplateBody=json.dumps(CHAIN))
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in again


def test_a_failure_cancels_what_is_under_way(cfn: Cfn) -> None:
    """Another resource that is being made is cancelled, not waited for."""
    cfn.world.hold("Slow")
    cfn.world.fail["Bad", "create"] = ResourceFailure("no")
    cfn.create(template(Slow=queue(), Bad=queue()))
    assert Seen("Slow", "CREATE_FAILED", "Resource creation cancelled") in cfn.events()


@pytest.mark.parametrize(("choice", "status"), [("DELETE", "DELETE_COMPLETE"), ("DO_NOTHING", "CREATE_FAILED")])
def test_on_stack_failure(cfn: Cfn, choice: str, status: str) -> None:
    """API Reference, CreateChangeSet: OnStackFailure decides what a failed creation leaves."""
    cfn.world.fail["Third", "create"] = ResourceFailure("no")
    done = cfn.create(CHAIN, OnStackFailure=choice)
    assert done["StackStatus"] == status
    assert len(cfn.world.resources) == (0 if choice == "DELETE" else 2)


def test_retain_except_on_create(cfn: Cfn) -> None:
    """User Guide, DeletionPolicy: RetainExceptOnCreate deletes when the creation fails and keeps ever after."""
    keep = {**queue(), "DeletionPolicy": "RetainExceptOnCreate"}
    retain = {**queue(), "DeletionPolicy": "Retain"}
    cfn.world.fail["Bad", "create"] = ResourceFailure("no")
    bad = {**queue(), "DependsOn": ["Keep", "Retain"]}
    cfn.create(template(Keep=keep, Retain=retain, Bad=bad))
    assert cfn.statuses("Keep")[-1] == "DELETE_COMPLETE"
    assert cfn.statuses("Retain")[-1] == "DELETE_SKIPPED"
    cfn.create(template(Keep=keep), stack="two")
    identity = cfn.stack("two")["StackId"]
    cfn.call("DeleteStack", StackName="two")
    cfn.cloud.settle()
    assert cfn.statuses("Keep", identity)[-1] == "DELETE_SKIPPED"


def test_an_update_touches_only_what_changes(cfn: Cfn) -> None:
    """Resources that stay as they are have no events."""
    cfn.create(template(One=queue(DelaySeconds=1), Two=queue()))
    done = cfn.update(template(One=queue(DelaySeconds=2), Two=queue(), New=queue()))
    assert done["StackStatus"] == "UPDATE_COMPLETE"
    assert cfn.statuses("Two") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert cfn.statuses("One")[3:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    assert cfn.statuses("New") == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert cfn.statuses("app")[3:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_a_replacement_makes_the_new_one_first_and_deletes_the_old_in_the_clean_up(cfn: Cfn) -> None:
    """User Guide, "Update behaviors of stack resources": replacement."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one"}}
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Topic"}}}
    cfn.create(template(Topic=topic, User=user))
    cfn.update(template(Topic={**topic, "Properties": {"TopicName": "two"}}, User=user))
    assert cfn.world.log[2:] == ["create Topic", "update User", "delete Topic"]
    assert "Requested update requires the creation of a new physical resource; hence creating one." in [
        event.reason for event in cfn.events()
    ]
    row = cfn.call("DescribeStackResource", StackName="app", LogicalResourceId="Topic")["StackResourceDetail"]
    assert row["PhysicalResourceId"] == "two"


def test_update_replace_policy_keeps_the_old_one(cfn: Cfn) -> None:
    """User Guide, UpdateReplacePolicy: Retain."""
    topic = {"Type": "AWS::SNS::Topic", "UpdateReplacePolicy": "Retain", "Properties": {"TopicName": "one"}}
    cfn.create(template(Topic=topic))
    cfn.update(template(Topic={**topic, "Properties": {"TopicName": "two"}}))
    assert sorted(cfn.world.resources) == ["one", "two"]
    assert "DELETE_SKIPPED" in cfn.statuses("Topic")


def test_a_custom_name_can_not_be_replaced_under_the_same_name(cfn: Cfn) -> None:
    """The well-known error for custom-named resources."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "one"}}
    cfn.create(template(Topic=topic))
    done = cfn.update(template(Topic={**topic, "Properties": {"TopicName": "one", "FifoTopic": True}}))
    assert done["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Rename one and update the stack again" in event.reason for event in cfn.events())


def test_a_provider_may_ask_for_replacement(cfn: Cfn) -> None:
    """Handler error code NotUpdatable: conditionally create-only properties are replaced when the service says so."""
    cfn.create(template(Queue=queue(DelaySeconds=1)))
    cfn.world.fail["Queue", "update"] = ResourceFailure("not in place", "NotUpdatable")
    assert cfn.update(template(Queue=queue(DelaySeconds=2)))["StackStatus"] == "UPDATE_COMPLETE"
    assert cfn.world.log == ["create Queue", "update Queue", "create Queue", "delete Queue"]


def test_removed_resources_go_last(cfn: Cfn) -> None:
    """They are deleted in the clean-up, in reverse order; one that can't be deleted does not fail the update."""
    cfn.create(template(One=queue(), Two={**queue(), "DependsOn": "One"}, Stays=queue()))
    cfn.world.fail["One", "delete"] = ResourceFailure("in use")
    done = cfn.update(template(Stays=queue()))
    assert done["StackStatus"] == "UPDATE_COMPLETE"
    assert "could not be deleted" in done["StackStatusReason"]
    assert cfn.world.log[3:] == ["delete Two", "delete One"]


def test_deletion_goes_backwards_and_the_stack_stays_known_by_id(cfn: Cfn) -> None:
    """API Reference, DeleteStack and DescribeStacks: deleted stacks are found by id only."""
    identity = cfn.create(CHAIN)["StackId"]
    cfn.call("DeleteStack", StackName="app")
    cfn.cloud.settle()
    assert cfn.world.log[3:] == ["delete Third", "delete Second", "delete First"]
    assert cfn.refuses("DescribeStacks", StackName="app") == "ValidationError: Stack with id app does not exist"
    assert cfn.stack(identity)["StackStatus"] == "DELETE_COMPLETE"
    assert cfn.call("DescribeStacks")["Stacks"] == []
    assert cfn.call("DeleteStack", StackName="app") == {}
    assert cfn.create(CHAIN)["StackId"] != identity


def test_a_failed_deletion_can_retain_or_be_forced(cfn: Cfn) -> None:
    """API Reference, DeleteStack: RetainResources and DeletionMode, for stacks in DELETE_FAILED."""
    for stack, params in (("one", {"RetainResources": ["First"]}), ("two", {"DeletionMode": "FORCE_DELETE_STACK"})):
        identity = cfn.create(CHAIN, stack=stack)["StackId"]
        cfn.world.fail["First", "delete"] = ResourceFailure("in use")
        cfn.call("DeleteStack", StackName=stack)
        cfn.cloud.settle()
        failed = cfn.stack(stack)
        assert failed["StackStatus"] == "DELETE_FAILED"
        assert "[First]" in failed["StackStatusReason"]
        cfn.call("DeleteStack", StackName=stack, **params)
        cfn.cloud.settle()
        assert cfn.stack(identity)["StackStatus"] == "DELETE_COMPLETE"
    cfn.create(CHAIN, stack="three")
    assert "RetainResources" in cfn.refuses("DeleteStack", StackName="three", RetainResources=["First"])


def test_stacks_without_change_sets(cfn: Cfn) -> None:
    """CreateStack and UpdateStack go the same way; an update without changes is an error (API Reference, UpdateStack)."""
    body = json.dumps(template(Queue=queue()))
    params: dict[str, Any] = {"StackName": "app", "TemplateBody": body, "ClientRequestToken": "t"}
    made = cfn.call("CreateStack", EnableTerminationProtection=True, StackPolicyBody=json.dumps(POLICY), **params)
    assert cfn.call("CreateStack", **params)["StackId"] == made["StackId"]
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "CREATE_COMPLETE"
    assert "AlreadyExistsException" in cfn.refuses("CreateStack", StackName="app", TemplateBody=body)
    assert (
        cfn.refuses("UpdateStack", StackName="app", TemplateBody=body)
        == "ValidationError: No updates are to be performed."
    )
    new = json.dumps(template(Queue=queue(DelaySeconds=1)))
    updated = cfn.call("UpdateStack", StackName="app", TemplateBody=new, ClientRequestToken="u")
    cfn.cloud.settle()
    assert cfn.call("UpdateStack", StackName="app", TemplateBody=new, ClientRequestToken="u") == updated
    assert cfn.stack()["LastOperations"] == [{"OperationType": "UPDATE_STACK", "OperationId": updated["OperationId"]}]
