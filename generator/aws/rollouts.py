"""ECS's answers about services and their deployments as values. Pure."""

from collections.abc import Mapping
from typing import Any

from generator.release.model.observed import Deployment, Hook, ServiceNow

Row = Mapping[str, Any]


def service_now(row: Row) -> ServiceNow:
    """A row of DescribeServices."""
    groups: list[str] = []
    for balancer in row.get("loadBalancers") or ():
        alternate = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        groups += [arn for arn in (balancer.get("targetGroupArn"), alternate) if arn]
    alarms = (row.get("deploymentConfiguration") or {}).get("alarms") or {}
    return ServiceNow(
        arn=row["serviceArn"],
        name=row["serviceName"],
        cluster=row["clusterArn"].rpartition("/")[2],
        status=row["status"],
        task_definition=row.get("taskDefinition") or "",
        desired=row.get("desiredCount", 0),
        running=row.get("runningCount", 0),
        pending=row.get("pendingCount", 0),
        target_groups=tuple(dict.fromkeys(groups)),
        alarms=tuple(alarms.get("alarmNames") or ()) if alarms.get("enable") else (),
        events=tuple(str(event["message"]) for event in (row.get("events") or ())[:20]),
    )


def deployment(row: Row, revision: Row, source: Row) -> Deployment:
    """A row of DescribeServiceDeployments, with its target revision and its first source from DescribeServiceRevisions."""
    target = row.get("targetServiceRevision") or {}
    sources = row.get("sourceServiceRevisions") or ()
    weight = target.get("requestedProductionTrafficWeight")
    running = target.get("runningTaskCount", 0)
    old = sum(source.get("runningTaskCount", 0) for source in sources)
    return Deployment(
        arn=row["serviceDeploymentArn"],
        status=row["status"],
        reason=row.get("statusReason") or (row.get("rollback") or {}).get("reason") or "",
        revision=target.get("arn", ""),
        task_definition=revision.get("taskDefinition", ""),
        images=_images(revision),
        old_images=_images(source),
        stage=row.get("lifecycleStage") or "",
        strategy=(row.get("deploymentConfiguration") or {}).get("strategy") or "ROLLING",
        old_tasks=old,
        new_tasks=running,
        desired_tasks=target.get("requestedTaskCount", 0),
        pending=target.get("pendingTaskCount", 0),
        failed_tasks=(row.get("deploymentCircuitBreaker") or {}).get("failureCount", 0),
        # A rolling deployment shifts no traffic by itself: each task gets its share.
        traffic_percent=float(weight) if weight is not None else 100.0 * running / (running + old or 1),
        group=_group(revision),
        old_group=_group(source),
        hooks=tuple(
            Hook(
                id=hook["hookId"],
                stage=row.get("lifecycleStage") or "",
                expires=_seconds(hook.get("expiresAt")),
                timeout_action=hook.get("timeoutAction") or "",
            )
            for hook in row.get("lifecycleHookDetails") or ()
            if hook.get("status") == "AWAITING_ACTION"
        ),
        alarms=tuple((row.get("alarms") or {}).get("triggeredAlarmNames") or ()),
        started=_seconds(row.get("startedAt") or row.get("createdAt")),
        finished=_seconds(row.get("finishedAt") or row.get("stoppedAt")),
    )


def sources(row: Row) -> tuple[str, ...]:
    """ARNs of the source revisions in a row of DescribeServiceDeployments."""
    return tuple(str(source["arn"]) for source in row.get("sourceServiceRevisions") or () if source.get("arn"))


def _group(revision: Row) -> str:
    """The target group that a revision uses. ECS swaps them with each deployment."""
    resolved = (revision.get("resolvedConfiguration") or {}).get("loadBalancers") or ()
    return next((str(row["targetGroupArn"]) for row in resolved if row.get("targetGroupArn")), "")


def _images(revision: Row) -> tuple[str, ...]:
    return tuple(filter(None, map(_digest, revision.get("containerImages") or ())))


def _digest(image: Row) -> str:
    """The image digest that ECS resolved, or that the task definition names."""
    return str(image.get("imageDigest") or image.get("image", "").partition("@")[2])


def _seconds(at: Any) -> float:
    return float(at.timestamp()) if at is not None else 0.0
