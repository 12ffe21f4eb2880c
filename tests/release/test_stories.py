"""What happens to a release, from proposal to close, on fakes of AWS."""

from typing import Any

import pytest

from generator.release.client import request_id
from generator.release.model.observed import Alarm, Hook, ImageNow
from generator.release.model.reading import Finding
from generator.release.model.release import NeedsApproval
from generator.release.model.requests import Done, Lock, No, Opened, Propose, Skipped, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.house import House, service


@pytest.fixture
def house() -> House:
    """Prod at version 1, and version 2 published."""
    house = House(ticks=2)
    house.created()
    house.publish(2)
    return house


def test_a_first_creation_asks_nobody(house: House) -> None:
    """The first release of a stack in a protected environment goes through by itself."""
    slot, _ = house.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40
    assert [s.state for s in house.log.history("prod/service-app")] == ["succeeded"]


def test_deploy_approve_succeed(house: House) -> None:
    """The newest version waits for somebody else, runs once they agreed, and is verified."""
    release = house.deploy()
    assert release == "prod-app-2"
    assert house.state(release) == "waiting for approval"
    found = house.release(release)
    assert found.image_only
    assert found.classes == ("image",)
    assert isinstance(found.gate, NeedsApproval)
    assert house.decide(release, "approve") == Done(text="approved; it goes ahead")
    house.later(400)
    assert house.state(release) == "succeeded"
    slot, _ = house.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "2" * 40
    assert slot.open == ""
    stacks, _ = house.aws("prod")
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    assert len(stack.executed) == 2
    assert house.log.due() == []


def test_who_asked_does_not_approve(house: House) -> None:
    """The requester is refused, through either channel, and somebody unknown too."""
    release = house.deploy(who="ana")
    refused = house.decide(release, "approve", "ana")
    assert isinstance(refused, No)
    assert refused.rule == "not yours"
    unknown = house.decide(release, "approve", "AIDASTRANGERSTRANGER")
    assert isinstance(unknown, No)
    assert unknown.rule == "unknown person"
    assert house.state(release) == "waiting for approval"


@pytest.mark.parametrize(("verdict", "state"), [("reject", "rejected"), ("cancel", "cancelled"), ("undo", "cancelled")])
def test_a_release_that_did_not_begin_ends_without_a_trace(house: House, verdict: str, state: str) -> None:
    """Rejected or cancelled: nothing changed, the change set is gone, the stack is free."""
    release = house.deploy()
    assert isinstance(house.decide(release, verdict, reason="not today"), Done)
    assert house.state(release) == state
    found = house.release(release)
    assert found.cause is not None
    assert "not today" in found.cause.sentence
    assert found.change_set is not None
    stacks, _ = house.aws("prod")
    assert stacks.resolve(found.change_set.stack_id, found.change_set.name) == ""
    late = house.decide(release, "approve")
    assert isinstance(late, No)
    assert "already decided by ben" in late.why
    house.deploy()


def test_nobody_answers(house: House) -> None:
    """A release that nobody decides reminds once, and expires."""
    release = house.deploy()
    house.later(31 * 60, every=300)
    assert any("reminded" in m.what for m in house.release(release).moments)
    house.later(4 * 3600, every=600)
    assert house.state(release) == "expired"


def test_somebody_changed_the_stack_by_hand(house: House) -> None:
    """What happened to the stack in between voids the approval: nothing runs."""
    release = house.deploy()
    stacks, _ = house.aws("prod")
    stacks.by_hand("slipway-prod-service-app", {"Release": "f" * 40})
    house.decide(release, "approve")
    house.later(60)
    assert house.state(release) == "superseded"


def test_an_approval_of_something_else_counts_for_nothing(house: House) -> None:
    """Who approves says what they saw; another digest, or none, is refused."""
    release = house.deploy()
    for binding in ("", "0" * 64, house.release(release).binding[:6]):
        refused = house.decide(release, "approve", binding=binding)
        assert isinstance(refused, No)
        assert refused.rule == "changed"
    assert house.state(release) == "waiting for approval"


def test_a_bad_version_rolls_back_in_ecs(house: House) -> None:
    """Tasks that die let CloudFormation roll back; the release says why."""
    _, services = house.aws("prod")
    version = house.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    release = house.deploy()
    house.decide(release, "approve")
    house.later(120)
    assert house.state(release) == "rolled back"
    cause = house.release(release).cause
    assert cause is not None
    assert "tasks failed to start" in cause.sentence


def alarm(house: House, state: str) -> None:
    """Give prod's app a deployment alarm in this state."""
    import msgspec

    _, services = house.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("prod-app-5xx",))
    services.alarm_states["prod-app-5xx"] = Alarm(name="prod-app-5xx", state=state, reason="5xx > 10")


def test_a_version_that_turns_bad_comes_back_by_itself(house: House) -> None:
    """An alarm during the bake brings the last good version back, and nobody is asked."""
    alarm(house, "OK")
    release = house.deploy()
    house.decide(release, "approve")
    house.later(20)
    assert house.state(release) == "verifying"
    alarm(house, "ALARM")
    house.later(30)
    assert house.state(release) == "rolling back"
    alarm(house, "OK")
    house.later(400)
    assert house.state(release) == "rolled back"
    back = house.release(release).successor
    assert house.state(back) == "succeeded"
    slot, _ = house.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40
    cause = house.release(release).cause
    assert cause is not None
    assert "prod-app-5xx" in cause.sentence


def test_rolling_back_takes_one_person(house: House) -> None:
    """Who wants the last good version back gets it without asking anybody else."""
    release = house.deploy()
    house.decide(release, "approve")
    house.later(400)
    answer = house.roll_back(who="cleo")
    assert isinstance(answer, Opened)
    house.later(400)
    assert house.state(answer.release) == "succeeded"
    slot, _ = house.log.slot("prod/service-app")
    assert slot.running is not None
    assert slot.running.commit == "1" * 40


def test_a_version_whose_image_is_gone_says_so(house: House) -> None:
    """Rolling back to what the registry no longer has is refused, with the reason."""
    release = house.deploy()
    house.decide(release, "approve")
    house.later(400)
    house.images.images.clear()
    answer = house.roll_back()
    assert isinstance(answer, No)
    assert "no longer in the registry" in answer.why


def test_undo_while_it_runs(house: House) -> None:
    """An update under way goes back to what it was, by whatever way is open."""
    house.clouds._ticks = 50
    release = house.deploy()
    stacks, _ = house.aws("prod")
    stacks.ticks = 50
    house.decide(release, "approve")
    house.later(10)
    assert house.state(release) == "watching"
    assert isinstance(house.decide(release, "undo", "ana", reason="wrong one"), Done)
    house.later(1200)
    assert house.state(release) == "rolled back"
    cause = house.release(release).cause
    assert cause is not None
    assert "undone by ana: wrong one" in cause.sentence


def test_a_gate_waits_for_somebody(house: House) -> None:
    """A rollout that pauses goes on when somebody who may says so."""
    _, services = house.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=house.clock() + 3600))
    release = house.deploy()
    house.decide(release, "approve")
    house.later(60)
    found = house.release(release)
    assert found.progress.hook == "hook-1", found.progress
    assert isinstance(house.decide(release, "proceed", hook="hook-1"), Done)
    house.later(400)
    assert house.state(release) == "succeeded"


def test_an_undone_gate_rolls_back(house: House) -> None:
    """Undo at a gate answers it with ROLLBACK."""
    _, services = house.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=house.clock() + 3600))
    release = house.deploy()
    house.decide(release, "approve")
    house.later(60)
    house.decide(release, "undo")
    house.later(200)
    assert house.state(release) == "rolled back"


def test_a_stuck_roll_back_asks_what_to_leave_behind(house: House) -> None:
    """UPDATE_ROLLBACK_FAILED: a person sees what would be skipped, says so, and the debt is recorded."""
    stacks, _ = house.aws("prod")
    house.publish(3, app=service("1024"))
    release = house.deploy()
    for who in ("ben", "cleo"):
        house.decide(release, "approve", who)
    stacks.fail("slipway-prod-service-app", "UPDATE")
    stacks.fail("slipway-prod-service-app", "ROLLBACK", resource="Service")
    house.later(100)
    assert house.state(release) == "rolling back", house.release(release)
    asked = house.decide(release, "undo")
    assert isinstance(asked, No)
    assert "Service" in asked.why
    wrong = house.decide(release, "undo", skip=("Other",))
    assert isinstance(wrong, No)
    house.decide(release, "undo", skip=("Service",))
    house.later(60)
    found = house.release(release)
    assert house.state(release) == "rolled back"
    assert found.debt is not None
    assert found.debt.resources == ("Service",)


def test_one_open_release_a_stack(house: House) -> None:
    """A second release of the same stack is refused and says which is open; another stack is free."""
    release = house.deploy()
    answer = house.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, No)
    assert release in answer.why
    house.apply("dev", "network")


def test_the_same_request_twice_is_one_release(house: House) -> None:
    """SQS delivers again: nothing happens twice, and the answer is the same."""
    request = Propose(id=request_id(), stack="prod/service-app")
    first = house.ask(request)
    assert house.ask(request) == first
    house.queue.repeat()
    house.go()
    slot, _ = house.log.slot("prod/service-app")
    assert slot.count == 2


def test_no_version_of_a_service_yet() -> None:
    """A stack without a version is skipped, and told."""
    house = House()
    house.publish(1, images=False)
    answer = house.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Skipped)
    assert "slipway publish" in answer.why


def test_the_newest_that_may_go_names_those_it_passed_over() -> None:
    """With promotion, the newest version that succeeded in staging is taken, and the newer ones are named with why."""
    house = House(
        settings={"prod": Releases(promote_from="staging", bake_minutes=0), "staging": Releases(bake_minutes=0)}
    )
    house.created()
    house.created("staging")
    house.publish(2)
    house.deploy("staging", version="2" * 40)
    house.later(30)
    house.publish(3)
    answer = house.ask(Propose(id=request_id(), stack="prod/service-app"))
    assert isinstance(answer, Opened)
    assert answer.commit == "2" * 40
    assert answer.passed_over == ("333333333333 (Change number 3): has not succeeded in staging",)
    house.decide(answer.release, "cancel")
    named = house.ask(Propose(id=request_id(), stack="prod/service-app", version="3" * 40))
    assert isinstance(named, No)
    assert "slipway deploy app staging" in named.why
    promoted = house.ask(Propose(id=request_id(), stack="prod/service-app", promote_from="staging"))
    assert isinstance(promoted, Opened)


def test_infrastructure_that_loses_data_asks_two(house: House) -> None:
    """Each class of change asks whom its rule names; the strictest decides."""
    house.publish(3, app=service(table="one"))
    release = house.deploy()
    assert house.release(release).classes == ("template",)
    house.decide(release, "approve")
    house.later(400)
    assert house.state(release) == "succeeded"
    house.publish(4, app=service(table="two"))
    release = house.deploy()
    assert "stateful" in house.release(release).classes
    first = house.decide(release, "approve", "ben")
    assert isinstance(first, Done)
    assert "1 more" in first.text
    twice = house.decide(release, "approve", "ben")
    assert isinstance(twice, No)
    house.decide(release, "approve", "cleo")
    house.later(400)
    assert house.state(release) == "succeeded"


def test_locks_hold_back_and_are_told(house: House) -> None:
    """A lock refuses with holder, reason and age; it also holds what was approved before it."""
    release = house.deploy()
    assert isinstance(house.ask(Lock(id=request_id(), scope="prod/*", reason="incident 7"), "cleo"), Done)
    house.decide(release, "approve")
    house.later(60)
    assert house.state(release) == "approved"
    answer = house.ask(Propose(id=request_id(), stack="prod/service-web"))
    assert isinstance(answer, No)
    assert "cleo" in answer.why
    assert "incident 7" in answer.why
    house.ask(Unlock(id=request_id(), scope="prod/*"), "ben")
    house.later(400)
    assert house.state(release) == "succeeded"


BAD_IMAGE = ImageNow(
    digest="sha256:" + "0" * 64, architectures=("amd64",), findings=(Finding(name="CVE-1", severity="CRITICAL"),)
)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda h: h.images.images.clear(), "not in the registry"),
        (lambda h: h.images.images.update(dict.fromkeys(h.images.images, BAD_IMAGE)), "built for amd64"),
        (lambda h: alarm(h, "ALARM"), "alarms fire already"),
        (lambda h: h.aws("prod")[0].remove("slipway-prod-network"), ""),
    ],
)
def test_what_cant_work_asks_nobody(house: House, spoil: Any, says: str) -> None:
    """Pre-flight refuses before people are asked, says why, and leaves nothing behind."""
    spoil(house)
    release = house.deploy()
    if not says:
        assert house.state(release) == "waiting for approval"
        return
    assert house.state(release) == "failed"
    cause = house.release(release).cause
    assert cause is not None
    assert says in cause.sentence
    assert house.log.slot("prod/service-app")[0].open == ""


def test_the_audit_chain_tells_everything_and_is_sealed(house: House) -> None:
    """Each step has its entry; the last one is signed; a changed or cut chain is found."""
    from generator.release.audit import check

    release = house.deploy()
    house.decide(release, "approve")
    house.later(400)
    chain = f"release/{release}"
    entries = list(house.log.entries(chain))
    assert [e.what for e in entries][:3] == ["proposed", "pre-flight passed", "waits for approval"]
    assert entries[3].actor.person == "ben"
    heads = {head.number: head.hash for head, good in house.seal.heads() if good and head.chain == chain}
    assert max(heads) == len(entries)
    assert list(check(chain, entries, heads)) == []
    assert list(check(chain, entries[:-1], heads)) != []


def test_unprotected_environments_ask_nobody() -> None:
    """Dev goes ahead at once; an environment may also say that creating asks people."""
    house = House(settings={"staging": Releases(approvals=Approvals(create=Approvers(people=1)))})
    house.created("dev")
    house.publish(2)
    release = house.deploy("dev")
    house.later(400)
    assert house.state(release) == "succeeded"
    assert house.state(house.apply("staging", "network")) == "waiting for approval"


def test_images_that_can_come_back_are_kept(house: House) -> None:
    """What was released carries a name that the registry's lifecycle policy spares, until ten newer ones succeeded."""
    for number in range(2, 15):
        house.publish(number)
        release = house.deploy()
        house.decide(release, "approve")
        assert house.end(release) == "succeeded"
    kept = {tag for image in house.images.images.values() for tag in image.tags if tag.startswith("keep-prod-app-")}
    assert f"keep-{release}" in kept
    assert "keep-prod-app-2" not in kept
    assert len(kept) <= 12


def test_room_is_looked_for_before_people_are_asked(house: House) -> None:
    """A rollout that has no addresses to run in is refused before anybody is asked."""
    import msgspec

    from generator.release.model.observed import Quota

    stacks, services = house.aws("prod")
    facts = house.facts.stacks["prod/service-app"]
    house.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, tasks=2)
    stack = next(s for s in stacks.all if s.name == "slipway-prod-service-app")
    stack.source.parameters["PrivateSubnets"] = "subnet-1,subnet-2"  # type: ignore[union-attr]
    stack.source.template["Parameters"]["PrivateSubnets"] = {"Type": "String"}  # type: ignore[union-attr,index]
    services.quotas = [Quota(what="addresses in subnet-1", free=0, needed=1)]
    release = house.deploy()
    assert house.state(release) == "failed"
    cause = house.release(release).cause
    assert cause is not None
    assert "addresses in subnet-1" in cause.sentence


def test_no_gate_holds_the_way_back(house: House) -> None:
    """A roll-back to what was good passes the gates at which a new version would wait for somebody."""
    _, services = house.aws("prod")
    release = house.deploy()
    house.decide(release, "approve")
    assert house.end(release) == "succeeded"
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=house.clock() + 3600))
    answer = house.roll_back()
    assert isinstance(answer, Opened)
    assert house.end(answer.release, within=1200) == "succeeded"
    assert services.gates == []


def test_a_release_of_thirty_six_hours_is_never_a_dead_letter(house: House) -> None:
    """However long AWS works, the queue carried the request once: nothing is received in vain."""
    stacks, _ = house.aws("prod")
    release = house.deploy()
    stacks.ticks = 36 * 60
    house.decide(release, "approve")
    for minute in range(36 * 60):
        house.clock.sleep(60)
        house.clouds.tick()
        house.go()
        if minute == 30 * 60:
            assert house.state(release) == "watching"
    assert house.end(release) == "succeeded"
    assert house.queue.dead == []
    assert house.queue.waiting == []
