"""A proposal that nobody approved does not keep a rollback waiting: it is withdrawn, and its people read why."""

import pytest

from generator.release.client import envelope, request_id
from generator.release.model.requests import Done, Opened, Refusal, RollBack
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.fake_platform import FakePlatform

APP = "prod/service-app"


@pytest.fixture
def platform() -> FakePlatform:
    """Prod, where one person approves."""
    return prepared(Releases(bake_minutes=0))


def prepared(rules: Releases) -> FakePlatform:
    """Prod, which runs version 2 after version 1; version 3 is proposed by ana and nobody has approved it."""
    made = FakePlatform(settings={"prod": rules})
    made.created()
    made.publish(2)
    release = made.deploy()
    for who in ("ben", "ana"):
        made.decide(release, "approve", who)
    assert made.end(release) == "succeeded"
    made.publish(3)
    assert made.deploy() == "prod-app-3"
    assert made.state("prod-app-3") == "waiting for approval"
    return made


def ask(platform: FakePlatform, who: str = "ben", **more: str) -> object:
    """The answer to a rollback."""
    return platform.ask(RollBack(id=request_id(), stack=APP, **more), who)  # type: ignore[arg-type]


def test_a_rollback_withdraws_what_nobody_approved(platform: FakePlatform) -> None:
    """The rollback is opened at once; the proposal ends with who asked for what, and why."""
    assert ask(platform, reason="errors") == Opened(release="prod-app-4", commit="1" * 40)
    gone = platform.release("prod-app-3")
    assert platform.state("prod-app-3") == "cancelled"
    assert gone.cause is not None
    assert gone.cause.sentence == "cancelled by ben: withdrawn, because a rollback of prod/app was requested: errors"
    assert platform.end("prod-app-4") == "succeeded"


def test_what_somebody_approved_stays() -> None:
    """One of two has approved it: to end it is a decision of people, and the rollback says how."""
    platform = prepared(Releases(bake_minutes=0, approvals=Approvals(image=Approvers(people=2, requester=True))))
    assert isinstance(platform.decide("prod-app-3", "approve"), Done)
    answer = ask(platform)
    assert isinstance(answer, Refusal)
    assert "prod-app-3 is open" in answer.why
    assert "slipway cancel prod-app-3" in answer.why
    assert platform.state("prod-app-3") == "waiting for approval"


def test_a_rollback_that_is_refused_withdraws_nothing(platform: FakePlatform) -> None:
    """There is no such version: who waits for approval still does."""
    answer = ask(platform, version="9" * 40)
    assert isinstance(answer, Refusal)
    assert platform.state("prod-app-3") == "waiting for approval"


def test_a_stranger_withdraws_nothing(platform: FakePlatform) -> None:
    """Who is nobody under `people:` neither rolls back nor ends what others asked for."""
    queue = platform.queue.as_("AIDASTRANGERSTRANGER")
    queue.send(envelope(RollBack(id=request_id(), stack=APP), ""))
    platform.go()
    assert platform.state("prod-app-3") == "waiting for approval"


def test_a_rollback_that_waits_is_not_withdrawn_by_another(platform: FakePlatform) -> None:
    """Two people who roll back want the same: the second one is told of the first."""
    assert isinstance(ask(platform), Opened)
    answer = ask(platform, "ana")
    assert isinstance(answer, Refusal)
    assert "prod-app-4" in answer.why
