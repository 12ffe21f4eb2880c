"""How long a new task may be unhealthy: grace, health checks, alarm, waves of tasks and time out follow one from another.

`health_check.grace` is how long a task may take to start. AWS does not know that as a whole: ECS ignores failed checks in
its grace period, while CloudWatch counts the same task as an unhealthy target, and an alarm of the deployment takes it
back (aws/aws-cdk#16675). So the alarm waits until no start within its grace can still look ill, and then three minutes
more; ECS's own grace period lasts until the alarm has fired, because a task that ECS replaces would hide from it.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from templates.params.service import HealthCheck, ServiceSpec

# How long a target is unhealthy beyond every good start until the alarm fires: three datapoints of a minute.
MINUTES = 3
# CloudFormation waits three hours for an ECS service to be stable (resource schema of AWS::ECS::Service; that bakes come
# on top is assumed).
LONGEST = 3 * 3600


class HealthRule(NamedTuple):
    """What follows for one service.

    Attributes:
        datapoints: Minutes in a row with an unhealthy target after which the alarm fires.
        grace: ECS's HealthCheckGracePeriodSeconds.
        longest: Seconds until a rollout has ended well, or its alarm has fired.
    """

    datapoints: int
    grace: int
    longest: int


def health_rule(spec: ServiceSpec) -> HealthRule:
    """The rule for a service."""
    return _rule(spec, spec.health_check.grace)


def longest_grace(spec: ServiceSpec) -> int | None:
    """The longest `health_check.grace` with which a rollout is judged in time; None if none is."""
    return next((grace for grace in range(LONGEST, -1, -1) if _rule(spec, grace).longest <= LONGEST), None)


def health_faults(spec: ServiceSpec) -> Iterator[tuple[str, str]]:
    """A rollout that can't be judged in time: ``(key.path, sentence that ends with what to write)``."""
    if health_rule(spec).longest <= LONGEST:
        return
    limit, count = longest_grace(spec), waves(spec)
    if limit is not None:
        more = f" in {count} waves of new tasks" if count > 1 else ""
        yield (
            "health_check.grace",
            f"lets a rollout last more than the three hours that CloudFormation waits{more}; write {limit} or less",
        )
    else:
        enough = min(200, spec.rollout.min_percent + 100)
        text = f"lets new tasks start in {count} waves, which last more than the three hours that CloudFormation waits"
        yield "rollout.max_percent", f"{text}; write {enough}, or shorten deregistration_delay and stop_timeout"


def waves(spec: ServiceSpec) -> int:
    """How many times in a row new tasks start: once where a whole set of them fits beside the old ones."""
    rollout = spec.rollout
    room = rollout.max_percent - rollout.min_percent
    if rollout.strategy != "rolling" or room <= 0:
        return 1
    return max(1, min(ceil(100 / room), spec.scaling.max))


def looks_ill(check: HealthCheck, grace: int) -> int:
    """In how many minutes in a row a task that starts within its grace may be seen as an unhealthy target."""
    # The first check may come at once, so that many intervals later one is the last that may fail.
    earliest = check.interval * (check.unhealthy - 1)
    if grace <= earliest:
        return 0
    return (grace - earliest + check.interval * check.healthy) // 60 + 1


def _rule(spec: ServiceSpec, grace: int) -> HealthRule:
    check, count = spec.health_check, waves(spec)
    ill = count * looks_ill(check, grace)
    datapoints = ill + MINUTES
    # A target is unhealthy at the latest then; a minute is full, and CloudWatch sees it, within two more.
    fires = check.interval * check.unhealthy + 60 * (datapoints + 2)
    good = count * (grace + check.interval * check.healthy + spec.deregistration_delay + spec.stop_timeout)
    return HealthRule(datapoints, fires if ill else grace, max(good, fires if ill else 0))
