"""Which version a release brings: the newest that may go there, with why others were passed over."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.release import version_selection
from generator.release.client import request_id
from generator.release.errors import Tampered
from generator.release.log_items import Good
from generator.release.model.log_records import Slot
from generator.release.model.requests import Opened, Propose, Refusal
from generator.release.model.settings import Releases
from generator.release.model.version import Body, Code, Commit, Image, Running, Version
from tests.release.fake_platform import FakePlatform

KEY = "prod/service-app"


def version(number: int, branch: str = "main", **more: Any) -> Version:
    """Version ``number``, complete unless told otherwise."""
    made = {
        "images": {"app": Image(uri=f"r/app@sha256:{number}")},
        "stacks": {KEY: Body(digest="d", key="k", released=("ImageUri", "Release"))},
    } | more
    return Version(commit=Commit(id=f"{number:040x}", branch=branch), published=float(number), **made)


def slot(running: int | None) -> Slot:
    """A stack that runs a version."""
    return Slot(running=Running(commit=f"{running:040x}", template="d") if running else None)


def may(refused: dict[int, str]) -> Any:
    """What promotion says of a version."""
    return lambda v: refused.get(int(v.id, 16), "")


NO_IMAGE: dict[str, Any] = {"images": {}}
NO_STACK: dict[str, Any] = {"stacks": {}}
CODE: dict[str, Any] = {
    "images": {}, "stacks": {KEY: Body(digest="d", key="k", released=("CodeBucket", "CodeKey", "CodeVersion"))},
}  # fmt: skip
AMI: dict[str, Any] = {"stacks": {KEY: Body(digest="d", key="k", released=("AmiId",))}}


@pytest.mark.parametrize(
    ("versions", "running", "refused", "chosen", "passed"),
    [
        ([version(3), version(2)], 1, {}, 3, []),
        ([version(3), version(2)], None, {}, 3, []),
        ([version(3), version(2)], 2, {}, 3, []),
        ([version(3), version(2)], 3, {}, None, []),
        ([version(4), version(3), version(2)], 2, {4: "has not succeeded in staging"}, 3, ["has not succeeded"]),
        ([version(4), version(3)], 2, {4: "a", 3: "b"}, None, ["a", "b"]),
        ([version(4), version(3), version(2)], 3, {4: "a"}, None, ["a"]),
        ([version(4, "topic"), version(3)], 2, {}, 3, []),
        ([version(4, "topic"), version(3, "other")], 2, {}, None, []),
        ([version(4, ""), version(3)], 2, {}, 4, []),
        ([version(4, **NO_IMAGE), version(3)], 2, {}, 3, ["has no image of app"]),
        ([version(4, **NO_STACK), version(3)], 2, {}, 3, ["has no template of prod/service-app"]),
        ([version(4, **CODE), version(3)], 2, {}, 3, ["has no code of app"]),
        ([version(4, **AMI), version(3)], 2, {}, 3, ["names no AMI of prod/service-app"]),
        ([version(4, **AMI, amis={KEY: "ami-1"}), version(3)], 2, {}, 4, []),
        ([version(4, "topic"), version(3)], 4, {}, None, []),
    ],
)
def test_the_newest_that_may_go(
    versions: list[Version], running: int | None, refused: dict[int, str], chosen: int | None, passed: list[str]
) -> None:
    """Of the default branch, complete, promoted and newer than what runs; the ones passed over are named with why."""
    found = version_selection.newest(versions, KEY, "app", slot(running), "main", may(refused))
    assert len(found.passed_over) == len(passed)
    assert all(want in said for want, said in zip(passed, found.passed_over, strict=True))
    if chosen is None:
        assert isinstance(found, version_selection.NothingToRelease)
    else:
        assert isinstance(found, version_selection.Chosen)
        assert int(found.version.id, 16) == chosen


def test_nothing_published_is_not_the_same_as_nothing_that_may() -> None:
    """Without any version of a service there is nothing to release, and that is told apart."""
    none = version_selection.newest([version(2, **NO_IMAGE)], KEY, "app", slot(None), "main", may({}))
    held = version_selection.newest([version(2)], KEY, "app", slot(None), "main", may({2: "no"}))
    assert isinstance(none, version_selection.NothingToRelease)
    assert isinstance(held, version_selection.NothingToRelease)
    assert not none.published
    assert "slipway publish" in none.why
    assert held.published


def test_it_looks_back_a_bounded_way() -> None:
    """With thousands of versions that may not go, fifty are read and no more."""
    read: list[int] = []

    def many() -> Any:
        for number in range(5000, 0, -1):
            read.append(number)
            yield version(number)

    version_selection.newest(many(), KEY, "app", slot(None), "main", lambda _: "no")
    assert len(read) <= version_selection.LOOK_BACK + 1


@given(st.sets(st.integers(1, 30)), st.integers(0, 30), st.sets(st.integers(1, 30)))
def test_it_never_goes_back(published: set[int], running: int, refused: set[int]) -> None:
    """What is chosen may go, and nothing newer that may go is left behind."""
    versions = [version(n) for n in sorted(published, reverse=True)]
    found = version_selection.newest(
        versions, KEY, "app", slot(running or None), "main", may(dict.fromkeys(refused, "no"))
    )
    if isinstance(found, version_selection.Chosen):
        number = int(found.version.id, 16)
        assert number not in refused
        assert not {n for n in published - refused if n > number}
        assert running not in published or number > running


STAGED = Releases(promote_from="staging")
HOUR = Releases(promote_from="staging", promote_after_minutes=60)
RUNS = Running(commit="1" * 40, template="t")
OTHER = Running(commit="2" * 40, template="t", subject="Fix")


@pytest.mark.parametrize(
    ("settings", "good", "there", "now", "refused"),
    [
        (Releases(), None, None, 0.0, ""),
        (STAGED, None, None, 0.0, "has not succeeded in staging"),
        (STAGED, None, RUNS, 0.0, "has not succeeded in staging"),
        (STAGED, Good(0.0, "r"), RUNS, 0.0, ""),
        (STAGED, Good(0.0, "r"), OTHER, 9e9, "no longer runs in staging, which runs 222222222222 (Fix)"),
        (STAGED, Good(0.0, "r"), None, 9e9, "no longer runs in staging, which runs nothing"),
        (HOUR, Good(0.0, "r"), RUNS, 3599.0, "must run in staging"),
        (HOUR, Good(0.0, "r"), RUNS, 3600.0, ""),
        # It was left for another version and came back: the time begins again.
        (HOUR, Good(0.0, "r"), msgspec.structs.replace(RUNS, since=3000.0), 6599.0, "must run in staging for 0 more"),
        (HOUR, Good(0.0, "r"), msgspec.structs.replace(RUNS, since=3000.0), 6600.0, ""),
    ],
)
def test_promotion(settings: Releases, good: Good | None, there: Running | None, now: float, refused: str) -> None:
    """A version must have succeeded in the environment before, and have run there since, for as long as is written."""
    found = version_selection.promotion(settings, "1" * 40, good, there, now)
    assert found.startswith(refused)
    assert bool(found) is bool(refused)


@pytest.mark.parametrize(
    ("released", "parameters"),
    [
        ((), {}),
        (("ImageUri",), {"ImageUri": "r/app@sha256:5"}),
        (("ImageUri", "Release"), {"ImageUri": "r/app@sha256:5", "Release": f"{5:040x}"}),
        (("CodeBucket", "CodeKey"), {"CodeBucket": "bucket", "CodeKey": "key"}),
        (("CodeKey", "CodeVersion"), {"CodeKey": "key", "CodeVersion": "v1"}),
        (("AmiId",), {"AmiId": "ami-1"}),
    ],
)
def test_what_a_release_brings(released: tuple[str, ...], parameters: dict[str, str]) -> None:
    """Exactly the parameters that the template says a release brings, by digest."""
    made = version(
        5,
        stacks={KEY: Body(digest="d", key="k", released=released)},
        code={"app": Code(bucket="bucket", key="key", digest="x", version="v1")},
        amis={KEY: "ami-1"},
    )
    assert version_selection.target(made, KEY, "app").parameters == parameters


def test_an_entry_that_is_no_version_stops_nobody() -> None:
    """What CI wrote wrongly into the index is passed over and named; a broken manifest that was asked for is refused."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    platform.versions.wrong.append("garbage")
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Opened)
    assert "garbage" in answer.passed_over[0]
    platform.versions.get = refuse  # type: ignore[method-assign]
    refusal = platform.ask(Propose(id=request_id(), stack="prod/service-web", version="2" * 40))
    assert isinstance(refusal, Refusal)
    assert refusal.why == "the manifest can't be read; find out who wrote it"


def refuse(commit: str) -> Version:
    """A manifest that somebody else wrote."""
    assert commit
    raise Tampered("the manifest can't be read; find out who wrote it")
