"""The bot's worker while nothing is open: all of its parts together ask AWS ten times a minute, and miss nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from generator.release.client import envelope, request_id
from generator.release.model.requests import Lock, Wake
from tests.release.fake_platform import PEOPLE
from tests.simulation.bot_world import BotWorld
from tests.simulation.world import FRONT

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("workers", [1, 3])
def test_an_idle_worker_asks_ten_times_a_minute(workers: int) -> None:
    """In each minute of ten, however it is cut, and whether the worker is alone or one of many."""
    world = BotWorld(workers).settled()
    world.rest(600.0)
    assert len(world.moments) / 10 / workers <= 10.0
    for began, _ in world.moments:
        asked = Counter(name for at, name in world.moments if began <= at < began + 60.0)
        assert sum(asked.values()) <= 10 * workers, asked
    assert {name for _, name in world.moments} == {"queue.receive", "table.due", "table.query", "table.many"}


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
    """A worker takes a release and dies at once, whenever the other one looked last: the idle one goes on with it."""
    world = BotWorld(2).settled()
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


def test_wake_ups_are_read_again_as_soon_as_something_opens() -> None:
    """While nothing is open wake-ups are looked for once a minute; with the first release that ends."""
    world = BotWorld(1).settled()
    world.platform.publish(3)
    world.rest(25.0)  # a long poll has ended, and the next one is far
    world._propose(world.apps[0])
    world.platform.wakes.as_("111122223333").send(envelope(Wake(id="1", name="UPDATE_COMPLETE"), ""))
    assert world.time.run(lambda: not world.platform.wakes.waiting, 5.0)
