"""How time passes for ECS: the engine alone, with other services that only remember what they were told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from generator.sandbox.ecs import deployment_transitions
from generator.sandbox.ecs import engine as engines
from generator.sandbox.ecs.image_scripts import TABLE, parse
from generator.sandbox.ecs.lifecycle_stages import beats
from generator.sandbox.ecs.model import Cluster, Definition, Home, Revision, Service
from generator.sandbox.server.clock import Clock
from tests.sandbox.ecs.fake_services import Memory

HOME = Home("111122223333", "eu-west-1")
BASE = "arn:aws:ecs:eu-west-1:111122223333"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def engine(memory: Memory) -> Iterator[engines.Engine]:
    yield engines.Engine(memory, Clock(0))
    TABLE.load({})


def serve(engine: engines.Engine, image: str = "app:1", desired: int = 2, **given: Any) -> Service:
    """A service that begins its deployment."""
    with engine.held() as world:
        cluster = Cluster(arn=f"{BASE}:cluster/c", name="c", home=HOME)
        world.state.clusters[cluster.arn] = cluster
        service = world.state.services.get(f"{BASE}:service/c/app") or Service(
            arn=f"{BASE}:service/c/app",
            home=HOME,
            cluster=cluster.arn,
            name="app",
            created=0,
            given={},
            desired=desired,
        )
        service.given = given
        shape = {
            "containerDefinitions": [{"name": "app", "image": image}],
            "cpu": "256",
            "memory": "512",
            "status": "ACTIVE",
        }
        definition = Definition(arn=f"{BASE}:task-definition/{image}", home=HOME, family="app", revision=1, shape=shape)
        world.state.definitions[definition.arn] = definition
        revision = Revision(
            arn=f"{BASE}:service-revision/c/app/{image}", created=0, definition=definition.arn, given=given, images=[],
            target_group=given.get("group", ""),
        )  # fmt: skip
        world.state.services[service.arn] = service
        deployment_transitions.begin(world, service, revision)
        engine.touch(service)
    return service


def run(engine: engines.Engine, seconds: float = 20_000) -> float:
    """Let time jump until nothing is under way; how many of AWS's seconds that took."""
    start = engine.world.seconds
    while engine.busy() and engine.world.seconds - start < seconds:
        engine.jump(engine.turn())
    return engine.world.seconds - start


def test_a_deployment_takes_the_time_that_aws_takes(engine: engines.Engine, memory: Memory) -> None:
    """A user at speed 1 waits for provisioning, pull, start and health checks, and sees every state on the way."""
    service = serve(engine, group="tg")
    while service.rollouts[-1].active:
        engine.jump(engine.turn())
    assert 20 < engine.world.seconds < 60
    states = [row[2] for row in memory.calls if row[0] == "event" and row[1] == "ECS Task State Change"]
    assert list(dict.fromkeys(states)) == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    assert memory.calls.count(("register", "tg", 80)) == 2


def test_metrics_come_once_a_minute(engine: engines.Engine, memory: Memory) -> None:
    """A user finds one sample for each task and minute, and the health of the targets (CloudWatch metrics of ECS, ALB)."""
    serve(engine, group="tg")
    run(engine)
    cpu = [row[2] for row in memory.calls if row[:2] == ("metric", "CPUUtilization")]
    assert set(cpu) == {(60, 60)}
    assert len(cpu) == 15
    assert [row[2] for row in memory.calls if row[:2] == ("metric", "HealthyHostCount")][-1] == (2,)


def test_nothing_hurries_without_reason(engine: engines.Engine) -> None:
    """A user's idle service at instant speed lives by the wall clock, so the sandbox rests."""
    serve(engine)
    assert 900 <= run(engine) < 1100
    assert not engine.busy()


def test_a_crash_loop_does_not_run_away(engine: engines.Engine, memory: Memory) -> None:
    """A user's deployment that never succeeds is started ever more slowly, and hurries for three hours only."""
    TABLE.put("app:2", parse("exits"))
    service = serve(engine, "app:2")
    assert 3 * 3600 <= run(engine) < 3 * 3600 + 1000
    assert service.rollouts[-1].active
    assert engine.overdue(service.rollouts[-1].arn)
    starts = memory.calls.count(("event", "ECS Task State Change", "PROVISIONING"))
    assert 10 < starts < 80
    assert memory.calls.count(("event", "ECS Service Action", "SERVICE_TASK_START_IMPAIRED")) == 1


def test_a_leak_after_the_deployment_is_seen_and_replaced(engine: engines.Engine) -> None:
    """A user sees a leaking image be killed and replaced again and again for a while after its deployment."""
    TABLE.put("app:2", parse({"kind": "leaks", "after": 600}))
    service = serve(engine, "app:2", desired=1)
    run(engine)
    stopped = [t for t in engine.world.state.tasks.values() if t.status == "STOPPED"]
    assert service.rollouts[-1].status == "SUCCESSFUL"
    assert {t.exit_code for t in stopped} == {137}
    assert 3 <= len(stopped) <= 8


def test_a_waiting_pause_does_not_grow_old_by_jumps(engine: engines.Engine, memory: Memory) -> None:
    """A user's 30 minutes at a pause are 30 true minutes at instant speed, and an event says once that it waits."""
    hook = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_SCALE_UP"],
        "timeoutConfiguration": {"timeoutInMinutes": 30},
    }
    config = {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}
    serve(engine, "app:1", deploymentConfiguration=config)
    run(engine)
    service = serve(engine, "app:2", deploymentConfiguration=config)
    run(engine)
    (waiting,) = service.rollouts[-1].hooks
    assert memory.calls.count(("event", "ECS Hook State Change", "HOOK_AWAITING_ACTION")) == 1
    engine.jump(engine.world.seconds + 5000)
    engine.turn()
    assert waiting.status == "AWAITING_ACTION"
    assert waiting.expires_at - time.time() > 1700
    engine.world.seconds = waiting.expires
    engine.turn()
    assert waiting.status == "TIMED_OUT"
    run(engine)
    assert service.rollouts[-1].status == "ROLLBACK_SUCCESSFUL"


def test_time_at_a_pause_is_nobody_s_patience(engine: engines.Engine) -> None:
    """A user whose pause ends after a day by itself has the whole time for the rest of the deployment."""
    timeout = {"timeoutInMinutes": 1440, "action": "CONTINUE"}
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"], "timeoutConfiguration": timeout}
    config = {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}
    serve(engine, "app:1", deploymentConfiguration=config)
    run(engine)
    service = serve(engine, "app:2", deploymentConfiguration=config)
    run(engine)
    (waiting,) = service.rollouts[-1].hooks
    assert not engine.overdue(service.rollouts[-1].arn)
    engine.world.seconds = waiting.expires
    engine.turn()
    assert not engine.overdue(service.rollouts[-1].arn)
    run(engine)
    assert service.rollouts[-1].status == "SUCCESSFUL"


def test_stages_come_in_order(engine: engines.Engine, memory: Memory) -> None:
    """A user's blue/green deployment goes through the lifecycle stages in AWS's order (Developer Guide, blue/green)."""
    config = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}
    serve(engine, "app:1", deploymentConfiguration=config)
    run(engine)
    service = serve(engine, "app:2", deploymentConfiguration=config)
    stages = []
    while service.rollouts[-1].active:
        plan = beats(config, first=False)
        stages.append(plan[service.rollouts[-1].beat].stage)
        engine.jump(engine.turn())
    assert list(dict.fromkeys(stages)) == ["PRE_SCALE_UP", "SCALE_UP", "BAKE_TIME", "CLEAN_UP"]
    assert not [row for row in memory.calls if row[0] == "weigh"]


def test_everything_survives_a_restart(engine: engines.Engine) -> None:
    """A user stops the sandbox in the middle of a deployment and finds it going on after the start."""
    TABLE.put("app:9", parse("slow"))
    service = serve(engine)
    engine.turn()
    saved = json.loads(json.dumps(engine.dump()))
    TABLE.load({})
    other = engines.Engine(Memory(), Clock(0))
    other.load(saved)
    arn = service.arn
    assert other.wait(lambda: not other.world.state.services[arn].rollouts[-1].active, 120)
    assert other.world.state.services[arn].rollouts[-1].status == "SUCCESSFUL"
    assert TABLE.find("app:9") == parse("slow")
    other.reset()
    assert other.world.state.services == {}
    assert TABLE.find("app:9") is None


def test_tasks_that_were_lost_are_replaced(engine: engines.Engine) -> None:
    """The machine of all tasks is gone: each says so, draining nothing, and the service has new ones; no failure counts."""
    service = serve(engine, desired=2)
    run(engine)
    before = {task.arn: task for task in engine.world.tasks_of(service)}
    engine.post(engine.lose_tasks)
    engine.turn()
    run(engine)
    assert {(task.status, task.stop_code) for task in before.values()} == {("STOPPED", "TerminationNotice")}
    assert all("host of the task was lost" in task.stopped_reason for task in before.values())
    after = engine.world.tasks_of(service)
    assert [task.status for task in after] == ["RUNNING"] * len(before)
    assert not {task.arn for task in after} & before.keys()
    assert service.crashes == 0
    assert service.rollouts[-1].status == "SUCCESSFUL"


def test_a_failed_rollback_ends(engine: engines.Engine) -> None:
    """A user whose old image is gone too sees ROLLBACK_FAILED, and nothing more is started."""
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    serve(engine, "app:1", deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100, **breaker})
    run(engine)
    TABLE.put("app:*", parse("exits"))
    service = serve(
        engine, "app:2", deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100, **breaker}
    )
    run(engine)
    assert service.rollouts[-1].status == "ROLLBACK_FAILED"
    assert service.halted
    assert "it was rolled back" in service.events[0]["message"] or "tasks failed" in service.events[0]["message"]


def test_an_alarm_without_rollback_stops_the_deployment(engine: engines.Engine, memory: Memory) -> None:
    """A user who turned the alarms' rollback off sees the deployment STOPPED with its alarm (DeploymentAlarms)."""
    config = {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": False}}
    service = serve(engine, "app:1", deploymentConfiguration=config)
    engine.jump(engine.turn())
    memory.firing = ["a"]
    run(engine)
    assert (service.rollouts[-1].status, service.rollouts[-1].triggered) == ("STOPPED", ["a"])


def test_a_new_deployment_supersedes_the_one_under_way(engine: engines.Engine) -> None:
    """A user who releases again at once gets the newer image, and the first deployment is STOPPED (assumed)."""
    serve(engine, "app:1")
    service = serve(engine, "app:2")
    run(engine)
    assert [r.status for r in service.rollouts] == ["STOPPED", "SUCCESSFUL"]
    live = {t.definition[-5:] for t in engine.world.state.tasks.values() if t.status == "RUNNING"}
    assert live == {"app:2"}


def test_stopped_tasks_are_forgotten_after_an_hour(engine: engines.Engine) -> None:
    """A user sees stopped tasks for an hour (Developer Guide, Viewing Amazon ECS stopped tasks)."""
    serve(engine)
    run(engine)
    task = next(iter(engine.world.state.tasks.values()))
    task.status, task.times["stoppedAt"] = "STOPPED", time.time() - 3601
    engine.jump(engine.turn())
    engine.turn()
    assert task.arn not in engine.world.state.tasks


def test_not_every_stopped_task_of_a_crash_loop_is_kept(engine: engines.Engine) -> None:
    """A user of a sandbox that crashed thousands of tasks in an hour still gets quick answers."""
    serve(engine)
    run(engine)
    one = next(iter(engine.world.state.tasks.values()))
    for number in range(700):
        copy = msgspec.structs.replace(
            one, arn=f"{BASE}:task/c/{number}", status="STOPPED", times={"stoppedAt": time.time()}
        )
        engine.world.state.tasks[copy.arn] = copy
    engine.jump(engine.turn())
    engine.turn()
    assert sum(t.status == "STOPPED" for t in engine.world.state.tasks.values()) == 500
    assert f"{BASE}:task/c/699" in engine.world.state.tasks


def test_a_fault_of_one_service_does_not_end_the_others(engine: engines.Engine, caplog: Any) -> None:
    """A user whose services are fine does not notice that the sandbox stumbled over something else."""
    engine.post(lambda: 1 / 0)  # type: ignore[arg-type]
    engine.start()
    service = serve(engine)
    assert engine.wait(lambda: not service.rollouts[-1].active, 120)
    assert "ECS could not continue" in caplog.text
