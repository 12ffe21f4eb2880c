"""The worker reads a service's log for who asks in chat: the same lines as the command line, or why not."""

from __future__ import annotations

import pytest

from generator.release.client import request_id
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.observed import LogLine
from generator.release.model.requests import Lines, Logs, Refusal
from tests.release.fake_platform import FakePlatform

APP = "prod/service-app"


@pytest.fixture
def platform() -> FakePlatform:
    """Prod runs version 1, whose tasks have printed fifty lines in the last minute, and one an hour ago."""
    found = FakePlatform()
    found.created()
    _, services = found.aws("prod")
    now = found.clock()
    old = LogLine(at=now - 3600, stream="app/app/1", text="long ago")
    lines = [LogLine(at=now - 50 + n, stream="app/app/1", text=f"line {n} " + "x" * 5000) for n in range(50)]
    services.lines["/slipway/prod/service-app"] = [old, *lines]
    return found


def test_the_last_lines_are_reported(platform: FakePlatform) -> None:
    """Twenty lines of the last ten minutes, oldest first, each short enough for an item of the log."""
    answer = platform.ask(Logs(id=request_id(), stack=APP))
    assert isinstance(answer, Lines)
    assert (answer.group, answer.why, len(answer.lines)) == ("/slipway/prod/service-app", "", 20)
    assert answer.lines[-1].text.startswith("line 49 ")
    assert all(len(line.text) <= 400 for line in answer.lines)


def test_a_request_that_arrives_twice_is_read_once(platform: FakePlatform) -> None:
    """The queue delivers at least once: AWS is asked once, and the answer stays the same."""
    request = Logs(id=request_id(), stack=APP)
    first = platform.ask(request)
    asked = platform.faults.count("services.logs")
    assert platform.ask(request) == first
    assert platform.faults.count("services.logs") == asked


@pytest.mark.parametrize("error", [Denied, Invalid, Unavailable])
def test_what_cannot_be_read_is_an_answer(platform: FakePlatform, error: type[Exception]) -> None:
    """Nobody waits for AWS: the reason is told at once, with the log group, so that they can look for themselves."""
    platform.faults.fail("services.logs", error=lambda: error("AWS says no; look there"))
    answer = platform.ask(Logs(id=request_id(), stack=APP))
    assert answer == Lines(group="/slipway/prod/service-app", why="AWS says no; look there")


@pytest.mark.parametrize(
    ("stack", "who", "why"),
    [(APP, "AIDANOBODY", "is not a known person"), ("prod/nothing", "ana", "there is no stack")],
)
def test_who_is_not_known_reads_nothing(platform: FakePlatform, stack: str, who: str, why: str) -> None:
    """Log lines are for people of the platform; a stack that is not there has none."""
    before = platform.faults.count("services.logs")
    answer = platform.ask(Logs(id=request_id(), stack=stack), who)
    assert isinstance(answer, Refusal)
    assert why in answer.why
    assert platform.faults.count("services.logs") == before
