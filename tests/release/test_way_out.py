"""What people are advised to do about a release that is open works in the state in which it is."""

from __future__ import annotations

import pytest

from generator.release.client import request_id
from generator.release.model.requests import Decide, Propose, Refusal
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform, service


def advice(platform: FakePlatform) -> str:
    """The sentence that refuses a second release of the stack."""
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Refusal)
    return answer.why


@pytest.mark.parametrize(
    ("state", "verb"), [("waiting for approval", "cancel"), ("watching", "undo"), ("verifying", "undo")]
)
def test_the_advised_command_ends_the_release(state: str, verb: str) -> None:
    """Before it has begun it is cancelled, afterwards rolled back; the named command is not refused."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=5)}, ticks=3)
    platform.created()
    platform.publish(2, app=service("1024"))
    release = platform.deploy()
    if verb == "undo":
        platform.decide(release, "approve")
        platform.until(release, state)
    said = advice(platform)
    assert said.endswith(f"with: slipway {verb} {release}")
    assert not isinstance(platform.ask(Decide(id=request_id(), release=release, verdict=verb)), Refusal)
    if state == "watching":
        assert platform.state(release) == "rolling back"
        assert advice(platform).endswith("or wait until it has rolled back")
