"""Events of AWS's own services on the default bus: `aws.ecs` and `aws.cloudformation`.

ECS publishes its own. CloudFormation's engine calls `stack_event` for each status of a stack or a resource.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.model import Home


class Where(NamedTuple):
    """The stack that something happened to: its account, region and ARN."""

    account: str
    region: str
    stack_id: str


class Resource(NamedTuple):
    """A resource of a stack."""

    logical_id: str
    physical_id: str
    type: str


def stack_event(where: Where, status: str, reason: str, token: str, resource: Resource | None) -> None:
    """Publish what happened to a stack, or to a resource of it. Not to be called on the event loop.

    Source: AWS CloudFormation User Guide, "Manage CloudFormation events using Amazon EventBridge".

    Args:
        where: The stack.
        status: Such as `UPDATE_COMPLETE`.
        reason: The status reason.
        token: The client request token.
        resource: The resource, or None for an event of the stack itself.
    """
    details = {"status": status, "status-reason": reason}
    detail: dict[str, Any] = {"stack-id": where.stack_id, "status-details": details, "client-request-token": token}
    kind = "CloudFormation Stack Status Change"
    if resource is not None:
        kind = "CloudFormation Resource Status Change"
        detail |= {
            "logical-resource-id": resource.logical_id,
            "physical-resource-id": resource.physical_id,
            "resource-type": resource.type,
        }
    home = Home(where.account, where.region)
    ministack_ecs.on_loop(home, lambda: ministack_ecs.put_event("aws.cloudformation", kind, [where.stack_id], detail))
