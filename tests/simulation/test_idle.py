"""The bot's worker while nothing is open: all of its parts together ask AWS ten times a minute, and miss nothing."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from generator.release.chores import PAUSE
from generator.release.client import envelope, request_id
from generator.release.daily_heads import DAY, begin_of
from generator.release.daily_post import SETTLED
from generator.release.model.requests import Lock, Wake
from tests.release.fake_platform import PEOPLE
from tests.simulation.bot_world import BotWorld
from tests.simulation.world import FRONT

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

LARGEST = 1667  # services in three environments: 5,000 stacks


@pytest.mark.parametrize(("workers", "stacks"), [(1, 100), (3, 100), (1, 1000), (1, 5000)])
def test_an_idle_worker_asks_ten_times_a_minute(workers: int, stacks: int) -> None:
    """In each minute of ten, however it is cut, whether the worker is alone or one of many, and whatever the platform's size."""
    world = BotWorld(workers, services=math.ceil(stacks / 3)).settled()
    assert len(world.platform.facts.stacks) >= stacks
    world.rest(600.0)
    assert len(world.moments) / 10 / workers <= 10.0
    for began, _ in world.moments:
        asked = Counter(name for at, name in world.moments if began <= at < began + 60.0)
        assert sum(asked.values()) <= 10 * workers, asked
    assert {name for _, name in world.moments} <= {
        "queue.receive",
        "table.due",
        "table.get",
        "table.query",
        "table.many",
        "table.write",
    }


@pytest.mark.parametrize("workers", [1, 3])
def test_the_day_s_head_is_posted_among_ten_calls_a_minute(workers: int) -> None:
    """Over midnight too: one of the workers posts the head of the day, and none makes more than one call for it a minute."""
    world = BotWorld(workers, began=begin_of("2027-01-15") + DAY - 3600.0).settled()
    assert world.witnesses["channel"].posted == []
    world.rest(9000.0)
    assert world.time.now > begin_of("2027-01-16") + SETTLED + 3600.0
    for witness in world.witnesses.values():
        assert [date for date, _ in witness.posted] == ["2027-01-15"]
        assert "chains 1, entries" in witness.posted[-1][1]
    assert len(world.moments) / 150 / workers <= 10.0
    chores = [at for at, name in world.moments if name not in {"queue.receive", "table.due"}]
    for began in chores:
        assert sum(began <= at < began + PAUSE for at in chores) <= workers
    assert not world.said
    # Its chains are verified then, by one worker; nothing but what the simulation leaves out is wrong.
    assert len(world.verified) == len(set(world.verified)) > 0
    assert all("evidence is of somebody else" in text for text in world.verified)


def test_a_request_is_answered_at_once() -> None:
    """Nobody sleeps through what a person asks for: it is taken in the second in which it is sent."""
    world = BotWorld(2).settled()
    asked = Lock(id=request_id(), scope="prod/*", reason="a test")
    world.platform.queue.as_(f"{FRONT}:front").send(envelope(asked, PEOPLE["ana"].slack or ""))
    began = world.time.now
    assert world.time.run(lambda: (f"request#{asked.id}", "answer") in world.platform.table.items, 60.0)
    assert world.time.now - began < 1.0


@pytest.mark.parametrize("wait", range(0, 15, 2))
def test_a_release_that_was_opened_elsewhere_is_taken_over_in_15_seconds(wait: int) -> None:
    """A worker takes a release and dies at once, whenever the other one looked last: the idle one goes on with it.

    Also where the platform has 5,000 stacks.
    """
    world = BotWorld(2, services=LARGEST).settled()
    world.rest(float(wait))
    world.platform.publish(3)
    world._propose(world.apps[0])
    opened = f"prod-{world.apps[0]}-2"
    assert world.time.run(lambda: opened in world.leases, 60.0)
    holder = world.leases[opened]["owner"]
    next(process for process in world.processes if process.name == holder).dead = True
    died = world.time.now
    assert world.time.run(lambda: world.leases[opened]["owner"] != holder, 60.0)
    assert world.time.now - died <= 15.0


def test_an_idle_worker_of_a_large_platform_gives_up_what_a_storm_needed() -> None:
    """Many releases were open at once in many partitions of the index: when all are closed ten calls a minute do again."""
    world = BotWorld(1, services=40, full=2)
    world.apps = list(world.platform.apps)
    world.settled()
    assert any(pk.startswith("partition#") for pk, _ in world.platform.table.items)
    world.rest(600.0)
    assert len(world.moments) / 10 <= 10.0


def test_wake_ups_are_read_again_as_soon_as_something_opens() -> None:
    """While nothing is open wake-ups are looked for once a minute; with the first release that ends."""
    world = BotWorld(1).settled()
    world.platform.publish(3)
    world.rest(25.0)  # a long poll has ended, and the next one is far
    world._propose(world.apps[0])
    world.platform.wakes.as_("111122223333").send(envelope(Wake(id="1", name="UPDATE_COMPLETE"), ""))
    assert world.time.run(lambda: not world.platform.wakes.waiting, 5.0)
