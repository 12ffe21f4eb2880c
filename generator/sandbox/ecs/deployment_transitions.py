"""The turns of a deployment: it begins, traffic moves, it is undone, it is over. Each is written down and announced."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import lifecycle_stages, rollout_actions
from generator.sandbox.ecs import rollout as decide
from generator.sandbox.ecs.image_scripts import Fails, Leaks
from generator.sandbox.ecs.model import Revision, Rollout, Service
from generator.sandbox.ecs.runtime import digits

if TYPE_CHECKING:
    from generator.sandbox.ecs.runtime import Runtime

# CloudFormation's handler of an ECS service waits three hours (resource schema, "handlers"), bakes beside (assumed).
PATIENCE = 3 * 3600.0
# How long the engine keeps hurrying, at instant speed, for images whose script is not over when the deployment is.
SCRIPTED = 3600.0


def patience(rollout: Rollout) -> float:
    """How long a deployment may take, without pauses, until nobody waits for it any more; in AWS's seconds."""
    return PATIENCE + sum(
        beat.minutes * 60 for beat in lifecycle_stages.beats(rollout.config, first=not rollout.sources)
    )


def firing(world: Runtime, service: Service, config: dict[str, Any]) -> tuple[str, ...]:
    """Those of a deployment's alarms that are in ALARM now."""
    names = set((config.get("alarms") or {}).get("alarmNames") or [])
    rows = world.outside.alarms(service.home) if names else []
    return tuple(sorted(a.name for a in rows if a.name in names and a.state == "ALARM"))


def begin(world: Runtime, service: Service, revision: Revision) -> Rollout:
    """Begin a deployment of a revision; one that is under way is superseded."""
    previous = service.rollout
    if previous is not None:
        previous.status, previous.reason = "STOPPED", "Service deployment was superseded by a new service deployment."
        previous.finished = previous.stopped = previous.updated = time.time()
    # ECS rolls back to the last deployment that completed.
    done = next((r for r in reversed(service.rollouts) if r.status in {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"}), None)
    config = service.given.get("deploymentConfiguration") or {}
    breaker = config.get("deploymentCircuitBreaker") or {}
    rollout = Rollout(
        arn=f"{service.arn.replace(':service/', ':service-deployment/')}/{secrets.token_urlsafe(15)}",
        id=f"ecs-svc/{digits()}", created=time.time(), target=revision.arn, config=config,
        sources=[done.goal] if done else [], began=world.seconds, since=world.seconds,
        threshold=decide.threshold(config, service.desired),
        breaker="MONITORING" if breaker.get("enable") and lifecycle_stages.strategy(config) == "ROLLING" else "DISABLED",
        alarms_before=list(firing(world, service, config)),
    )  # fmt: skip
    service.rollouts.append(rollout)
    service.revisions[revision.arn] = revision
    service.current, service.halted, service.steady = revision.arn, False, False
    world.hurry()
    announce(world, service, rollout, "SERVICE_DEPLOYMENT_IN_PROGRESS", f"ECS deployment {rollout.id} in progress.")
    return rollout


def undo(world: Runtime, service: Service, rollout: Rollout, action: rollout_actions.Rollback) -> None:
    """Begin to go back to the source, or give up if there is none."""
    if not rollout.sources:
        finish(world, service, rollout, rollout_actions.Finish("STOPPED", action.reason))
        return
    rollout.status, rollout.rollback_reason, rollout.reason = "ROLLBACK_IN_PROGRESS", action.reason, action.reason
    rollout.rollback_at = rollout.updated = time.time()
    rollout.rollback_id = f"ecs-svc/{digits()}"
    rollout.triggered = list(action.alarms)
    rollout.retry = 0.0
    service.current = rollout.sources[0]
    weigh_test(world, service, service.revisions[rollout.sources[0]])
    world.note(service, f"(deployment {rollout.id}) deployment failed: {cause(rollout)}.")
    world.note(service, f"rolling back to deployment {rollout.rollback_id}.")
    announce(world, service, rollout, "SERVICE_DEPLOYMENT_FAILED", action.reason)
    back = f"ECS deployment circuit breaker: rolling back to deploymentId {rollout.rollback_id}."
    announce(world, service, rollout, "SERVICE_DEPLOYMENT_IN_PROGRESS", back)


def finish(world: Runtime, service: Service, rollout: Rollout, action: rollout_actions.Finish) -> None:
    """The deployment is over."""
    rollout.status, rollout.reason = action.status, action.reason or rollout.reason
    rollout.finished = rollout.updated = time.time()
    scripted = [t for t in world.tasks_of(service) if isinstance(t.behaviour, Fails | Leaks)]
    world.hurry(SCRIPTED if scripted else 900)
    match action.status:
        case "SUCCESSFUL" | "ROLLBACK_SUCCESSFUL":
            if rollout.breaker == "MONITORING":
                rollout.breaker = "MONITORING_COMPLETE"
            name = rollout.rollback_id or rollout.id
            world.note(service, f"(deployment {name}) deployment completed.")
            if action.status == "SUCCESSFUL":
                announce(world, service, rollout, "SERVICE_DEPLOYMENT_COMPLETED", f"ECS deployment {name} completed.")
        case _:
            rollout.stopped = rollout.finished
            service.halted = True
            rollout.triggered = list(action.alarms)
            world.note(service, f"(deployment {rollout.id}) deployment failed: {cause(rollout)}.")
            announce(world, service, rollout, "SERVICE_DEPLOYMENT_FAILED", rollout.reason)


def weigh(world: Runtime, service: Service, rollout: Rollout) -> None:
    """Write the weights into the listener rule, so that anyone who reads it sees where traffic goes."""
    target = service.revisions[rollout.target]
    source = service.revisions.get(rollout.sources[0]) if rollout.sources else None
    if not target.rule:
        return
    share = round(rollout.weight)
    weights = {target.target_group: share}
    other = source.target_group if source and source.target_group != target.target_group else alternate(target)
    if other:
        weights[other] = 100 - share
    world.outside.weigh(service.home, target.rule, weights)


def weigh_test(world: Runtime, service: Service, revision: Revision) -> None:
    """Send all test traffic to a revision, where the service names a rule for that (`testListenerRule`)."""
    rule = str(_advanced(revision).get("testListenerRule") or "")
    if rule and revision.target_group:
        other = alternate(revision)
        world.outside.weigh(service.home, rule, {revision.target_group: 100, **({other: 0} if other else {})})


def _advanced(revision: Revision) -> dict[str, Any]:
    balancer = (revision.given.get("loadBalancers") or [{}])[0]
    return balancer.get("advancedConfiguration") or {}


def alternate(revision: Revision) -> str:
    """The other target group of a revision's load balancer."""
    balancer = (revision.given.get("loadBalancers") or [{}])[0]
    both = [
        balancer.get("targetGroupArn", ""),
        _advanced(revision).get("alternateTargetGroupArn", ""),
    ]
    return next((arn for arn in both if arn and arn != revision.target_group), "")


def announce(world: Runtime, service: Service, rollout: Rollout, name: str, reason: str) -> None:
    """The event "ECS Deployment State Change" (Developer Guide, "Amazon ECS service deployment state change events")."""
    detail = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": rollout.id if name.endswith("FAILED") else rollout.rollback_id or rollout.id,
        "updatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "reason": reason,
    }
    world.emit(service.home, "ECS Deployment State Change", [service.arn], detail)


def cause(rollout: Rollout) -> str:
    """Why a deployment failed, in the words of the service's events."""
    if rollout.triggered:
        return "alarm detected"
    return "tasks failed to start" if rollout.breaker == "TRIGGERED" else "it was rolled back"
