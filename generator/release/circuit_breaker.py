"""The engine's own circuit breaker, for rollouts that ECS's does not cover: too many failed tasks start a rollback.

ECS's own is sure to act under ``ROLLING`` alone; elsewhere a service whose tasks crash would wait for CloudFormation's
three hours.
"""

import math
from collections.abc import Iterable

from generator.release.model.observed import Deployment, StoppedTask
from generator.release.model.release import Progress

# How far back tasks are counted, in seconds: longer ago, they are another trouble's.
WINDOW = 900.0
_AT_WORK = {"PENDING", "IN_PROGRESS"}
# Stop codes of tasks that somebody took away (Amazon ECS API Reference: Task, stopCode).
_TAKEN_AWAY = {"ServiceSchedulerInitiated", "UserInitiated", "SpotInterruption", "TerminationNotice"}


def limit(desired: int) -> int:
    """The number of failed tasks at which a rollout is stopped.

    ECS's own threshold: half of the wanted tasks, 3 at least and 200 at most (Amazon ECS Developer Guide, How the
    Amazon ECS deployment circuit breaker detects failures).
    """
    return max(3, min(200, math.ceil(desired / 2)))


def is_failed_task(task: StoppedTask) -> bool:
    """Whether a task ended by its own fault. Tasks that a scheduler stopped don't count, except for failed checks."""
    return task.code not in _TAKEN_AWAY or "health checks" in task.reason


def failures(deployment: Deployment, tasks: Iterable[StoppedTask], now: float) -> int:
    """How many tasks of the deployment's new version failed lately, or ECS's own count if that is higher."""
    since = max(deployment.started, now - WINDOW)
    mine = (t for t in tasks if t.task_definition == deployment.task_definition and t.at >= since)
    return max(deployment.failed_tasks, sum(map(is_failed_task, mine)))


def is_counted(deployment: Deployment) -> bool:
    """Whether its failed tasks are to be counted.

    True if ECS's breaker does not cover it, and not all of its tasks run.

    ECS's breaker does not cover it, and not all of its tasks are running.
    """
    at_work = deployment.status in _AT_WORK and deployment.new_tasks < deployment.desired_tasks
    return deployment.strategy != "ROLLING" and at_work


def is_open(progress: Progress) -> bool:
    """Whether so many tasks failed that the rollout is to be rolled back."""
    unguarded = progress.strategy not in {"", "ROLLING"} and progress.deployment_status in _AT_WORK
    return unguarded and progress.failed_tasks >= limit(progress.desired_tasks)
