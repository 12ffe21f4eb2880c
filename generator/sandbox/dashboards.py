"""Tags of dashboards, which ministack does not keep.

Source: Amazon CloudWatch API Reference, PutDashboard ("Tags ... only when you create a new dashboard"), TagResource,
UntagResource and ListTagsForResource.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.overlay import around
from generator.sandbox.state import persisted
from generator.sandbox.wire import Reply, Request, render

if TYPE_CHECKING:
    from generator.sandbox.overlay import Forward


class Tags:
    """Tags by ARN; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def add(self, arn: str, tags: list[dict[str, str]]) -> None:
        """Add tags, or change their values."""
        with self._lock:
            self._held.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})

    def remove(self, arn: str, keys: list[str]) -> None:
        """Take tags away."""
        with self._lock:
            for key in keys:
                self._held.get(arn, {}).pop(key, None)

    def of(self, arn: str) -> list[dict[str, str]] | None:
        """The tags of an ARN, or None if it has none here."""
        with self._lock:
            held = self._held.get(arn)
            return None if held is None else [{"Key": key, "Value": value} for key, value in held.items()]

    def drop(self, arn: str) -> None:
        """Forget an ARN."""
        with self._lock:
            self._held.pop(arn, None)

    def dump(self) -> dict[str, dict[str, str]]:
        """Everything, for the state folder."""
        with self._lock:
            return {arn: dict(tags) for arn, tags in self._held.items()}

    def load(self, data: dict[str, dict[str, str]]) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._held = data

    def reset(self) -> None:
        """Forget everything."""
        self.load({})


TAGS = Tags()
persisted("dashboards", TAGS)


def _arn(request: Request, name: str) -> str:
    return f"arn:aws:cloudwatch::{request.account}:dashboard/{name}"


@around("monitoring", "PutDashboard")
async def put(request: Request, forward: Forward) -> Reply:
    """Tags count at creation only."""
    reply = await forward()
    arn = _arn(request, request.text("DashboardName"))
    if reply.status == 200 and TAGS.of(arn) is None:
        TAGS.add(arn, request.params.get("Tags") or [])
    return reply


@around("monitoring", "DeleteDashboards")
async def delete(request: Request, forward: Forward) -> Reply:
    """The tags go with the dashboards."""
    reply = await forward()
    if reply.status == 200:
        for name in request.params.get("DashboardNames") or ():
            TAGS.drop(_arn(request, name))
    return reply


@around("monitoring", "TagResource", "UntagResource", "ListTagsForResource")
async def tags(request: Request, forward: Forward) -> Reply:
    """Dashboards' tags are kept here, alarms' in ministack."""
    arn = request.text("ResourceARN")
    if TAGS.of(arn) is None:
        return await forward()
    answer: dict[str, Any] = {}
    match request.action:
        case "TagResource":
            TAGS.add(arn, request.params.get("Tags") or [])
        case "UntagResource":
            TAGS.remove(arn, request.params.get("TagKeys") or [])
        case _:
            answer = {"Tags": TAGS.of(arn)}
    return render(request, answer)
