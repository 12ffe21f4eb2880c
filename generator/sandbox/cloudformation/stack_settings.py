"""What a request says about a stack besides its template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.ids import arn
from generator.sandbox.cloudformation.model import ChangeSet, Stack
from generator.sandbox.cloudformation.store import plain

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.request_input import Call


def new_stack(call: Call, status: str) -> Stack:
    """A stack of the name and settings that a request gives."""
    cloud, request = call.cloud, call.request
    name = call.text("StackName")
    stack = Stack(
        stack_id=arn("stack", (request.account, request.region), name),
        name=name,
        account=request.account,
        region=request.region,
        created=cloud.host.clock.now(),
        status=status,
    )
    settings(call.request.params, stack)
    return stack


def settings(params: dict[str, Any], stack: Stack) -> None:
    """What a request says about the stack besides its template; what it does not speak of stays."""
    if params.get("RoleARN"):
        stack.role_arn = str(params["RoleARN"])
    if "NotificationARNs" in params:
        stack.notification_arns = [str(item) for item in params["NotificationARNs"] or []]
    if params.get("RollbackConfiguration"):
        stack.rollback = plain(params["RollbackConfiguration"])
    stack.deployment = plain(params.get("DeploymentConfig") or {})  # of this operation only


def flag(params: dict[str, Any], name: str) -> bool:
    """A boolean member of a request that was kept."""
    return str(params.get(name, "")).lower() == "true"


def live(stack: Stack) -> list[ChangeSet]:
    """The change sets that are neither executed nor being executed."""
    return [item for item in stack.change_sets.values() if not item.execution.startswith("EXECUTE_")]
