"""What single parts of a step answer, word for word: images that are kept, policies and versions that differ, traces."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.digests import template_digest
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.preview import Gain, Meaning, MutableInput, Reading, ResourceEffect
from generator.release.model.release import Delete, Release
from generator.release.model.states import Closed
from generator.release.model.version import Body, Version
from generator.release.policy_changes import document
from generator.release.steps.image_retention import KEPT, release_images, retain_images
from generator.release.steps.policy_comparison import with_policy
from generator.release.steps.version_comparison import unlike_version
from generator.release.tombstone import emptied
from tests.release.fake_platform import FakePlatform
from tests.release.journal_stories import meaning
from tests.release.values import change_set, release

KEY, COMMIT = "prod/service-app", "2" * 40
IMAGE = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:1"


# --- images in the registry


class Registry:
    """A registry that writes down what is kept and dropped; ``error`` is what it answers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.error = error

    def keep(self, *what: str) -> None:
        """Keep an image under a tag."""
        self.calls.append(("keep", *what))

    def drop(self, *what: str) -> None:
        """Take a tag away."""
        self.calls.append(("drop", *what))
        if self.error is not None:
            raise self.error


def after(**more: Any) -> Release:
    """A release of app that brings an image."""
    made = release()
    return msgspec.structs.replace(made, after=msgspec.structs.replace(made.after, **more))


def test_an_image_is_kept_under_the_release_that_runs_it() -> None:
    """By repository and digest; a stack without an image keeps none."""
    platform = FakePlatform()
    platform.images = Registry()  # type: ignore[assignment]
    retain_images(platform.context(), after(parameters={"ImageUri": IMAGE}))
    retain_images(platform.context(), after(parameters={}))
    assert platform.images.calls == [("keep", "slipway/app", "sha256:1", "keep-prod-app-7")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [None, Denied("no right"), Invalid("no such tag")])
def test_the_eleventh_image_may_be_forgotten(error: Exception | None) -> None:
    """Ten succeeded releases keep theirs; what failed, or brought no image, is not counted; a tag too many does no harm."""
    platform = FakePlatform()
    rows = [("succeeded", f"r.example/slipway/app@sha256:{number}") for number in range(KEPT + 4)]
    rows[3:3] = [("rolled back", "r.example/slipway/app@sha256:x"), ("succeeded", "")]
    newest_first = [
        msgspec.structs.replace(_summary(), id=f"r-{number}", state=state, image=image)
        for number, (state, image) in enumerate(rows)
    ]
    asked: list[Any] = []
    context = platform.context()._replace(images=Registry(error))  # type: ignore[arg-type]
    context.log.history = lambda key, limit: asked.append((key, limit)) or newest_first[:limit]  # type: ignore[method-assign,assignment,func-returns-value]
    release_images(context, release())
    assert asked == [(KEY, 3 * KEPT)]
    assert context.images.calls == [  # type: ignore[attr-defined]
        ("drop", "slipway/app", f"keep-r-{KEPT + 2}"), ("drop", "slipway/app", f"keep-r-{KEPT + 3}"),
    ]  # fmt: skip


def test_a_registry_that_does_not_answer_is_asked_again() -> None:
    """Only a refusal is passed over: the step is tried again where AWS is not there."""
    context = FakePlatform().context()._replace(images=Registry(Unavailable("no answer")))  # type: ignore[arg-type]
    rows = [msgspec.structs.replace(_summary(), image="r/a@sha256:1") for _ in range(KEPT + 1)]
    context.log.history = lambda *_, **__: rows  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        release_images(context, release())


def _summary() -> Any:
    platform = FakePlatform()
    platform.created()
    return next(iter(platform.log.history(KEY, 1)))


# --- the policy that an image carries


def reading(sentence: str = "it changes", level: Any = "low") -> Reading:
    """What a change means besides."""
    return Reading(meaning=Meaning(level=level, sentence=sentence, gains=(gain("a right"),)))


def gain(sentence: str, *, certain: bool = True) -> Gain:
    """A right that is gained, or a change of the policy."""
    return Gain(who="the release policy", logical_id="Policy", sentence=sentence, certain=certain)


def compared(body: Body | None, text: str | None, before: Reading) -> Reading:
    """A reading of a release of the bot whose version carries this policy."""
    platform = FakePlatform()
    platform.created()
    platform.facts.stacks[KEY] = msgspec.structs.replace(platform.facts.stacks[KEY], carries_policy=True)
    version = platform.publish(2)
    platform.versions._versions[version.id] = msgspec.structs.replace(version, policy=body)
    if body is not None and text is not None:
        platform.versions.bodies[body.key] = text
    return with_policy(platform.context(), release(), before)


def weaker() -> dict[str, Any]:
    """A policy under which dev no longer exists."""
    policy = document(FakePlatform().facts)
    del policy["environments"]["dev"]
    return policy


def body(policy: Any) -> Body:
    """A policy as it is published."""
    return Body(digest=template_digest(policy), key="versions/bodies/policy.json")


@pytest.mark.parametrize(
    ("before", "level", "sentence"),
    [
        (reading(), "high", "it changes; the release policy changes"),
        (reading(""), "high", "the release policy changes"),
        (reading(level="critical"), "critical", "it changes; the release policy changes"),
    ],
)
def test_a_changed_policy_is_told_beside_what_else_changes(before: Reading, level: str, sentence: str) -> None:
    """The level is high at least, and what the change means besides stays."""
    policy = weaker()
    found = compared(body(policy), msgspec.json.encode(policy).decode(), before).meaning
    assert (found.level, found.sentence) == (level, sentence)
    assert found.gains == (gain("a right"), gain("dev no longer exists"))


@pytest.mark.parametrize(
    ("known", "text", "says"),
    [
        (None, None, "this version does not say which release policy it carries; publish it again"),
        (body({}), "{", "the release policy of this version can't be read: Expecting property name"),
        (body({}), "[" * 100_000, "the release policy of this version can't be read: maximum recursion depth"),
        (body({}), None, "the release policy of this version can't be read: "),
        (body({}), "[]", "the release policy of this version is not what its digest says"),
    ],
)
def test_a_policy_that_nobody_can_read_may_be_any(known: Body | None, text: str | None, says: str) -> None:
    """It counts as a gain that is not certain, so that it asks as one."""
    (_, found) = compared(known, text, reading()).meaning.gains
    assert found.sentence.startswith(says)
    assert msgspec.structs.replace(found, sentence="") == gain("", certain=False)


def test_the_same_policy_and_another_stack_change_nothing() -> None:
    """A reading stays as it is."""
    policy = document(FakePlatform().facts)
    assert compared(body(policy), msgspec.json.encode(policy).decode(), reading()) == reading()
    assert with_policy(FakePlatform().context(), release(), reading()) == reading()


# --- the signed version


def published() -> tuple[FakePlatform, Release, Version]:
    """Version 2, and a release that brings exactly that."""
    platform = FakePlatform()
    platform.created()
    version = platform.publish(2)
    made = platform.release(platform.deploy())
    return platform, made, version


def test_a_change_set_brings_what_the_signed_version_says() -> None:
    """Template, parameters and message of the release, and each digest in the change set; the first difference is named."""
    platform, made, version = published()
    context, carried = platform.context(), change_set(parameters=dict(made.after.parameters))
    assert unlike_version(context, made, carried) == ""
    signed = f"the signed version {version.short}"
    for name, value, says in (
        ("subject", "Fix", f"this release has another subject than {signed}"),
        ("body", "x", f"this release has another body than {signed}"),
        ("parameters", {}, f"this release has other parameters than {signed}"),
    ):
        other = msgspec.structs.replace(made, after=msgspec.structs.replace(made.after, **{name: value}))
        assert unlike_version(context, other, carried) == says
    for name in made.after.parameters:
        other_set = change_set(parameters={**made.after.parameters, name: "x"})
        assert unlike_version(context, made, other_set) == f"the change set has another {name} than {signed}"
    assert unlike_version(context, made, change_set(parameters={})).startswith("the change set has another ")


def test_a_version_that_lacks_the_stack_is_named_with_its_message() -> None:
    """Who reads the card finds the commit by its first digits and its subject."""
    platform, made, version = published()
    platform.versions._versions[version.id] = msgspec.structs.replace(version, stacks={})
    says = unlike_version(platform.context(), made, change_set())
    assert says == f"{version.short} (Change number 2) has no template of {KEY}"


@pytest.mark.parametrize(
    ("newest", "after_is", "says"),
    [
        ("asks", "tombstone", "is the newest version now, and prod/service-app is asked for by it"),
        ("lacks", "tombstone", ""),
        ("lacks", "its template", "this release brings something other than an empty template"),
        ("another branch", "tombstone", ""),
        ("none", "tombstone", "no version is the newest version now, and prod/service-app is asked for by it"),
    ],
)
def test_a_stack_is_deleted_while_nothing_asks_for_it(newest: str, after_is: str, says: str) -> None:
    """The newest version of the default branch decides, and the release brings a tombstone and nothing else."""
    platform, made, version = published()
    named = msgspec.structs.replace(version, stacks={})
    versions = {"asks": version, "lacks": named, "another branch": named, "none": named}[newest]
    platform.versions._versions[version.id] = versions
    if newest == "another branch":
        platform.publish(3, branch="feature")
    if newest == "none":
        platform.versions.newest = lambda *_: iter(())  # type: ignore[method-assign]
    brings = emptied(versions) if after_is == "tombstone" else made.after
    doomed = msgspec.structs.replace(made, purpose=Delete(), after=brings)
    found = unlike_version(platform.context(), doomed, change_set())
    assert found.endswith(says)
    assert bool(found) is bool(says)
    if newest == "asks":
        assert found.startswith(f"{version.short} (Change number 2) is the newest")


# --- what a refused release still shows


@pytest.mark.parametrize(
    "part",
    [
        {"mutable": (MutableInput(kind="image", name="agent:1", sentence="it runs agent:1", fix="write its digest"),)},
        {"effects": (ResourceEffect(logical_id="Db", type="T", action="Modify", effect="refused", why="it can't"),)},
    ],
    ids=["not bound", "AWS would refuse it"],
)
def test_a_refused_change_can_still_be_looked_at(part: dict[str, Any]) -> None:
    """`slipway diff` and the card show what it would have meant."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    meaning(platform, **part)
    ended = platform.release(platform.deploy())
    assert isinstance(ended.state, Closed)
    assert ended.reading is not None
    assert ended.reading.meaning.sentence == "it changes"
    assert platform.aws("prod")[0].describe("slipway-prod-service-app") is not None
