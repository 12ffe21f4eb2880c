"""``slipway apply`` where every template is there already: what other stacks put out now decides what is released."""

from collections.abc import Callable
from typing import Any

import pytest

from generator.release.client import Client
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.unit.cli.conftest import Typed


@pytest.fixture(params=["its own worker", "a worker elsewhere"])
def ways(request: pytest.FixtureRequest, platform: FakePlatform) -> dict[str, Any]:
    """What differs for who works in the same process, and for who may only ask and wait."""
    if request.param == "its own worker":
        return {}

    def sleep(seconds: float) -> None:
        platform.clock.sleep(seconds)
        platform.go()

    client = Client(platform.facts, platform.log, platform.queue.as_(PEOPLE["ana"].aws[0]), sleep)
    return {"work": None, "sleep": sleep, "client": client}


@pytest.fixture
def move(platform: FakePlatform) -> Callable[[], None]:
    """Give prod's network another VPC."""

    def act() -> None:
        stacks, _ = platform.aws("prod")
        next(s for s in stacks.all if s.name == "slipway-prod-network").physical["Vpc"] = "vpc-another"

    return act


def test_what_is_as_it_should_be_is_left_alone(typed: Typed, ways: dict[str, Any]) -> None:
    """Nothing is asked, nothing is released, and the command says so; a script needs no --yes for that."""
    ran = typed("apply prod network app", **ways)
    assert (ran.code, ran.err) == (0, "")
    assert "0 released, 2 unchanged, of 2 stacks" in ran.out


def test_a_value_that_is_older_than_its_source_is_released(
    typed: Typed, ways: dict[str, Any], move: Callable[[], None], platform: FakePlatform
) -> None:
    """The stack that reads the output gets a release of what it runs, which people approve as a change of a template."""
    move()
    ran = typed("apply prod network app --yes", **ways)
    assert ran.code == 3
    assert "prod-app-2 waits for approval" in ran.out
    release = platform.release("prod-app-2")
    assert release.before is not None
    assert release.after.commit == release.before.commit
    assert release.classes[0] == "template"


def test_who_can_look_is_asked_before_a_value_is_brought(typed: Typed, move: Callable[[], None]) -> None:
    """Without --yes and without a terminal the command names what it would release, and releases nothing."""
    move()
    ran = typed("apply prod network app")
    assert ran.code == 2
    assert "this would release prod/service-app; add --yes to continue without a confirmation" in ran.err
