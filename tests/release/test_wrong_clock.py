"""A worker whose clock is off moves nothing: a day back it would let expired releases run, hours ahead expire all."""

from __future__ import annotations

import pytest

from generator.release.client import request_id
from generator.release.errors import WrongClock
from generator.release.model.requests import Opened, Propose
from tests.release.fake_platform import FakePlatform


@pytest.mark.parametrize(
    ("skew", "says"), [(31.0, "ahead of"), (-31.0, "behind"), (86_400.0, "ahead of"), (-86_400.0, "behind")]
)
def test_a_wrong_clock_moves_nothing_and_says_so(skew: float, says: str) -> None:
    """Neither messages nor releases: both wait for a worker whose clock is right, and the text says what to do."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.clock.sleep(5 * 3600)
    before, said = platform.release(release), []  # type: ignore[var-annotated]
    worker = platform.workers[0]
    worker.failed = said.append
    worker.service.context = worker.service.context._replace(skew=lambda: skew)
    ask = Propose(id=request_id(), stack="prod/service-web")
    platform.queue.as_("AIDAANAANAANAANAANA1").send(
        f'{{"request":{{"kind":"propose","id":"{ask.id}","stack":"{ask.stack}"}}}}'
    )
    assert worker.turn(0.0) == 0
    with pytest.raises(WrongClock, match=says):
        worker.service.advance(release)
    assert platform.release(release) == before
    assert platform.log.answered(ask.id) is None
    assert len(platform.queue.waiting) == 1
    assert says in said[0]
    assert "Amazon Time Sync Service" in said[0]


@pytest.mark.parametrize("skew", [0.0, 29.9, -29.9])
def test_half_a_minute_is_allowed(skew: float) -> None:
    """What clocks differ by in practice stops nobody."""
    platform = FakePlatform()
    worker = platform.workers[0]
    worker.service.context = worker.service.context._replace(skew=lambda: skew)
    platform.created()
    platform.publish(2)
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Opened)
