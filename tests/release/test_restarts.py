"""Restarts: the same version in new tasks, as a release of its own kind, that nothing can be rolled back to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.messages import outcome, restarted, title
from generator.release.model.observed import Alarm
from generator.release.model.requests import Answer, Opened, Refusal, RestartService
from generator.release.model.settings import Approvals, Approvers, Freeze, Releases
from tests.release.fake_platform import FakePlatform, service

QUICK = Releases(bake_minutes=0)


def restartable(memory: str = "512") -> dict[str, Any]:
    """A service's template whose service reads the nonce of a restart."""
    template = service(memory)
    template["Parameters"]["Restart"] = {"Type": "String", "Default": "none"}
    nonce = {"EnableForceNewDeployment": True, "ForceNewDeploymentNonce": {"Ref": "Restart"}}
    template["Resources"]["Service"]["Properties"]["ForceNewDeployment"] = nonce
    return template


def running(settings: Releases = QUICK, **more: Any) -> FakePlatform:
    """Production that runs version 1."""
    platform = FakePlatform(settings={"prod": QUICK}, apps=("app",), **more)
    platform.publish(1, app=restartable())
    platform.created()
    rules = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = type(rules)(name="prod", protected=True, releases=settings)
    return platform


def restart(platform: FakePlatform, who: str = "ana", **more: Any) -> Answer | None:
    """Somebody asks for a restart of app in prod."""
    return platform.ask(RestartService(id=request_id(), stack="prod/service-app", **more), who)


def opened(answer: Answer | None) -> str:
    """The release that was opened."""
    assert isinstance(answer, Opened), answer
    return answer.release


def test_a_restart_changes_the_service_and_nothing_else() -> None:
    """Its change set has the nonce alone; who asks agrees to it; the version that runs, and its release, stay as they are."""
    platform = running()
    before, _ = platform.log.slot("prod/service-app")
    release = opened(restart(platform, reason="a new API key"))
    assert platform.end(release) == "succeeded"
    ended = platform.release(release)
    assert [c.type for c in ended.change_set.changes] == ["AWS::ECS::Service"] if ended.change_set else False
    assert (ended.classes, [a.actor.person for a in ended.approvals]) == (("restart",), ["ana"])
    after, _ = platform.log.slot("prod/service-app")
    assert (after.running, after.good) == (before.running, before.good)
    assert "in new tasks" in outcome(ended)
    assert title(ended).endswith("(Change number 1), a restart")
    assert restarted(ended).startswith("restarts ")
    assert restarted(ended).endswith(", same version")
    stack = platform.aws("prod")[0].describe("slipway-prod-service-app")
    assert stack is not None
    assert stack.parameters["Restart"] == release
    assert platform.client.history("prod/service-app")[0].purpose == "restart"


def test_a_version_of_later_keeps_the_nonce() -> None:
    """Another image and another template leave the last nonce where it is: it starts nothing a second time."""
    platform = running()
    release = opened(restart(platform))
    platform.end(release)
    for number, template in ((2, restartable()), (3, restartable("1024"))):
        platform.publish(number, app=template)
        deploy = platform.deploy()
        platform.decide(deploy, "approve")
        assert platform.end(deploy) == "succeeded"
        stack = platform.aws("prod")[0].describe("slipway-prod-service-app")
        assert stack is not None
        assert stack.parameters["Restart"] == release


@pytest.mark.parametrize(
    ("settings", "who", "expected"),
    [
        (QUICK, "ana", "succeeded"),
        (Releases(bake_minutes=0, approvals=Approvals(default=Approvers(people=2))), "ana", "succeeded"),
        (Releases(bake_minutes=0, approvals=Approvals(restart=Approvers(people=1))), "ana", "waiting for approval"),
        (Releases(bake_minutes=0, approvals=Approvals(restart=Approvers(people=0))), "ana", "succeeded"),
    ],
)
def test_who_approves_a_restart_is_a_rule(settings: Releases, who: str, expected: str) -> None:
    """Without a rule one person is enough, who may be the one who asks; `default` does not raise it, `restart` does."""
    platform = running(settings)
    release = opened(restart(platform, who))
    platform.later(60)
    assert platform.state(release) == expected


def test_freezes_and_locks_hold_restarts() -> None:
    """A freeze is for everything that starts something new, and break glass passes it."""
    freeze = Freeze(reason="fair", start="2000-01-01T00:00", end="2099-01-01T00:00")
    platform = running(Releases(bake_minutes=0, freezes=(freeze,), break_glass=("ana",)))
    refused = restart(platform)
    assert isinstance(refused, Refusal)
    assert "prod is frozen: fair" in refused.why
    release = opened(restart(platform, break_glass="customers can't log in"))
    assert platform.end(release) == "succeeded"


def test_there_is_nothing_to_roll_back_to() -> None:
    """A restart brought no version: its id is refused, and the way back is that of the release before it."""
    platform = running()
    platform.publish(2, app=restartable())
    deploy = platform.deploy()
    platform.decide(deploy, "approve")
    platform.end(deploy)
    release = opened(restart(platform))
    platform.end(release)
    refused = platform.roll_back(release=release)
    assert isinstance(refused, Refusal)
    assert "was a restart: it brought no version, so there is nothing to roll back to" in refused.why
    back = opened(platform.roll_back())
    platform.later(30)
    assert platform.release(back).classes == ("rollback",)
    assert platform.release(back).after.commit == "1" * 40


def test_after_a_way_back_a_restart_makes_no_difference_to_rolling_back() -> None:
    """Production runs the last good version: a restart of it does not open the way to the version before."""
    platform = running()
    platform.publish(2, app=restartable())
    deploy = platform.deploy()
    platform.decide(deploy, "approve")
    platform.end(deploy)
    platform.end(opened(platform.roll_back()))
    platform.end(opened(restart(platform)))
    refused = platform.roll_back()
    assert isinstance(refused, Refusal)
    assert "already runs the last good version" in refused.why


def test_what_is_not_healthy_after_a_restart_brings_no_other_version() -> None:
    """The version is as good as it was: what changed is outside of it, and nothing older comes instead."""
    platform = running(Releases(bake_minutes=5))
    platform.publish(2, app=restartable())
    deploy = platform.deploy()
    platform.decide(deploy, "approve")
    platform.end(deploy)
    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("errors",))
    services.alarm_states["errors"] = Alarm(name="errors", state="OK")
    release = opened(restart(platform))
    platform.until(release, "verifying")
    services.alarm_states["errors"] = Alarm(name="errors", state="ALARM")
    platform.end(release)
    ended = platform.release(release)
    assert (ended.successor, platform.state(release)) == ("", "failed")
    assert ended.cause is not None
    assert "a restart brought no other version" in ended.cause.sentence


def test_what_has_no_tasks_is_not_restarted() -> None:
    """A stack without a service, one that was never released, and a template of before say what to do instead."""
    platform = running()
    for stack, said in (
        ("prod/network", "has no tasks that could be restarted"),
        ("staging/service-app", "nothing runs in staging/service-app yet; deploy a version with: slipway deploy app"),
    ):
        refused = platform.ask(RestartService(id=request_id(), stack=stack))
        assert isinstance(refused, Refusal)
        assert said in refused.why
    older = FakePlatform(settings={"prod": QUICK}, apps=("app",))
    older.created()
    refused = restart(older)
    assert isinstance(refused, Refusal)
    assert "takes no parameter Restart" in refused.why
