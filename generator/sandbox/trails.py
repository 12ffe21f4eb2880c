"""What CreateTrail is given and ministack forgets: the log group, the role and the tags.

Source: AWS CloudTrail API Reference, CreateTrail.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from generator.sandbox.clock import CLOCK
from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.memory import picked
from generator.sandbox.overlay import around

if TYPE_CHECKING:
    from generator.sandbox.overlay import Forward
    from generator.sandbox.wire import Reply, Request

_HOST = Loopback(lambda: f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", CLOCK)


@around("cloudtrail", "CreateTrail")
async def create(request: Request, forward: Forward) -> Reply:
    """Say the rest by UpdateTrail and AddTags, which ministack keeps."""
    reply = await forward()
    if reply.status == 200:
        await asyncio.to_thread(_rest, request)
    return reply


def _rest(request: Request) -> None:
    client: Any = _HOST.client("cloudtrail", request.account, request.region, "")
    name = request.text("Name")
    if logs := picked(request.params, "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"):
        client.update_trail(Name=name, **logs)
    if tags := request.params.get("TagsList"):
        client.add_tags(ResourceId=client.get_trail(Name=name)["Trail"]["TrailARN"], TagsList=tags)
