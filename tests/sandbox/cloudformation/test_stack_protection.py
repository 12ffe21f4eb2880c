"""What guards stacks: policies, protection, exports in use, one operation at a time."""

from __future__ import annotations

import json

from tests.sandbox.cloudformation.calls import Cfn
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


def test_a_stack_policy_is_enforced(cfn: Cfn) -> None:
    """User Guide, "Prevent updates to stack resources"."""
    cfn.create(CHAIN)
    cfn.call("SetStackPolicy", StackName="app", StackPolicyBody=json.dumps(POLICY))
    assert json.loads(cfn.call("GetStackPolicy", StackName="app")["StackPolicyBody"]) == POLICY
    changed = {**CHAIN["Resources"], "Second": {**queue(DelaySeconds=1), "DependsOn": "First"}}
    done = cfn.update({"Resources": changed})
    assert done["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "update Second" not in cfn.world.log
    reasons = [event.reason for event in cfn.events() if event.status == "UPDATE_FAILED"]
    assert "Action denied by stack policy: Statement [#2] does not allow [Update:Modify]" in reasons[0]


def test_a_stack_policy_keeps_resources(cfn: Cfn) -> None:
    """Update:Delete is refused before anything changes."""
    cfn.create(template(One=queue(), Two=queue()))
    deny = {"Statement": [{"Effect": "Deny", "Action": "Update:Delete", "Principal": "*", "Resource": "*"}]}
    cfn.call("SetStackPolicy", StackName="app", StackPolicyBody=json.dumps(deny))
    assert cfn.update(template(One=queue()))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert len(cfn.world.resources) == 2


def test_termination_protection(cfn: Cfn) -> None:
    """User Guide, "Protect CloudFormation stacks from being deleted"."""
    cfn.create(template(Queue=queue()))
    cfn.call("UpdateTerminationProtection", StackName="app", EnableTerminationProtection=True)
    assert cfn.stack()["EnableTerminationProtection"] is True
    assert "TerminationProtection is enabled" in cfn.refuses("DeleteStack", StackName="app")
    cfn.call("UpdateTerminationProtection", StackName="app", EnableTerminationProtection=False)
    assert cfn.call("DeleteStack", StackName="app") == {}


def test_two_operations_at_once_are_refused(cfn: Cfn) -> None:
    """While a stack is updated no change set can be made or executed, and it can't be deleted."""
    cfn.create(template(Queue=queue()))
    cfn.change_set(template(Queue=queue(DelaySeconds=1)))
    begun = cfn.world.hold("Queue")
    gate = cfn.world.holds["Queue"]
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    busy = "is in UPDATE_IN_PROGRESS state and can not be updated"
    body = json.dumps(template(Queue=queue(DelaySeconds=2)))
    assert busy in cfn.refuses("CreateChangeSet", StackName="app", ChangeSetName="two", TemplateBody=body)
    assert busy in cfn.refuses("UpdateStack", StackName="app", TemplateBody=body)
    assert "cannot be deleted while in status UPDATE_IN_PROGRESS" in cfn.refuses("DeleteStack", StackName="app")
    gate.set()
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_COMPLETE"


def test_a_stack_can_be_deleted_while_it_is_created(cfn: Cfn) -> None:
    """The creation stops, what was made is deleted, and no rollback comes in between."""
    begun = cfn.world.hold("Third")
    cfn.change_set(CHAIN, ChangeSetType="CREATE")
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    identity = cfn.stack()["StackId"]
    cfn.call("DeleteStack", StackName="app")
    cfn.cloud.settle()
    assert cfn.stack(identity)["StackStatus"] == "DELETE_COMPLETE"
    assert "ROLLBACK_IN_PROGRESS" not in cfn.statuses("app", identity)
    assert cfn.world.resources == {}


def test_exports_lock_what_others_import(cfn: Cfn) -> None:
    """User Guide, "Get exported outputs": an export in use can neither change nor go."""
    producer = template(
        Queue=queue(),
        outputs={"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-url"}}}},
    )
    consumer = template(User={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "app-url"}}})
    cfn.create(producer)
    assert cfn.call("ListExports")["Exports"][0]["Name"] == "app-url"
    assert "not imported" in cfn.refuses("ListImports", ExportName="app-url")
    cfn.create(consumer, stack="user")
    assert cfn.call("ListImports", ExportName="app-url")["Imports"] == ["user"]
    assert "in use by user" in cfn.refuses("DeleteStack", StackName="app")
    assert cfn.update(template(Queue=queue()))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("cannot be deleted as it is in use by user" in event.reason for event in cfn.events())
    twin = cfn.create({**producer, "Outputs": {"Url": {"Value": "x", "Export": {"Name": "app-url"}}}}, stack="twin")
    assert twin["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_missing_export_fails_the_resource(cfn: Cfn) -> None:
    """A stack that imports what nobody exports rolls back."""
    body = template(User={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "none"}}})
    made = cfn.change_set(body, ChangeSetType="CREATE")
    assert made["Status"] == "FAILED"
    assert "No export named none found" in made["StatusReason"]


def test_accounts_and_regions_do_not_see_each_other(cfn: Cfn) -> None:
    """A stack belongs to one account and region."""
    cfn.create(template(Queue=queue()))
    assert cfn.call("DescribeStacks", account="444455556666")["Stacks"] == []
