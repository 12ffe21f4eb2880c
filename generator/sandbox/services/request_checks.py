"""What AWS refuses and ministack lets pass: checks that run before ministack is asked.

    @refusal("ec2", "DeleteSubnet")
    def used_subnet(request: Request, said: dict[str, Any]) -> None:
        raise AwsError("DependencyViolation", ...)

Without them a template whose resources depend on each other wrongly would deploy here and fail in AWS.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.overlay import around
from generator.sandbox.server.shapes import asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

    Check = Callable[[Request, dict[str, Any]], None]

_checks: dict[tuple[str, str], Check] = {}


def refusal(service: str, action: str, *, alone: bool = True) -> Callable[[Check], Check]:
    """Register a check of an operation; it raises `AwsError` with AWS's words, or nothing.

    Args:
        service: The signing name.
        action: The operation.
        alone: Nothing else goes around the operation. What does calls `refuse` itself.
    """

    def register(check: Check) -> Check:
        _checks[service, action] = check
        if alone:

            @around(service, action)
            async def checked(request: Request, forward: Forward) -> Reply:
                await refuse(request)
                return await forward()

        return check

    return register


async def refuse(request: Request) -> None:
    """Run the check of a call, if it has one.

    Raises:
        AwsError: AWS would refuse the call.
    """
    check = _checks.get((request.service, request.action))
    if check is not None:
        await asyncio.to_thread(check, request, asked(request))
