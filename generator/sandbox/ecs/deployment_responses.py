"""What the API shows of service deployments and service revisions, in AWS's shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs.lifecycle_stages import SHIFTING, beats, strategy
from generator.sandbox.ecs.responses import counts

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Revision, Rollout, Service
    from generator.sandbox.ecs.runtime import Runtime


def brief(service: Service, rollout: Rollout) -> dict[str, Any]:
    """A deployment as ListServiceDeployments answers it."""
    return {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster,
        "startedAt": rollout.created,
        "createdAt": rollout.created,
        "finishedAt": rollout.finished,
        "targetServiceRevisionArn": rollout.target,
        "status": rollout.status,
        "statusReason": rollout.reason or None,
    }


def deployment_shape(service: Service, rollout: Rollout, world: Runtime) -> dict[str, Any]:
    """A deployment as DescribeServiceDeployments answers it."""
    shifts = strategy(rollout.config) in SHIFTING
    config = rollout.config
    shape: dict[str, Any] = {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster,
        "createdAt": rollout.created,
        "startedAt": rollout.created,
        "finishedAt": rollout.finished,
        "stoppedAt": rollout.stopped,
        "updatedAt": rollout.updated or rollout.created,
        "sourceServiceRevisions": [_summary(service, arn, rollout, world) for arn in rollout.sources],
        "targetServiceRevision": _summary(service, rollout.target, rollout, world),
        "status": rollout.status,
        "statusReason": rollout.reason or None,
        "deploymentConfiguration": config,
        "deploymentCircuitBreaker": {
            "status": rollout.breaker,
            "failureCount": rollout.failures,
            "threshold": rollout.threshold,
        },
        "alarms": _alarms(rollout),
    }
    if shifts and rollout.rollback_at is None:
        plan = beats(config, first=not rollout.sources)
        shape["lifecycleStage"] = plan[min(rollout.beat, len(plan) - 1)].stage
    if rollout.hooks:
        shape["lifecycleHookDetails"] = [
            {
                "hookId": hook.id,
                "targetType": "AWS_LAMBDA" if hook.target else "PAUSE",
                "targetArn": hook.target or None,
                "status": "IN_PROGRESS" if hook.status == "CALLED" else hook.status,
                "expiresAt": hook.expires_at or None,
                "timeoutAction": hook.timeout_action,
            }
            for hook in rollout.hooks
        ]
    if rollout.rollback_at is not None:
        shape["rollback"] = {
            "reason": rollout.rollback_reason,
            "startedAt": rollout.rollback_at,
            "serviceRevisionArn": rollout.sources[0] if rollout.sources else None,
        }
    return shape


def _alarms(rollout: Rollout) -> dict[str, Any]:
    config = rollout.config.get("alarms") or {}
    if not config.get("enable"):
        return {"status": "DISABLED"}
    status = "TRIGGERED" if rollout.triggered else "MONITORING" if rollout.active else "MONITORING_COMPLETE"
    return {"status": status, "alarmNames": config.get("alarmNames", []), "triggeredAlarmNames": rollout.triggered}


def _summary(service: Service, arn: str, rollout: Rollout, world: Runtime) -> dict[str, Any]:
    tasks = [t for t in world.tasks_of(service) if t.revision == arn]
    running, pending = counts(tasks)
    shown: dict[str, Any] = {
        "arn": arn,
        "requestedTaskCount": service.desired if arn == rollout.goal or running or pending else 0,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }
    if strategy(rollout.config) in SHIFTING:
        weight = rollout.weight if arn == rollout.target else 100 - rollout.weight
        shown |= {"requestedProductionTrafficWeight": float(weight), "requestedTestTrafficWeight": 0.0}
    return shown


def revision_shape(service: Service, revision: Revision) -> dict[str, Any]:
    """A revision as DescribeServiceRevisions answers it."""
    names = (
        "capacityProviderStrategy", "launchType", "platformVersion", "loadBalancers", "serviceRegistries",
        "networkConfiguration", "serviceConnectConfiguration", "volumeConfigurations",
    )  # fmt: skip
    shape: dict[str, Any] = {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster,
        "taskDefinition": revision.definition,
        "platformFamily": "Linux",
        "guardDutyEnabled": False,
        "containerImages": revision.images,
        "createdAt": revision.created,
    }
    shape |= {name: revision.given[name] for name in names if revision.given.get(name)}
    if revision.target_group:
        resolved = {"targetGroupArn": revision.target_group, "productionListenerRule": revision.rule or None}
        shape["resolvedConfiguration"] = {"loadBalancers": [resolved]}
    return shape
