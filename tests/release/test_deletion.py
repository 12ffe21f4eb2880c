"""A stack that nothing asks for any more: read, approved, emptied, and then deleted; on fakes of AWS."""

import pytest

from generator.release.client import request_id
from generator.release.environment_state import standing
from generator.release.errors import Denied
from generator.release.model.observed import StackNow
from generator.release.model.release import Release
from generator.release.model.requests import Answer, DeleteStack, Lock, Opened, Propose, Refusal, Skipped
from generator.release.tombstone import TAG, TOMBSTONE, orphan, orphans
from tests.fakes.stacks import FakeStacks
from tests.release.fake_platform import FakePlatform, facts_for

KEY, NAME = "prod/service-web", "slipway-prod-service-web"


@pytest.fixture
def platform() -> FakePlatform:
    """Prod with web, which version 2 and the configuration do not ask for any more."""
    platform = FakePlatform(ticks=2)
    platform.created()
    assert platform.end(platform.apply("prod", "service-web")) == "succeeded"
    forget(platform)
    return platform


def forget(platform: FakePlatform) -> None:
    """Take web out of stacks/, publish that, and let the bot run with it."""
    platform.apps = ("app",)
    platform.facts = facts_for({}, platform.apps)
    platform.workers = [platform.worker("w2")]
    platform.publish(2)


def ask(platform: FakePlatform, key: str = KEY, **more: str) -> Answer | None:
    """Ask for the deletion of a stack."""
    return platform.ask(DeleteStack(id=request_id(), stack=key, **more))


def opened(platform: FakePlatform) -> str:
    """The release that deletes web."""
    answer = ask(platform)
    assert isinstance(answer, Opened), answer
    return answer.release


def stacks(platform: FakePlatform) -> FakeStacks:
    """Prod's CloudFormation."""
    return platform.aws("prod")[0]


def web(platform: FakePlatform) -> StackNow:
    """Web's stack, which is there."""
    found = stacks(platform).describe(NAME)
    assert found is not None
    return found


def approved(platform: FakePlatform, release: str) -> Release:
    """Let ben and cleo agree, and the release come to its end."""
    for who in ("ben", "cleo"):
        if platform.state(release) == "waiting for approval":
            platform.decide(release, "approve", who)
    platform.end(release)
    return platform.release(release)


def test_a_stack_that_nothing_asks_for_is_read_approved_emptied_and_deleted(platform: FakePlatform) -> None:
    """Its class is delete, two changes bring it to nothing, and the log says that nothing runs there any more."""
    release = opened(platform)
    found = platform.release(release)
    assert (release, platform.state(release)) == ("prod-web-2", "waiting for approval")
    assert found.classes[0] == "delete"
    assert found.change_set is not None
    assert {(c.type, c.action) for c in found.change_set.changes} >= {("AWS::ECS::Service", "Remove")}
    assert web(platform).tags.get(TAG) is None
    emptied = approved(platform, release)
    assert platform.state(release) == "succeeded", emptied.cause
    assert stacks(platform).describe(NAME) is None
    gone = next(s for s in stacks(platform).all if s.name == NAME)
    assert gone.source is not None
    assert (gone.source.template, gone.source.tags[TAG]) == (TOMBSTONE, "empty")
    slot, _ = platform.log.slot(KEY)
    assert (slot.running, slot.good, slot.outcome) == (None, None, "succeeded")


def test_the_log_knows_which_stacks_stand(platform: FakePlatform) -> None:
    """Status and App Home see the stack without a call to AWS, until it is deleted."""
    assert standing(platform.log, "prod") == ["prod/network", "prod/service-app", KEY]
    assert orphans(platform.facts, standing(platform.log, "prod")) == [KEY]
    approved(platform, opened(platform))
    assert standing(platform.log, "prod") == ["prod/network", "prod/service-app"]


def test_what_the_newest_version_asks_for_is_not_deleted(platform: FakePlatform) -> None:
    """An older configuration, a typing error, or somebody who is too early: refused, with what to do first."""
    answer = ask(platform, "prod/service-app")
    assert isinstance(answer, Refusal)
    assert "asks for prod/service-app; remove it from stacks/" in answer.why
    assert stacks(platform).describe("slipway-prod-service-app") is not None


def test_what_comes_back_while_people_are_asked_is_kept(platform: FakePlatform) -> None:
    """A version that asks for the stack again voids the deletion, also after everybody agreed."""
    release = opened(platform)
    platform.facts = facts_for({}, ("app", "web"))
    platform.apps = ("app", "web")
    platform.publish(3)
    found = approved(platform, release)
    assert platform.state(release) == "superseded"
    assert found.cause is not None
    assert "prod/service-web is asked for" in found.cause.sentence
    assert web(platform).tags.get(TAG) is None


def test_what_is_gone_already_is_told(platform: FakePlatform) -> None:
    """Somebody deleted it by hand: nothing is opened, and the answer says so."""
    stacks(platform).remove(NAME)
    answer = ask(platform)
    assert isinstance(answer, Skipped)
    assert answer.current


def test_a_role_without_the_right_leaves_an_empty_stack(
    platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the foundation is upgraded, AWS denies it: the release says what is left, and the next one ends it."""
    real = stacks(platform)

    def denied(*_: str) -> None:
        raise Denied("AWS denies delete_stack; give the role this permission")

    with monkeypatch.context() as patched:
        patched.setattr(real, "delete_stack", denied)
        found = approved(platform, opened(platform))
    assert platform.state(found.id) == "failed"
    assert found.cause is not None
    assert "is empty, and the empty stack can't be deleted" in found.cause.sentence
    assert "slipway bootstrap 333333333333" in found.cause.fix
    again = opened(platform)
    platform.end(again)
    assert platform.state(again) == "succeeded"
    assert real.describe(NAME) is None


def test_a_lock_holds_a_deletion_back(platform: FakePlatform) -> None:
    """A lock of the environment refuses it like every other change."""
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="audit"))
    answer = ask(platform)
    assert isinstance(answer, Refusal)
    assert answer.rule == "lock"


def test_an_emptied_stack_is_filled_again_without_its_tag(platform: FakePlatform) -> None:
    """Anyone who puts the service back before the empty stack is deleted gets a stack that nobody may delete."""
    release = opened(platform)
    for who in ("ben", "cleo"):
        platform.decide(release, "approve", who)
    platform.until(release, "verifying")
    refused = platform.decide(release, "undo")
    assert isinstance(refused, Refusal)
    assert "is empty already" in refused.why
    platform.end(release)
    forgotten = stacks(platform)
    forgotten.put(NAME, TOMBSTONE, None, **{TAG: "empty", "platform": "slipway"})
    platform.facts, platform.apps = facts_for({}, ("app", "web")), ("app", "web")
    platform.workers = [platform.worker("w3")]
    platform.publish(3)
    back = platform.ask(Propose(id=request_id(), stack=KEY))
    assert isinstance(back, Opened)
    found = approved(platform, back.release)
    assert platform.state(found.id) == "succeeded", found.cause
    assert TAG not in web(platform).tags


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("prod/service-pay", "slipway-prod-service-pay"),
        ("prod/edge-2", "slipway-prod-edge-2"),
        ("prod/bot", ""),
        ("prod/home", ""),
        ("prod/permissions-x", ""),
        ("prod/", ""),
        ("nowhere/service-pay", ""),
    ],
)
def test_what_a_release_may_delete(platform: FakePlatform, key: str, name: str) -> None:
    """Stacks of an environment that is there, and never what administrators own, or the bot itself."""
    found = orphan(platform.facts, key)
    assert (found.ref.name if found is not None else "") == name
