"""How often a worker calls AWS: a budget for each account, Region and API, adjusted by the answers.

A budget is a bucket of tokens. It begins with the rate that AWS publishes, or a guess where AWS publishes none, halves
when AWS throttles and grows again slowly, so that several workers come to share a limit without speaking to each other.
A part of each bucket is for what is urgent: decisions and rollbacks pass a queue of polls.

Sources: Service Quotas User Guide, "Service endpoints and quotas" (throttle rates); CloudTrail API Reference,
LookupEvents ("limited to two per second per account per Region"); ECS Developer Guide, "Request throttling for the
Amazon ECS API" (buckets and rates by kind of action). CloudFormation publishes no rates: its first rate is *assumed*.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from generator.release.errors import Unavailable
from generator.release.urgency import Urgency, urgency

# Of a bucket, so much is left to what is urgent.
_RESERVE = 0.25
# How long a call waits for a token before its step is put off, in seconds.
PATIENCE = 10.0
# No wait is shorter, in seconds: below what a clock of epoch size can tell, no time would pass at all.
_SHORTEST = 0.01
# A rate that was halved grows by this part of its first value in a second.
_GROWTH = 0.02
_LOWEST = 0.2


class Rate(NamedTuple):
    """So many calls a second, and so many at once after a pause."""

    per_second: float
    burst: float


_READS = Rate(20.0, 40.0)
RATES: dict[tuple[str, str], tuple[str, Rate]] = {
    ("service-quotas", "get_service_quota"): ("quotas", Rate(5.0, 5.0)),
    ("cloudtrail", "lookup_events"): ("look-ups", Rate(2.0, 2.0)),
    **{
        ("ecs", operation): ("deployment reads", _READS)
        for operation in (
            "describe_service_deployments", "describe_service_revisions", "describe_services",
            "list_service_deployments",
        )
    },
    **{
        ("cloudformation", operation): ("reads", Rate(20.0, 60.0))
        for operation in (
            "describe_stacks", "describe_stack_events", "describe_change_set", "get_template", "list_stack_resources",
            "describe_stack_drift_detection_status", "describe_stack_resource_drifts",
        )
    },
    **{
        ("cloudformation", operation): ("writes", Rate(5.0, 20.0))
        for operation in ("create_change_set", "execute_change_set", "delete_change_set", "detect_stack_drift")
    },
}  # fmt: skip


class Bucket:
    """One budget. ``clock`` gives seconds that never decrease."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._first, self._clock = rate, clock
        self.rate = rate.per_second
        self._tokens, self._at = rate.burst, clock()
        self._closed = 0.0
        self._lock = threading.Lock()

    def take(self, how: Urgency) -> float:
        """Take a token. Returns 0.0, or the seconds until one may be available."""
        with self._lock:
            now = self._clock()
            passed, self._at = now - self._at, now
            self._tokens = min(self._first.burst, self._tokens + passed * self.rate)
            self.rate = min(self._first.per_second, self.rate + passed * _GROWTH * self._first.per_second)
            if now < self._closed:
                return self._closed - now
            needed = 1.0 if how == "first" else 1.0 + _RESERVE * self._first.burst
            if self._tokens >= needed:
                self._tokens -= 1.0
                return 0.0
            return (needed - self._tokens) / self.rate

    def throttled(self, retry_after: float = 0.0) -> None:
        """AWS throttled a call. ``retry_after`` is the value of its header, in seconds."""
        with self._lock:
            self.rate = max(_LOWEST, self.rate / 2)
            self._tokens = min(self._tokens, 0.0)
            self._closed = max(self._closed, self._clock() + retry_after)


class Budgets:
    """The budgets of a process, by account, Region and API."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._lock = threading.Lock()

    def bucket(self, place: str, service: str, operation: str) -> Bucket | None:
        """The budget of a call in ``place`` (account and Region). None for calls without a limit."""
        found = RATES.get((service, operation))
        if found is None:
            return None
        with self._lock:
            key = (place, service, found[0])
            if key not in self._buckets:
                self._buckets[key] = Bucket(found[1], self._clock)
            return self._buckets[key]

    def wait(self, place: str, service: str, operation: str) -> None:
        """Before a call: wait for a token. A call that only informs does not wait.

        Raises:
            Unavailable: there is none soon; the step is tried again later, and the thread is free for others.
        """
        bucket = self.bucket(place, service, operation)
        if bucket is None:
            return
        how, waited = urgency(), 0.0
        while (seconds := bucket.take(how)) > 0.0:
            if how == "informs" or waited + seconds > PATIENCE:
                raise Unavailable(f"{service} was asked too often in {place} ({operation}); try again in a moment")
            pause = max(seconds, _SHORTEST)
            self._sleep(pause)
            waited += pause
