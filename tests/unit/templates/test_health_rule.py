"""Slow starters: no start within its grace is taken back, and a version that stays ill is, soon after its grace."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.params.health_rule import LONGEST, MINUTES, health_rule, waves
from templates.params.service import HealthCheck, Rollout, Scaling, ServiceSpec, faults

STRATEGIES = st.sampled_from(["rolling", "blue-green", "canary", "linear"])


@st.composite
def specs(draw: st.DrawFn) -> ServiceSpec:
    """Services with any relation of the numbers that matter; most of them can be released."""
    interval = draw(st.integers(5, 300))
    low = draw(st.integers(0, 100))
    return ServiceSpec(
        port=80,
        health_check=HealthCheck(
            interval=interval, timeout=draw(st.integers(2, min(120, max(2, interval - 1)))),
            healthy=draw(st.integers(2, 10)), unhealthy=draw(st.integers(2, 10)), grace=draw(st.integers(0, LONGEST)),
        ),
        scaling=Scaling(min=1, max=draw(st.integers(1, 20))),
        rollout=Rollout(strategy=draw(STRATEGIES), min_percent=low, max_percent=draw(st.integers(max(100, low + 1), 200))),
        deregistration_delay=draw(st.integers(0, 3600)),
        stop_timeout=draw(st.integers(2, 120)),
    )  # fmt: skip


def unhealthy_spans(spec: ServiceSpec, ready: float, phase: float, start: float) -> tuple[float, float] | None:
    """From when to when a target is unhealthy that is checked every interval, and passes from ``ready`` seconds on."""
    check, failed, passed, since = spec.health_check, 0, 0, None
    at = phase
    while True:
        if at >= ready:
            passed += 1
            if since is None:
                return None
            if passed == check.healthy:
                return start + since, start + at
        else:
            failed += 1
            if failed == check.unhealthy:
                since = at
        at += check.interval


def datapoints(spans: list[tuple[float, float]]) -> int:
    """The most minutes in a row in which some target was unhealthy at some moment."""
    minutes = sorted({minute for begin, end in spans for minute in range(int(begin // 60), ceil(end / 60))})
    longest = run = 1 if minutes else 0
    for before, after in pairwise(minutes):
        run = run + 1 if after == before + 1 else 1
        longest = max(longest, run)
    return longest


@given(specs(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 60))
def test_a_start_within_its_grace_never_fires_the_alarm(
    spec: ServiceSpec, share: float, phase: float, clock: float
) -> None:
    """However slow it is, whenever it is checked, and with all the waves of a rolling deployment one after the other."""
    check = spec.health_check
    spans, start = [], clock
    for _ in range(waves(spec)):
        span = unhealthy_spans(spec, share * check.grace, phase * check.interval, start)
        spans += [span] if span else []
        start = span[1] if span else start + check.grace
    assert datapoints(spans) < health_rule(spec).datapoints


@given(specs(), st.floats(0, 1))
def test_a_version_that_stays_ill_fires_the_alarm_before_ecs_hides_it(spec: ServiceSpec, phase: float) -> None:
    """Its targets are unhealthy without a break for as long as the alarm takes, which is soon after a good start's end."""
    check, rule = spec.health_check, health_rule(spec)
    if rule.datapoints == MINUTES:
        assert rule.grace == check.grace
        return
    unhealthy = (phase + check.unhealthy - 1) * check.interval
    fired = unhealthy + (rule.datapoints + 1) * 60
    assert fired <= rule.grace
    late = fired - waves(spec) * (check.grace + check.interval * check.healthy)
    assert late <= (MINUTES + 2) * 60 + check.interval * check.unhealthy + waves(spec) * 60


@given(specs())
def test_what_is_accepted_is_judged_within_three_hours(spec: ServiceSpec) -> None:
    """What could last longer is refused with a number; with that number it is accepted."""
    mine = [(key, text) for key, text in faults(spec) if "three hours" in text]
    if not mine:
        others = [key for key, _ in faults(spec)]
        assert health_rule(spec).longest <= LONGEST or "health_check.timeout" in others
        return
    [(key, text)] = mine
    if key == "health_check.grace":
        limit = int(text.rpartition("; write ")[2].split()[0])
        assert spec.health_check.grace > limit
        for grace, fits in ((limit, True), (limit + 1, False)):
            check = HealthCheck(
                **{n: getattr(spec.health_check, n) for n in HealthCheck.__struct_fields__} | {"grace": grace}
            )
            changed = ServiceSpec(
                **{n: getattr(spec, n) for n in ServiceSpec.__struct_fields__} | {"health_check": check}
            )
            assert (health_rule(changed).longest <= LONGEST) is fits


@pytest.mark.parametrize(
    ("check", "datapoints", "grace"),
    [
        # As ever: a task that starts within its grace is never seen as unhealthy.
        (HealthCheck(), 3, 60),
        (HealthCheck(grace=0), 3, 0),
        # 61 s: the third check may fail, and with two good ones it looks ill for 61 s: in two minutes at most.
        (HealthCheck(grace=61), 5, 90 + 60 * 7),
        (HealthCheck(grace=900), 19, 90 + 60 * 21),
        (HealthCheck(grace=900, interval=5, unhealthy=2, healthy=2, timeout=2), 19, 10 + 60 * 21),
        (HealthCheck(grace=900, interval=300, unhealthy=4), 3, 900),
    ],
)
def test_what_follows_from_a_grace(check: HealthCheck, datapoints: int, grace: int) -> None:
    """The alarm's datapoints and ECS's own grace period, beside each limit."""
    rule = health_rule(ServiceSpec(port=80, health_check=check))
    assert (rule.datapoints, rule.grace) == (datapoints, grace)


@pytest.mark.parametrize(
    ("rollout", "most", "count"),
    [
        (Rollout(), 10, 1),
        (Rollout(max_percent=150), 10, 2),
        (Rollout(max_percent=150), 1, 1),
        (Rollout(min_percent=50, max_percent=150), 10, 1),
        (Rollout(min_percent=0, max_percent=100), 10, 1),
        (Rollout(max_percent=101), 10, 10),
        (Rollout(strategy="blue-green", max_percent=101), 10, 1),
    ],
)
def test_how_often_new_tasks_start_in_a_rollout(rollout: Rollout, most: int, count: int) -> None:
    """As often as the room between both percentages asks, and not more often than there are tasks."""
    assert waves(ServiceSpec(port=80, rollout=rollout, scaling=Scaling(min=1, max=most))) == count
