"""Stories from the execution to the end: rollouts, gates, failures, and each way back. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.errors import CannotUndo, Denied
from generator.release.model.observed import Alarm, Hook, LogLine, StoppedTask, Traffic
from generator.release.model.settings import Releases
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


def aws_refuses_what_runs() -> Journal:
    """A right is taken away while it runs: the release is watched on, and says so."""
    platform = ready()
    release, journal = begun(platform, ticks=6)
    platform.faults.fail("stacks.describe", error=lambda: Denied("no right to DescribeStacks; give it"), times=1)
    platform.end(release)
    return journal
