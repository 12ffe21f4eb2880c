"""A version whose tasks crash is taken back also where ECS's circuit breaker does not act."""

from __future__ import annotations

import pytest

from generator.release import circuit_breaker
from generator.release.model.observed import Deployment, StoppedTask
from generator.release.model.release import Progress
from generator.release.model.settings import Releases
from tests.release.fake_platform import FakePlatform

NOW = 10_000.0


@pytest.mark.parametrize(("desired", "limit"), [(0, 3), (1, 3), (6, 3), (7, 4), (20, 10), (400, 200), (1000, 200)])
def test_the_threshold_is_that_of_ecs(desired: int, limit: int) -> None:
    """Half of the wanted tasks, at least 3 and at most 200: who knows ECS's circuit breaker knows ours."""
    assert circuit_breaker.limit(desired) == limit


@pytest.mark.parametrize(
    ("code", "reason", "died"),
    [
        ("EssentialContainerExited", "Essential container in task exited", True),
        ("TaskFailedToStart", "CannotPullContainerError: not found", True),
        ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)", False),
        ("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group arn:1)", True),
        ("ServiceSchedulerInitiated", "Task failed container health checks", True),
        ("UserInitiated", "Task stopped by user", False),
        ("SpotInterruption", "Your Spot Task was interrupted.", False),
        ("TerminationNotice", "", False),
    ],
)
def test_tasks_that_count(code: str, reason: str, died: bool) -> None:
    """What crashed or failed its checks counts; what Spot, the scheduler or a person took away does not."""
    assert circuit_breaker.is_failed_task(StoppedTask(id="1", at=NOW, reason=reason, code=code)) is died


def task(at: float, definition: str = "app:2") -> StoppedTask:
    """A task that crashed."""
    return StoppedTask(id="1", at=at, reason="", code="EssentialContainerExited", task_definition=definition)


def test_only_new_and_recent_tasks_count() -> None:
    """Neither the old version's tasks nor those of an earlier attempt or of hours ago are held against a version."""
    rollout = Deployment(arn="arn", status="IN_PROGRESS", task_definition="app:2", started=NOW - 5000, failed_tasks=1)
    recent = [task(NOW - 1), task(NOW - 100)]
    others = [task(NOW - 1, "app:1"), task(NOW - 6000), task(NOW - circuit_breaker.WINDOW - 1)]
    assert circuit_breaker.failures(rollout, [*recent, *others], NOW) == 2
    assert circuit_breaker.failures(rollout, [], NOW) == 1


@pytest.mark.parametrize(
    ("strategy", "status", "failed", "opens"),
    [
        ("BLUE_GREEN", "IN_PROGRESS", 3, True),
        ("CANARY", "PENDING", 5, True),
        ("LINEAR", "IN_PROGRESS", 2, False),
        ("ROLLING", "IN_PROGRESS", 9, False),
        ("", "IN_PROGRESS", 9, False),
        ("BLUE_GREEN", "ROLLBACK_IN_PROGRESS", 9, False),
        ("BLUE_GREEN", "SUCCESSFUL", 9, False),
    ],
)
def test_when_it_acts(strategy: str, status: str, failed: int, opens: bool) -> None:
    """It acts while a rollout that ECS's breaker does not guard is at work, and leaves a rolling one to ECS."""
    progress = Progress(strategy=strategy, deployment_status=status, failed_tasks=failed, desired_tasks=2)
    assert circuit_breaker.is_open(progress) is opens


def crashed(rollout: Deployment, at: float) -> StoppedTask:
    """A task of a rollout's new version that crashed."""
    return StoppedTask(
        id="1", at=at, reason="Essential container in task exited", code="EssentialContainerExited",
        containers=(("app", 1, ""),), task_definition=rollout.task_definition,
    )  # fmt: skip


def crashing(strategy: str, crashes: int, running: int = 0) -> tuple[FakePlatform, str]:
    """Prod at version 1, and version 2 on its way with so many crashed tasks; the operation takes a long time."""
    platform = FakePlatform(ticks=40, settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.until(release, "watching")
    _, services = platform.aws("prod")
    platform.later(60)
    (arn,) = [a for a, rows in services.deployments_of.items() if not rows[-1].is_over]
    rollout = services.deployments_of[arn][-1]
    services.amend(rollout.arn, strategy=strategy, new_tasks=running)
    services.tasks[arn] = [crashed(rollout, platform.clock()) for _ in range(crashes)]
    return platform, release


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "CANARY", "LINEAR"])
def test_a_crashing_version_goes_back(strategy: str) -> None:
    """Three tasks crash under a canary: within a poll the rollout is stopped, and the release says what they died of."""
    platform, release = crashing(strategy, crashes=3)
    platform.later(20)
    assert platform.state(release) == "rolling back"
    platform.later(4000)
    ended = platform.release(release)
    assert platform.state(release) == "rolled back"
    assert ended.cause is not None
    assert ended.cause.sentence.startswith("the container app ended with exit code 1")
    assert "3 tasks of the new version failed, so the rollout was stopped" in ended.cause.evidence
    assert any(m.what.startswith("too many tasks failed: rolling back: the container app") for m in ended.moments)


@pytest.mark.parametrize(
    ("strategy", "crashes", "running"), [("ROLLING", 3, 0), ("CANARY", 2, 0), ("BLUE_GREEN", 3, 99)]
)
def test_what_does_not_stop_a_rollout(strategy: str, crashes: int, running: int) -> None:
    """A rolling deployment is ECS's to stop; two crashes are not enough; and none count once all tasks run."""
    platform, release = crashing(strategy, crashes=crashes, running=running)
    platform.later(20)
    assert platform.state(release) == "watching"
