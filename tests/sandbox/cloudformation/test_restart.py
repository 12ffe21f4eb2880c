"""What was under way when the sandbox ended is settled when it starts again."""

from __future__ import annotations

from generator.sandbox.cloudformation.operation_start import resume
from generator.sandbox.cloudformation.store import Cloud
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
    """The clock interrupts whoever sleeps when the sandbox is reset: no event, no deletion, no traceback."""

    def interrupted(seconds: float) -> None:
        raise Interrupted(seconds)

    cfn.create(CHAIN)
    cfn.change_set(CHANGED)
    cfn.host.clock.sleep = interrupted  # type: ignore[method-assign] # the clock of this test
    cfn.call("ExecuteChangeSet", StackName="app", ChangeSetName="cs")
    cfn.cloud.clear()
    cfn.cloud.settle()
    assert [line for line in cfn.world.log if not line.startswith("create")] == []
