"""CloudWatch alarms as AWS evaluates them: ministack stores and shows them, the engine decides their state.

Importing this takes evaluation over from ministack, which ignores dimensions, missing data and metric math.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.alarm_evaluation import Metric
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.ecs.model import Home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _evaluate() -> None:
    where = Home(*ministack_ecs.here())
    ENGINE.post(lambda: ENGINE.meter.evaluate(where))


def _datum(*args: Any) -> None:
    """What `cloudwatch._store_datum` was given: a caller's own metric."""
    namespace, name, dimensions, at, _unit, value, values, counts, statistics = args
    where, samples = Home(*ministack_ecs.here()), _samples(value, values, counts, statistics)

    metric = Metric(str(namespace), str(name), tuple(sorted((str(k), str(v)) for k, v in dimensions.items())))

    def record() -> None:
        world = ENGINE.world
        rate = world.speed or 1.0
        when = world.seconds + (float(at) - time.time()) / rate
        ENGINE.meter.record(where, metric, samples, when)

    ENGINE.post(record)


def _samples(
    value: Any, values: Sequence[float] | None, counts: Sequence[float] | None, statistics: Mapping[str, float] | None
) -> list[float]:
    if values is not None:
        return [
            float(v) for v, count in zip(values, counts or [1] * len(values), strict=False) for _ in range(int(count))
        ]
    if statistics is not None:
        count = max(1, int(statistics.get("SampleCount", 1)))
        low, high = float(statistics.get("Minimum", 0)), float(statistics.get("Maximum", 0))
        rest = float(statistics.get("Sum", 0)) - low - high
        # Any samples with that sum and those extremes will do; percentiles of a statistic set are not defined.
        return [float(statistics.get("Sum", 0))] if count == 1 else [low, high, *[rest / (count - 2)] * (count - 2)]
    return [float(value or 0)]


def _changed(_alarm: Mapping[str, Any], _state: str) -> None:
    """Deployments that watch the alarm look at it now."""

    def look() -> None:
        for service in ENGINE.world.state.services.values():
            if service.rollout:
                ENGINE.touch(service)

    ENGINE.post(look)


ministack_ecs.own_alarms(_evaluate, _datum, _changed)
