"""What a service does next, as tables: no server, no clock."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.ecs.lifecycle_stages import beats, steps
from generator.sandbox.ecs.model import Hook, Rollout
from generator.sandbox.ecs.rollout import ALARM, BREAKER, HOOK, limits, roll, step, threshold
from generator.sandbox.ecs.rollout_actions import (
    Await,
    Enter,
    Expire,
    Finish,
    Restore,
    Rollback,
    RolloutView,
    Shift,
    Start,
    Stop,
    TaskView,
    Wake,
)

BREAK = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
WATCH = {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}}
GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}


def tasks(name: str, healthy: int = 0, starting: int = 0, stopping: int = 0) -> tuple[TaskView, ...]:
    rows = [TaskView(f"{name}{n}", healthy=True, running=True) for n in range(healthy)]
    rows += [TaskView(f"{name}s{n}") for n in range(starting)]
    return (*rows, *(TaskView(f"{name}x{n}", stopping=True) for n in range(stopping)))


def view(config: dict[str, Any], **more: Any) -> RolloutView:
    fields: dict[str, Any] = {"sources": ["old"], **more.pop("rollout", {})}
    rollout = Rollout(arn="d", id="ecs-svc/1", created=0, target="new", config=config, **fields)
    base: dict[str, Any] = {"desired": 2, "goal": (), "others": (), "alarms": (), "now": 0.0}
    return RolloutView(rollout, **(base | more))


@pytest.mark.parametrize(
    ("low", "high", "goal", "others", "expected"),
    [
        # Room for all new tasks beside the old ones: old ones go one by one as new ones get healthy.
        (100, 200, tasks("n"), tasks("o", 2), (2, ())),
        (100, 200, tasks("n", 0, 2), tasks("o", 2), (0, ())),
        (100, 200, tasks("n", 1, 1), tasks("o", 2), (0, ("o1",))),
        (100, 200, tasks("n", 2), tasks("o", 2), (0, ("o1", "o0"))),
        # No room: old ones make way first, down to the minimum.
        (50, 100, tasks("n"), tasks("o", 2), (0, ("o1",))),
        (50, 100, tasks("n"), tasks("o", 1, 0, 1), (1, ())),
        (0, 100, tasks("n"), tasks("o", 2), (0, ("o1", "o0"))),
        # Some room: both at once.
        (50, 150, tasks("n"), tasks("o", 2), (1, ("o1",))),
        # Old tasks that never got healthy are of no use.
        (100, 200, tasks("n", 0, 2), tasks("o", 1, 1), (0, ("os0",))),
        # Too many of the goal after scaling in: unhealthy ones go first.
        (100, 200, tasks("n", 2, 1), (), (0, ("ns0",))),
    ],
)
def test_a_rolling_update_keeps_between_its_percentages(
    low: int, high: int, goal: tuple[TaskView, ...], others: tuple[TaskView, ...], expected: tuple[int, tuple[str, ...]]
) -> None:
    """A user's minimum and maximum decide what starts and stops first (API Reference, DeploymentConfiguration)."""
    assert roll({"minimumHealthyPercent": low, "maximumPercent": high}, 2, goal, others) == expected


def test_percentages_are_rounded_as_documented() -> None:
    """A user's minimum is rounded up and maximum down (API Reference, DeploymentConfiguration)."""
    assert limits({"minimumHealthyPercent": 50, "maximumPercent": 150}, 3) == (2, 4)
    assert limits({}, 3) == (3, 6)


@given(
    st.integers(0, 12),
    st.tuples(st.integers(0, 100), st.integers(100, 300)),
    st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(0, 12)),
)
def test_no_rolling_step_breaks_a_limit(desired: int, percent: tuple[int, int], there: tuple[int, int, int]) -> None:
    """A user never loses healthy tasks below the minimum by a deployment, nor gets tasks above the maximum by it."""
    config = {"minimumHealthyPercent": percent[0], "maximumPercent": percent[1]}
    new, starting, old = there
    goal, others = tasks("n", new, starting), tasks("o", old)
    start, stop = roll(config, desired, goal, others)
    least, most = limits(config, desired)
    healthy = new + old - sum(name[1] != "s" for name in stop)
    assert healthy >= min(least, new + old)
    assert start == 0 or len(goal) + len(others) + start <= most
    assert len(stop) == len(set(stop))


@given(st.integers(0, 9), st.integers(0, 100), st.integers(100, 200))
def test_a_rolling_update_always_ends(desired: int, low: int, high: int) -> None:
    """A user's deployment of healthy tasks ends for every count and every pair of percentages that ECS takes."""
    if (low >= 100 and high <= 100) or (math.floor(desired * high / 100) <= math.ceil(desired * low / 100) and desired):
        high, low = 200, min(low, 100)
    config = {"minimumHealthyPercent": low, "maximumPercent": high}
    goal, others, count = [], [TaskView(f"o{n}", healthy=True, running=True) for n in range(desired)], 0
    for _ in range(60):
        actions = step(view(config, desired=desired, goal=tuple(goal), others=tuple(others)))
        if actions == (Finish("SUCCESSFUL"),):
            break
        for action in actions:
            match action:
                case Start(tasks=started):
                    goal += [TaskView(f"n{count + n}") for n in range(started)]
                    count += started
                case Stop(ids=ids):
                    others = [t for t in others if t.id not in ids]
                    goal = [t for t in goal if t.id not in ids]
                case Wake():
                    goal = [t._replace(healthy=True, running=True) for t in goal]
    else:
        pytest.fail(f"{goal} {others} do not end")
    assert (len(goal), others) == (desired, [])


@pytest.mark.parametrize(
    ("config", "more", "expected"),
    [
        (BREAK, {"rollout": {"failures": 3}}, Rollback(BREAKER)),
        (BREAK, {"rollout": {"failures": 3, "sources": []}}, Finish("STOPPED", "ECS deployment circuit breaker: tasks failed to start.")),
        (GREEN | BREAK, {"rollout": {"failures": 9}, "others": tasks("o", 2)}, Enter(1)),
        (WATCH, {"alarms": ("a",)}, Rollback(ALARM, ("a",))),
        (WATCH, {"alarms": ("a",), "rollout": {"alarms_before": ["a"]}}, Start(2)),
        (GREEN | WATCH, {"alarms": ("a",), "rollout": {"beat": len(beats(GREEN, first=False)) - 2}}, Rollback(ALARM, ("a",))),
        (GREEN | WATCH, {"alarms": ("a",), "goal": tasks("n", 2), "rollout": {"beat": len(beats(GREEN, first=False)) - 1}}, Finish("SUCCESSFUL")),
        ({"alarms": WATCH["alarms"] | {"rollback": False}}, {"alarms": ("a",)}, Finish("STOPPED", "ECS deployment failed: alarm detected.", ("a",))),
        ({"alarms": WATCH["alarms"] | {"enable": False}}, {"alarms": ("a",)}, Start(2)),
        ({}, {"rollout": {"retry": 30.0}}, Wake(30.0)),
        ({}, {"rollout": {"status": "ROLLBACK_REQUESTED", "reason": HOOK}}, Rollback(HOOK)),
        ({}, {"goal": tasks("n", 2), "others": tasks("o", 0, 0, 1)}, Wake(math.inf)),
        ({}, {"goal": tasks("n", 2)}, Finish("SUCCESSFUL")),
        ({}, {"desired": 0}, Finish("SUCCESSFUL")),
        # Undoing: the goal is the source, and its own failures end it.
        ({}, {"goal": tasks("o", 2), "others": tasks("n", 0, 1), "rollout": {"rollback_at": 1.0}}, Stop(("ns0",))),
        ({}, {"goal": tasks("o", 2), "rollout": {"rollback_at": 1.0, "rollback_reason": "x"}}, Finish("ROLLBACK_SUCCESSFUL", "x")),
        ({}, {"rollout": {"rollback_at": 1.0, "undo_failures": 3}}, Finish("ROLLBACK_FAILED", "The tasks of the previous service revision failed to start.")),
        (GREEN, {"goal": tasks("o", 2), "rollout": {"rollback_at": 1.0, "weight": 50}}, Shift(0)),
    ],
)  # fmt: skip
def test_what_comes_next(config: dict[str, Any], more: dict[str, Any], expected: object) -> None:
    """A user's deployment takes the one documented way out of each situation (Developer Guide, failure detection)."""
    assert step(view(config, **more))[0] == expected


PAUSE = GREEN | {"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"], "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "CONTINUE"}}]}  # fmt: skip


def hook(status: str) -> list[Hook]:
    return [
        Hook(id="h", stage="PRE_SCALE_UP", beat=0, expires=60, expires_at=0, timeout_action="CONTINUE", status=status)
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Await("PRE_SCALE_UP", 30, "CONTINUE")),
        ({"rollout": {"hooks": hook("AWAITING_ACTION")}}, Wake(60)),
        ({"rollout": {"hooks": hook("AWAITING_ACTION")}, "now": 60.0}, Expire("h")),
        ({"rollout": {"hooks": hook("SUCCEEDED")}}, Enter(1)),
        ({"rollout": {"hooks": hook("TIMED_OUT")}}, Enter(1)),
        ({"rollout": {"beat": 1}}, Start(2)),
        ({"rollout": {"beat": 1}, "goal": tasks("n", 1, 1)}, Wake(math.inf)),
        ({"rollout": {"beat": 1}, "goal": tasks("n", 2), "others": tasks("o", 2)}, Enter(2)),
        ({"rollout": {"beat": 6}, "goal": tasks("n", 2)}, Shift(100)),
        ({"rollout": {"beat": 8, "since": 100.0}, "goal": tasks("n", 2), "now": 200.0}, Wake(400.0)),
        ({"rollout": {"beat": 8, "since": 100.0}, "goal": tasks("n", 1), "now": 200.0}, Start(1)),
        ({"rollout": {"beat": 8, "since": 100.0}, "goal": tasks("n", 2), "now": 400.0}, Enter(9)),
        ({"rollout": {"beat": 9}, "goal": tasks("n", 2), "others": tasks("o", 2)}, Stop(("o0", "o1"))),
        ({"rollout": {"beat": 9}, "goal": tasks("n", 2), "others": tasks("o", 0, 0, 1)}, Wake(math.inf)),
        ({"rollout": {"beat": 9}, "goal": tasks("n", 2)}, Finish("SUCCESSFUL")),
    ],
)
def test_a_shifting_deployment_goes_beat_by_beat(more: dict[str, Any], expected: object) -> None:
    """A user's blue/green deployment scales, shifts, bakes and cleans up in order (Developer Guide, lifecycle stages)."""
    if more.get("rollout", {}).get("beat", 0) < 9:
        more = {"others": tasks("o", 2)} | more
    assert step(view(PAUSE, **more))[0] == expected


def test_both_sides_are_kept_while_traffic_shifts() -> None:
    """A user's old and new tasks are replaced when they are lost, also while a pause waits (assumed)."""
    waiting = {"hooks": hook("AWAITING_ACTION")}
    assert step(view(PAUSE, others=tasks("o", 1), rollout=waiting)) == (Restore(1), Wake(60))
    bake = {"beat": 8, "since": 0.0}
    assert step(view(PAUSE, others=tasks("o", 1), goal=tasks("n", 1), rollout=bake)) == (
        Restore(1),
        Start(1),
        Wake(300),
    )


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"strategy": "BLUE_GREEN"}, ((100, 0),)),
        ({"strategy": "CANARY"}, ((5, 10), (100, 0))),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 20, "canaryBakeTimeInMinutes": 0}}, ((20, 0), (100, 0))),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 100}}, ((100, 0),)),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 40}}, ((40, 6), (80, 6), (100, 0))),
        ({"strategy": "LINEAR"}, (*((10 * n, 6) for n in range(1, 10)), (100, 0))),
    ],
)  # fmt: skip
def test_each_strategy_has_its_steps(config: dict[str, Any], expected: tuple[tuple[float, float], ...]) -> None:
    """A user's percentages and bakes, or AWS's defaults, are the steps of traffic (API Reference, Canary- and LinearConfiguration)."""
    assert steps(config) == expected
    assert [b.hook for b in beats(config, first=False)].count("PRE_PRODUCTION_TRAFFIC_SHIFT") == len(expected)


@pytest.mark.parametrize(
    ("chosen", "desired", "expected"),
    [
        (None, 1, 3), (None, 8, 4), (None, 25, 13), (None, 1000, 200),
        ({"type": "COUNT", "value": 2}, 50, 2),
        ({"type": "UNBOUNDED_PERCENT", "value": 50}, 2, 1),
        ({"type": "BOUNDED_PERCENT", "value": 10}, 100, 10),
    ],
)  # fmt: skip
def test_the_breaker_has_the_documented_threshold(chosen: dict[str, Any] | None, desired: int, expected: int) -> None:
    """A user's breaker acts after half of the desired count, 3 to 200, or what is configured (ThresholdConfiguration)."""
    breaker: dict[str, Any] = {"enable": True, "rollback": True}
    assert (
        threshold(
            {"deploymentCircuitBreaker": breaker | ({"thresholdConfiguration": chosen} if chosen else {})}, desired
        )
        == expected
    )
