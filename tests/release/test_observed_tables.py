"""What AWS shows and what follows: pre-flight, verification, the way back and the root cause, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release import failure_cause, preflight, rollback_path, verify
from generator.release.model.observed import (
    Alarm,
    Deployment,
    Hook,
    ImageNow,
    LogLine,
    Quota,
    ServiceNow,
    StackEvent,
    StackNow,
    StoppedTask,
    Target,
)
from generator.release.model.preview import Finding
from generator.release.model.settings import Scans

ARN = "arn:aws:ecs:eu-west-1:333333333333:service-deployment/c/s/1"
URI = "1.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:1"
CLEAN = ImageNow(digest="sha256:1", architectures=("arm64",), scan="COMPLETE", findings=())


def stack(status: str) -> StackNow:
    """A stack in this status."""
    return StackNow(id="arn:stack", name="slipway-prod-service-app", status=status)


def deployment(status: str, **more: Any) -> Deployment:
    """A service deployment."""
    return Deployment(arn=ARN, status=status, **more)


# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-console-view-stack-data-resources-status-codes
STATUSES = (
    "CREATE_COMPLETE", "CREATE_FAILED", "CREATE_IN_PROGRESS", "DELETE_COMPLETE", "DELETE_FAILED", "DELETE_IN_PROGRESS",
    "IMPORT_COMPLETE", "IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_IN_PROGRESS", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "ROLLBACK_IN_PROGRESS",
    "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED", "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS", "SOMETHING_NEW",
)  # fmt: skip
CHANGEABLE = {
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
}  # fmt: skip


def names(found: Any, result: str) -> list[str]:
    """Names of the checks with this result."""
    return [check.name for check in found if check.result == result]


@pytest.mark.parametrize("status", STATUSES)
def test_a_stack_that_can_not_change_asks_nobody(status: str) -> None:
    """Only what CloudFormation would take is proposed to people; the rest says what to do."""
    found = preflight.checks(preflight.Seen(stack=stack(status), last="prod-app-6"), Scans(), going_back=False)
    assert bool(preflight.refusing(found)) is (status not in CHANGEABLE)
    for check in preflight.refusing(found):
        assert status in check.text
        assert "; " in check.text
    if status == "UPDATE_ROLLBACK_FAILED":
        assert "slipway undo prod-app-6" in found[0].text


def bad(*severities: str) -> ImageNow:
    """An image with these findings."""
    findings = tuple(Finding(name=f"CVE-{i}", severity=s) for i, s in enumerate(severities))
    return ImageNow(digest="sha256:1", architectures=("arm64",), scan="COMPLETE", findings=findings)


FIRING = (Alarm(name="5xx", state="ALARM", reason="too many"), Alarm(name="cpu", state="OK"))


@pytest.mark.parametrize(
    ("seen", "scans", "failed", "warned"),
    [
        ({}, Scans(), [], []),
        ({"image_uri": URI, "image": CLEAN}, Scans(), [], []),
        ({"image_uri": URI}, Scans(), ["image"], []),
        ({"image_uri": URI, "image": CLEAN, "architecture": "ARM64"}, Scans(), [], []),
        ({"image_uri": URI, "image": CLEAN, "architecture": "X86_64"}, Scans(), ["architecture"], []),
        ({"image_uri": URI, "image": ImageNow(digest="d", findings=()), "architecture": "X86_64"}, Scans(), [], []),
        ({"image_uri": URI, "image": ImageNow(digest="d")}, Scans(), [], ["scan"]),
        ({"image_uri": URI, "image": ImageNow(digest="d")}, Scans(missing="block"), ["scan"], []),
        ({"image_uri": URI, "image": bad("CRITICAL")}, Scans(), ["scan"], []),
        ({"image_uri": URI, "image": bad("CRITICAL")}, Scans(critical="tell"), [], ["scan"]),
        ({"image_uri": URI, "image": bad("HIGH")}, Scans(), [], ["scan"]),
        ({"image_uri": URI, "image": bad("HIGH", "CRITICAL")}, Scans(critical="tell", high="block"), ["scan"], []),
        ({"image_uri": URI, "image": bad("LOW", "MEDIUM")}, Scans(critical="block", high="block"), [], []),
        ({"missing_secrets": ("prod/db",)}, Scans(), ["secrets"], []),
        ({"deployments": (deployment("IN_PROGRESS"),)}, Scans(), ["deployment"], []),
        ({"deployments": (deployment("SUCCESSFUL"),)}, Scans(), [], []),
        ({"deployments": (deployment("ROLLBACK_IN_PROGRESS"),)}, Scans(), ["deployment"], []),
        ({"alarms": FIRING}, Scans(), ["alarms"], []),
        ({"alarms": FIRING[1:]}, Scans(), [], []),
        ({"room": (Quota(what="addresses", free=1, needed=2),)}, Scans(), ["room"], []),
        ({"room": (Quota(what="addresses", free=2, needed=2),)}, Scans(), [], []),
        ({"room": (Quota(what="vCPU", free=None, needed=2),)}, Scans(), [], []),
        ({"failed_before": "prod-app-2: it crashed"}, Scans(), [], ["history"]),
    ],
)
def test_preflight(seen: dict[str, Any], scans: Scans, failed: list[str], warned: list[str]) -> None:
    """What can't work is refused before people are asked, and what is only worth knowing is told."""
    found = preflight.checks(preflight.Seen(stack=stack("UPDATE_COMPLETE"), **seen), scans, going_back=False)
    assert names(found, "failed") == failed
    assert names(found, "warning") == warned
    assert all(check.text for check in found if check.result != "passed")


def test_the_way_back_is_not_barred_by_what_a_bad_release_causes() -> None:
    """A rollout that hangs and alarms that fire are told, and do not refuse; what can't start still does."""
    seen = preflight.Seen(
        stack=stack("UPDATE_COMPLETE"), deployments=(deployment("IN_PROGRESS"),), alarms=FIRING, missing_secrets=("x",)
    )
    found = preflight.checks(seen, Scans(), going_back=True)
    assert names(found, "warning") == ["deployment", "alarms"]
    assert names(found, "failed") == ["secrets"]


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


DONE = deployment("SUCCESSFUL", task_definition="td/app:2")


@pytest.mark.parametrize(
    ("evidence", "verdict", "says"),
    [
        ({}, verify.Healthy, ""),
        ({"service": None}, verify.Unhealthy, "no longer exists"),
        ({"deployment": None}, verify.Healthy, ""),
        ({"deployment": deployment("ROLLBACK_SUCCESSFUL", reason="circuit breaker")}, verify.Unhealthy, "circuit"),
        ({"deployment": deployment("ROLLBACK_FAILED")}, verify.Unhealthy, "ROLLBACK_FAILED"),
        ({"deployment": deployment("STOPPED")}, verify.Unhealthy, "STOPPED"),
        ({"deployment": deployment("SUCCESSFUL", task_definition="td/app:1")}, verify.Unhealthy, "runs app:1"),
        ({"deployment": deployment("IN_PROGRESS", stage="BAKE_TIME")}, verify.NotYet, "BAKE_TIME"),
        ({"deployment": deployment("ROLLBACK_IN_PROGRESS")}, verify.NotYet, "ROLLBACK_IN_PROGRESS"),
        ({"deployment": deployment("A_NEW_WORD")}, verify.NotYet, "A_NEW_WORD"),
        ({"service": service(running=1)}, verify.NotYet, "1 of 2 tasks"),
        ({"service": service(desired=0, running=0), "targets": ()}, verify.Healthy, ""),
        ({"service": service(target_groups=()), "targets": ()}, verify.Healthy, ""),
        ({"targets": ()}, verify.NotYet, "no target"),
        ({"targets": (target("draining"),)}, verify.NotYet, "no target"),
        ({"targets": (target("healthy"), target("draining"))}, verify.Healthy, ""),
        ({"targets": (target("healthy"), target("unhealthy", "502"))}, verify.NotYet, "1 of 2 targets are unhealthy: 502"),
        ({"targets": (target("initial"),)}, verify.NotYet, "initial"),
        ({"alarms": FIRING}, verify.Unhealthy, "5xx"),
        ({"alarms": FIRING, "going_back": True}, verify.NotYet, "5xx"),
        ({"alarms": (Alarm(name="a", state="INSUFFICIENT_DATA"),)}, verify.Healthy, ""),
        ({"smoke": (verify.Smoked(url="u"),)}, verify.Healthy, ""),
        ({"smoke": (verify.Smoked(url="u", wrong="answers 500"),)}, verify.NotYet, "answers 500"),
        ({"service": service(running=0), "alarms": FIRING}, verify.Unhealthy, "5xx"),
    ],
)  # fmt: skip
def test_verdict(evidence: dict[str, Any], verdict: type, says: str) -> None:
    """Healthy, not yet, or a failure that waiting does not mend; the running revision decides, not that it is stable."""
    whole: dict[str, Any] = {
        "wanted": "td/app:2", "service": service(), "deployment": DONE, "targets": (target("healthy"),),
    }  # fmt: skip
    found = verify.verdict([verify.Evidence(**whole | evidence)])
    assert isinstance(found, verdict), found
    assert says in " ".join(getattr(found, "reasons", ()))


def test_one_bad_service_of_several_decides() -> None:
    """A stack is as healthy as its worst service, and one without services is healthy once it is done."""
    good = verify.Evidence(wanted="td/app:2", service=service(), deployment=DONE, targets=(target("healthy"),))
    gone = verify.Evidence(wanted="td/app:2", service=None, deployment=None)
    assert isinstance(verify.verdict([good, gone]), verify.Unhealthy)
    assert isinstance(verify.verdict([]), verify.Healthy)


IN_PROGRESS = deployment("IN_PROGRESS")
PAUSED = deployment("IN_PROGRESS", hooks=(Hook(id="h1", stage="POST_TEST_TRAFFIC_SHIFT"),))
DEPLOYMENTS: dict[str, tuple[Deployment, ...]] = {
    "none": (),
    "pending": (deployment("PENDING"),),
    "running": (IN_PROGRESS,),
    "paused": (PAUSED,),
    "stopping": (deployment("STOP_REQUESTED"),),
    "going back": (deployment("ROLLBACK_IN_PROGRESS"),),
    "asked to go back": (deployment("ROLLBACK_REQUESTED"),),
    "over": (deployment("SUCCESSFUL"),),
    "one of two": (deployment("SUCCESSFUL"), IN_PROGRESS),
}
UNDER_WAY: dict[str, type] = {
    "none": rollback_path.CancelUpdate,
    "pending": rollback_path.StopRollout,
    "running": rollback_path.StopRollout,
    "paused": rollback_path.CloseGate,
    "stopping": rollback_path.Wait,
    "going back": rollback_path.Wait,
    "asked to go back": rollback_path.Wait,
    "over": rollback_path.CancelUpdate,
    "one of two": rollback_path.StopRollout,
}
AT_REST: dict[str, type] = {
    "UPDATE_ROLLBACK_COMPLETE": rollback_path.RolledBack, "ROLLBACK_COMPLETE": rollback_path.RolledBack, "DELETE_COMPLETE": rollback_path.RolledBack,
    "IMPORT_ROLLBACK_COMPLETE": rollback_path.RolledBack, "REVIEW_IN_PROGRESS": rollback_path.RolledBack, "UPDATE_ROLLBACK_FAILED": rollback_path.Stuck,
    "CREATE_COMPLETE": rollback_path.TooLate, "UPDATE_COMPLETE": rollback_path.TooLate,
}  # fmt: skip


@pytest.mark.parametrize("deployments", DEPLOYMENTS)
@pytest.mark.parametrize("status", [*STATUSES, "gone"])
def test_the_way_back(status: str, deployments: str) -> None:
    """Every status of a stack beside every state of a rollout: what is not known counts as busy, and is waited for."""
    found = rollback_path.way(None if status == "gone" else stack(status), DEPLOYMENTS[deployments])
    if status == "gone":
        assert isinstance(found, rollback_path.RolledBack)
    elif status == "UPDATE_IN_PROGRESS":
        assert isinstance(found, UNDER_WAY[deployments])
    else:
        assert isinstance(found, AT_REST.get(status, rollback_path.Wait))
    if isinstance(found, rollback_path.CloseGate):
        assert (found.deployment, found.hook) == (ARN, "h1")
    if isinstance(found, rollback_path.StopRollout):
        assert found.deployment == ARN


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
         "execution", "authorized", "foundation"),
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


def test_what_is_told_stays_short_and_holds_the_last_lines() -> None:
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
