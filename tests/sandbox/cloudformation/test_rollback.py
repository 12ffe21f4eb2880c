"""What follows a failed update: rollback, staying, cancelling, continuing, skipping, forcing."""

from __future__ import annotations

from typing import Any

import pytest

from generator.sandbox.cloudformation.model import Fault
from generator.sandbox.providers.provider import ResourceFailure
from tests.sandbox.cloudformation.calls import Cfn, Seen
from tests.sandbox.cloudformation.fake_providers import queue, template


def _body(delay: int, *, extra: bool = False) -> dict[str, Any]:
    """Three queues in a chain, and a topic that is replaced with every delay."""
    resources: dict[str, Any] = {
        "One": queue(DelaySeconds=delay),
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"topic-{delay}"}, "DependsOn": "One"},
        "Two": {**queue(DelaySeconds=delay), "DependsOn": "Topic"},
    }
    if extra:
        resources["New"] = {**queue(), "DependsOn": "One"}
    return template(**resources)


def _broken(cfn: Cfn) -> dict[str, Any]:
    """A stack whose update failed at the last resource."""
    cfn.create(_body(1))
    cfn.world.fail["Two", "update"] = ResourceFailure("no")
    return cfn.update(_body(2, extra=True))


def test_a_failed_update_goes_back_to_what_was(cfn: Cfn) -> None:
    """User Guide, "Stack failure options": updated resources are updated back, new ones deleted in the clean-up."""
    cfn.create(_body(1))
    before = dict(cfn.world.resources)
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="UPDATE"))
    made = cfn.change_set(_body(2, extra=True))
    cfn.execute()
    assert cfn.world.resources == before
    assert cfn.statuses("app")[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert cfn.call("DescribeChangeSet", ChangeSetName=made["ChangeSetId"])["ExecutionStatus"] == "EXECUTE_FAILED"
    topic = cfn.call("DescribeStackResource", StackName="app", LogicalResourceId="Topic")["StackResourceDetail"]
    assert topic["PhysicalResourceId"] == "topic-1"
    assert "New" not in {
        row["LogicalResourceId"] for row in cfn.call("DescribeStackResources", StackName="app")["StackResources"]
    }


def test_the_roll_back_follows_dependencies(cfn: Cfn) -> None:
    """Resources go back in the order in which the old template made them."""
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="UPDATE", reason="planned"))
    cfn.create(_body(1))
    done = cfn.update(_body(2))
    assert done["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    events = cfn.events()
    began = events.index(next(event for event in events if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"))
    back = [event.logical_id for event in events[began:] if event.status == "UPDATE_COMPLETE"]
    assert back == ["One", "Topic", "Two"]
    assert events[began].reason == "The following resource(s) failed to update: [Two]. "
    assert [row["OperationType"] for row in done["LastOperations"]] == ["ROLLBACK", "UPDATE_STACK"]


def test_without_roll_back_the_stack_stays_failed(cfn: Cfn) -> None:
    """API Reference, ExecuteChangeSet: DisableRollback; RollbackStack then goes back."""
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="UPDATE"))
    cfn.create(_body(1))
    before = dict(cfn.world.resources)
    done = cfn.update(_body(2), DisableRollback=True)
    assert done["StackStatus"] == "UPDATE_FAILED"
    assert cfn.world.resources != before
    answer = cfn.call("RollbackStack", StackName="app", ClientRequestToken="back")
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cfn.world.resources == before
    assert cfn.call("RollbackStack", StackName="app", ClientRequestToken="back")["OperationId"] == answer["OperationId"]
    assert "cannot be called" in cfn.refuses("RollbackStack", StackName="app")


def test_a_failed_stack_can_be_updated_again(cfn: Cfn) -> None:
    """User Guide, "Stack failure options": correct the template and go on from where it failed."""
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="UPDATE"))
    cfn.create(_body(1))
    cfn.update(_body(2), DisableRollback=True)
    assert cfn.update(_body(3))["StackStatus"] == "UPDATE_COMPLETE"
    assert sorted(cfn.world.resources) == ["One-1", "Two-3", "topic-3"]


def test_a_failed_creation_that_was_kept_goes_on(cfn: Cfn) -> None:
    """OnStackFailure=DO_NOTHING keeps what was made; an update makes the rest."""
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="CREATE"))
    assert cfn.create(_body(1), OnStackFailure="DO_NOTHING")["StackStatus"] == "CREATE_FAILED"
    assert cfn.update(_body(1))["StackStatus"] == "UPDATE_COMPLETE"
    assert len(cfn.world.resources) == 3


def test_rolling_back_a_creation_deletes_the_stack(cfn: Cfn) -> None:
    """API Reference, RollbackStack: a stack without a stable state is deleted."""
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="CREATE"))
    identity = cfn.create(_body(1), OnStackFailure="DO_NOTHING")["StackId"]
    cfn.call("RollbackStack", StackName="app")
    cfn.cloud.settle()
    assert cfn.stack(identity)["StackStatus"] == "DELETE_COMPLETE"
    assert cfn.world.resources == {}


def test_cancelling_an_update_rolls_it_back(cfn: Cfn) -> None:
    """API Reference, CancelUpdateStack: only while UPDATE_IN_PROGRESS."""
    cfn.create(_body(1))
    before = dict(cfn.world.resources)
    assert "cannot be called" in cfn.refuses("CancelUpdateStack", StackName="app")
    begun = cfn.world.hold("Two")
    cfn.change_set(_body(2))
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs", DisableRollback=True)
    assert begun.wait(60)
    cfn.call("CancelUpdateStack", StackName="app", ClientRequestToken="stop")
    cfn.call("CancelUpdateStack", StackName="app", ClientRequestToken="stop")
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cfn.world.resources == before
    assert Seen("Two", "UPDATE_FAILED", "Resource update cancelled") in cfn.events()


def test_a_failed_roll_back_can_be_continued(cfn: Cfn) -> None:
    """User Guide, "Continue rolling back an update": fix the cause and continue."""
    done = _broken(cfn)
    assert done["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert done["StackStatusReason"] == "The following resource(s) failed to update: [Two]. "
    assert "can not be updated" in cfn.refuses("UpdateStack", StackName="app", UsePreviousTemplate=True)
    cfn.world.fail.clear()
    cfn.world.log.clear()
    cfn.call("ContinueUpdateRollback", StackName="app", ClientRequestToken="c")
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cfn.world.log[0] == "update Two"
    assert sorted(cfn.world.log[1:]) == ["delete New", "delete Topic"]
    assert sorted(cfn.world.resources) == ["One-1", "Two-3", "topic-1"]
    assert cfn.stack()["LastOperations"][0]["OperationType"] == "CONTINUE_ROLLBACK"
    assert cfn.call("ContinueUpdateRollback", StackName="app", ClientRequestToken="c") == {}
    assert "UPDATE_ROLLBACK_FAILED" in cfn.refuses("ContinueUpdateRollback", StackName="app")


@pytest.mark.parametrize(("params", "extra"), [({"ResourcesToSkip": ["Two"]}, {}), ({}, {"ForceRollback": "true"})])
def test_what_can_not_go_back_can_be_skipped(cfn: Cfn, params: dict[str, Any], extra: dict[str, str]) -> None:
    """API Reference, ContinueUpdateRollback: ResourcesToSkip, or ForceRollback for whatever fails."""
    _broken(cfn)
    cfn.extra = extra
    cfn.call("ContinueUpdateRollback", StackName="app", **params)
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cfn.world.resources["Two-3"] == {"DelaySeconds": 1}


def test_skipping_is_refused_where_it_makes_no_sense(cfn: Cfn) -> None:
    """Only failed resources can be skipped, and skipping excludes forcing."""
    _broken(cfn)
    assert "cannot be skipped" in cfn.refuses("ContinueUpdateRollback", StackName="app", ResourcesToSkip=["One"])
    cfn.extra = {"ForceRollback": "true"}
    assert "together" in cfn.refuses("ContinueUpdateRollback", StackName="app", ResourcesToSkip=["Two"])


def test_a_resource_deleted_behind_the_stack_breaks_the_roll_back(cfn: Cfn) -> None:
    """The documented cause of UPDATE_ROLLBACK_FAILED: it can't be brought back because it is gone."""
    cfn.create(_body(1))
    cfn.world.fail["Two", "update"] = ResourceFailure("no")
    cfn.change_set(_body(2))
    begun = cfn.world.hold("Two")
    gate = cfn.world.holds["Two"]
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    del cfn.world.resources["One-1"]
    gate.set()
    cfn.cloud.settle()
    assert cfn.stack()["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert "[One]" in cfn.stack()["StackStatusReason"]


def test_a_roll_back_fails_on_demand(cfn: Cfn) -> None:
    """The phase ROLLBACK fails whatever a rollback does to a resource."""
    cfn.cloud.faults += [
        Fault(stack="app", logical_id="Two", phase="UPDATE"),
        Fault(stack="*", logical_id="One", phase="ROLLBACK", reason="stuck"),
    ]
    cfn.create(_body(1))
    assert cfn.update(_body(2))["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert any("stuck" in event.reason for event in cfn.events())


def test_a_failed_roll_back_of_a_creation(cfn: Cfn) -> None:
    """What can't be deleted leaves ROLLBACK_FAILED, and the stack can be deleted later."""
    cfn.world.fail["Two", "create"] = ResourceFailure("no")
    cfn.world.fail["One", "delete"] = ResourceFailure("in use")
    done = cfn.create(_body(1))
    assert done["StackStatus"] == "ROLLBACK_FAILED"
    cfn.world.fail.clear()
    cfn.call("DeleteStack", StackName="app")
    cfn.cloud.settle()
    assert cfn.stack(done["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_an_alarm_rolls_the_stack_back(cfn: Cfn) -> None:
    """User Guide, "Roll back your CloudFormation stack on alarm breach": during the monitoring time too."""
    watch = {
        "RollbackTriggers": [
            {"Arn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:bad", "Type": "AWS::CloudWatch::Alarm"}
        ]
    }
    cfn.create(_body(1), RollbackConfiguration={**watch, "MonitoringTimeInMinutes": 1})
    assert cfn.stack()["StackStatus"] == "CREATE_COMPLETE"
    cfn.host.alarm = "ALARM"
    done = cfn.update(_body(2))
    assert done["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("went into state ALARM" in event.reason for event in cfn.events())


def test_a_deployment_configuration_switches_roll_back_off_for_one_operation(cfn: Cfn) -> None:
    """API Reference, DeploymentConfig: DisableRollback of the change set, and not of the next one."""
    cfn.create(_body(1))
    cfn.cloud.faults.append(Fault(stack="app", logical_id="Two", phase="UPDATE", times=2))
    assert cfn.update(_body(2), DeploymentConfig={"DisableRollback": True})["StackStatus"] == "UPDATE_FAILED"
    assert cfn.update(_body(3))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(cfn.world.resources) == ["One-1", "Two-3", "topic-1"]
