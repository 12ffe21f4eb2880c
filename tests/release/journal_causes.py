"""Stories of failures and of rollbacks whose stack, tasks or cause can hardly be read. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.errors import Denied, TooLarge
from generator.release.model.observed import LogLine, StoppedTask
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_refusals import SPOILT
from tests.release.journal_rollouts import alarm, begun, crashing, rollout
from tests.release.journal_stories import APP, forge, held, ready, unlock
from tests.release.platform_templates import service


def stack_deleted_while_it_was_rolled_back() -> Journal:
    """Somebody deletes the stack by hand while an undo runs: the release fails, and nothing of it is left."""
    platform = ready()
    release, journal = begun(platform, ticks=8)
    platform.later(10)
    platform.decide(release, "undo", "ana", reason="wrong one")
    platform.aws("prod")[0].remove(APP)
    platform.later(30)
    assert platform.state(release) == "failed"
    return journal


def way_back_is_refused_by_preflight() -> Journal:
    """The last good version was built for another processor: the release that restores it names no fix of its own."""
    platform = ready(bake_minutes=2)
    alarm(platform, "OK")
    release, journal = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    found = msgspec.structs.replace(SPOILT, findings=())
    platform.images.images.update(dict.fromkeys(platform.images.images, found))
    platform.end(release)
    return journal


def too_many_tasks_failed_and_nothing_is_read() -> Journal:
    """A rollout is stopped for its failed tasks, and tasks and deployments may not be read: their number is the cause."""
    platform = ready()
    release, journal = begun(platform, ticks=40)
    platform.later(10)
    for call in ("stopped_tasks", "deployments", "targets", "logs"):
        platform.faults.fail(f"services.{call}", error=lambda: Denied("no right; give it"), times=50)
    rollout(platform, strategy="CANARY", failed_tasks=3)
    platform.end(release)
    return journal


def creating(ticks: int) -> FakePlatform:
    """Prod without app, whose creation will take so long; ECS's ARN of a service names its cluster."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=ticks, apps=("app",))
    platform.publish(1)
    platform.end(platform.apply())
    return platform


def crashed(platform: FakePlatform, arn: str) -> None:
    """A task of a service that is created ends with an error."""
    _, services = platform.aws("prod")
    at = platform.clock()
    services.tasks[arn] = [
        StoppedTask(
            id="0a1b2c3d", at=at, reason="Essential container in task exited", code="EssentialContainerExited",
            containers=(("app", 1, ""),),
        )
    ]  # fmt: skip
    services.lines["/slipway/prod/service-app"] = [LogLine(at=at, stream="app/app/0a1b2c3d", text="no such table")]


def first_tasks_crash() -> Journal:
    """Why the tasks of a first release end is on its card, with the command that reads on, before the stack is gone."""
    platform = creating(6)
    journal = Journal(platform)
    release = platform.deploy()
    platform.later(5)
    _, services = platform.aws("prod")
    (arn,) = services.services
    crashed(platform, arn)
    services.amend(services.deployments_of[arn][-1].arn, failed_tasks=1)
    platform.later(10)
    platform.aws("prod")[0].fail(APP, "CREATE", "Circuit Breaker was triggered", "Service")
    platform.end(release)
    return journal


def first_service_is_gone(platform: FakePlatform, arn: str) -> Journal:
    """The creation fails at once, its service with it; ECS still reports the task that ended."""
    stacks, services = platform.aws("prod")
    events = stacks.events
    stacks.events = lambda *what: [  # type: ignore[method-assign]
        msgspec.structs.replace(e, physical_id=arn) if e.type == "AWS::ECS::Service" else e for e in events(*what)
    ]
    services.begin = lambda *_: None  # type: ignore[method-assign,assignment,return-value]
    services.settle = lambda _: "tasks failed to start"  # type: ignore[method-assign]
    journal = Journal(platform)
    release = platform.deploy()
    crashed(platform, arn)
    platform.end(release)
    return journal


def first_service_is_deleted() -> Journal:
    """Its stopped tasks are read by its ARN: the exit code and the last lines are the cause."""
    return first_service_is_gone(creating(2), f"arn:aws:ecs:eu-west-1:333333333333:service/{APP}/app")


def first_service_without_its_cluster() -> Journal:
    """An ARN of the short form names no cluster, so that no task can be asked for: CloudFormation's reason is told."""
    return first_service_is_gone(creating(2), "arn:aws:ecs:eu-west-1:333333333333:service/app")


def service_of_an_update_is_gone() -> Journal:
    """Somebody deleted the service by hand: an update that fails asks ECS for no tasks of it."""
    platform = ready(app=service(memory="1024"))
    stacks, services = platform.aws("prod")
    stacks.fail(APP, "UPDATE", "no such service", "Service")
    release, journal = begun(platform)
    (arn,) = services.services
    crashed(platform, arn)
    services.services.clear()
    services.settle = lambda _: ""  # type: ignore[method-assign]
    platform.end(release)
    return journal


def meaning_too_large() -> Journal:
    """What the change means is past a bound: its release ends before anybody is asked, with what to do."""
    platform = ready(app=service(memory="1024"))

    def read(*_: Any, **__: Any) -> Any:
        raise TooLarge("comparing it takes more than 500,000 steps")

    platform.service.context.reader.read = read  # type: ignore[method-assign]
    journal = Journal(platform)
    platform.deploy()
    return journal


def exported(queue: str) -> dict[str, Any]:
    """A network with one exported output, a queue's address."""
    row = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}}
    output = {"Value": {"Ref": "Queue"}, "Export": {"Name": "prod-queue"}}
    return {"Resources": {"Queue": row}, "Outputs": {"Queue": output}}


def export_that_is_imported() -> Journal:
    """The change would replace what another stack imports: AWS would refuse it, so nobody is asked."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=2)
    platform.publish(1, net=exported("one"))
    platform.end(platform.apply())
    platform.aws("prod")[0].imports["prod-queue"] = ["other"]
    platform.publish(2, net=exported("two"))
    journal = Journal(platform)
    platform.apply()
    return journal


def row_without_its_approval() -> Journal:
    """The row lost ben's approval: the entry says that he agreed, so it runs."""
    platform = ready()
    release = held(platform)
    unlocked = Journal(platform)
    unlock(platform)
    forge(platform, release, approvals=())
    platform.end(release)
    return unlocked


def undone_while_it_is_verified() -> Journal:
    """CloudFormation has finished, and somebody undoes the release: another one brings the last good version."""
    platform = ready(bake_minutes=5)
    release, journal = begun(platform)
    platform.until(release, "verifying")
    platform.decide(release, "undo", "cleo", reason="customers complain")
    platform.end(release)
    return journal


def stuck_at_two_resources() -> Journal:
    """Two resources can't be rolled back: both are named, and a person leaves both behind."""
    platform = ready(app=service("1024"))
    stacks, _ = platform.aws("prod")
    stacks.fail(APP, "UPDATE", "no such role")
    stacks.fail(APP, "ROLLBACK", "it is gone", resource="Service")
    release, journal = begun(platform)
    events = stacks.events

    def both(*what: str) -> Any:
        found = events(*what)
        more = [msgspec.structs.replace(e, logical_id="TaskDefinition") for e in found if e.status == "UPDATE_FAILED"]
        return [*found, *more]

    stacks.events = both  # type: ignore[method-assign]
    platform.later(60)
    platform.decide(release, "undo")
    platform.decide(release, "undo", skip=("Service", "TaskDefinition"))
    platform.end(release)
    return journal


def with_log_group() -> dict[str, Any]:
    """App's template with its log group, whose name AWS chooses."""
    made = service()
    made["Resources"]["Lines"] = {"Type": "AWS::Logs::LogGroup", "Properties": {}}
    return made


def lines_of_a_group_without_a_name() -> Journal:
    """The log group is found among the stack's resources when a rollout is stopped for its failed tasks."""
    platform = FakePlatform(ticks=2, settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1, app=with_log_group())
    platform.created()
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, log_group="")
    platform.publish(2, app=with_log_group())
    release, journal = begun(platform, ticks=40)
    platform.later(10)
    _, services = platform.aws("prod")
    (rows,) = services.deployments_of.values()
    crashing(platform, rows[-1].task_definition)
    group = next(s for s in platform.aws("prod")[0].all if s.name == APP).physical["Lines"]
    services.lines[group] = services.lines.pop("/slipway/prod/service-app")
    rollout(platform, strategy="CANARY", failed_tasks=3)
    platform.end(release)
    return journal


def back_past_an_ill_version() -> Journal:
    """Version 2 stayed deployed although it was ill; version 3 is ill too, and version 1, the last good one, comes back."""
    platform = ready(bake_minutes=2, roll_back=False)
    alarm(platform, "OK")
    second, _ = begun(platform)
    platform.later(20)
    alarm(platform, "ALARM")
    platform.end(second)
    rules = platform.facts.environments["prod"]
    platform.facts.environments["prod"] = msgspec.structs.replace(rules, releases=Releases(bake_minutes=2))
    platform.publish(3)
    alarm(platform, "OK")
    third = platform.deploy()
    platform.decide(third, "approve")
    platform.later(20)
    journal = Journal(platform)
    alarm(platform, "ALARM")
    platform.later(10)
    alarm(platform, "OK")
    platform.end(third)
    return journal
