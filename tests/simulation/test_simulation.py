"""Many workers in virtual time: never twice, never lost, always an end, and a dead worker's releases are taken over."""

from __future__ import annotations

import pytest

from generator.release.open_index import FULL
from tests.simulation.schedules import drawn
from tests.simulation.world import Plan, World

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

SEEDS = 30
TAKEOVER = 15.0


@pytest.mark.parametrize("seed", range(0, SEEDS, 10))
def test_whatever_happens_each_release_runs_once_and_ends(seed: int) -> None:
    """Slow, failing and late answers, workers that pause for a minute, die and come: the seed of a failure is in its text."""
    for one in range(seed, seed + 10):
        World(one, drawn(one)).play()


@pytest.mark.parametrize(
    ("workers", "deaths", "pauses", "full"),
    [(2, 0.0, 0.3, FULL), (3, 0.3, 0.0, FULL), (10, 0.3, 0.3, FULL), (10, 0.3, 0.3, 1)],
)
def test_a_dead_or_paused_workers_releases_are_taken_over(
    workers: int, deaths: float, pauses: float, full: int
) -> None:
    """Within 15 seconds another worker goes on with what a worker held that is gone, in however many partitions it stands."""
    taken: list[float] = []
    for seed in range(30):
        plan = Plan(
            workers=workers, services=8, latency=0.2, deaths=deaths, pauses=pauses, within=60.0, work=8, full=full
        )
        world = World(seed, plan)
        world.play()
        if world.always_somebody:
            taken += world.takeovers
    assert taken
    assert max(taken) <= TAKEOVER


def calls_a_release(**more: float) -> tuple[float, float, World]:
    """Calls to AWS for each of forty releases, the seconds that all took, and the world afterwards."""
    world = World(1, Plan(services=40, threads=16, latency=0.2, within=1.0, **more))  # type: ignore[arg-type]
    took = world.play()
    return sum(world.calls.values()) / 40, took, world


def test_ten_workers_ask_aws_no_more_than_one() -> None:
    """Forty releases on ten workers: at most 75 calls each, at most 1.1 times those of one worker, no save in vain."""
    alone, slowly, one = calls_a_release(workers=1)
    together, quickly, ten = calls_a_release(workers=10)
    assert alone <= 75
    assert together <= 1.1 * alone
    assert quickly < slowly
    assert (one.lost, ten.lost) == (0, 0)


def test_ten_workers_are_four_times_as_fast_where_threads_wait_for_aws() -> None:
    """Forty releases, two threads a worker, 0.2 seconds an answer: one worker moves two of them at once, ten twenty."""
    alone, together = (
        World(1, Plan(workers=n, services=40, threads=2, latency=0.2, within=1.0)).play() for n in (1, 10)
    )
    assert alone >= 4 * together


@pytest.mark.parametrize("workers", [1, 2, 10])
@pytest.mark.parametrize("late", [12.0, 18.0, 60.0])
def test_late_answers_cost_renewals_and_nothing_else(workers: int, late: float) -> None:
    """CloudFormation answers each execution so late: the same calls as on time, and the lease's renewals meanwhile."""
    on_time = World(3, Plan(workers=workers, services=4, threads=4))
    on_time.play()
    world = World(3, Plan(workers=workers, services=4, threads=4, late=late, late_calls="stacks.execute"))
    world.play()
    assert world.lost == 0
    steps = {name: many for name, many in world.calls.items() if name.startswith(("stacks.", "services.", "images."))}
    before = {
        name: many for name, many in on_time.calls.items() if name.startswith(("stacks.", "services.", "images."))
    }
    polls = {"stacks.describe", "stacks.events", "services.deployment"}  # while AWS works: as it happens
    assert {k: v for k, v in steps.items() if k not in polls} == {k: v for k, v in before.items() if k not in polls}
    renewals = 4 * (late / 3.0 + 1)
    assert sum(world.calls.values()) <= sum(on_time.calls.values()) + renewals + _idle(world, workers, late) + 12


def _idle(world: World, workers: int, late: float) -> float:
    """What workers ask beside releases in that time: messages, and what is due."""
    del world
    return workers * late * (1 / 2.0 + 1 / 15.0)


@pytest.mark.parametrize("workers", [1, 2, 10])
def test_every_answer_a_minute_late(workers: int) -> None:
    """Even the table's: leases become longer as answers do, so that claims hold and releases end, once."""
    world = World(5, Plan(workers=workers, services=2, threads=4, late=60.0, late_calls="*"))
    world.play(within=86_400.0)
