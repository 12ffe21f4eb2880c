"""Stories from the execution to the end: rollouts, gates, failures, and each way back. Each answers its journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from generator.release.errors import CannotUndo, Denied, Unavailable
from generator.release.model.observed import Alarm, Hook, LogLine, StackEvent, StackNow, StoppedTask, Target, Traffic
from generator.release.model.settings import Releases, Smoke
from tests.fakes.services import FakeServices
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_stories import APP, ready
from tests.release.platform_templates import service

GATE = "POST_TEST_TRAFFIC_SHIFT"


def begun(platform: FakePlatform, ticks: int = 2) -> tuple[str, Journal]:
    """Version 2 is approved and its update begins; the journal starts then."""
    platform.aws("prod")[0].ticks = ticks
    release = platform.deploy()
    platform.decide(release, "approve")
    return release, Journal(platform)


def asked(platform: FakePlatform) -> tuple[str, Journal]:
    """Version 2 waits for approval; the journal starts before it is given."""
    release = platform.deploy()
    journal = Journal(platform)
    platform.decide(release, "approve")
    return release, journal


def gated(platform: FakePlatform) -> None:
    """The next rollout of prod's app waits at a gate."""
    hook = Hook(id="hook-1", stage=GATE, expires=platform.clock() + 3600)
    platform.aws("prod")[1].gates.append(hook)


def alarm(platform: FakePlatform, state: str) -> None:
    """Prod's app has a deployment alarm in this state."""
    _, services = platform.aws("prod")
    for arn, found in list(services.services.items()):
        services.services[arn] = msgspec.structs.replace(found, alarms=("5xx",))
    services.alarm_states["5xx"] = Alarm(name="5xx", state=state, reason="5xx > 10")


def crashing(platform: FakePlatform, definition: str = "") -> None:
    """Each task of the app ends with an error, and says so in its last line."""
    _, services = platform.aws("prod")
    (arn,) = services.services
    (app,) = (row for row in services.services.values() if row.arn == arn)
    ended = [
        StoppedTask(
            id=f"task-{number}", at=platform.clock() + number, code="EssentialContainerExited",
            reason="Essential container in task exited", containers=(("app", 1, ""),), task_definition=definition or app.task_definition,
        )
        for number in range(3)
    ]  # fmt: skip
    services.tasks[arn] = ended
    lines = [LogLine(at=platform.clock() + 1, stream="app/app/task-1", text="no such table: users")]
    services.lines["/slipway/prod/service-app"] = lines


def smoke(platform: FakePlatform, *answers: tuple[int, str]) -> None:
    """The app has an address; it answers so, one after the other, the last one from then on."""
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, url="https://app.example/")
    left = [*answers]
    platform.probe.answers["*"] = lambda _: left.pop(0) if len(left) > 1 else left[0]


def gate_opened() -> Journal:
    """A rollout waits at its gate with figures of both versions, until somebody lets it go on."""
    platform = ready()
    gated(platform)
    release = platform.deploy()
    journal = Journal(platform)
    platform.decide(release, "approve")
    platform.later(15)
    services = platform.aws("prod")[1]
    for number, group in enumerate(groups(services)):
        services.counted[group] = Traffic(group=group, seconds=0, requests=100, errors=number, latency=0.05)
    platform.later(60)
    platform.decide(release, "continue", hook="hook-1")
    platform.end(release)
    return journal


def groups(services: FakeServices) -> tuple[str, ...]:
    """The target groups of prod's app."""
    return next(iter(services.services.values())).target_groups


def gate_without_figures() -> Journal:
    """CloudWatch may not be asked: the gate says why there are no figures."""
    platform = ready()
    gated(platform)
    platform.faults.fail("services.traffic", error=lambda: Denied("no right to GetMetricData; give it"))
    _, journal = begun(platform)
    platform.later(15)
    return journal


def gate_undone() -> Journal:
    """Undo at a gate answers it with ROLLBACK."""
    platform = ready()
    gated(platform)
    release, journal = begun(platform)
    platform.later(15)
    platform.decide(release, "undo", reason="wrong one")
    platform.end(release)
    return journal


def way_back_passes_its_gate() -> Journal:
    """A rollback by hand passes the gate at which a new version would wait."""
    platform = ready()
    platform.decide(release := platform.deploy(), "approve")
    platform.end(release)
    gated(platform)
    journal = Journal(platform)
    platform.roll_back()
    platform.later(120)
    return journal


def undone_while_it_runs() -> Journal:
    """An update that takes long is stopped in ECS, then in CloudFormation."""
    platform = ready()
    release, journal = begun(platform, ticks=8)
    platform.later(10)
    platform.decide(release, "undo", "ana", reason="wrong one")
    platform.end(release)
    return journal


def undone_in_cloudformation() -> Journal:
    """No rollout to stop: the update is cancelled, and a way that has just closed is no error."""
    platform = ready()
    platform.faults.fail("stacks.cancel_update", error=lambda: CannotUndo("just over"))
    platform.apply("prod", "network")
    platform.later(60)
    platform.publish(
        3, net={"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}}}
    )
    platform.aws("prod")[0].ticks = 8
    release = platform.apply("prod", "network")
    journal = Journal(platform)
    platform.decide(release, "approve")
    platform.decide(release, "approve", "cleo")
    platform.later(10)
    platform.decide(release, "undo")
    platform.end(release)
    return journal


def undone_too_late() -> Journal:
    """The update was over before it could be stopped: another release brings the last good version back."""
    platform = ready()
    release, journal = begun(platform, ticks=0)
    platform.faults.fail("services.stop", times=3)
    platform.faults.fail("stacks.cancel_update", times=3)
    platform.decide(release, "undo", "cleo")
    platform.end(release)
    return journal


def update_failed() -> Journal:
    """CloudFormation can't change a resource and takes all of it back."""
    platform = ready(app=service(memory="1024"))
    platform.aws("prod")[0].fail(APP, "UPDATE", "Resource handler returned message: no such role", "TaskDefinition")
    release, journal = begun(platform)
    platform.end(release)
    return journal


def creation_failed() -> Journal:
    """The first release of a service fails: its stack is deleted again."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    platform.publish(1)
    platform.end(platform.apply())
    platform.aws("prod")[0].fail(APP, "CREATE", "no such role")
    journal = Journal(platform)
    platform.end(platform.deploy())
    return journal


def creation_failed_unheard() -> Journal:
    """The answer to ExecuteChangeSet was lost, and the stack that failed to be created is gone."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1)
    platform.end(platform.apply())
    platform.aws("prod")[0].fail(APP, "CREATE", "no such role")
    platform.faults.fail("stacks.execute", "after")
    journal = Journal(platform)
    platform.end(platform.deploy())
    return journal


def tasks_failed() -> Journal:
    """ECS gives up on tasks that crash; the cause has their exit code and last lines."""
    platform = ready()
    services = platform.aws("prod")[1]
    services.bad[platform.versions.get("2" * 40).images["app"].digest] = "tasks failed to start"
    crashing(platform)
    release, journal = begun(platform)
    platform.end(release)
    return journal


def nothing_may_be_looked_at() -> Journal:
    """Tasks crash, and tasks, deployments, targets and lines may not be read: what is known is told."""
    platform = ready()
    services = platform.aws("prod")[1]
    services.bad[platform.versions.get("2" * 40).images["app"].digest] = "tasks failed to start"
    crashing(platform)
    for call in ("stopped_tasks", "deployments", "targets", "logs"):
        platform.faults.fail(f"services.{call}", error=lambda: Denied("no right; give it"), times=50)
    release, journal = begun(platform)
    platform.end(release)
    return journal


def rollout(platform: FakePlatform, **changes: Any) -> None:
    """What ECS says of the newest deployment of prod's app."""
    services = platform.aws("prod")[1]
    (rows,) = services.deployments_of.values()
    services.amend(rows[-1].arn, **changes)


def too_many_tasks_failed() -> Journal:
    """Tasks of the new version keep failing where ECS would go on: the rollout is stopped."""
    platform = ready()
    release, journal = begun(platform, ticks=40)
    platform.later(10)
    _, services = platform.aws("prod")
    (rows,) = services.deployments_of.values()
    crashing(platform, rows[-1].task_definition)
    rollout(platform, strategy="CANARY", failed_tasks=1)
    platform.end(release)
    return journal


def aws_goes_back() -> Journal:
    """ECS rolls back by its own alarm: the release follows it."""
    platform = ready()
    services = platform.aws("prod")[1]
    services.bad[platform.versions.get("2" * 40).images["app"].digest] = "the alarm 5xx rang"
    release, journal = begun(platform, ticks=6)
    platform.later(10)
    rollout(platform, status="ROLLBACK_IN_PROGRESS", reason="the alarm 5xx rang")
    platform.later(10)
    rollout(platform, status="ROLLBACK_SUCCESSFUL")
    platform.end(release)
    return journal


def aws_goes_back_and_succeeds() -> Journal:
    """It looked as if ECS went back, and the update is complete all the same: it is verified."""
    platform = ready()
    release, journal = begun(platform, ticks=6)
    platform.later(10)
    rollout(platform, status="ROLLBACK_IN_PROGRESS")
    platform.later(10)
    rollout(platform, status="IN_PROGRESS")
    platform.end(release)
    return journal


def stuck_and_left_behind() -> Journal:
    """UPDATE_ROLLBACK_FAILED: a person names the resource that is left behind, and that is a debt."""
    platform = ready(app=service("1024"))
    stacks, _ = platform.aws("prod")
    stacks.fail(APP, "UPDATE", "no such role")
    stacks.fail(APP, "ROLLBACK", "it is gone", resource="Service")
    release, journal = begun(platform)
    platform.later(700, every=100)
    platform.decide(release, "undo")
    platform.decide(release, "undo", skip=("Service",))
    platform.end(release)
    return journal


def busy(platform: FakePlatform, seconds: float) -> None:
    """CloudFormation does not take the change set for so long."""
    stacks = platform.aws("prod")[0]
    free = platform.clock() + seconds
    execute = stacks.execute

    def later(stack_id: str, name: str, token: str) -> None:
        stack = next(s for s in stacks.all if s.id == stack_id)
        now, stack.status = stack.status, "UPDATE_IN_PROGRESS" if platform.clock() < free else stack.status
        try:
            execute(stack_id, name, token)
        finally:
            stack.status = now if stack.status == "UPDATE_IN_PROGRESS" and platform.clock() < free else stack.status

    stacks.execute = later  # type: ignore[method-assign]


def stack_is_busy() -> Journal:
    """The stack is busy for some seconds when the release could run: it waits."""
    platform = ready()
    busy(platform, 12)
    release, journal = asked(platform)
    platform.end(release)
    return journal


def stack_is_busy_for_long() -> Journal:
    """After a quarter of an hour the agreement is old: superseded."""
    platform = ready()
    busy(platform, 3600)
    _, journal = asked(platform)
    platform.later(1000, every=50)
    return journal


def change_set_gone_before_execution() -> Journal:
    """Somebody deleted the change set in the moment in which it could run."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    execute = stacks.execute

    def gone(stack_id: str, name: str, token: str) -> None:
        stacks.delete(APP, name)
        execute(stack_id, name, token)

    stacks.execute = gone  # type: ignore[method-assign]
    _, journal = asked(platform)
    platform.later(30)
    return journal


def status_of_before() -> Journal:
    """DescribeStacks shows the stack as it was for a moment after the execution: that ends nothing."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    describe, events = stacks.describe, stacks.events
    before, since = describe(APP), platform.clock()

    def lagging(name: str) -> StackNow | None:
        return before if platform.clock() < since + 12 else describe(name)

    def silent(stack_id: str, token: str) -> list[StackEvent]:
        return [] if platform.clock() < since + 12 else events(stack_id, token)

    stacks.describe, stacks.events = lagging, silent  # type: ignore[method-assign]
    release, journal = begun(platform, ticks=4)
    platform.end(release)
    return journal


def no_event_at_all() -> Journal:
    """Nothing is heard of the operation for two minutes: then the status of before counts."""
    platform = ready()
    stacks = platform.aws("prod")[0]
    before = stacks.describe(APP)
    stacks.describe, stacks.events = (lambda _: before), (lambda *_: [])  # type: ignore[method-assign]
    _, journal = begun(platform)
    platform.later(150)
    return journal


def restored_by_itself() -> Journal:
    """An alarm during the bake brings the last good version back, and that is verified."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.later(10)
    alarm(platform, "OK")
    platform.end(release)
    return journal


def restored_and_ill_as_well() -> Journal:
    """The alarm rings for the restored version too: both releases fail, and nothing goes back and forth."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.end(release)
    return journal


def ill_and_left_to_people() -> Journal:
    """The environment leaves the way back to people."""
    platform = ready(bake_minutes=2, roll_back=False)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.end(release)
    return journal


def first_version(platform: FakePlatform, spoil: Callable[[], None]) -> Journal:
    """The first release of the app ends ill."""
    platform.publish(1)
    platform.end(platform.apply())
    journal = Journal(platform)
    release = platform.deploy()
    platform.until(release, "verifying")
    spoil()
    platform.end(release)
    return journal


def nothing_to_go_back_to() -> Journal:
    """The first release of a service is not healthy, and there was none before it."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=2)}, ticks=2)
    return first_version(platform, lambda: alarm(platform, "ALARM"))


def nothing_in_the_registry_to_go_back_to() -> Journal:
    """The image of the last good version is gone: the ill one stays, and people are told."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.images.images.clear()
    platform.end(release)
    return journal


def smoke_test_passed_at_last() -> Journal:
    """The address answers wrongly at first, then rightly: the bake goes on."""
    checks = (Smoke(path="/healthz", status=200, contains="ready"),)
    platform = ready(bake_minutes=1, smoke=checks)
    smoke(platform, (503, "wait"), (200, "not yet"), (200, "ready"))
    release, journal = begun(platform)
    platform.end(release)
    return journal


def smoke_test_failed() -> Journal:
    """The address never answers rightly: after the bake and five minutes the last good version is brought back."""
    platform = ready(bake_minutes=1, smoke=(Smoke(path="/healthz", status=204), Smoke(path="/other")))
    smoke(platform, (200, "ok"))
    release, journal = begun(platform)
    platform.later(420)
    smoke(platform, (204, "ok"))
    platform.end(release)
    return journal


def smoke_test_without_answer() -> Journal:
    """Nobody answers at the address."""
    platform = ready(bake_minutes=1, smoke=(Smoke(),))
    smoke(platform, (200, "ok"))
    platform.faults.fail("probe.get", error=lambda: Unavailable("no answer within 5 s"), times=1000)
    _, journal = begun(platform)
    platform.later(30)
    return journal


def targets_unhealthy() -> Journal:
    """Of the new tasks one is not healthy yet, one drains: the card counts them."""
    platform = ready(bake_minutes=1)
    _, journal = begun(platform)
    platform.later(12)
    services = platform.aws("prod")[1]
    group = next(group for group in groups(services) if services.health.get(group))
    states = ("healthy", "unhealthy", "draining")
    services.health[group] = [
        Target(id=f"10.0.0.{number}", group=group, state=state, reason="Target.Timeout")
        for number, state in enumerate(states)
    ]
    platform.later(400)
    return journal


def aws_refuses_what_runs() -> Journal:
    """A right is taken away while it runs: the release is watched on, and says so."""
    platform = ready()
    release, journal = begun(platform, ticks=6)
    platform.faults.fail("stacks.describe", error=lambda: Denied("no right to DescribeStacks; give it"), times=1)
    platform.end(release)
    return journal
