"""Stacks and change sets: the same promises from memory and from CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.aws.cloudformation import CloudFormationStacks
from generator.aws.session import Session
from generator.release.digests import template_digest
from generator.release.errors import CannotExecute, CannotUndo, Invalid, Unavailable
from generator.release.model.observed import (
    Broken,
    Gone,
    NoChanges,
    Ready,
)
from generator.sandbox.process import Control, Endpoint
from tests.contract.conftest import unique
from tests.contract.stack_worlds import BODY, ROLE, World
from tests.fakes.clock import FakeClock
from tests.fakes.stacks import FakeStacks


@pytest.fixture(scope="session")
def execution(session: Session) -> None:
    """The execution role, which the sandbox wants to be there."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
    api, name = session.api("iam"), "slipway-execution-prod"
    # Another file's tests of the same process may have created it: a fixture that is imported is one for each file.
    if name not in {role["RoleName"] for role in api("list_roles")["Roles"]}:
        api("create_role", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def real(session: Session, sandbox: Endpoint) -> World:
    faults: list[dict[str, str]] = []

    def fail(stack: str, phase: str, reason: str) -> None:
        faults.append({"stack": stack, "logical_id": "Queue", "phase": phase, "reason": reason})
        Control(sandbox.port).post("cloudformation/faults", {"faults": faults})

    return World(CloudFormationStacks(session.api("cloudformation")), fail)


@pytest.fixture(params=["fake", "sandbox"])
def world(request: pytest.FixtureRequest) -> World:
    """CloudFormation, with a stack name of one's own."""
    if request.param == "fake":
        fake = FakeStacks(FakeClock())
        return World(fake, lambda stack, phase, reason: fake.fail(stack, phase, reason, "Queue"))
    request.getfixturevalue("execution")
    return real(request.getfixturevalue("session"), request.getfixturevalue("sandbox_process"))


def test_a_stack_is_created_by_its_change_set(world: World) -> None:
    """Proposed, looked at, executed: what the change set said is what the stack has."""
    assert world.stacks.describe(world.name) is None
    made = world.ready("bot-1", "CREATE", BODY, Note="first")
    assert (made.kind, made.name, made.stack_name) == ("CREATE", "bot-1", world.name)
    assert made.role == ""  # DescribeChangeSet does not tell
    assert made.template == template_digest(BODY)
    assert made.parameters == {"Delay": "4", "Note": "first"}
    assert {(row.logical_id, row.action) for row in made.changes} == {("Queue", "Add"), ("Topic", "Add")}
    waiting = world.stacks.describe(world.name)
    assert waiting is not None
    assert waiting.is_new
    world.stacks.execute(made.stack_id, "bot-1", "create-1")
    assert world.settled(made.stack_id) == "CREATE_COMPLETE"
    stack = world.stacks.describe(made.stack_id)
    assert stack is not None
    assert (stack.id, stack.name, stack.role) == (made.stack_id, world.name, ROLE)
    assert stack.parameters == {"Delay": "4", "Note": "first"}
    assert (stack.outputs["Note"], stack.tags) == ("first", {"slipway:stack": "dev/x"})
    assert stack.capabilities == ("CAPABILITY_NAMED_IAM",)
    assert template_digest(world.stacks.template(made.stack_id)) == made.template
    rows = {row.logical_id: row for row in world.stacks.resources(made.stack_id)}
    assert {name: row.type for name, row in rows.items()} == {"Queue": "AWS::SQS::Queue", "Topic": "AWS::SNS::Topic"}
    assert stack.outputs["Topic"] == rows["Topic"].physical_id
    again = world.stacks.change_set(world.name, "bot-1", made.arn)
    assert isinstance(again, Ready)
    assert again.change_set.execution == "EXECUTE_COMPLETE"


def test_parameters_change_and_the_template_stays(world: World) -> None:
    """An image-only release: the previous template, one value new, the others kept."""
    stack_id = world.created()
    made = world.ready("bot-2", Note="second", Delay=None)
    assert (made.kind, made.template, made.stack_id) == ("UPDATE", template_digest(BODY), stack_id)
    assert made.parameters == {"Delay": "4", "Note": "second"}
    [change] = made.changes
    assert (change.logical_id, change.action, change.replacement) == ("Topic", "Modify", "False")
    assert {detail.cause for detail in change.details if detail.cause} == {"Note"}
    assert template_digest(world.stacks.change_set_template(made.arn, stack_id)) == made.template
    world.stacks.execute(stack_id, "bot-2", "t2")
    assert world.settled(stack_id) == "UPDATE_COMPLETE"
    stack = world.stacks.describe(stack_id)
    assert stack is not None
    assert stack.outputs["Note"] == "second"


def test_nothing_to_change_is_said_and_can_be_deleted(world: World) -> None:
    """The same input again, and other input without effect: no changes, not executable, deleted by the caller."""
    stack_id = world.created()
    reordered = {**BODY, "Metadata": {"note": "no effect"}}
    for name, template in (("bot-same", None), ("bot-other", reordered)):
        found = world.make(
            name,
            template=template,
            Note=None if template is None else "first",
            **({"Delay": None} if template is None else {}),
        )
        assert isinstance(found, NoChanges), found
        with pytest.raises(CannotExecute):
            world.stacks.execute(stack_id, name, unique("t"))
        world.stacks.delete(world.name, name)
        world.stacks.delete(world.name, name)
        assert isinstance(world.stacks.change_set(world.name, name), Gone)


def test_what_early_validation_finds_is_reported(world: World) -> None:
    """A value that no queue takes: the change set is broken, and says where."""
    found = world.make("bot-1", "CREATE", BODY, Note="x", Delay="soon")
    assert isinstance(found, Broken), found
    assert any("Queue" in problem and "DelaySeconds" in problem for problem in found.problems)


REFUSED: list[tuple[str, Any, dict[str, str | None], str]] = [
    ("CREATE", BODY, {}, "Note"),
    ("CREATE", BODY, {"Note": "x", "Strange": "y"}, "Strange"),
    ("CREATE", {"Resources": {}}, {}, "Resources"),
    ("CREATE", {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "No"}}}}}, {}, "No"),
    ("UPDATE", BODY, {"Note": "x"}, "does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "template", "parameters", "says"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_cloudformation_refuses_is_invalid(
    world: World, kind: str, template: Any, parameters: dict[str, str | None], says: str
) -> None:
    """A template or parameter that can't be: one error that says what, and nothing is left behind."""
    with pytest.raises(Invalid, match=says):
        world.stacks.create(world.new("bot-1", kind, template, **parameters))
    assert world.stacks.describe(world.name) is None


def test_a_name_is_one_change_set(world: World) -> None:
    """Creating it again changes nothing, even with other content; the name stands for one ARN."""
    stack_id = world.created()
    made = world.ready("bot-2", Note="second", Delay=None)
    world.stacks.create(world.new("bot-2", Note="second", Delay=None))
    world.stacks.create(world.new("bot-2", Note="third", Delay=None))
    assert world.ready("bot-2", Note="second", Delay=None) == made
    assert world.stacks.resolve(stack_id, "bot-2") == made.arn
    assert world.stacks.resolve(stack_id, "bot-3") == ""
    assert world.stacks.resolve(stack_id.replace(world.name, "no-such"), "bot-2") == ""


def test_executing_one_change_set_takes_the_others_away(world: World) -> None:
    """What was approved for the stack as it was is gone once somebody else changed it."""
    stack_id = world.created()
    first, second = world.ready("bot-a", Note="a", Delay=None), world.ready("bot-b", Note="b", Delay=None)
    world.stacks.execute(stack_id, "bot-a", "ta")
    assert world.settled(stack_id) == "UPDATE_COMPLETE"
    assert isinstance(world.stacks.change_set(world.name, "bot-b", second.arn), Gone)
    assert isinstance(world.stacks.change_set(world.name, "bot-b"), Gone)
    with pytest.raises(CannotExecute, match="read the "):
        world.stacks.execute(stack_id, "bot-b", "tb")
    with pytest.raises(CannotExecute, match="read the "):
        world.stacks.execute(stack_id, "bot-a", "another token")
    world.stacks.execute(stack_id, "bot-a", "ta")  # the same request: it was done
    assert first.arn != second.arn
    assert len([e for e in world.stacks.events(stack_id, "ta") if e.logical_id == world.name]) >= 2


def test_events_are_those_of_one_operation(world: World) -> None:
    """By the token of the operation, oldest first; the same again when asked again, and more when more happened."""
    stack_id = world.created()
    world.ready("bot-a", Note="a", Delay=None)
    world.stacks.execute(stack_id, "bot-a", "ta")
    world.settled(stack_id)
    events = world.stacks.events(stack_id, "ta")
    assert {event.token for event in events} == {"ta"}
    mine = [event.status for event in events if event.physical_id == stack_id]
    assert (mine[0], mine[-1]) == ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    assert "Topic" in {event.logical_id for event in events}
    assert world.stacks.events(stack_id, "ta") == events
    assert world.stacks.events(stack_id, "never") == []
    world.ready("bot-b", Note="b", Delay=None)
    world.stacks.execute(stack_id, "bot-b", "never")
    world.settled(stack_id)
    assert world.stacks.events(stack_id, "never")[0].status == "UPDATE_IN_PROGRESS"
    assert world.stacks.events(stack_id, "ta") == events


def test_a_failed_creation_leaves_nothing(world: World) -> None:
    """OnStackFailure is DELETE: the stack is gone, its events still tell why."""
    made = world.ready("bot-1", "CREATE", BODY, Note="x")
    world.fail(world.name, "CREATE", "planned")
    world.stacks.execute(made.stack_id, "bot-1", "t1")
    assert world.settled(made.stack_id) == "gone"
    assert any(
        event.status == "CREATE_FAILED" and "planned" in event.reason
        for event in world.stacks.events(made.stack_id, "t1")
    )
    assert world.stacks.resources(world.name) == []
    assert isinstance(world.stacks.change_set(world.name, "bot-1"), Gone)


def test_a_stuck_roll_back_goes_on_without_what_is_stuck(world: World) -> None:
    """An update fails and so does its rollback; leaving the resource behind ends it. Other ways to roll back are closed."""
    stack_id = world.created()
    world.ready("bot-2", Delay="9", Note=None)
    with pytest.raises(CannotUndo, match="read the "):
        world.stacks.cancel_update(stack_id, "c0")
    with pytest.raises(CannotUndo, match="read the "):
        world.stacks.continue_rollback(stack_id, (), "r0")
    world.fail(world.name, "UPDATE", "planned")
    world.fail(world.name, "ROLLBACK", "planned too")
    world.stacks.execute(stack_id, "bot-2", "t2")
    assert world.settled(stack_id) == "UPDATE_ROLLBACK_FAILED"
    world.stacks.continue_rollback(stack_id, ("Queue",), "r1")
    world.stacks.continue_rollback(stack_id, ("Queue",), "r1")
    assert world.settled(stack_id) == "UPDATE_ROLLBACK_COMPLETE"
    stack = world.stacks.describe(stack_id)
    assert stack is not None
    assert stack.parameters["Delay"] == "4"
    assert stack.can_change


def test_a_template_that_is_too_large_is_reported_before_it_is_sent(session: Session) -> None:
    """More than fits into a request can't be released: the release role takes no address of a bucket."""
    world = World(CloudFormationStacks(session.api("cloudformation")), lambda *_: None)
    large = {**BODY, "Metadata": {"x": "x" * 52_000}}
    with pytest.raises(Invalid, match="split the stack"):
        world.stacks.create(world.new("bot-1", "CREATE", large, Note="x"))


CALLS: list[tuple[str, Callable[[World, str], Any]]] = [
    ("DescribeStacks", lambda world, stack: world.stacks.describe(stack)),
    ("GetTemplate", lambda world, stack: world.stacks.template(stack)),
    ("CreateChangeSet", lambda world, _: world.stacks.create(world.new("bot-f", Note="f", Delay=None))),
    ("DescribeChangeSet", lambda world, _: world.ready("bot-f", Note="f", Delay=None)),
    ("DescribeChangeSet", lambda world, stack: world.stacks.resolve(stack, "bot-f")),
    ("DeleteChangeSet", lambda world, _: world.stacks.delete(world.name, "bot-none")),
    ("ExecuteChangeSet", lambda world, stack: world.stacks.execute(stack, "bot-f", "tf")),
    ("DescribeStackEvents", lambda world, stack: world.stacks.events(stack, "tf")),
    ("ListStackResources", lambda world, stack: world.stacks.resources(stack)),
]  # fmt: skip


@pytest.mark.usefixtures("execution")
@pytest.mark.parametrize(
    "fault",
    [{"kind": "throttle"}, {"kind": "error"}, {"kind": "reset"}, {"kind": "lost"}, {"kind": "lost", "how": "error"}],
    ids=lambda rule: "-".join(rule.values()),
)
def test_faults_change_nothing(
    session: Session, sandbox_process: Endpoint, control: Control, fault: dict[str, str]
) -> None:
    """One bad answer of each call is passed over; the change set is made and executed once."""
    world = real(session, sandbox_process)
    stack_id = world.created()
    for operation, call in CALLS:
        control.faults({"service": "cloudformation", "operation": operation, **fault}, clear=True)
        call(world, stack_id)
    assert world.settled(stack_id) == "UPDATE_COMPLETE"
    mine = [event for event in world.stacks.events(stack_id, "tf") if event.physical_id == stack_id]
    assert [event.status for event in mine].count("UPDATE_IN_PROGRESS") == 1
    for operation, call in CALLS:
        control.faults(
            {"service": "cloudformation", "operation": operation, "kind": "throttle", "times": 9}, clear=True
        )
        with pytest.raises(Unavailable, match="try again"):
            call(world, stack_id)
