"""How a release is undone, from the first sign to close: by ECS, by the engine, by people, at a gate."""

import pytest

from generator.release.model.observed import Alarm, Hook
from generator.release.model.requests import Done, Opened, Refusal
from tests.release.fake_platform import FakePlatform, service


@pytest.fixture
def platform() -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(2)
    return platform


def test_a_bad_version_rolls_back_in_ecs(platform: FakePlatform) -> None:
    """Tasks that die let CloudFormation roll back; the release says why."""
    _, services = platform.aws("prod")
    version = platform.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(120)
    assert platform.state(release) == "rolled back"
    cause = platform.release(release).cause
    assert cause is not None
    assert "tasks failed to start" in cause.sentence


def alarm(platform: FakePlatform, state: str) -> None:
    """Give prod's app a deployment alarm in this state."""
    import msgspec

    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("prod-app-5xx",))
    services.alarm_states["prod-app-5xx"] = Alarm(name="prod-app-5xx", state=state, reason="5xx > 10")


def test_a_version_that_turns_bad_comes_back_by_itself(platform: FakePlatform) -> None:
    """An alarm during the bake brings the last good version back, without any approval."""
    alarm(platform, "OK")
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(20)
    assert platform.state(release) == "verifying"
    alarm(platform, "ALARM")
    platform.later(30)
    assert platform.state(release) == "rolling back"
    alarm(platform, "OK")
    platform.later(400)
    assert platform.state(release) == "rolled back"
    back = platform.release(release).successor
    assert platform.state(back) == "succeeded"
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40
    cause = platform.release(release).cause
    assert cause is not None
    assert "prod-app-5xx" in cause.sentence


def test_rolling_back_takes_one_person(platform: FakePlatform) -> None:
    """Who wants the last good version back gets it without asking anybody else."""
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(400)
    answer = platform.roll_back(who="cleo")
    assert isinstance(answer, Opened)
    platform.later(400)
    assert platform.state(answer.release) == "succeeded"
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40


def test_a_version_whose_image_is_gone_says_so(platform: FakePlatform) -> None:
    """Rolling back to what the registry no longer has is refused, with the reason."""
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(400)
    platform.images.images.clear()
    answer = platform.roll_back()
    assert isinstance(answer, Refusal)
    assert "no longer in the registry" in answer.why


def test_undo_while_it_runs(platform: FakePlatform) -> None:
    """An update under way goes back to what it was, by whatever way is open."""
    platform.clouds._ticks = 50
    release = platform.deploy()
    stacks, _ = platform.aws("prod")
    stacks.ticks = 50
    platform.decide(release, "approve")
    platform.later(10)
    assert platform.state(release) == "watching"
    assert isinstance(platform.decide(release, "undo", "ana", reason="wrong one"), Done)
    platform.later(1200)
    assert platform.state(release) == "rolled back"
    cause = platform.release(release).cause
    assert cause is not None
    assert "undone by ana: wrong one" in cause.sentence


def test_a_gate_waits_for_somebody(platform: FakePlatform) -> None:
    """A rollout that pauses goes on when somebody who may says so."""
    _, services = platform.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=platform.clock() + 3600))
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(60)
    found = platform.release(release)
    assert found.progress.hook == "hook-1", found.progress
    assert isinstance(platform.decide(release, "continue", hook="hook-1"), Done)
    platform.later(400)
    assert platform.state(release) == "succeeded"


def test_an_undone_gate_rolls_back(platform: FakePlatform) -> None:
    """Undo at a gate answers it with ROLLBACK."""
    _, services = platform.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=platform.clock() + 3600))
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(60)
    platform.decide(release, "undo")
    platform.later(200)
    assert platform.state(release) == "rolled back"


def test_a_stuck_roll_back_asks_what_to_leave_behind(platform: FakePlatform) -> None:
    """UPDATE_ROLLBACK_FAILED: a person sees what would be skipped, says so, and the debt is recorded."""
    stacks, _ = platform.aws("prod")
    platform.publish(3, app=service("1024"))
    release = platform.deploy()
    for who in ("ben", "cleo"):
        platform.decide(release, "approve", who)
    stacks.fail("slipway-prod-service-app", "UPDATE")
    stacks.fail("slipway-prod-service-app", "ROLLBACK", resource="Service")
    platform.later(100)
    assert platform.state(release) == "rolling back", platform.release(release)
    asked = platform.decide(release, "undo")
    assert isinstance(asked, Refusal)
    assert "Service" in asked.why
    wrong = platform.decide(release, "undo", skip=("Other",))
    assert isinstance(wrong, Refusal)
    platform.decide(release, "undo", skip=("Service",))
    platform.later(60)
    found = platform.release(release)
    assert platform.state(release) == "rolled back"
    assert found.debt is not None
    assert found.debt.resources == ("Service",)


def test_no_gate_holds_the_way_back(platform: FakePlatform) -> None:
    """A rollback to what was good passes the gates at which a new version would wait for somebody."""
    _, services = platform.aws("prod")
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=platform.clock() + 3600))
    answer = platform.roll_back()
    assert isinstance(answer, Opened)
    assert platform.end(answer.release, within=1200) == "succeeded"
    assert services.gates == []


def test_no_one_takes_the_good_version_away_after_a_way_back(platform: FakePlatform) -> None:
    """After an automatic rollback and after one by hand, a plain rollback is refused with what runs; named, others are asked."""
    _, services = platform.aws("prod")
    platform.end(platform.decide(platform.deploy(), "approve") and "prod-app-2")
    services.bad[platform.publish(3).images["app"].digest] = "tasks failed to start"
    crashed = platform.deploy()
    platform.decide(crashed, "approve")
    assert platform.end(crashed) == "rolled back"
    refused = platform.roll_back(who="cleo")
    assert isinstance(refused, Refusal)
    assert (
        "prod already runs the last good version of app, 222222222222 (Change number 2), since prod-app-3"
        in refused.why
    )
    assert "To go back further, name the version: slipway rollback app prod 111111111111" in refused.why
    named = platform.roll_back(who="cleo", version="1" * 40)
    assert isinstance(named, Opened)
    platform.later(60)
    assert platform.state(named.release) == "waiting for approval"
    platform.decide(named.release, "approve")
    assert platform.end(named.release) == "succeeded"
    again = platform.roll_back(who="cleo")
    assert isinstance(again, Refusal)
    assert "111111111111 (Change number 1), since prod-app-4" in again.why
    assert "To go back further" not in again.why, "nothing was there before"
