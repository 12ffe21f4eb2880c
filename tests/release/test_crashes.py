"""A worker that dies before or after any call leaves a release that another one brings to the same end, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from generator.release.audit import check
from generator.release.errors import Unavailable
from generator.release.model.requests import Opened
from generator.release.model.settings import Releases
from tests.fakes.faults import Faults
from tests.release.house import House, service

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover


class Killed(BaseException):
    """The process is gone: nothing that it held in memory is there any more."""


class Reaper:
    """Kills at the n-th boundary of a call, before it had any effect or after it had."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0

    def __call__(self, name: str, when: str) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Killed(f"{when} {name}")


Story = Callable[[House], str]


def image(house: House) -> str:
    """An image-only deployment, approved and verified."""
    release = house.deploy()
    house.until(release, "waiting for approval")
    house.decide(release, "approve")
    house.end(release)
    return release


def template(house: House) -> str:
    """A template release with two approvals."""
    house.publish(3, app=service("1024"))
    release = house.deploy()
    house.until(release, "waiting for approval")
    house.decide(release, "approve")
    house.end(release)
    return release


def bad(house: House) -> str:
    """A version that ECS rolls back."""
    _, services = house.aws("prod")
    services.bad[next(v for v in [house.publish(4)]).images["app"].digest] = "tasks died"
    release = house.deploy()
    house.until(release, "waiting for approval")
    house.decide(release, "approve")
    house.end(release)
    return release


def smoke(house: House) -> str:
    """A version that never answers, so that verification brings the last good one back."""
    import msgspec

    _, services = house.aws("prod")
    release = house.deploy()
    house.until(release, "waiting for approval")
    house.decide(release, "approve")
    house.until(release, "verifying")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("a",))
    from generator.release.model.observed import Alarm

    services.alarm_states["a"] = Alarm(name="a", state="ALARM")
    house.until(release, "rolling back")
    services.alarm_states["a"] = Alarm(name="a", state="OK")
    # How the way back is verified has been seen: two more minutes of polls show nothing new.
    prod = house.facts.environments["prod"]
    calm = msgspec.structs.replace(prod.releases, bake_minutes=0)
    house.facts.environments["prod"] = msgspec.structs.replace(prod, releases=calm)
    house.end(release)
    return release


def back(house: House) -> str:
    """A roll-back of a good version by one person."""
    answer = house.roll_back()
    assert isinstance(answer, Opened)
    house.end(answer.release)
    return answer.release


STORIES: dict[str, tuple[Story, int, str]] = {
    "image": (image, 2, "succeeded"),
    "template": (template, 2, "succeeded"),
    "bad": (bad, 2, "rolled back"),
    "smoke": (smoke, 3, "rolled back"),
    "back": (back, 3, "succeeded"),
}


def prepared(story: str) -> tuple[House, Faults]:
    """A house in which the story can begin."""
    faults = Faults()
    house = House(ticks=1, faults=faults, settings={"prod": Releases(bake_minutes=0 if story != "smoke" else 2)})
    house.created()
    house.publish(2)
    if story == "back":
        image(house)
    return house, faults


def calls_of(story: str) -> int:
    """How many boundaries of calls the workers cross in a story."""
    house, faults = prepared(story)
    reaper = Reaper(0)
    run(house, faults, reaper, STORIES[story][0])
    return reaper.seen


def run(house: House, faults: Faults, reaper: Any, story: Story) -> str:
    """Tell a story whose workers are watched; one that is killed is followed by another of a new name."""
    turns = house.go
    count = 0

    def go(rounds: int = 200) -> None:
        nonlocal count
        faults.on_call = reaper
        try:
            turns(rounds)
        except (Killed, Unavailable) as error:
            faults.on_call = None
            count += 1
            if isinstance(error, Killed):
                house.workers = [house.worker(f"after-{count}")]
            # What the dead one held is free when its lease is over; what it received is visible again.
            house.clock.sleep(61)
            house.queue.repeat()
            go(rounds)
        finally:
            faults.on_call = None

    house.go = go  # type: ignore[method-assign]
    return story(house)


def holds(house: House, release: str, executed: int, state: str) -> None:
    """The end of every story: as it should be, once, with a chain that verifies."""
    assert house.state(release) == state, house.release(release)
    stacks, _ = house.aws("prod")
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    assert len(stack.executed) == executed, stack.executed
    assert len(set(stack.executed)) == len(stack.executed)
    slot, _ = house.log.slot("prod/service-app")
    assert slot.open == ""
    assert house.log.open_ids() == []
    signed = {h.chain: {} for h, _ in house.seal.heads()}  # type: ignore[var-annotated]
    for head, good in house.seal.heads():
        assert good
        signed[head.chain][head.number] = head.hash
    for chain, heads in signed.items():
        assert list(check(chain, house.log.entries(chain), heads)) == []


@pytest.mark.parametrize("story", STORIES)
def test_killed_before_and_after_each_call(story: str) -> None:
    """Whatever call a worker dies at, the release ends as it would have, and its change set ran once."""
    boundaries = calls_of(story)
    assert boundaries > 40
    told, executed, state = STORIES[story]
    for at in range(1, boundaries + 1):
        house, faults = prepared(story)
        release = run(house, faults, Reaper(at), told)
        holds(house, release, executed, state)


class Flaky:
    """Lets one call fail: before it had any effect, or after it had and the answer is lost."""

    def __init__(self, at: int, fails: str) -> None:
        self.at = at
        self.fails = fails
        self.seen = 0

    def __call__(self, name: str, when: str) -> None:
        if when == self.fails:
            self.seen += 1
            if self.seen == self.at:
                raise Unavailable(f"{name} did not answer; try again")


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_fails_or_whose_answer_is_lost(story: str, when: str) -> None:
    """Throttling, time-outs and lost answers of any one call change neither the end nor how often anything ran."""
    told, executed, state = STORIES[story]
    for at in range(1, calls_of(story) // 2 + 1):
        house, faults = prepared(story)
        release = run(house, faults, Flaky(at, when), told)
        holds(house, release, executed, state)
