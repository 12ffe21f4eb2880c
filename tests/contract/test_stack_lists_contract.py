"""Stacks by their names, who imports their exports, and the end of one: the same from memory and from CloudFormation."""

from __future__ import annotations

from generator.aws.session import Session
from generator.sandbox.process import Endpoint
from tests.contract.conftest import unique
from tests.contract.stack_worlds import BODY, World
from tests.contract.test_stacks_contract import execution, real, world

__all__ = ["execution", "world"]


def test_a_stack_is_deleted_once_and_not_listed_any_more(world: World) -> None:
    """Its name is among those that begin so until it is gone; the same deletion again, or of what is gone, is fine."""
    stack_id = world.created()
    assert world.stacks.names(world.name) == [world.name]
    assert world.stacks.names(f"{world.name}x") == []
    world.stacks.delete_stack(stack_id, "d1")
    world.stacks.delete_stack(stack_id, "d1")
    assert world.settled(stack_id) == "gone"
    world.stacks.delete_stack(stack_id, "d2")
    assert world.stacks.names(world.name) == []


def test_who_imports_an_export_is_known(session: Session, sandbox_process: Endpoint, execution: None) -> None:
    """A stack tells its exports, and AWS who imports one; for what nobody imports that is nobody."""
    del execution
    world, user = real(session, sandbox_process), real(session, sandbox_process)
    export = unique("export")
    body = {**BODY, "Outputs": {"Topic": {"Value": "exported", "Export": {"Name": export}}}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": export}}}
    importing = {**BODY, "Resources": {**BODY["Resources"], "Topic": topic}, "Outputs": {}}
    for where, template in ((world, body), (user, importing)):
        made = where.ready("bot-1", "CREATE", template, Note="n")
        where.stacks.execute(made.stack_id, "bot-1", unique("t"))
        assert where.settled(made.stack_id) == "CREATE_COMPLETE"
    stack = world.stacks.describe(world.name)
    assert stack is not None
    assert stack.exports == {"Topic": export}
    assert world.stacks.importers(export) == [user.name]
    assert world.stacks.importers(unique("nobody")) == []
