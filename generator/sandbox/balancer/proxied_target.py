"""A target of the proxy, and the share of the requests that it gets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from generator.sandbox.balancer.haproxy_config import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Wanted(NamedTuple):
    """A target. `key` is its task, `label` the version as people call it; `heard` hears initial states and changes."""

    key: str
    group: str
    address: str
    label: str
    heard: Callable[[str], None]


class Target:
    """A target that is registered: initial, healthy, unhealthy or draining. Times are those of the monotonic clock."""

    def __init__(self, wanted: Wanted, slot: int) -> None:
        self.wanted, self.slot = wanted, slot
        self.state = "initial"
        self.since = time.monotonic()
        self.until: float | None = None
        self.drained: Callable[[], None] | None = None
        self.told = WEIGHT
        self._slow: tuple[float, float] = (0.0, 0.0)

    def begin_slowly(self, seconds: float, all_: Iterable[Target], now: float) -> None:
        """Begin the slow start of a target that became healthy.

        It has one only beside a healthy target of its group that is over its own (Elastic Load Balancing User Guide, "Edit
        target group attributes", slow start mode).
        """
        others = (t for t in all_ if t is not self and t.wanted.group == self.wanted.group)
        beside = any(t.state == "healthy" and t.weight(now) == WEIGHT for t in others)
        self._slow = (now, seconds if beside else 0.0)

    def weight(self, now: float) -> int:
        """Its weight, from 1 to `WEIGHT`: the share of requests grows linearly during the slow start."""
        began, seconds = self._slow
        return WEIGHT if now >= began + seconds else max(1, int(WEIGHT * (now - began) / seconds))
