"""What happens to a release, from proposal to close, on fakes of AWS."""

import pytest

from generator.release.client import request_id
from generator.release.model.release import NeedsApproval
from generator.release.model.requests import Done, Lock, Opened, Propose, Refusal, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.fake_platform import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(2)
    return platform


def test_a_first_creation_asks_nobody(platform: FakePlatform) -> None:
    """The first release of a stack in a protected environment goes through by itself."""
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40
    assert [s.state for s in platform.log.history("prod/service-app")] == ["succeeded"]


def test_deploy_approve_succeed(platform: FakePlatform) -> None:
    """The newest version waits for somebody else, runs once they agreed, and is verified."""
    release = platform.deploy()
    assert release == "prod-app-2"
    assert platform.state(release) == "waiting for approval"
    found = platform.release(release)
    assert found.image_only
    assert found.classes == ("image",)
    assert isinstance(found.gate, NeedsApproval)
    assert platform.decide(release, "approve") == Done(text="approved; the release starts")
    platform.later(400)
    assert platform.state(release) == "succeeded"
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "2" * 40
    assert slot.open == ""
    stacks, _ = platform.aws("prod")
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    assert len(stack.executed) == 2
    assert platform.log.due() == []


def test_who_asked_does_not_approve(platform: FakePlatform) -> None:
    """The requester is refused, through either channel, and somebody unknown too."""
    release = platform.deploy(who="ana")
    refused = platform.decide(release, "approve", "ana")
    assert isinstance(refused, Refusal)
    assert refused.rule == "not yours"
    unknown = platform.decide(release, "approve", "AIDASTRANGERSTRANGER")
    assert isinstance(unknown, Refusal)
    assert unknown.rule == "unknown person"
    assert platform.state(release) == "waiting for approval"


@pytest.mark.parametrize(("verdict", "state"), [("reject", "rejected"), ("cancel", "cancelled"), ("undo", "cancelled")])
def test_a_release_that_did_not_begin_ends_without_a_trace(platform: FakePlatform, verdict: str, state: str) -> None:
    """Rejected or cancelled: nothing changed, the change set is gone, the stack is free."""
    release = platform.deploy()
    assert isinstance(platform.decide(release, verdict, reason="not today"), Done)
    assert platform.state(release) == state
    found = platform.release(release)
    assert found.cause is not None
    assert "not today" in found.cause.sentence
    assert found.change_set is not None
    stacks, _ = platform.aws("prod")
    assert stacks.resolve(found.change_set.stack_id, found.change_set.name) == ""
    late = platform.decide(release, "approve")
    assert isinstance(late, Refusal)
    assert "already decided by ben" in late.why
    platform.deploy()


def test_nobody_answers(platform: FakePlatform) -> None:
    """A release that nobody decides reminds once, and expires."""
    release = platform.deploy()
    platform.later(31 * 60, every=300)
    assert any("reminded" in m.what for m in platform.release(release).moments)
    platform.later(4 * 3600, every=600)
    assert platform.state(release) == "expired"


def test_somebody_changed_the_stack_by_hand(platform: FakePlatform) -> None:
    """What happened to the stack in between voids the approval: nothing runs."""
    release = platform.deploy()
    stacks, _ = platform.aws("prod")
    stacks.by_hand("slipway-prod-service-app", {"Release": "f" * 40})
    platform.decide(release, "approve")
    platform.later(60)
    assert platform.state(release) == "superseded"


def test_an_approval_of_something_else_counts_for_nothing(platform: FakePlatform) -> None:
    """Who approves says what they saw; another digest, or none, is refused."""
    release = platform.deploy()
    for binding in ("", "0" * 64, platform.release(release).binding[:6]):
        refused = platform.decide(release, "approve", binding=binding)
        assert isinstance(refused, Refusal)
        assert refused.rule == "changed"
    assert platform.state(release) == "waiting for approval"


def test_one_open_release_a_stack(platform: FakePlatform) -> None:
    """A second release of the same stack is refused and says which is open; another stack is free."""
    release = platform.deploy()
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Refusal)
    assert release in answer.why
    platform.apply("dev", "network")


def test_the_same_request_twice_is_one_release(platform: FakePlatform) -> None:
    """SQS delivers again: nothing happens twice, and the answer is the same."""
    request = Propose(id=request_id(), stack="prod/service-app")
    first = platform.ask(request)
    assert platform.ask(request) == first
    platform.queue.repeat()
    platform.go()
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.count == 2


def test_the_newest_that_may_go_names_those_it_passed_over() -> None:
    """With promotion, the newest version that succeeded in staging is taken, and the newer ones are named with why."""
    platform = FakePlatform(
        settings={"prod": Releases(promote_from="staging", bake_minutes=0), "staging": Releases(bake_minutes=0)}
    )
    platform.created()
    platform.created("staging")
    platform.publish(2)
    platform.deploy("staging", version="2" * 40)
    platform.later(30)
    platform.publish(3)
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Opened)
    assert answer.commit == "2" * 40
    assert answer.passed_over == ("333333333333 (Change number 3): has not succeeded in staging",)
    platform.decide(answer.release, "cancel")
    named = platform.ask(Propose(id=request_id(), stack="prod/service-app", version="3" * 40))
    assert isinstance(named, Refusal)
    assert "slipway deploy app staging" in named.why
    promoted = platform.ask(Propose(id=request_id(), stack="prod/service-app", promote_from="staging"))
    assert isinstance(promoted, Opened)


def test_what_staging_gave_up_is_not_promoted() -> None:
    """It succeeded there and was rolled back two seconds later: the refusal says what staging runs instead."""
    platform = FakePlatform(
        settings={"prod": Releases(promote_from="staging", bake_minutes=0), "staging": Releases(bake_minutes=0)}
    )
    platform.created()
    platform.created("staging")
    platform.publish(2)
    platform.deploy("staging", version="2" * 40)
    platform.later(30)
    platform.roll_back("staging")
    platform.later(60)
    refused = platform.ask(Propose(id=request_id(), stack="prod/service-app", version="2" * 40))
    assert isinstance(refused, Refusal)
    assert "no longer runs in staging, which runs 111111111111" in refused.why
    assert isinstance(platform.ask(Propose(id=request_id(), stack="prod/service-app")), Refusal)


def test_locks_hold_back_and_are_reported(platform: FakePlatform) -> None:
    """A lock refuses with holder, reason and age; it also holds what was approved before it."""
    release = platform.deploy()
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/*", reason="incident 7"), "cleo"), Done)
    platform.decide(release, "approve")
    platform.later(60)
    assert platform.state(release) == "approved"
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-web"))
    assert isinstance(answer, Refusal)
    assert "cleo" in answer.why
    assert "incident 7" in answer.why
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "ben")
    platform.later(400)
    assert platform.state(release) == "succeeded"


def test_the_audit_chain_shows_everything_and_is_sealed(platform: FakePlatform) -> None:
    """Each step has its entry; the last one is signed; a changed or cut chain is found."""
    from generator.release.audit import check

    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(400)
    chain = f"release/{release}"
    entries = list(platform.log.entries(chain))
    assert [e.what for e in entries][:3] == ["proposed", "pre-flight passed", "waits for approval"]
    assert entries[3].actor.person == "ben"
    heads = {head.number: head.hash for head, fault in platform.seal.heads() if not fault and head.chain == chain}
    assert max(heads) == len(entries)
    assert list(check(chain, entries, heads)) == []
    assert list(check(chain, entries[:-1], heads)) != []


def test_unprotected_environments_ask_nobody() -> None:
    """Dev goes ahead at once; an environment may also say that creating asks people."""
    platform = FakePlatform(settings={"staging": Releases(approvals=Approvals(create=Approvers(people=1)))})
    platform.created("dev")
    platform.publish(2)
    release = platform.deploy("dev")
    platform.later(400)
    assert platform.state(release) == "succeeded"
    assert platform.state(platform.apply("staging", "network")) == "waiting for approval"


def test_images_that_can_come_back_are_kept(platform: FakePlatform) -> None:
    """What was released carries a name that the registry's lifecycle policy spares, until ten newer ones succeeded."""
    for number in range(2, 15):
        platform.publish(number)
        release = platform.deploy()
        platform.decide(release, "approve")
        assert platform.end(release) == "succeeded"
    kept = {tag for image in platform.images.images.values() for tag in image.tags if tag.startswith("keep-prod-app-")}
    assert f"keep-{release}" in kept
    assert "keep-prod-app-2" not in kept
    assert len(kept) <= 12


def test_a_release_of_thirty_six_hours_is_never_a_dead_letter(platform: FakePlatform) -> None:
    """However long AWS works, the queue carried the request once: nothing is received in vain."""
    stacks, _ = platform.aws("prod")
    release = platform.deploy()
    stacks.ticks = 36 * 60
    platform.decide(release, "approve")
    for minute in range(36 * 60):
        platform.clock.sleep(60)
        platform.clouds.tick()
        platform.go()
        if minute == 30 * 60:
            assert platform.state(release) == "watching"
    assert platform.end(release) == "succeeded"
    assert platform.queue.dead == []
    assert platform.queue.waiting == []
