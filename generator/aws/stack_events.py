"""Events of one operation of a stack, with as few pages as possible, however old the stack is.

Source: CloudFormation API Reference, DescribeStackEvents: newest first, ``ClientRequestToken`` on each event of an
operation that was started with one.
"""

import threading
from collections.abc import Mapping
from typing import Any

from generator.aws.api_client import Api, ApiError
from generator.aws.lru import LruCache
from generator.release.model.observed import StackEvent

_KEPT = 256  # operations
_PAGES = 50  # 5,000 events


class _Seen:
    """The known events of one operation, oldest first, and the newest event of the stack that was read."""

    def __init__(self) -> None:
        self.found: list[StackEvent] = []
        self.newest = ""
        self.lock = threading.Lock()


class EventLog:
    """Remembers where it stopped, so that a repeated read costs one call while few events happen."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._seen: LruCache[tuple[str, str], _Seen] = LruCache(_KEPT)

    def of(self, stack_id: str, token: str) -> list[StackEvent]:
        """All events with a token, oldest first. [] if there is no such stack."""
        seen = self._seen.get((stack_id, token)) or self._seen.put((stack_id, token), _Seen())
        with seen.lock:
            self._look(seen, stack_id, token)
            return list(seen.found)

    def _look(self, seen: _Seen, stack_id: str, token: str) -> None:
        fresh: list[StackEvent] = []
        newest, known = "", seen.newest
        more: dict[str, Any] = {}
        for _ in range(_PAGES):
            try:
                page = self._api("describe_stack_events", StackName=stack_id, **more)
            except ApiError as error:
                if error.message.rstrip(".").endswith("does not exist"):
                    return
                raise
            began = False
            for row in page["StackEvents"]:
                newest = newest or row["EventId"]
                if row["EventId"] == known:
                    began = True
                    break
                if row.get("ClientRequestToken") == token:
                    fresh.append(_event(row))
                    began = _is_start(row)
                    if began:
                        break
            if began or not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        seen.newest = newest or known
        seen.found += fresh[::-1]


def _is_start(row: Mapping[str, Any]) -> bool:
    """The first event of an operation that a user started."""
    return (
        row.get("PhysicalResourceId") == row["StackId"]
        and row["ResourceStatus"].endswith("_IN_PROGRESS")
        and row.get("ResourceStatusReason") == "User Initiated"
    )


def _event(row: Mapping[str, Any]) -> StackEvent:
    return StackEvent(
        id=row["EventId"],
        at=row["Timestamp"].timestamp(),
        logical_id=row.get("LogicalResourceId", ""),
        type=row.get("ResourceType", ""),
        status=row.get("ResourceStatus", ""),
        reason=row.get("ResourceStatusReason", ""),
        physical_id=row.get("PhysicalResourceId", ""),
        token=row.get("ClientRequestToken", ""),
    )
