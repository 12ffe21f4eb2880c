"""What a step has read of a stack goes through the step: AWS is asked once, and anew after each change."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from generator.release.carried import CarriedClouds, one_step
from generator.release.model.observed import NewChangeSet, StackNow
from generator.release.model.people import ENGINE
from generator.release.model.requests import Done, Lock
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform, service


class CountedSteps:
    """Counts what the stacks of prod are asked, step by step: by read, stack and step."""

    def __init__(self, platform: FakePlatform, *reads: str) -> None:
        self.step = 0
        self.asked: Counter[tuple[str, str, int]] = Counter()
        self.wrote: set[int] = set()
        stacks, _ = platform.aws("prod")
        for read in reads:
            setattr(stacks, read, self._counted(getattr(stacks, read), read))
        for write in ("execute", "delete", "cancel_update", "continue_rollback"):
            setattr(stacks, write, self._noted(getattr(stacks, write)))
        advance = platform.service.advance

        def counted(release_id: str, **more: Any) -> Any:
            self.step += 1
            return advance(release_id, **more)

        platform.service.advance = counted  # type: ignore[method-assign]

    def _counted(self, ask: Any, read: str) -> Any:
        def counted(stack: str, *more: str) -> Any:
            self.asked[read, " ".join((stack.rpartition("stack/")[2].partition("/")[0], *more)), self.step] += 1
            return ask(stack, *more)

        return counted

    def _noted(self, write: Any) -> Any:
        def noted(*args: Any) -> Any:
            self.wrote.add(self.step)
            return write(*args)

        return noted

    @property
    def again(self) -> list[tuple[str, str, int]]:
        """What one step asked twice although it had changed nothing between."""
        return [key for key, times in self.asked.items() if times > 1 and key[2] not in self.wrote]


@pytest.fixture
def platform() -> FakePlatform:
    """Version 1 runs in prod, version 2 is published with another image, version 3 with another template."""
    found = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    found.created()
    found.publish(2)
    return found


READS = ("describe", "template", "resources", "events")


@pytest.mark.parametrize("template", [False, True])
def test_no_step_of_a_deployment_asks_a_stack_twice(platform: FakePlatform, *, template: bool) -> None:
    """Neither for its state nor for its template, resources or events, whether the template changes or the image alone."""
    if template:
        platform.publish(3, app=service("1024"))
    counted = CountedSteps(platform, *READS)
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    assert counted.again == []
    assert sum(times for (read, _, _), times in counted.asked.items() if read == "template") == 2


def test_no_step_of_a_failure_asks_a_stack_twice(platform: FakePlatform) -> None:
    """A rollout that fails is explained from what the step has read already."""
    counted = CountedSteps(platform, *READS)
    stacks, _ = platform.aws("prod")
    stacks.fail("slipway-prod-service-app", "UPDATE", "tasks did not start")
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "rolled back"
    assert counted.again == []


NAME = "slipway-prod-service-app"


def aws() -> tuple[FakePlatform, CarriedClouds]:
    """A service in prod, and its account as steps see it."""
    platform = FakePlatform()
    platform.created()
    platform.faults.calls.clear()
    return platform, CarriedClouds(platform.clouds)


def the_same(stack: StackNow) -> NewChangeSet:
    """A change set that changes nothing."""
    kept: dict[str, str | None] = dict.fromkeys(stack.parameters)
    return NewChangeSet(
        name="bot-1", stack_name=NAME, kind="UPDATE", template=None, parameters=kept, tags={}, capabilities=(), role=""
    )


@pytest.mark.parametrize(("write", "described", "templates"), [("", 1, 1), ("create", 2, 1), ("delete", 2, 2)])
def test_what_changes_something_is_followed_by_another_look(write: str, described: int, templates: int) -> None:
    """After a write the stack is asked again; its template stays what it is while a change set is only created."""
    platform, clouds = aws()
    with one_step():
        cloud = clouds.at(platform.facts.stacks["prod/service-app"].ref, ENGINE)
        for _ in range(2):
            now = cloud.stacks.describe(NAME)
            assert now is not None
            assert cloud.stacks.describe(now.id) == now, "by name and by id it is the same stack"
            cloud.stacks.template(now.id)
            if write == "delete":
                cloud.stacks.delete(NAME, "bot-1")
            elif write == "create":
                cloud.stacks.create(the_same(now))
    assert platform.faults.count("stacks.describe") == described
    assert platform.faults.count("stacks.template") == templates


def test_nothing_is_carried_to_the_next_step() -> None:
    """Each step sees the stack as it is; outside of a step nothing is carried at all."""
    platform, clouds = aws()
    ref = platform.facts.stacks["prod/service-app"].ref
    for _ in range(2):
        clouds.at(ref, ENGINE).stacks.describe(NAME)
    for _ in range(2):
        with one_step():
            for _ in range(3):
                clouds.at(ref, ENGINE).stacks.describe(NAME)
    assert platform.faults.count("stacks.describe") == 4


@pytest.mark.parametrize("answered", [True, False])
def test_a_request_that_was_answered_is_taken_out_when_it_is_delivered_again(*, answered: bool) -> None:
    """The worker that answered it asks nobody; another worker, or the same one with another request, reads the log."""
    platform = FakePlatform()
    platform.created()
    lock = Lock(id="lock-00000001", scope="prod/service-web", reason="a test")
    assert isinstance(platform.ask(lock), Done)
    again = lock if answered else Lock(id="lock-00000002", scope="prod/service-web", reason="a test")
    platform.client_of("ana").send(again, "")
    platform.faults.calls.clear()
    platform.workers[0].turn(0.0)
    asked = {name for name in platform.faults.calls if name.startswith(("directory.", "table."))} - {"table.due"}
    assert bool(asked) is not answered
    assert platform.queue.waiting == []
