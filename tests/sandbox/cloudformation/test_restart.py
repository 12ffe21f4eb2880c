"""What was under way when the sandbox ended is settled when it starts again."""

from __future__ import annotations

import json
import threading

import pytest

from generator.sandbox.cloudformation.restart import resume
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.providers.provider import Context, ResourceFailure
from generator.sandbox.server.clock import Interrupted
from tests.sandbox.cloudformation.calls import Cfn
from tests.sandbox.cloudformation.fake_providers import Host, queue, template

CHAIN = template(First=queue(DelaySeconds=1), Second={**queue(DelaySeconds=1), "DependsOn": "First"})
CHANGED = template(First=queue(DelaySeconds=2), Second={**queue(DelaySeconds=2), "DependsOn": "First"})


def _restarted(cfn: Cfn) -> Cfn:
    """The same stacks in a new process: what ran is gone, what was written is there."""
    cloud = Cloud(Host())
    cloud.load(cfn.cloud.dump())
    fresh = Cfn(cloud, cfn.world, Host())
    resume(cloud)
    cloud.settle()
    return fresh


def _hold_deletion(cfn: Cfn, logical_id: str) -> threading.Event:
    """The deletion of a resource waits; the answer is set when it has begun."""
    begun = threading.Event()
    act = cfn.world.act

    def held(ctx: Context, what: str) -> None:
        if (ctx.logical_id, what) == (logical_id, "delete"):
            cfn.world.act = act  # type: ignore[method-assign] # what comes after is not held
            cfn.world.hold(logical_id)
            begun.set()
        act(ctx, what)

    cfn.world.act = held  # type: ignore[method-assign] # a world that waits
    return begun


def test_a_creation_that_was_cut_off_rolls_back(cfn: Cfn) -> None:
    """The stack comes to rest instead of being in progress for ever."""
    begun = cfn.world.hold("Second")
    cfn.change_set(CHAIN, ChangeSetType="CREATE")
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    stack = _restarted(cfn).stack()
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cfn.world.resources == {}


def test_an_update_that_was_cut_off_rolls_back(cfn: Cfn) -> None:
    """What was stable is there again."""
    cfn.create(CHAIN)
    before = dict(cfn.world.resources)
    begun = cfn.world.hold("Second")
    cfn.change_set(CHANGED)
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    fresh = _restarted(cfn)
    assert fresh.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cfn.world.resources == before
    assert any("restarted" in event.reason for event in fresh.events())


def test_the_cut_off_operation_and_its_change_set_end_as_failed(cfn: Cfn) -> None:
    """Anyone who waits for the execution or looks at the operations sees that they failed, and what followed."""
    cfn.create(CHAIN)
    begun = cfn.world.hold("Second")
    cfn.change_set(CHANGED)
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    fresh = _restarted(cfn)
    [stack] = fresh.cloud.stacks.values()
    assert [one.execution for one in stack.change_sets.values()] == ["EXECUTE_COMPLETE", "EXECUTE_FAILED"]
    assert [(one.kind, one.outcome) for one in stack.operations[-2:]] == [
        ("UPDATE_STACK", "FAILED"),
        ("ROLLBACK", "SUCCEEDED"),
    ]
    assert all(one.ended for one in stack.operations)


@pytest.mark.parametrize(("succeeds", "status"), [(True, "UPDATE_COMPLETE"), (False, "UPDATE_ROLLBACK_COMPLETE")])
def test_a_clean_up_that_was_cut_off_goes_on(cfn: Cfn, succeeds: bool, status: str) -> None:
    """A stack that only had something left to delete keeps everything else."""
    cfn.create(CHAIN)
    if succeeds:
        changed = template(First=queue(DelaySeconds=1))
    else:
        changed = template(**CHAIN["Resources"], New=queue(), Bad={**queue(), "DependsOn": "New"})
        cfn.world.fail["Bad", "create"] = ResourceFailure("no room", "")
    cfn.change_set(changed)
    begun = _hold_deletion(cfn, "Second" if succeeds else "New")
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    fresh = _restarted(cfn)
    assert fresh.stack()["StackStatus"] == status
    assert len(cfn.world.resources) == (1 if succeeds else 2)


def test_a_change_set_that_was_being_created_is_created(cfn: Cfn) -> None:
    """Anyone who waits for it gets it."""
    slept = threading.Event()

    def forever(seconds: float) -> None:
        slept.set()
        raise Interrupted(seconds)

    cfn.create(CHAIN)
    cfn.host.clock.sleep = forever  # type: ignore[method-assign] # the clock of this test
    cfn.call("CreateChangeSet", StackName="app", ChangeSetName="more", TemplateBody=json.dumps(CHANGED))
    assert slept.wait(60)
    fresh = _restarted(cfn)
    assert fresh.call("DescribeChangeSet", StackName="app", ChangeSetName="more")["Status"] == "CREATE_COMPLETE"


def test_a_deletion_that_was_cut_off_goes_on(cfn: Cfn) -> None:
    """A stack that was being deleted is deleted."""
    identity = cfn.create(CHAIN)["StackId"]
    begun = cfn.world.hold("First")
    cfn.call("DeleteStack", StackName="app")
    assert begun.wait(60)
    assert _restarted(cfn).stack(identity)["StackStatus"] == "DELETE_COMPLETE"


def test_a_reset_forgets_everything_and_stops_what_runs(cfn: Cfn) -> None:
    """Operations of before a reset write nothing into what comes after."""
    begun = cfn.world.hold("Second")
    cfn.change_set(CHAIN, ChangeSetType="CREATE")
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    assert begun.wait(60)
    cfn.cloud.clear()
    cfn.cloud.settle()
    assert cfn.call("ListStacks")["StackSummaries"] == []
    assert not any(line.startswith("delete") for line in cfn.world.log)


def test_an_interrupted_sleep_ends_the_operation_quietly(cfn: Cfn) -> None:
    """The clock interrupts anyone who sleeps when the sandbox is reset: no event, no deletion, no traceback."""

    def interrupted(seconds: float) -> None:
        raise Interrupted(seconds)

    cfn.create(CHAIN)
    cfn.change_set(CHANGED)
    cfn.host.clock.sleep = interrupted  # type: ignore[method-assign] # the clock of this test
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    cfn.cloud.clear()
    cfn.cloud.settle()
    assert [line for line in cfn.world.log if not line.startswith("create")] == []
