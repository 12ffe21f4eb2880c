"""What CreateTrail is given and ministack forgets: the log group, the role and the tags.

Source: AWS CloudTrail API Reference, CreateTrail.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import picked
from generator.sandbox.server.shapes import client

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request


@around("cloudtrail", "CreateTrail")
async def create(request: Request, forward: Forward) -> Reply:
    """Say the rest by UpdateTrail and AddTags, which ministack keeps."""
    reply = await forward()
    if reply.status == 200:
        await asyncio.to_thread(_rest, request)
    return reply


def _rest(request: Request) -> None:
    service: Any = client(request, "cloudtrail")
    name = request.text("Name")
    if logs := picked(request.params, "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"):
        service.update_trail(Name=name, **logs)
    if tags := request.params.get("TagsList"):
        service.add_tags(ResourceId=service.get_trail(Name=name)["Trail"]["TrailARN"], TagsList=tags)
