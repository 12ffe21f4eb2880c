"""Events of AWS's own services on the default bus: `aws.ecs` and `aws.cloudformation`.

ECS publishes its own. CloudFormation's engine calls `stack_event` for each status of a stack or a resource.
"""

from __future__ import annotations

import logging
from typing import Any

from generator.sandbox.ecs import private
from generator.sandbox.ecs.model import Home

_log = logging.getLogger(__name__)


def publish(account: str, region: str, source: str, kind: str, resources: list[str], detail: dict[str, Any]) -> None:
    """Put an event on the default bus of an account and region. Not to be called on the event loop."""
    home = Home(account, region)
    private.on_loop(home, lambda: private.put_event(source, kind, resources, detail))


def stack_event(
    account: str, region: str, stack_id: str, status: str, *, reason: str = "", token: str = "", resource: tuple[str, str, str] | None = None
) -> None:  # fmt: skip
    """Publish what happened to a stack, or to a resource of it.

    Source: AWS CloudFormation User Guide, "Manage CloudFormation events using Amazon EventBridge" (Stack status
    changes, Resource status changes).

    Args:
        account: The stack's account.
        region: Its region.
        stack_id: Its ARN.
        status: Such as `UPDATE_COMPLETE`.
        reason: The status reason.
        token: The client request token.
        resource: (Logical id, physical id, type), for a resource's event.
    """
    details = {"status": status, "status-reason": reason}
    detail: dict[str, Any] = {"stack-id": stack_id, "status-details": details, "client-request-token": token}
    if resource is None:
        publish(account, region, "aws.cloudformation", "CloudFormation Stack Status Change", [stack_id], detail)
        return
    logical, physical, kind = resource
    detail |= {"logical-resource-id": logical, "physical-resource-id": physical, "resource-type": kind}
    publish(account, region, "aws.cloudformation", "CloudFormation Resource Status Change", [stack_id], detail)
