"""What goes wrong at the worst moment, one story each: nothing runs unasked, nobody is told what is not true."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release import messages
from generator.release.errors import Denied
from generator.release.model.observed import Alarm, Hook, StackEvent, StackNow
from generator.release.model.requests import Done, Lock, No, Opened, Unlock, Wake
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.model.states import Waiting
from tests.release.house import House, service

STACK = "slipway-prod-service-app"


def ready(ticks: int = 2, **settings: Any) -> House:
    """Prod at version 1, and version 2 published."""
    house = House(ticks=ticks, settings={"prod": Releases(**{"bake_minutes": 0, **settings})})
    house.created()
    house.publish(2)
    return house


def executed(house: House) -> int:
    """How often the app's stack in prod was changed."""
    stacks, _ = house.aws("prod")
    return len(next(s for s in stacks.all if s.name == STACK).executed)


def rules(house: House, **changes: Any) -> None:
    """Somebody changes prod's environment file."""
    found = house.facts.environments["prod"]
    house.facts.environments["prod"] = msgspec.structs.replace(
        found, releases=msgspec.structs.replace(found.releases, **changes)
    )


def alarm(house: House, state: str) -> None:
    """Give prod's app a deployment alarm in this state."""
    _, services = house.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("5xx",))
    services.alarm_states["5xx"] = Alarm(name="5xx", state=state)


def test_undo_before_anything_ran_leaves_nothing_that_could_run() -> None:
    """While CloudFormation does not take the change set, undo takes it away: nothing ran, nothing will."""
    house = ready()
    release = house.deploy()
    house.faults.fail("stacks.execute", times=5)
    house.decide(release, "approve")
    assert house.state(release) == "executing"
    assert house.decide(release, "undo") == Done(text="cancelled; nothing was changed")
    house.later(120)
    assert house.state(release) == "cancelled"
    assert executed(house) == 1


def test_undo_of_what_runs_although_nobody_heard() -> None:
    """The answer to ExecuteChangeSet was lost: undo sees that it runs, and takes it back."""
    house = ready(ticks=10)
    release = house.deploy()
    house.faults.fail("stacks.execute", "after")
    house.decide(release, "approve")
    assert house.state(release) == "executing"
    assert house.decide(release, "undo") == Done(text="it goes back to what it was")
    house.later(300)
    assert house.state(release) == "rolled back"
    assert executed(house) == 2


def test_who_undoes_is_who_asked_for_the_way_back() -> None:
    """The update was done before it could be stopped: the release that brings it back is the undoer's, not ana's."""
    house = ready()
    release = house.deploy(who="ana")
    house.decide(release, "approve", "ben")
    house.faults.fail("services.stop", times=3)
    house.faults.fail("stacks.cancel_update", times=3)
    house.decide(release, "undo", "cleo")
    house.later(300)
    assert house.state(release) == "rolled back"
    back = house.release(house.release(release).successor)
    assert back.requester.person == "cleo"
    assert [a.actor.person for a in back.approvals] == ["cleo"]
    assert house.state(back.id) == "succeeded"


def test_undo_with_nothing_to_go_back_to_says_so() -> None:
    """A first release that is being verified can't be undone; it goes on, and the answer says why."""
    house = House(settings={"prod": Releases(bake_minutes=5)})
    house.publish(1)
    house.apply()
    house.later(30)
    release = house.deploy()
    house.until(release, "verifying")
    answer = house.decide(release, "undo")
    assert isinstance(answer, No)
    assert "no earlier version" in answer.why
    assert house.end(release) == "succeeded"


def test_somebody_executes_the_change_set_by_hand() -> None:
    """What people are still asked about runs already: the release is superseded when it can be, without a hot loop."""
    house = ready(ticks=6)
    release = house.deploy()
    found = house.release(release).change_set
    assert found is not None
    stacks, _ = house.aws("prod")
    stacks.execute(found.stack_id, found.name, "by-hand")
    before = house.faults.count()
    house.decide(release, "reject")
    for _ in range(50):
        house.go()
    assert house.faults.count() - before < 400
    house.later(200)
    assert house.state(release) in {"superseded", "rejected"}
    cause = house.release(release).cause
    assert cause is not None


def test_one_release_that_breaks_us_does_not_stop_the_others() -> None:
    """An error that nobody foresaw is told, is tried again more and more rarely, and other releases go on."""
    house = ready()
    said: list[str] = []
    house.workers[0].failed = said.append
    good = house.service.world.reader.read

    def read(stack: Any, *rest: Any, **more: Any) -> Any:
        if stack.service == "app":
            raise KeyError("a surprise")
        return good(stack, *rest, **more)

    house.service.world.reader.read = read  # type: ignore[method-assign]
    broken = house.deploy()
    assert house.state(broken) == "proposed"
    other = house.deploy(app="web")
    assert house.end(other, 60) == "succeeded"
    assert any("KeyError" in text for text in said)
    count = len(said)
    house.later(600)
    assert len(said) - count < 20
    house.service.world.reader.read = good  # type: ignore[method-assign]
    house.later(120)
    assert house.state(broken) == "waiting for approval"


def test_the_policy_is_asked_again_before_anything_runs() -> None:
    """Somebody writes a stricter rule between the approval and the execution: it holds."""
    house = ready()
    release = house.deploy()
    house.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    house.decide(release, "approve", "ben")
    rules(house, approvals=Approvals(image=Approvers(people=2)))
    house.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    house.later(60)
    assert isinstance(house.release(release).state, Waiting)
    assert executed(house) == 1
    house.decide(release, "approve", "cleo")
    assert house.end(release) == "succeeded"


def test_what_runs_already_is_good_only_once_it_was_seen_to_be() -> None:
    """Deploying again what runs and is ill does not make it good: it can't be promoted by that."""
    house = ready(roll_back=False, bake_minutes=2)
    release = house.deploy()
    house.decide(release, "approve")
    for _ in range(2):
        house.until(release, "verifying")
        alarm(house, "ALARM")
        house.later(10)
        assert house.state(release) == "failed"
        alarm(house, "OK")
        release = house.deploy(version="2" * 40)
    assert house.log.good("prod/service-app", "2" * 40) is None
    assert house.end(release) == "succeeded"
    assert house.log.good("prod/service-app", "2" * 40) is not None
    assert executed(house) == 2


def test_what_nobody_could_execute_for_long_is_not_executed_later() -> None:
    """After hours without any worker an agreement is old: it is superseded, and runs only if it is asked for again."""
    house = ready()
    release = house.deploy()
    house.faults.fail("stacks.execute", times=1)
    house.decide(release, "approve")
    assert house.state(release) == "executing"
    house.clock.sleep(3 * 3600)
    house.later(60)
    assert house.state(release) == "superseded"
    assert executed(house) == 1


def test_an_old_status_is_not_taken_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """DescribeStacks may show the stack as it was for a moment after ExecuteChangeSet: that ends nothing."""
    house = ready(ticks=4)
    stacks, _ = house.aws("prod")
    release = house.deploy()
    describe, events = stacks.describe, stacks.events
    before = describe(STACK)
    assert before is not None
    since = house.clock()

    def lagging(name: str) -> StackNow | None:
        return before if house.clock() < since + 12 else describe(name)

    def silent(stack_id: str, token: str) -> list[StackEvent]:
        return [] if house.clock() < since + 12 else events(stack_id, token)

    monkeypatch.setattr(stacks, "describe", lagging)
    monkeypatch.setattr(stacks, "events", silent)
    house.decide(release, "approve")
    house.later(10)
    assert house.state(release) == "watching"
    house.later(60)
    assert house.state(release) == "succeeded"
    assert house.release(release).progress.stack_status == "UPDATE_COMPLETE"


def test_events_stand_for_looks_at_the_stack() -> None:
    """While events arrive the stack is not asked; without any, once in five seconds; a final one is seen at once."""
    house = ready()
    stacks, _ = house.aws("prod")
    stacks.ticks = 10_000
    release = house.deploy()
    house.decide(release, "approve")
    assert house.state(release) == "watching"
    stack_id = f"arn:aws:cloudformation:eu-west-1:333333333333:stack/{STACK}/1"

    def hear(name: str) -> None:
        house.queue.send(f'{{"kind":"wake-up","id":"1","resources":["{stack_id}"],"name":"{name}"}}')

    quiet = house.faults.count("stacks.describe")
    house.later(60, every=1)
    polled = house.faults.count("stacks.describe") - quiet
    assert 10 <= polled <= 13
    hear("UPDATE_IN_PROGRESS")
    house.later(6, every=1)
    told = house.faults.count("stacks.describe")
    for _ in range(40):
        hear("UPDATE_IN_PROGRESS")
        house.later(1, every=1)
    assert house.faults.count("stacks.describe") == told
    house.later(70, every=1)
    assert house.faults.count("stacks.describe") > told
    for stack in stacks.all:
        if stack.operation is not None:
            stack.operation.ticks = 1
    stacks.tick()
    hear("UPDATE_COMPLETE")
    house.later(5, every=1)
    assert house.state(release) != "watching"


def test_an_ask_that_aws_refuses_does_not_stand_in_the_way() -> None:
    """The gate can't be opened for want of a right: who asked reads that, and the rollout is watched on."""
    house = ready()
    _, services = house.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=house.clock() + 3600))
    release = house.deploy()
    house.decide(release, "approve")
    house.later(60)
    house.faults.fail("services.proceed", error=lambda: Denied("no right to ContinueServiceDeployment; give it"))
    refused = house.decide(release, "proceed", hook="hook-1")
    assert isinstance(refused, No)
    assert "no right" in refused.why
    assert isinstance(house.decide(release, "proceed", hook="hook-1"), Done)
    house.later(300)
    assert house.state(release) == "succeeded"


def test_aws_that_denies_closes_what_has_not_run() -> None:
    """No right to make a change set: the release ends with that cause, and the stack is free."""
    house = ready()
    house.faults.fail("stacks.create", error=lambda: Denied("no right to CreateChangeSet; give it"))
    release = house.deploy()
    assert house.state(release) == "failed"
    cause = house.release(release).cause
    assert cause is not None
    assert "CreateChangeSet" in cause.sentence
    assert house.log.slot("prod/service-app")[0].open == ""


def test_a_template_that_is_not_what_was_published_never_runs() -> None:
    """Somebody changed a body in the bucket: its digest does not fit, and nothing is proposed to CloudFormation."""
    house = ready()
    version = house.publish(3, app=service("1024"))
    key = version.stacks["prod/service-app"].key
    house.versions.bodies[key] = house.versions.bodies[key].replace("1024", "2048")
    release = house.deploy()
    assert house.state(release) == "failed"
    cause = house.release(release).cause
    assert cause is not None
    assert "not what was published" in cause.sentence
    assert executed(house) == 1


def test_another_change_set_of_the_same_name_is_not_executed() -> None:
    """The name that was agreed to stands for another change set: superseded, nothing runs."""
    house = ready()
    release = house.deploy()
    found = house.release(release).change_set
    assert found is not None
    stacks, _ = house.aws("prod")
    stack = next(s for s in stacks.all if s.name == STACK)
    row = next(r for r in stack.change_sets if r.arn == found.arn)
    other = type(row)(**{**row.__dict__, "arn": row.arn + "9"})
    stack.change_sets.append(other)
    house.decide(release, "approve")
    house.later(60)
    assert house.state(release) == "superseded"
    assert executed(house) == 1


def test_an_event_about_anything_else_is_nothing() -> None:
    """Events of stacks without an open release, and of strangers', change nothing."""
    house = ready()
    before = dict(house.table.items)
    for name in (STACK, "slipway-prod-network", "strangers"):
        house.service._wake(Wake(resources=(f"arn:aws:cloudformation:r:1:stack/{name}/1",), name="UPDATE_COMPLETE"))
    assert house.table.items == before


def test_going_back_again_and_again_costs_the_same_each_time() -> None:
    """A roll-back that ends wakes the release that waits for it, and not all those that were rolled back before."""
    house = ready()
    house.end(house.decide(house.deploy(), "approve") and "prod-app-2")
    spent = []
    for _ in range(6):
        before = house.faults.count("table.write")
        answer = house.roll_back()
        assert isinstance(answer, Opened)
        assert house.end(answer.release) == "succeeded"
        spent.append(house.faults.count("table.write") - before)
    assert max(spent) - min(spent) <= 2, spent


def test_a_creation_that_failed_before_anybody_heard_that_it_began() -> None:
    """The answer to ExecuteChangeSet was lost, and the stack that failed is gone: the cause is what CloudFormation said."""
    house = House(settings={"prod": Releases(bake_minutes=0)})
    house.publish(1)
    house.end(house.apply())
    stacks, _ = house.aws("prod")
    stacks.fail(STACK, "CREATE", "no such role")
    house.faults.fail("stacks.execute", "after")
    release = house.deploy()
    house.later(60)
    assert house.state(release) == "failed"
    cause = house.release(release).cause
    assert cause is not None
    assert "no such role" in cause.sentence


def test_who_left_no_longer_counts() -> None:
    """Ben approved while prod was locked, then left the platform's people: his word no longer counts when it could run."""
    house = ready()
    release = house.deploy()
    house.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    house.decide(release, "approve", "ben")
    assert house.state(release) == "approved"
    del house.facts.people["ben"]
    house.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    house.later(120)
    assert house.state(release) == "waiting for approval"
    assert house.release(release).approvals == ()
    assert executed(house) == 1


def test_a_stack_that_somebody_deleted_runs_nothing() -> None:
    """An event says that prod's app is deleted: it is believed when CloudFormation says so too, and history stays."""
    house = House(settings={"prod": Releases(bake_minutes=0)})
    house.created()
    stacks, _ = house.aws("prod")
    arn = f"arn:aws:cloudformation:eu-west-1:333333333333:stack/{STACK}/1"
    told = Wake(resources=(arn,), name="DELETE_COMPLETE")
    house.desk.send(told)
    house.go()
    slot, _ = house.log.slot("prod/service-app")
    assert slot.running is not None
    stacks.all[:] = [s for s in stacks.all if s.name != STACK]
    house.desk.send(told)
    house.go()
    slot, _ = house.log.slot("prod/service-app")
    assert (slot.running, slot.good, slot.last) == (None, None, "prod-app-1")
    assert [s.state for s in house.log.history("prod/service-app", 5)] == ["succeeded"]
    assert house.end(house.apply("prod", "service-app")) == "succeeded"


def test_who_approves_is_told_that_a_version_failed_before() -> None:
    """A version that was rolled back in prod is asked for again: the release says which one failed, and why."""
    house = ready()
    assert messages.warnings(house.release(house.deploy(app="web"))) == []
    release = house.deploy()
    house.decide(release, "approve")
    house.until(release, "watching")
    house.decide(release, "undo", "ben", reason="it is slow")
    assert house.end(release) == "rolled back"
    again = house.release(house.deploy(version="2" * 40))
    assert messages.warnings(again) == [
        f"this version was released here before, and rolled back: {release}: undone by ben: it is slow"
    ]


def test_who_ends_lets_go() -> None:
    """A command line ends while a rollout waits at its gate: the next one that opens it need not wait for the lease."""
    house = ready()
    _, services = house.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=house.clock() + 3600))
    release = house.deploy()
    house.decide(release, "approve")
    house.later(30)
    assert house.release(release).progress.hook == "hook-1"
    first, second = house.workers[0], house.worker("another")
    house.clock.sleep(5)
    assert not first.service.advance(release).busy
    assert second.service.advance(release).busy
    first.close()
    assert not second.service.advance(release).busy


def test_letting_go_takes_nothing_from_who_came_after() -> None:
    """A worker whose lease ran out ends: what another holds by now stays with that one, and an unanswering log is told."""
    house = ready(ticks=100)
    release = house.deploy()
    house.decide(release, "approve")
    house.later(5)
    slow, quick = house.workers[0], house.worker("quick")
    assert not slow.service.advance(release).busy
    house.clock.sleep(16)
    assert not quick.service.advance(release).busy
    slow.close()
    assert house.worker("third").service.advance(release).busy
    said: list[str] = []
    quick.failed = said.append
    house.faults.fail("table.*", times=10)
    quick.close()
    assert len(said) == 1
