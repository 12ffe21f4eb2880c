"""Which version each side of a rollout runs, and whether it is being rolled back. Pure.

ECS's own "source" and "target" change their meaning when CloudFormation goes back: then the target of the newest
deployment is the version that ran before.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from generator.release.model.observed import Deployment
from generator.release.model.release import Progress, Release, Rollback
from generator.release.model.states import Closed, Proposed, RollingBack, Waiting
from generator.release.model.version import Running
from generator.release.restarts import is_restart

Which = Literal["before", "after"]


class Side(NamedTuple):
    """One version in a rollout: its running and desired tasks (0: it is leaving), and its share of traffic in percent."""

    version: Running | None
    tasks: int
    desired_tasks: int
    percent: float
    failed: int = 0
    label: str = ""  # which tasks they are, where both sides run one version


def target_of(release: Release, deployment: Deployment, stack_status: str) -> Which:
    """The version that the target of a service deployment runs: the one that the release brings, or the one before.

    The image says it. Where both versions have one image, it follows from what AWS does: CloudFormation goes back with
    a deployment of its own, whose target is what ran before; ECS goes back within the deployment that failed.
    """
    going_back = "ROLLBACK" in stack_status and not deployment.status.startswith(("ROLLBACK", "STOP"))
    return _by_image(release, deployment.images) or ("before" if going_back else "after")


def source_of(release: Release, deployment: Deployment, target: Which) -> Which:
    """The version that the sources of a service deployment run.

    During a rollback it may be the same as the target's.
    """
    return _by_image(release, deployment.old_images) or ("after" if target == "before" else "before")


def _by_image(release: Release, images: Sequence[str]) -> Which | None:
    after, before = digest(release.after), digest(release.before)
    if after == before:
        return None
    return "after" if after and after in images else "before" if before and before in images else None


def digest(version: Running | None) -> str:
    """The digest of a version's image. "" if it has none."""
    return version.parameters.get("ImageUri", "").partition("@")[2] if version is not None else ""


def aws_goes_back(progress: Progress) -> bool:
    """Whether AWS reports a rollback: of ECS within its deployment, or of CloudFormation for the whole update."""
    return progress.deployment_status.startswith("ROLLBACK") or progress.stack_status.startswith("UPDATE_ROLLBACK")


def goes_back(release: Release) -> bool:
    """Whether production is returning to an earlier version: the release is being rolled back, or is a rollback."""
    if isinstance(release.state, RollingBack):
        return True
    under_way = not isinstance(release.state, Closed | Waiting)
    if isinstance(release.purpose, Rollback):
        return under_way
    return under_way and not isinstance(release.state, Proposed) and aws_goes_back(release.progress)


def destination(release: Release) -> Running | None:
    """The version that runs if the release ends as it is going now. None for nothing."""
    back = goes_back(release) and (isinstance(release.state, RollingBack) or not isinstance(release.purpose, Rollback))
    return release.before if back else release.after


def sides(release: Release) -> tuple[Side, Side]:
    """The version before and the version that the release brings, always in this order, also during a rollback."""
    seen = release.progress
    tasks = {"before": 0, "after": 0}
    percent = {"before": 0.0, "after": 0.0}
    tasks[seen.old_runs] += seen.old_tasks
    tasks[seen.new_runs] += seen.new_tasks
    percent[seen.new_runs] += seen.traffic_percent
    percent[seen.old_runs] += 100.0 - seen.traffic_percent
    # ECS wants tasks of its target; while it takes the target back, of nothing else that it tells.
    taken_back = seen.deployment_status.startswith(("ROLLBACK", "STOP"))
    desired = {"before": 0, "after": 0}
    desired[seen.new_runs] = 0 if taken_back else seen.desired_tasks
    failed = {"before": 0, "after": 0}
    failed[seen.new_runs] = seen.failed_tasks
    versions = {"before": release.before, "after": release.after}
    labels = {"before": "old tasks", "after": "new tasks"} if is_restart(release) else {}
    first, second = (
        Side(versions[which], tasks[which], desired[which], percent[which], failed[which], labels.get(which, ""))
        for which in ("before", "after")
    )
    return first, second
