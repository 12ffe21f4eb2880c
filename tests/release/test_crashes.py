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
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service

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


Story = Callable[[FakePlatform], str]


def image(platform: FakePlatform) -> str:
    """An image-only deployment, approved and verified."""
    release = platform.deploy()
    platform.until(release, "waiting for approval")
    platform.decide(release, "approve")
    platform.end(release)
    return release


def template(platform: FakePlatform) -> str:
    """A template release with two approvals."""
    platform.publish(3, app=service("1024"))
    release = platform.deploy()
    platform.until(release, "waiting for approval")
    platform.decide(release, "approve")
    platform.end(release)
    return release


def bad(platform: FakePlatform) -> str:
    """A version that ECS rolls back."""
    _, services = platform.aws("prod")
    services.bad[next(v for v in [platform.publish(4)]).images["app"].digest] = "tasks died"
    release = platform.deploy()
    platform.until(release, "waiting for approval")
    platform.decide(release, "approve")
    platform.end(release)
    return release


def smoke(platform: FakePlatform) -> str:
    """A version that never answers, so that verification brings the last good one back."""
    import msgspec

    _, services = platform.aws("prod")
    release = platform.deploy()
    platform.until(release, "waiting for approval")
    platform.decide(release, "approve")
    platform.until(release, "verifying")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("a",))
    from generator.release.model.observed import Alarm

    services.alarm_states["a"] = Alarm(name="a", state="ALARM")
    platform.until(release, "rolling back")
    services.alarm_states["a"] = Alarm(name="a", state="OK")
    # How the way back is verified has been seen: two more minutes of polls show nothing new.
    prod = platform.facts.environments["prod"]
    calm = msgspec.structs.replace(prod.releases, bake_minutes=0)
    platform.facts.environments["prod"] = msgspec.structs.replace(prod, releases=calm)
    platform.end(release)
    return release


def back(platform: FakePlatform) -> str:
    """A rollback of a good version by one person."""
    answer = platform.roll_back()
    assert isinstance(answer, Opened)
    platform.end(answer.release)
    return answer.release


STORIES: dict[str, tuple[Story, int, str]] = {
    "image": (image, 2, "succeeded"),
    "template": (template, 2, "succeeded"),
    "bad": (bad, 2, "rolled back"),
    "smoke": (smoke, 3, "rolled back"),
    "back": (back, 3, "succeeded"),
}


def prepared(story: str) -> tuple[FakePlatform, Faults]:
    """A platform in which the story can begin."""
    faults = Faults()
    platform = FakePlatform(
        ticks=1, faults=faults, settings={"prod": Releases(bake_minutes=0 if story != "smoke" else 2)}
    )
    platform.created()
    platform.publish(2)
    if story == "back":
        image(platform)
    return platform, faults


def calls_of(story: str) -> int:
    """How many boundaries of calls the workers cross in a story."""
    platform, faults = prepared(story)
    reaper = Reaper(0)
    run(platform, faults, reaper, STORIES[story][0])
    return reaper.seen


def run(platform: FakePlatform, faults: Faults, reaper: Any, story: Story) -> str:
    """Tell a story whose workers are watched; one that is killed is followed by another of a new name."""
    turns = platform.go
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
                platform.workers = [platform.worker(f"after-{count}")]
            # What the dead one held is free when its lease is over; what it received is visible again.
            platform.clock.sleep(61)
            platform.queue.repeat()
            go(rounds)
        finally:
            faults.on_call = None

    platform.go = go  # type: ignore[method-assign]
    return story(platform)


def holds(platform: FakePlatform, release: str, executed: int, state: str) -> None:
    """The end of every story: as it should be, once, with a chain that verifies."""
    assert platform.state(release) == state, platform.release(release)
    stacks, _ = platform.aws("prod")
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    assert len(stack.executed) == executed, stack.executed
    assert len(set(stack.executed)) == len(stack.executed)
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.open == ""
    assert platform.log.open_ids() == []
    signed = {h.chain: {} for h, _ in platform.seal.heads()}  # type: ignore[var-annotated]
    for head, fault in platform.seal.heads():
        assert not fault
        signed[head.chain][head.number] = head.hash
    for chain, heads in signed.items():
        assert list(check(chain, platform.log.entries(chain), heads)) == []


@pytest.mark.parametrize("story", STORIES)
def test_killed_before_and_after_each_call(story: str) -> None:
    """Whatever call a worker dies at, the release ends as it would have, and its change set ran once."""
    boundaries = calls_of(story)
    assert boundaries > 40
    events, executed, state = STORIES[story]
    for at in range(1, boundaries + 1):
        platform, faults = prepared(story)
        release = run(platform, faults, Reaper(at), events)
        holds(platform, release, executed, state)


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
    events, executed, state = STORIES[story]
    for at in range(1, calls_of(story) // 2 + 1):
        platform, faults = prepared(story)
        release = run(platform, faults, Flaky(at, when), events)
        holds(platform, release, executed, state)
