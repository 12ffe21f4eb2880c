"""Nobody waits for the slowest release, and an event wakes one worker."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release.client import envelope
from generator.release.model.requests import Wake
from generator.release.model.states import Closed, Watching
from tests.simulation.surroundings import Process
from tests.simulation.world import Plan, World

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover


class Watched(World):
    """``asked`` is who asked for what, and when; the first execution is answered so many seconds late."""

    def __init__(self, plan: Plan, slow: float = 0.0) -> None:
        self.asked: list[tuple[float, str, str]] = []
        self._slow = slow
        super().__init__(1, plan)

    def _call(self, name: str, when: Any) -> None:
        super()._call(name, when)
        task = self.time.current
        if task is None or not isinstance(task.owner, Process):
            return
        if when == "before":
            self.asked.append((self.time.now, task.owner.name, name))
        elif name == "stacks.execute" and self._slow:
            slow, self._slow = self._slow, 0.0
            self.time.sleep(slow)

    def begin(self) -> None:
        """Workers, and people who release everything."""
        for _ in range(self.plan.workers):
            self.join()
        self.time.start(self._people)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_answer_that_is_five_minutes_late_holds_up_one_release(workers: int) -> None:
    """Seven of eight releases are closed before AWS answers the eighth, also where one worker moves all of them."""
    world = Watched(Plan(workers=workers, services=8, threads=8, latency=0.1), slow=300.0)
    world.begin()

    def closed() -> int:
        return sum(isinstance(one.state, Closed) for one in world.releases())

    assert world.time.run(lambda: closed() == 7, 200.0), world.said[-3:]
    assert world.time.run(lambda: closed() == 8, 400.0), world.said[-3:]


@pytest.mark.parametrize(("making", "work"), [(60, 3), (3, 60)])
def test_one_thread_moves_eight_releases_while_aws_takes_minutes_with_each(making: int, work: int) -> None:
    """Two minutes for each change set, or for each update: eight releases are done about as soon as one, by a single thread."""
    one, eight = (
        World(2, Plan(workers=1, threads=1, services=many, latency=0.02, within=1.0, making=making, work=work)).play()
        for many in (1, 8)
    )
    assert one > 100.0, "a release waits for AWS for minutes"
    assert eight < 1.5 * one


def test_an_event_that_says_that_something_is_over_wakes_one_worker() -> None:
    """Of ten workers one receives it and looks at the release at once; the others ask for nothing of it."""
    world = Watched(Plan(workers=10, services=1, latency=0.02, work=10**6))
    world.begin()

    def is_watched() -> bool:
        return any(isinstance(one.state, Watching) for one in world.releases())

    assert world.time.run(is_watched, 300.0), world.said[-3:]
    world.rest(30.0)
    stack = world.platform.facts.stacks[f"prod/service-{world.apps[0]}"].ref
    arn = f"arn:aws:cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/1"
    world.asked.clear()
    wake = Wake(id="1", resources=(arn,), name="UPDATE_COMPLETE")
    world.platform.wakes.as_("111122223333").send(envelope(wake, ""))
    began = world.time.now
    world.rest(1.5)
    received = {who for _, who, name in world.asked if name == "queue.done"}
    looked = [(at, who) for at, who, name in world.asked if name.startswith(("stacks.", "services."))]
    assert len(received) == 1
    assert {who for _, who in looked} == received
    assert looked[0][0] - began < 1.0
