"""Lines of history for tables: a stack's releases as the log keeps them."""

from __future__ import annotations

from typing import Any

from generator.release.model.log_records import Summary

HOUR, DAY = 3600.0, 86400.0
# A Monday, 00:00 UTC.
MONDAY = 1_767_571_200.0


def line(number: int, ended: float, state: str = "succeeded", **more: Any) -> Summary:
    """A release that ended so many hours after :data:`MONDAY`, a quarter of an hour after its go-ahead."""
    values: dict[str, Any] = {
        "id": f"prod-app-{number}",
        "key": "prod/service-app",
        "commit": f"{number:040x}",
        "requester": "ana",
        "state": state,
        "created": MONDAY + (ended - 1) * HOUR,
        "closed": MONDAY + ended * HOUR,
        "took": 900.0,
        "committed": MONDAY + (ended - 2) * HOUR,
    }
    return Summary(**(values | more))
