"""What a seed stands for: how many workers, how slow and forgetful AWS is, and what befalls the workers."""

from __future__ import annotations

import random

from generator.release.open_index import FULL
from tests.simulation.world import Plan

_LATE = ("", "", "", "", "stacks.execute", "stacks.describe", "stacks.create", "table.query")


def drawn(seed: int) -> Plan:
    """A small plan, drawn from the seed."""
    draw = random.Random(seed)  # noqa: S311 - a seed is the point
    late = draw.choice(_LATE)
    plan = Plan(
        workers=draw.choice([1, 2, 3]),
        threads=draw.choice([1, 2, 4]),
        services=draw.choice([1, 2]),
        within=10.0,
        latency=draw.choice([0.02, 0.1, 0.5]),
        late=draw.choice([12.0, 18.0, 60.0]) if late else 0.0,
        late_calls=late,
        fails=draw.choice([0.0, 0.01, 0.05]),
        pauses=draw.choice([0.0, 0.2, 1.0]),
        deaths=draw.choice([0.0, 0.3]),
        work=draw.choice([1, 3]),
        full=draw.choice([1, FULL]),
    )
    # A step reads the log five times: where that takes minutes, nobody who stands still every minute ends one.
    return plan._replace(pauses=min(plan.pauses, 0.2)) if late == "table.query" else plan


def large(seed: int, workers: int, services: int) -> Plan:
    """Many workers and services for an hour, with all that can happen to them."""
    return Plan(
        workers=workers, threads=16, services=services, within=1800.0, latency=0.1, fails=0.002, pauses=0.01,
        deaths=0.01, work=10 + seed % 10,
    )  # fmt: skip
