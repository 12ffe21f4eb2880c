"""What a version says comes signed from who published it; it is compared when a release opens, and before it runs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.model.requests import Propose, Refusal, RollBack
from generator.release.model.version import Image, Version
from tests.release.fake_platform import FakePlatform
from tests.release.test_forged_log import executed, forge, ready

OTHER = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:" + "f" * 64
KEY = "prod/service-app"


def test_a_version_that_nobody_signed_opens_nothing() -> None:
    """Named, it is refused with what to do; without a name it is passed over and told; it can't be rolled back to."""
    platform = ready()
    bad = platform.publish(3)
    platform.versions.unsigned.add(bad.id)
    named = platform.ask(Propose(id=request_id(), stack=KEY, version=bad.short))
    assert isinstance(named, Refusal)
    assert "is not signed by this platform's publish role; publish a new commit" in named.why
    platform.deploy()
    release = platform.release(platform.log.open_ids()[0])
    assert release.after.commit == "2" * 40
    assert any("is not signed by" in text for text in release.passed_over)
    platform.decide(release.id, "approve", "ben")
    assert platform.end(release.id) == "succeeded"
    platform.versions.unsigned.add("1" * 40)
    back = platform.ask(RollBack(id=request_id(), stack=KEY))
    assert isinstance(back, Refusal)
    assert "is not signed by" in back.why


def pointed(version: Version) -> Version:
    """The same commit and message, with another image."""
    return msgspec.structs.replace(version, images={**version.images, "app": Image(uri=OTHER)})


def told(version: Version) -> Version:
    """The same content, with another message."""
    commit = msgspec.structs.replace(version.commit, subject="Fix a typo")
    return msgspec.structs.replace(version, commit=commit)


def without(version: Version) -> Version:
    """The same commit, which lacks the stack."""
    return msgspec.structs.replace(version, stacks={})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (pointed, "this release has other parameters than the signed version"),
        (told, "this release has another subject than the signed version"),
        (without, "has no template of prod/service-app"),
        (None, "is not signed by this platform's publish role"),
    ],
)
def test_what_is_executed_is_what_the_signed_version_says(
    change: Callable[[Version], Version] | None, says: str
) -> None:
    """A version that differs from the release when it is executed: the approval is void, and the stack is not changed."""
    platform = ready()
    release = platform.deploy()
    version = platform.versions.get("2" * 40)
    if change is None:
        platform.versions.unsigned.add(version.id)
    else:
        platform.versions._versions[version.id] = change(version)
    platform.decide(release, "approve", "ben")
    platform.later(60)
    closed(platform, release, says)


@pytest.mark.parametrize(("name", "value"), [("subject", "Fix a typo"), ("body", "versions/bodies/x")])
def test_a_row_says_of_a_version_what_the_version_says(name: str, value: str) -> None:
    """Who forges in the log which message a card shows, or where a template lies, gets nothing executed."""
    platform = ready()
    release = platform.deploy()
    forge(platform, release, after=msgspec.structs.replace(platform.release(release).after, **{name: value}))
    platform.decide(release, "approve", "ben")
    platform.later(60)
    closed(platform, release, f"this release has another {name} than the signed version")


def closed(platform: FakePlatform, release: str, says: str) -> None:
    """It was superseded for this reason, and the stack runs what it ran."""
    assert platform.state(release) == "superseded"
    cause = platform.release(release).cause
    assert cause is not None
    assert says in cause.sentence
    assert executed(platform) == 1
