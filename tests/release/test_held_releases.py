"""Releases that a lock holds back, who may take a lock over, and a way back that ends."""

from __future__ import annotations

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.model.observed import Alarm
from generator.release.model.release import Rollback
from generator.release.model.requests import Done, Lock, Refusal, Unlock
from generator.release.model.settings import Releases
from generator.release.model.states import Approved
from tests.release.fake_platform import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0, expires_minutes=60)})
    platform.created()
    platform.publish(2)
    return platform


def held(platform: FakePlatform) -> str:
    """A release that was approved while prod was locked."""
    release = platform.deploy()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="incident"), "cleo")
    platform.decide(release, "approve", "ben")
    platform.later(30)
    assert isinstance(platform.release(release).state, Approved)
    return release


def test_a_held_release_expires(platform: FakePlatform) -> None:
    """An approval counts until the release expires: what a lock held beyond that never runs, also once it is free."""
    release = held(platform)
    state = platform.release(release).state
    assert isinstance(state, Approved)
    platform.clock.sleep(state.expires - platform.clock())
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "cleo")
    platform.later(60)
    assert platform.state(release) == "expired"
    cause = platform.release(release).cause
    assert cause is not None
    assert cause.sentence == "it was held back by a lock or a freeze until it expired"
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40


def test_a_held_release_runs_a_moment_before_it_expires(platform: FakePlatform) -> None:
    """The other side of the limit: one second earlier the approval still counts."""
    release = held(platform)
    state = platform.release(release).state
    assert isinstance(state, Approved)
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "cleo")
    assert isinstance(platform.release(release).state, Approved)
    platform.clock.sleep(state.expires - platform.clock() - 1)
    platform.go()
    assert platform.end(release) == "succeeded"


def test_nobody_takes_over_the_lock_of_another(platform: FakePlatform) -> None:
    """A second lock on the same scope is refused with the holder's name; the holder may change it, anybody lift it."""
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/*", reason="incident"), "cleo"), Done)
    answer = platform.ask(Lock(id=request_id(), scope="prod/*", reason="mine now"), "ben")
    assert isinstance(answer, Refusal)
    assert answer.rule == "locked"
    assert answer.why == "cleo has held all of prod for 0 min: incident; ask them to unlock it"
    assert [(lock.actor.person, lock.reason) for lock in platform.log.locks("prod")] == [("cleo", "incident")]
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/*", reason="longer"), "cleo"), Done)
    assert [lock.reason for lock in platform.log.locks("prod")] == ["longer"]
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/service-app", reason="more"), "ben"), Done)
    assert isinstance(platform.ask(Unlock(id=request_id(), scope="prod/*"), "ben"), Done)
    assert [lock.scope for lock in platform.log.locks("prod")] == ["prod/service-app"]


def test_a_way_back_that_is_ill_itself_opens_no_other() -> None:
    """The alarm rings for the restored version too: that is told to people, and nothing goes back and forth."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=5)}, ticks=2)
    platform.created()
    platform.publish(2)
    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("prod-app-5xx",))
    services.alarm_states["prod-app-5xx"] = Alarm(name="prod-app-5xx", state="OK", reason="")
    release = platform.deploy()
    platform.decide(release, "approve", "ben")
    platform.until(release, "verifying")
    services.alarm_states["prod-app-5xx"] = Alarm(name="prod-app-5xx", state="ALARM", reason="5xx > 10")
    platform.later(3600, every=30)
    assert platform.log.open_ids() == []
    history = platform.log.history("prod/service-app")
    assert [one.id for one in history] == ["prod-app-3", "prod-app-2", "prod-app-1"]
    back = platform.release("prod-app-3")
    assert isinstance(back.purpose, Rollback)
    assert back.purpose.automatic
    assert platform.state(back.id) == "failed"
    assert "the restored version is not healthy either" in back.moments[-1].what
    assert platform.state(release) == "failed"
