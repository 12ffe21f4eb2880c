"""Scripted images and the life of a task, as tables: no server, no clock."""

from typing import Any

import pytest

from generator.sandbox.ecs.autoscaling import step_change, tracked_count
from generator.sandbox.ecs.fargate import SIZES
from generator.sandbox.ecs.image_scripts import (
    HEALTHY,
    LABEL,
    Behaviour,
    Exits,
    Fails,
    Healthy,
    Leaks,
    Missing,
    NeverHealthy,
    Slow,
    Table,
    choose,
    failing_share,
    memory_of,
    parse,
)
from generator.sandbox.ecs.task_lifecycle import Checks, Milestone, exited, milestones, pull_failed, unhealthy

ELB = Checks(target=10, target_limit=3)
BOTH = Checks(target=10, target_limit=3, container=30, container_limit=3, start_period=20)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("never-healthy", NeverHealthy()),
        ('{"kind": "exits", "code": 3, "lines": ["a"]}', Exits(code=3, lines=("a",))),
        ({"kind": "fails", "after": 9, "share": 0.5}, Fails(after=9, share=0.5)),
        ({"kind": "leaks"}, Leaks()),
        ("missing", Missing()),
    ],
)
def test_behaviours_are_written_as_json_or_a_word(given: Any, expected: Behaviour) -> None:
    """A user scripts an image in a label, an annotation or the table with the same words."""
    assert parse(given) == expected


@pytest.mark.parametrize("given", ["explodes", '{"kind": "exits", "code": "x"}', "{", {"code": 3}, 7])
def test_a_wrong_behaviour_names_the_right_ones(given: Any) -> None:
    """A user who mistypes a behaviour reads which there are."""
    with pytest.raises(ValueError, match="write a kind: healthy, slow, exits"):
        parse(given)


def test_the_newest_row_that_fits_wins() -> None:
    """A user overrides a general row with a later one, and takes it back."""
    table = Table()
    table.put("app:*", Slow())
    table.put("*:2", Missing())
    assert table.find("1.dkr.ecr.eu-west-1.amazonaws.com/app:2") == Missing()
    assert table.find("app:1") == Slow()
    table.put("*:2", None)
    assert table.find("app:2") == Slow()
    assert table.find("web:1") is None
    assert set(table.rows()) == {"app:*"}
    assert table.rows()["app:*"]["kind"] == "slow"


def test_label_then_annotation_then_healthy() -> None:
    """A user's docker label wins over the image's annotation; a mistake in it shows as a task that can't start."""
    assert choose("x:1", {LABEL: "missing"}, "leaks") == Missing()
    assert choose("x:1", {}, "leaks") == Leaks()
    assert choose("x:1", {}, "") == HEALTHY
    wrong = choose("x:1", {LABEL: "oops"}, "")
    assert isinstance(wrong, Exits)
    assert "is not a behaviour" in wrong.lines[0]


@pytest.mark.parametrize(
    ("behaviour", "checks", "expected"),
    [
        (Healthy(), Checks(), [(0, "healthy")]),
        (Healthy(seconds=5), ELB, [(10, "healthy")]),
        (Healthy(seconds=25), BOTH, [(30, "healthy")]),
        (Slow(seconds=100), ELB, [(30, "unhealthy"), (30, "given up"), (100, "healthy")]),
        (Slow(seconds=100), ELB._replace(grace=60), [(30, "unhealthy"), (60, "given up"), (100, "healthy")]),
        (Slow(seconds=100), ELB._replace(grace=600), [(30, "unhealthy"), (100, "healthy")]),
        (NeverHealthy(), ELB, [(30, "unhealthy"), (30, "given up")]),
        (
            NeverHealthy(),
            Checks(container=30, container_limit=3, start_period=20),
            [(110, "unhealthy"), (110, "given up")],
        ),
        (NeverHealthy(), Checks(), [(0, "healthy")]),
        (Exits(seconds=2), ELB, [(2, "exit")]),
        (Fails(after=60), ELB, [(10, "healthy"), (60, "failing")]),
        (Leaks(after=60), Checks(), [(0, "healthy"), (60, "killed")]),
        (Missing(), ELB, []),
    ],
)
def test_what_happens_to_a_running_task(behaviour: Behaviour, checks: Checks, expected: list[Any]) -> None:
    """A user's health checks see a scripted image as they would see a real one (ELB User Guide, health checks)."""
    assert milestones(behaviour, checks) == tuple(Milestone(*row) for row in expected)


def test_why_tasks_end() -> None:
    """A user reads AWS's stop codes and texts (Developer Guide, Stopped tasks error codes)."""
    assert exited(Exits(code=3)).exit_code == 3
    assert (exited(Leaks()).exit_code, exited(Leaks()).container[:17]) == (137, "OutOfMemoryError:")
    assert pull_failed("app:1").code == "TaskFailedToStart"
    assert unhealthy("arn:tg", container=False).reason == "Task failed ELB health checks in (target-group arn:tg)"
    assert unhealthy("", container=True).reason == "Task failed container health checks"


def test_memory_and_errors_follow_the_script() -> None:
    """A user's metrics show the leak growing and the errors beginning when the script says."""
    leak = Leaks(after=100, memory=40)
    assert [memory_of(leak, age) for age in (0, 50, 100, 200)] == [40, 70, 100, 100]
    assert memory_of(Healthy(memory=33), 999) == 33
    assert [failing_share(Fails(after=60, share=0.5), age) for age in (59, 60)] == [0, 0.5]
    assert failing_share(leak, 999) == 0


def test_every_fargate_size_has_the_documented_range() -> None:
    """A user finds exactly Fargate's sizes (API Reference, RegisterTaskDefinition, memory)."""
    ranges = {cpu: (row[0], row[-1], len(row)) for cpu, row in SIZES.items()}
    assert ranges == {
        256: (512, 2048, 3), 512: (1024, 4096, 4), 1024: (2048, 8192, 7), 2048: (4096, 16384, 13),
        4096: (8192, 30720, 23), 8192: (16384, 61440, 12), 16384: (32768, 122880, 12),
    }  # fmt: skip


STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
]


@pytest.mark.parametrize(
    ("kind", "distance", "expected"),
    [
        ("ChangeInCapacity", 0, 5), ("ChangeInCapacity", 9.9, 5), ("ChangeInCapacity", 10, 7),
        ("ChangeInCapacity", -1, 3), ("ExactCapacity", 12, 3), ("PercentChangeInCapacity", 5, 5),
    ],
)  # fmt: skip
def test_step_adjustments(kind: str, distance: float, expected: int) -> None:
    """A user's step for the size of the breach is taken (Application Auto Scaling User Guide, step scaling)."""
    assert step_change({"AdjustmentType": kind, "StepAdjustments": STEPS}, distance, 4) == expected


def test_a_gap_between_steps_changes_nothing() -> None:
    """A user whose steps leave a gap keeps the count there."""
    assert step_change({"StepAdjustments": STEPS[1:2]}, 5, 4) == 4


@pytest.mark.parametrize(
    ("target", "value", "desired", "expected"), [(50, 90, 2, 4), (50, 20, 4, 2), (50, 50, 3, 3), (50, 1, 1, 1)]
)
def test_target_tracking_is_proportional(target: float, value: float, desired: int, expected: int) -> None:
    """A user's average comes to its target with the fewest tasks that do it (User Guide, target tracking)."""
    assert tracked_count(target, value, desired) == expected
