"""What AWS, or somebody beside us in AWS, does at the worst moment: nothing runs that was not approved."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.client import request_id
from generator.release.errors import Denied
from generator.release.model.observed import Alarm, Hook, StackEvent, StackNow
from generator.release.model.requests import Decide, Done, Refusal, Wake
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform, person, service

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


def alarm(platform: FakePlatform, state: str) -> None:
    """Give prod's app a deployment alarm in this state."""
    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("5xx",))
    services.alarm_states["5xx"] = Alarm(name="5xx", state=state)


def test_somebody_executes_the_change_set_by_hand() -> None:
    """What people are still asked about runs already: the release is superseded when it can be, without a hot loop."""
    platform = ready(ticks=6)
    release = platform.deploy()
    found = platform.release(release).change_set
    assert found is not None
    stacks, _ = platform.aws("prod")
    stacks.execute(found.stack_id, found.name, "by-hand")
    before = platform.faults.count()
    platform.decide(release, "reject")
    for _ in range(50):
        platform.go()
    assert platform.faults.count() - before < 400
    platform.later(200)
    assert platform.state(release) in {"superseded", "rejected"}
    cause = platform.release(release).cause
    assert cause is not None


def test_what_runs_already_is_good_only_once_it_was_seen_to_be() -> None:
    """Deploying again what runs and is ill does not make it good: it can't be promoted by that."""
    platform = ready(roll_back=False, bake_minutes=2)
    release = platform.deploy()
    platform.decide(release, "approve")
    for _ in range(2):
        platform.until(release, "verifying")
        alarm(platform, "ALARM")
        platform.later(10)
        assert platform.state(release) == "failed"
        alarm(platform, "OK")
        release = platform.deploy(version="2" * 40)
    assert platform.log.good("prod/service-app", "2" * 40) is None
    assert platform.end(release) == "succeeded"
    assert platform.log.good("prod/service-app", "2" * 40) is not None
    assert executed(platform) == 2


def test_what_nobody_could_execute_for_long_is_not_executed_later() -> None:
    """After hours without any worker an agreement is old: it is superseded, and runs only if it is asked for again."""
    platform = ready()
    release = platform.deploy()
    platform.faults.fail("stacks.execute", times=1)
    platform.decide(release, "approve")
    assert platform.state(release) == "executing"
    platform.clock.sleep(3 * 3600)
    platform.later(60)
    assert platform.state(release) == "superseded"
    assert executed(platform) == 1


def test_an_old_status_is_not_taken_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """DescribeStacks may show the stack as it was for a moment after ExecuteChangeSet: that ends nothing."""
    platform = ready(ticks=4)
    stacks, _ = platform.aws("prod")
    release = platform.deploy()
    describe, events = stacks.describe, stacks.events
    before = describe(STACK)
    assert before is not None
    since = platform.clock()

    def lagging(name: str) -> StackNow | None:
        return before if platform.clock() < since + 12 else describe(name)

    def silent(stack_id: str, token: str) -> list[StackEvent]:
        return [] if platform.clock() < since + 12 else events(stack_id, token)

    monkeypatch.setattr(stacks, "describe", lagging)
    monkeypatch.setattr(stacks, "events", silent)
    platform.decide(release, "approve")
    platform.later(10)
    assert platform.state(release) == "watching"
    platform.later(60)
    assert platform.state(release) == "succeeded"
    assert platform.release(release).progress.stack_status == "UPDATE_COMPLETE"


def test_events_stand_for_looks_at_the_stack() -> None:
    """While events arrive the stack is not asked; without any, once in five seconds; a final one is seen at once."""
    platform = ready()
    stacks, _ = platform.aws("prod")
    stacks.ticks = 10_000
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.state(release) == "watching"
    stack_id = f"arn:aws:cloudformation:eu-west-1:333333333333:stack/{STACK}/1"

    def hear(name: str) -> None:
        platform.queue.send(f'{{"kind":"wake-up","id":"1","resources":["{stack_id}"],"name":"{name}"}}')

    quiet = platform.faults.count("stacks.describe")
    platform.later(60, every=1)
    polled = platform.faults.count("stacks.describe") - quiet
    assert 10 <= polled <= 13
    hear("UPDATE_IN_PROGRESS")
    platform.later(6, every=1)
    described = platform.faults.count("stacks.describe")
    for _ in range(40):
        hear("UPDATE_IN_PROGRESS")
        platform.later(1, every=1)
    assert platform.faults.count("stacks.describe") == described
    platform.later(70, every=1)
    assert platform.faults.count("stacks.describe") > described
    for stack in stacks.all:
        if stack.operation is not None:
            stack.operation.ticks = 1
    stacks.tick()
    hear("UPDATE_COMPLETE")
    platform.later(5, every=1)
    assert platform.state(release) != "watching"


def test_an_ask_that_aws_refuses_does_not_stand_in_the_way() -> None:
    """The gate can't be opened for want of a right: who asked reads that, and the rollout is watched on."""
    platform = ready()
    _, services = platform.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=platform.clock() + 3600))
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.later(60)
    platform.faults.fail(
        "services.continue_deployment", error=lambda: Denied("no right to ContinueServiceDeployment; give it")
    )
    refused = platform.decide(release, "continue", hook="hook-1")
    assert isinstance(refused, Refusal)
    assert "no right" in refused.why
    assert isinstance(platform.decide(release, "continue", hook="hook-1"), Done)
    platform.later(300)
    assert platform.state(release) == "succeeded"


def test_aws_that_denies_closes_what_has_not_run() -> None:
    """No right to make a change set: the release ends with that cause, and the stack is free."""
    platform = ready()
    platform.faults.fail("stacks.create", error=lambda: Denied("no right to CreateChangeSet; give it"))
    release = platform.deploy()
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "CreateChangeSet" in cause.sentence
    assert platform.log.slot("prod/service-app")[0].open == ""


def test_a_template_that_is_not_what_was_published_never_runs() -> None:
    """Somebody changed a body in the bucket: its digest does not fit, and nothing is proposed to CloudFormation."""
    platform = ready()
    version = platform.publish(3, app=service("1024"))
    key = version.stacks["prod/service-app"].key
    platform.versions.bodies[key] = platform.versions.bodies[key].replace("1024", "2048")
    release = platform.deploy()
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "not what was published" in cause.sentence
    assert executed(platform) == 1


def test_another_change_set_of_the_same_name_is_not_executed() -> None:
    """The name that was agreed to stands for another change set: superseded, nothing runs."""
    platform = ready()
    release = platform.deploy()
    found = platform.release(release).change_set
    assert found is not None
    stacks, _ = platform.aws("prod")
    stack = next(s for s in stacks.all if s.name == STACK)
    row = next(r for r in stack.change_sets if r.arn == found.arn)
    other = type(row)(**{**row.__dict__, "arn": row.arn + "9"})
    stack.change_sets.append(other)
    platform.decide(release, "approve")
    platform.later(60)
    assert platform.state(release) == "superseded"
    assert executed(platform) == 1


def test_an_event_about_anything_else_is_nothing() -> None:
    """Events of stacks without an open release, and of strangers', change nothing."""
    platform = ready()
    before = dict(platform.table.items)
    for name in (STACK, "slipway-prod-network", "strangers"):
        platform.service._wake(Wake(resources=(f"arn:aws:cloudformation:r:1:stack/{name}/1",), name="UPDATE_COMPLETE"))
    assert platform.table.items == before


def test_a_creation_that_failed_before_anybody_heard_that_it_began() -> None:
    """The answer to ExecuteChangeSet was lost, and the stack that failed is gone: the cause is what CloudFormation said."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1)
    platform.end(platform.apply())
    stacks, _ = platform.aws("prod")
    stacks.fail(STACK, "CREATE", "no such role")
    platform.faults.fail("stacks.execute", "after")
    release = platform.deploy()
    platform.later(60)
    assert platform.state(release) == "failed"
    cause = platform.release(release).cause
    assert cause is not None
    assert "no such role" in cause.sentence


def test_a_stack_that_somebody_deleted_runs_nothing() -> None:
    """An event says that prod's app is deleted: it is believed when CloudFormation says so too, and history stays."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    stacks, _ = platform.aws("prod")
    arn = f"arn:aws:cloudformation:eu-west-1:333333333333:stack/{STACK}/1"
    wake = Wake(resources=(arn,), name="DELETE_COMPLETE")
    platform.client.send(wake)
    platform.go()
    slot, _ = platform.log.slot("prod/service-app")
    assert slot.running is not None
    stacks.all[:] = [s for s in stacks.all if s.name != STACK]
    platform.client.send(wake)
    platform.go()
    slot, _ = platform.log.slot("prod/service-app")
    assert (slot.running, slot.good, slot.last) == (None, None, "prod-app-1")
    assert [s.state for s in platform.log.history("prod/service-app", 5)] == ["succeeded"]
    assert platform.end(platform.apply("prod", "service-app")) == "succeeded"


def agreed(platform: FakePlatform) -> str:
    """A release whose approval lies in the log, and no worker has looked at it yet."""
    release = platform.deploy()
    found = platform.log.record(release)
    assert found is not None
    approve = Decide(id=request_id(), release=release, verdict="approve", binding=found.release.binding)
    platform.log.ask(found, approve, person("ben"), ["releasers"])
    return release
