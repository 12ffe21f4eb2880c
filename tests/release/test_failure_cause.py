"""Why a release failed: the root cause from everything that was seen, short, with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release import failure_cause
from generator.release.model.observed import (
    Deployment,
    LogLine,
    ServiceNow,
    StackEvent,
    StackNow,
    StoppedTask,
    Target,
)

ARN = "arn:aws:ecs:eu-west-1:333333333333:service-deployment/c/s/1"


def stack(status: str) -> StackNow:
    """A stack in this status."""
    return StackNow(id="arn:stack", name="slipway-prod-service-app", status=status)


def deployment(status: str, **more: Any) -> Deployment:
    """A service deployment."""
    return Deployment(arn=ARN, status=status, **more)


def service(**more: Any) -> ServiceNow:
    """A service that runs two tasks of revision 2."""
    made: dict[str, Any] = {
        "arn": "arn:s", "name": "app", "cluster": "c", "status": "ACTIVE", "task_definition": "td/app:2",
        "desired": 2, "running": 2, "pending": 0, "target_groups": ("tg",),
    }  # fmt: skip
    return ServiceNow(**made | more)


def target(state: str, reason: str = "") -> Target:
    """A target of the service's group."""
    return Target(id="10.0.0.1", group="tg", state=state, reason=reason)


def event(name: str, status: str, reason: str = "", kind: str = "AWS::ECS::Service") -> StackEvent:
    """An event of a stack."""
    return StackEvent(id=name + status, at=1.0, logical_id=name, type=kind, status=status, reason=reason)


DIED = StoppedTask(id="t1", at=1.0, reason="Essential container in task exited", containers=(("app", 137, "OutOfMemoryError: killed"),))  # fmt: skip


NO_PULL = StoppedTask(id="t2", at=1.0, reason="CannotPullContainerError: not found", code="TaskFailedToStart")


CANCELLED = event("Table", "CREATE_FAILED", "Resource creation cancelled", "AWS::DynamoDB::Table")


BROKEN = event("Service", "UPDATE_FAILED", "circuit breaker was triggered")


WHOLE = event("s", "UPDATE_FAILED", "The following resource(s) failed", "AWS::CloudFormation::Stack")


@pytest.mark.parametrize(
    ("traces", "stage", "sentence", "fix"),
    [
        ({}, "execution", "without a reason", "release again"),
        ({"events": (CANCELLED, BROKEN, WHOLE)}, "execution", "Service (AWS::ECS::Service): circuit", "release again"),
        ({"events": (BROKEN,), "tasks": (DIED,)}, "rollout", "app ended with exit code 137", "more memory"),
        ({"events": (BROKEN,), "tasks": (NO_PULL,)}, "rollout", "CannotPullContainerError", "publish it again"),
        ({"tasks": (DIED,), "logs": (LogLine(at=1, stream="s", text="AccessDenied on s3"),)}, "rollout", "137", "memory"),
        ({"targets": (target("unhealthy", "timed out"),), "events": (BROKEN,)}, "execution", "timed out", ""),
        ({"deployments": (deployment("STOPPED", alarms=("5xx",)),)}, "execution", "alarms stopped", "check the metric of the alarm"),
        ({"deployments": (deployment("ROLLBACK_SUCCESSFUL", reason="tasks failed"),)}, "rollout", "ECS: tasks", ""),
        ({"deployments": (deployment("SUCCESSFUL", reason="done"),), "events": (BROKEN,)}, "rollout", "circuit", ""),
        ({"events": (event("Q", "CREATE_FAILED", "q already exists", "AWS::SQS::Queue"),)}, "execution", "Q (", "rename"),
        ({"events": (event("Q", "CREATE_FAILED", "User is not authorized to perform: sqs:X", "AWS::SQS::Queue"),)},
         "execution", "authorized", "permissions stack"),
        ({"reasons": ("the alarm 5xx fires",), "events": (BROKEN,)}, "execution", "the alarm 5xx fires", "metric"),
        ({"events": (event("Q", "CREATE_FAILED"),)}, "execution", "Q (AWS::ECS::Service): CREATE_FAILED", ""),
    ],
)  # fmt: skip
def test_the_root_cause_comes_first(traces: dict[str, Any], stage: str, sentence: str, fix: str) -> None:
    """What tasks died of, before what ECS made of it, before what CloudFormation made of that; with what to do."""
    found = failure_cause.cause(failure_cause.Traces(**traces))
    assert found.stage == stage
    assert sentence in found.sentence
    assert fix in found.fix
    assert found.fix
    assert found.sentence not in found.evidence


def test_what_is_reported_stays_short_and_holds_the_last_lines() -> None:
    """A hundred log lines and twenty tasks become one sentence, a dozen lines of evidence, and no line twice."""
    lines = tuple(LogLine(at=float(i), stream="s", text=f"line {i}") for i in range(100))
    tasks = tuple(StoppedTask(id=f"t{i}", at=1.0, reason="same reason") for i in range(20))
    found = failure_cause.cause(failure_cause.Traces(tasks=tasks, logs=lines))
    assert len(found.evidence) <= 12
    assert found.evidence[-1] == "line 99"
    assert len(set(found.evidence)) == len(found.evidence)


def test_evidence_is_what_the_failed_task_printed() -> None:
    """Healthy tasks go on printing while one dies: only the dead one's lines are told, and all where none is its own."""
    dead = StoppedTask(id="0123abcd", at=9.0, reason="exited", code="EssentialContainerExited")
    chatter = [LogLine(at=float(i), stream="app/app/ffff0123", text=f"GET /{i} 200") for i in range(50)]
    died = LogLine(at=3.5, stream="app/app/0123abcd", text="no such table")
    both = tuple(sorted([*chatter, died], key=lambda line: line.at))
    assert failure_cause.cause(failure_cause.Traces(tasks=(dead,), logs=both)).evidence == ("no such table",)
    assert failure_cause.cause(failure_cause.Traces(tasks=(dead,), logs=tuple(chatter))).evidence[-1] == "GET /49 200"
    assert failure_cause.cause(failure_cause.Traces(reasons=("slow",), logs=both)).evidence[-1] == "GET /49 200"


def test_evidence_is_of_one_task() -> None:
    """Three tasks die of the same: what the last of them printed is shown once, not three times."""
    tasks = tuple(
        StoppedTask(id=f"t{n}", at=1.0, reason="Essential container in task exited", code="EssentialContainerExited")
        for n in range(3)
    )
    logs = tuple(
        LogLine(at=float(n), stream=f"app/app/t{n}", text=text) for n in range(3) for text in ("Traceback", "KeyError")
    )
    found = failure_cause.cause(failure_cause.Traces(tasks=tasks, logs=logs))
    assert found.evidence[-2:] == ("Traceback", "KeyError")
    assert found.evidence.count("KeyError") == 1
    assert len(found.log) == 6
