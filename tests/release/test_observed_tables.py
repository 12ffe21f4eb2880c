"""What AWS shows and what follows: pre-flight, verification, the way back and the root cause, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from generator.release import preflight, rollback_path, verify
from generator.release.model.observed import (
    Alarm,
    Deployment,
    Hook,
    ImageNow,
    Quota,
    ServiceNow,
    StackNow,
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
    found = preflight.checks(preflight.Observations(stack=stack(status), last="prod-app-6"), Scans(), going_back=False)
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
        ({"quotas": (Quota(what="addresses", free=1, needed=2),)}, Scans(), ["room"], []),
        ({"quotas": (Quota(what="addresses", free=2, needed=2),)}, Scans(), [], []),
        ({"quotas": (Quota(what="vCPU", free=None, needed=2),)}, Scans(), [], []),
        ({"failed_before": "prod-app-2: it crashed"}, Scans(), [], ["history"]),
    ],
)
def test_preflight(seen: dict[str, Any], scans: Scans, failed: list[str], warned: list[str]) -> None:
    """What can't work is refused before people are asked, and what is only worth knowing is told."""
    found = preflight.checks(preflight.Observations(stack=stack("UPDATE_COMPLETE"), **seen), scans, going_back=False)
    assert names(found, "failed") == failed
    assert names(found, "warning") == warned
    assert all(check.text for check in found if check.result != "passed")


def test_the_way_back_is_not_barred_by_what_a_bad_release_causes() -> None:
    """A rollout that hangs and alarms that fire are told, and do not refuse; what can't start still does."""
    seen = preflight.Observations(
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
        ({"smoke": (verify.SmokeResult(url="u"),)}, verify.Healthy, ""),
        ({"smoke": (verify.SmokeResult(url="u", wrong="answers 500"),)}, verify.NotYet, "answers 500"),
        ({"service": service(running=0), "alarms": FIRING}, verify.Unhealthy, "5xx"),
    ],
)  # fmt: skip
def test_verdict(evidence: dict[str, Any], verdict: type, says: str) -> None:
    """Healthy, not yet, or a failure that waiting does not mend; the running revision decides, not that it is stable."""
    whole: dict[str, Any] = {
        "expected": "td/app:2", "service": service(), "deployment": DONE, "targets": (target("healthy"),),
    }  # fmt: skip
    found = verify.verdict([verify.Evidence(**whole | evidence)])
    assert isinstance(found, verdict), found
    assert says in " ".join(getattr(found, "reasons", ()))


def test_one_bad_service_of_several_decides() -> None:
    """A stack is as healthy as its worst service, and one without services is healthy once it is done."""
    good = verify.Evidence(expected="td/app:2", service=service(), deployment=DONE, targets=(target("healthy"),))
    gone = verify.Evidence(expected="td/app:2", service=None, deployment=None)
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
    found = rollback_path.rollback_path(None if status == "gone" else stack(status), DEPLOYMENTS[deployments])
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
