"""The last calls that the sandbox answered, with who made them: what CloudTrail would show.

`Control(port).calls()` reads them. AWS tells a session's source identity in CloudTrail alone; so does the sandbox.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.control import control
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_KEPT = 5000


class Trace:
    """The last calls, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def note(self, request: Request, *, arn: str, source_identity: str, outcome: str) -> None:
        """Write a call down; `outcome` is the HTTP status or what became of it."""
        found = {
            "time": time.time(),
            "service": request.service,
            "action": request.action or f"{request.method} {request.path}",
            "account": request.account,
            "region": request.region,
            "caller": arn,
            "source_identity": source_identity or None,
            "outcome": outcome,
            "id": request.id,
        }
        with self._lock:
            self._calls.append(found)

    def calls(self, service: str = "", action: str = "") -> list[dict[str, Any]]:
        """The calls, oldest first, of a service and an action if given."""
        with self._lock:
            found = list(self._calls)
        return [c for c in found if service in {"", c["service"]} and action in {"", c["action"]}]

    def dump(self) -> Any:
        """Calls do not outlive a restart."""
        return None

    def load(self, data: Any) -> None:
        """Calls do not outlive a restart."""

    def reset(self) -> None:
        """Forget them."""
        with self._lock:
            self._calls.clear()


TRACE = Trace()


@control("calls")
def calls(body: dict[str, Any]) -> dict[str, Any]:
    """The calls of `service` and `action`."""
    return {"calls": TRACE.calls(str(body.get("service", "")), str(body.get("action", "")))}


def install() -> None:
    """Let a reset of the sandbox forget the calls."""
    persisted("calls", TRACE)
