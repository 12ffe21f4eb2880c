"""A secret is rotated: who was given it starts again, once, and nobody else; a wake-up says nothing that is believed."""

from __future__ import annotations

import json

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.messages import restarted
from generator.release.model.people import ENGINE
from generator.release.model.release import Release, Restart
from generator.release.model.requests import Lock, Unlock
from generator.release.rotations import SUCCEEDED, given
from tests.release.fake_platform import ACCOUNTS, FakePlatform
from tests.release.test_restarts import restartable, running

NAME = "slipway/prod/app/api-key"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNTS['prod']}:secret:{NAME}-Ab12Cd"
PASSWORD = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNTS['prod']}:secret:rds!db-0a1b-Ab12Cd"


def given_a_secret(secret: str = SECRET, *, restarts: bool = True) -> FakePlatform:
    """Production whose service app was given a secret when its tasks started."""
    platform = running()
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(
        facts, secrets=(NAME,), restarts=restarts, uses_database=True
    )
    _, services = platform.aws("prod")
    # A template names a secret without the six characters that only Secrets Manager knows.
    services.given = (secret.rpartition("-")[0] if secret == SECRET else secret,)
    services.secrets = {NAME}
    return platform


def rotate(platform: FakePlatform, secret: str = SECRET, *, told: bool = True) -> None:
    """Time passes, the secret is rotated, and the event arrives."""
    platform.clock.sleep(3600)
    if told:
        _, services = platform.aws("prod")
        services.rotations[secret] = platform.clock()
    body = {
        "kind": "wake-up",
        "id": "e",
        "name": SUCCEEDED,
        "type": "AWS Service Event via CloudTrail",
        "resources": [secret],
    }
    platform.wakes.send(json.dumps(body))
    platform.go()


def restarts(platform: FakePlatform) -> list[Release]:
    """The restarts of app in prod, newest first."""
    found = [platform.release(one.id) for one in platform.log.history("prod/service-app")]
    return [release for release in found if isinstance(release.purpose, Restart)]


@pytest.mark.parametrize(("secret", "called"), [(SECRET, NAME), (PASSWORD, "the database's password")])
def test_a_rotation_starts_the_tasks_again_and_asks_nobody(secret: str, called: str) -> None:
    """The configuration says so by default; the release says which secret, and who was given none is left alone."""
    platform = given_a_secret(secret)
    rotate(platform, secret)
    (release,) = restarts(platform)
    assert platform.end(release.id) == "succeeded"
    release = platform.release(release.id)
    assert (release.requester, release.approvals, release.classes) == (ENGINE, (), ("restart",))
    assert restarted(release).endswith(f"same version, because {called} was rotated")
    assert platform.log.history("prod/service-web") == []


def test_an_event_that_comes_again_starts_nothing_again() -> None:
    """Messages repeat: one rotation is one restart; the next rotation is the next one."""
    platform = given_a_secret()
    for _ in range(2):
        rotate(platform)
        platform.later(60)
        platform.wakes.send(json.dumps({"kind": "wake-up", "id": "f", "name": SUCCEEDED, "resources": [SECRET]}))
        platform.later(60)
    assert [platform.state(release.id) for release in restarts(platform)] == ["succeeded"] * 2


def test_an_event_is_not_believed() -> None:
    """Every function may send wake-ups: without a rotation that AWS tells of, nothing starts."""
    platform = given_a_secret()
    rotate(platform, told=False)
    platform.later(60)
    assert restarts(platform) == []


def test_tasks_that_are_newer_than_the_rotation_stay() -> None:
    """The event is late, and a release came in between: its tasks read the new value."""
    platform = given_a_secret()
    _, services = platform.aws("prod")
    services.rotations[SECRET] = platform.clock()
    platform.clock.sleep(60)
    platform.publish(2, app=restartable())
    platform.decide(release := platform.deploy(), "approve")
    platform.end(release)
    rotate(platform, told=False)
    assert restarts(platform) == []


def test_a_rotation_while_a_release_is_open_is_not_forgotten() -> None:
    """A proposal waits: once it is rejected, the tasks start again."""
    platform = given_a_secret()
    platform.publish(2)
    waiting = platform.deploy()
    rotate(platform)
    assert restarts(platform) == []
    platform.decide(waiting, "reject")
    platform.later(60)
    assert [platform.state(release.id) for release in restarts(platform)] == ["succeeded"]


def test_a_lock_holds_the_restart_until_it_is_lifted() -> None:
    """What the engine does by itself is held like what people ask for, and says so."""
    platform = given_a_secret()
    platform.ask(Lock(id=request_id(), scope="prod/service-app", reason="the database is being moved"))
    rotate(platform)
    platform.later(60)
    (release,) = restarts(platform)
    assert "the database is being moved" in getattr(platform.release(release.id).state, "held", "")
    platform.ask(Unlock(id=request_id(), scope="prod/service-app"), "ben")
    assert platform.end(release.id) == "succeeded"


def test_what_somebody_cancelled_is_not_opened_again() -> None:
    """The tasks are still older than the rotation; a person decided, and the event that repeats changes nothing."""
    platform = given_a_secret()
    platform.ask(Lock(id=request_id(), scope="prod/service-app", reason="the database is being moved"))
    rotate(platform)
    platform.later(10)
    (release,) = restarts(platform)
    platform.decide(release.id, "cancel")
    platform.later(60)
    platform.wakes.send(json.dumps({"kind": "wake-up", "id": "f", "name": SUCCEEDED, "resources": [SECRET]}))
    platform.later(60)
    assert [platform.state(one.id) for one in restarts(platform)] == ["cancelled"]


def test_a_service_may_look_after_itself() -> None:
    """`restart_on_rotation: false`: it reads the secret again by its own code."""
    platform = given_a_secret(restarts=False)
    rotate(platform)
    assert restarts(platform) == []


@pytest.mark.parametrize(
    ("secret", "found"),
    [
        (SECRET, ["prod/service-app"]),
        (PASSWORD, ["prod/service-app"]),
        (SECRET.replace(ACCOUNTS["prod"], ACCOUNTS["dev"]), []),
        (SECRET.replace("eu-west-1", "us-east-1"), []),
        (SECRET.replace("api-key", "api"), []),
        ("slipway/prod/app/api-key", []),
        ("arn:aws:s3:::bucket", []),
    ],
)
def test_who_is_looked_at_follows_from_the_configuration(secret: str, found: list[str]) -> None:
    """Only stacks of that account and Region whose tasks are given that name, or use the database."""
    platform = given_a_secret()
    assert [facts.ref.key for facts in given(platform.facts, secret)] == found


def test_a_restart_that_is_not_possible_is_told() -> None:
    """The version is no longer published: the worker's log names the service and the reason."""
    platform = given_a_secret()
    refused: list[str] = []
    platform.workers[0].failed = refused.append
    platform.versions.withdraw("1" * 40)
    rotate(platform)
    assert any(f"{NAME} was rotated, and prod/service-app is not restarted" in text for text in refused)
