"""What happens to a release, from proposal to close, on fakes of AWS."""

from typing import Any

import pytest

from generator.release.client import request_id
from generator.release.model.observed import Alarm, Hook, ImageNow
from generator.release.model.preview import Finding
from generator.release.model.release import NeedsApproval
from generator.release.model.requests import Done, Lock, Opened, Propose, Refusal, Skipped, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.fake_platform import FakePlatform, service


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


def test_no_version_of_a_service_yet() -> None:
    """A stack without a version is skipped, and told."""
    platform = FakePlatform()
    platform.publish(1, images=False)
    answer = platform.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Skipped)
    assert "slipway publish" in answer.why


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


def test_infrastructure_that_loses_data_asks_two(platform: FakePlatform) -> None:
    """Each class of change asks whom its rule names; the strictest decides."""
    platform.publish(3, app=service(table="one"))
    release = platform.deploy()
    assert platform.release(release).classes == ("template",)
    platform.decide(release, "approve")
    platform.later(400)
    assert platform.state(release) == "succeeded"
    platform.publish(4, app=service(table="two"))
    release = platform.deploy()
    assert "stateful" in platform.release(release).classes
    first = platform.decide(release, "approve", "ben")
    assert isinstance(first, Done)
    assert "1 more" in first.text
    twice = platform.decide(release, "approve", "ben")
    assert isinstance(twice, Refusal)
    platform.decide(release, "approve", "cleo")
    platform.later(400)
    assert platform.state(release) == "succeeded"


def test_locks_hold_back_and_are_told(platform: FakePlatform) -> None:
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


BAD_IMAGE = ImageNow(
    digest="sha256:" + "0" * 64, architectures=("amd64",), findings=(Finding(name="CVE-1", severity="CRITICAL"),)
)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda h: h.images.images.clear(), "not in the registry"),
        (lambda h: h.images.images.update(dict.fromkeys(h.images.images, BAD_IMAGE)), "built for amd64"),
        (lambda h: alarm(h, "ALARM"), "alarms are in ALARM already"),
        (lambda h: h.aws("prod")[0].remove("slipway-prod-network"), ""),
    ],
)
def test_what_cant_work_asks_nobody(platform: FakePlatform, spoil: Any, says: str) -> None:
    """Pre-flight refuses before people are asked, says why, and leaves nothing behind."""
    spoil(platform)
    release = platform.deploy()
    if not says:
        assert platform.state(release) == "waiting for approval"
        return
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert says in cause.sentence
    assert platform.log.slot("prod/service-app")[0].open == ""


def test_the_audit_chain_tells_everything_and_is_sealed(platform: FakePlatform) -> None:
    """Each step has its entry; the last one is signed; a changed or cut chain is found."""
    from generator.release.audit import check

    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(400)
    chain = f"release/{release}"
    entries = list(platform.log.entries(chain))
    assert [e.what for e in entries][:3] == ["proposed", "pre-flight passed", "waits for approval"]
    assert entries[3].actor.person == "ben"
    heads = {head.number: head.hash for head, good in platform.seal.heads() if good and head.chain == chain}
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


def test_room_is_looked_for_before_people_are_asked(platform: FakePlatform) -> None:
    """A rollout that has no addresses to run in is refused before anybody is asked."""
    import msgspec

    from generator.release.model.observed import Quota

    stacks, services = platform.aws("prod")
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, tasks=2)
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    stack.source.parameters["PrivateSubnets"] = "subnet-1,subnet-2"  # type: ignore[union-attr]
    stack.source.template["Parameters"]["PrivateSubnets"] = {"Type": "String"}  # type: ignore[union-attr,index]
    services.quotas = [Quota(what="addresses in subnet-1", free=0, needed=1)]
    release = platform.deploy()
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "addresses in subnet-1" in cause.sentence


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
