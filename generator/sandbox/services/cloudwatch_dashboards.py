"""Tags of dashboards, which ministack does not keep.

Source: Amazon CloudWatch API Reference, PutDashboard ("Tags ... only when you create a new dashboard"), TagResource,
UntagResource and ListTagsForResource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.wire import Reply, Request, render

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward


_KIND = "dashboard"


def _arn(request: Request, name: str) -> str:
    return f"arn:aws:cloudwatch::{request.account}:dashboard/{name}"


def _tags(request: Request) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.params.get("Tags") or ()}


@around("monitoring", "PutDashboard")
async def put(request: Request, forward: Forward) -> Reply:
    """Tags count at creation only."""
    reply = await forward()
    arn = _arn(request, request.text("DashboardName"))
    if reply.status == 200 and not MEMORY.of(request, _KIND, arn):
        MEMORY.put(request, _KIND, arn, {"tags": _tags(request)})
    return reply


@around("monitoring", "DeleteDashboards")
async def delete(request: Request, forward: Forward) -> Reply:
    """The tags go with the dashboards."""
    reply = await forward()
    if reply.status == 200:
        MEMORY.drop(request, _KIND, [_arn(request, name) for name in request.params.get("DashboardNames") or ()])
    return reply


@around("monitoring", "TagResource", "UntagResource", "ListTagsForResource")
async def tags(request: Request, forward: Forward) -> Reply:
    """Dashboards' tags are kept here, alarms' in ministack."""
    arn = request.text("ResourceARN")
    kept: dict[str, dict[str, str]] = MEMORY.of(request, _KIND, arn)
    if not kept:
        return await forward()
    match request.action:
        case "TagResource":
            MEMORY.put(request, _KIND, arn, {"tags": kept["tags"] | _tags(request)})
        case "UntagResource":
            lost = request.params.get("TagKeys") or ()
            left = {key: value for key, value in kept["tags"].items() if key not in lost}
            MEMORY.put(request, _KIND, arn, {"tags": left})
        case _:
            return render(request, {"Tags": [{"Key": key, "Value": value} for key, value in kept["tags"].items()]})
    return render(request, {})
