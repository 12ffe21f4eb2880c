"""Numbers that cost requests at each release: `build` says which, and what to write instead."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.config.read import read_configuration
from generator.config.rules.cut_requests import request_notes
from templates.params.service import Rollout

ROOT = Path(__file__).parents[3]


def told(stop: int = 30, delay: int = 30, rollout: Rollout | None = None, idle: int = 60) -> list[str]:
    """The notes about one service in one environment."""
    config = read_configuration(ROOT / "stacks")
    spec = replace(
        config.services["prod"]["web"], stop_timeout=stop, deregistration_delay=delay, rollout=rollout or Rollout()
    )
    prod = config.environments["prod"]
    env = replace(prod, load_balancer=replace(prod.load_balancer, idle_timeout=idle))
    return list(request_notes(replace(config, services={"prod": {"web": spec}}, environments={"prod": env})))


@pytest.mark.parametrize(
    ("stop", "delay", "fix"),
    [
        (30, 30, ""),
        (29, 30, "Write stop_timeout: 30."),
        (60, 30, ""),
        (119, 300, "Write stop_timeout: 120."),
        (120, 300, ""),
    ],
)
def test_a_task_has_as_long_to_stop_as_its_requests_have(stop: int, delay: int, fix: str) -> None:
    """Whoever gives requests more time than the task has to stop reads what to write; ECS takes 120 seconds at most."""
    found = told(stop, delay)
    assert [note.endswith(fix) for note in found] == [True] * bool(fix)


@pytest.mark.parametrize(
    ("rollout", "notes"),
    [
        (Rollout(min_percent=0), 1),
        (Rollout(min_percent=1), 0),
        (Rollout(strategy="blue-green", min_percent=0), 0),
    ],
)
def test_a_rolling_update_keeps_somebody_who_answers(rollout: Rollout, notes: int) -> None:
    """Whoever lets a rolling update stop every task reads that users get 503; other strategies keep all tasks."""
    found = told(rollout=rollout)
    assert len(found) == notes
    assert all("users get 503" in note and "min_percent: 100" in note for note in found)


@pytest.mark.parametrize(("idle", "notes"), [(60, 0), (61, 1), (4000, 1)])
def test_idle_connections_are_kept_by_both_sides(idle: int, notes: int) -> None:
    """Whoever lets the load balancer keep connections for longer reads what programs must do for it."""
    found = told(idle=idle)
    assert len(found) == notes
    assert all(f"more than {idle} s" in note for note in found)


def test_the_configuration_that_is_shipped_cuts_nothing() -> None:
    """A platform with the numbers of `stacks/` gets no such note."""
    assert list(request_notes(read_configuration(ROOT / "stacks"))) == []
