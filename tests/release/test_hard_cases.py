"""What goes wrong at the worst moment, one story each: nothing runs unasked, nobody is told what is not true."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release import messages
from generator.release.client import request_id
from generator.release.model.observed import Hook
from generator.release.model.requests import Decide, Done, Lock, Opened, Refusal, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.model.states import Waiting
from tests.release.fake_platform import FakePlatform, person

STACK = "slipway-prod-service-app"


def ready(ticks: int = 2, **settings: Any) -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(ticks=ticks, settings={"prod": Releases(**{"bake_minutes": 0, **settings})})
    platform.created()
    platform.publish(2)
    return platform


def executed(platform: FakePlatform) -> int:
    """How often the app's stack in prod was changed."""
    stacks, _ = platform.aws("prod")
    return len(next(s for s in stacks.all if s.name == STACK).executed)


def rules(platform: FakePlatform, **changes: Any) -> None:
    """Somebody changes prod's environment file."""
    found = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = msgspec.structs.replace(
        found, releases=msgspec.structs.replace(found.releases, **changes)
    )


def test_undo_before_anything_ran_leaves_nothing_that_could_run() -> None:
    """While CloudFormation does not take the change set, undo takes it away: nothing ran, nothing will."""
    platform = ready()
    release = platform.deploy()
    platform.faults.fail("stacks.execute", times=5)
    platform.decide(release, "approve")
    assert platform.state(release) == "executing"
    assert platform.decide(release, "undo") == Done(text="cancelled; nothing was changed")
    platform.later(120)
    assert platform.state(release) == "cancelled"
    assert executed(platform) == 1


def test_undo_of_what_runs_although_nobody_heard() -> None:
    """The answer to ExecuteChangeSet was lost: undo sees that it runs, and takes it back."""
    platform = ready(ticks=10)
    release = platform.deploy()
    platform.faults.fail("stacks.execute", "after")
    platform.decide(release, "approve")
    assert platform.state(release) == "executing"
    assert platform.decide(release, "undo") == Done(text="the rollback has started")
    platform.later(300)
    assert platform.state(release) == "rolled back"
    assert executed(platform) == 2


def test_who_undoes_is_who_asked_for_the_way_back() -> None:
    """The update was done before it could be stopped: the release that brings it back is the undoer's, not ana's."""
    platform = ready()
    release = platform.deploy(who="ana")
    platform.decide(release, "approve", "ben")
    platform.faults.fail("services.stop", times=3)
    platform.faults.fail("stacks.cancel_update", times=3)
    platform.decide(release, "undo", "cleo")
    platform.later(300)
    assert platform.state(release) == "rolled back"
    back = platform.release(platform.release(release).successor)
    assert back.requester.person == "cleo"
    assert [a.actor.person for a in back.approvals] == ["cleo"]
    assert platform.state(back.id) == "succeeded"


def test_undo_with_nothing_to_go_back_to_says_so() -> None:
    """A first release that is being verified can't be undone; it goes on, and the answer says why."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=5)})
    platform.publish(1)
    platform.apply()
    platform.later(30)
    release = platform.deploy()
    platform.until(release, "verifying")
    answer = platform.decide(release, "undo")
    assert isinstance(answer, Refusal)
    assert "no earlier version" in answer.why
    assert platform.end(release) == "succeeded"


def test_one_release_that_breaks_us_does_not_stop_the_others() -> None:
    """An error that nobody foresaw is told, is tried again more and more rarely, and other releases go on."""
    platform = ready()
    said: list[str] = []
    platform.workers[0].failed = said.append
    good = platform.service.context.reader.read

    def read(stack: Any, *rest: Any, **more: Any) -> Any:
        if stack.service == "app":
            raise KeyError("a surprise")
        return good(stack, *rest, **more)

    platform.service.context.reader.read = read  # type: ignore[method-assign]
    broken = platform.deploy()
    assert platform.state(broken) == "proposed"
    other = platform.deploy(app="web")
    assert platform.end(other, 60) == "succeeded"
    assert any("KeyError" in text for text in said)
    count = len(said)
    platform.later(600)
    assert len(said) - count < 20
    platform.service.context.reader.read = good  # type: ignore[method-assign]
    platform.later(120)
    assert platform.state(broken) == "waiting for approval"


def test_the_policy_is_asked_again_before_anything_runs() -> None:
    """Somebody writes a stricter rule between the approval and the execution: everybody is asked anew, under that rule."""
    platform = ready()
    release = platform.deploy()
    platform.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    platform.decide(release, "approve", "ben")
    rules(platform, approvals=Approvals(image=Approvers(people=2)))
    platform.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    platform.later(60)
    assert isinstance(platform.release(release).state, Waiting)
    assert executed(platform) == 1
    platform.decide(release, "approve", "cleo")
    assert isinstance(platform.release(release).state, Waiting), "what ben agreed to was another question"
    platform.decide(release, "approve", "ben")
    assert platform.end(release) == "succeeded"


def test_going_back_again_and_again_costs_the_same_each_time() -> None:
    """A rollback that ends wakes the release that waits for it, and not all those that were rolled back before."""
    platform = ready()
    platform.end(platform.decide(platform.deploy(), "approve") and "prod-app-2")
    spent = []
    for number in range(6):
        before = platform.faults.count("table.write")
        # A way back from a way back names its version, and asks others.
        answer = platform.roll_back() if number == 0 else platform.roll_back(version=str(1 + number % 2) * 40)
        assert isinstance(answer, Opened)
        platform.decide(answer.release, "approve")
        assert platform.end(answer.release) == "succeeded"
        spent.append(platform.faults.count("table.write") - before)
    assert max(spent) - min(spent) <= 2, spent


def test_who_left_no_longer_counts() -> None:
    """Ben approved while prod was locked, then left the platform's people: his word no longer counts when it could run."""
    platform = ready()
    release = platform.deploy()
    platform.ask(Lock(id="req-lock-0001", scope="prod/*", reason="wait"), "cleo")
    platform.decide(release, "approve", "ben")
    assert platform.state(release) == "approved"
    del platform.facts.people["ben"]
    platform.ask(Unlock(id="req-lock-0002", scope="prod/*"), "cleo")
    platform.later(120)
    assert platform.state(release) == "waiting for approval"
    assert platform.release(release).approvals == ()
    assert executed(platform) == 1


def test_who_approves_sees_that_a_version_failed_before() -> None:
    """A version that was rolled back in prod is asked for again: the release says which one failed, and why."""
    platform = ready()
    assert messages.warnings(platform.release(platform.deploy(app="web"))) == []
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.until(release, "watching")
    platform.decide(release, "undo", "ben", reason="it is slow")
    assert platform.end(release) == "rolled back"
    again = platform.release(platform.deploy(version="2" * 40))
    assert messages.warnings(again) == [
        f"this version was released here before and was rolled back: {release}: undone by ben: it is slow"
    ]


def agreed(platform: FakePlatform) -> str:
    """A release whose approval lies in the log, and no worker has looked at it yet."""
    release = platform.deploy()
    found = platform.log.record(release)
    assert found is not None
    approve = Decide(id=request_id(), release=release, verdict="approve", binding=found.release.binding)
    platform.log.ask(found, approve, person("ben"), ["releasers"])
    return release


def test_between_two_looks_anybody_may_go_on() -> None:
    """While a rollout waits at its gate nobody holds the release: anyone who is there when it is due looks at it."""
    platform = ready()
    _, services = platform.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=platform.clock() + 3600))
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(30)
    assert platform.release(release).progress.hook == "hook-1"
    platform.clock.sleep(5)
    assert not platform.workers[0].service.advance(release).busy
    assert not platform.worker("another").service.advance(release).busy


def test_who_ends_lets_go() -> None:
    """A command line ends in the middle of a release: the next one that opens it need not wait for the lease."""
    platform = ready()
    release = agreed(platform)
    first, second = platform.workers[0], platform.worker("another")
    assert first.service.advance(release).moved
    assert second.service.advance(release).busy
    first.close()
    assert second.service.advance(release).moved


def test_letting_go_takes_nothing_from_who_came_after() -> None:
    """A worker whose lease ran out ends: what another holds by now stays with that one, and an unanswering log is told."""
    platform = ready(ticks=100)
    release = agreed(platform)
    slow, quick = platform.workers[0], platform.worker("quick")
    assert slow.service.advance(release).moved
    platform.clock.sleep(16)
    assert quick.service.advance(release).moved
    slow.close()
    assert platform.worker("third").service.advance(release).busy
    said: list[str] = []
    quick.failed = said.append
    platform.faults.fail("table.*", times=10)
    quick.close()
    assert len(said) == 1
