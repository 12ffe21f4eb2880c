"""Service deployments and revisions: list, describe, stop and continue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import deployment_responses, lookup
from generator.sandbox.ecs import rollout as decide
from generator.sandbox.ecs.engine_instance import ENGINE
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Rollout, Service
    from generator.sandbox.ecs.runtime import Runtime
    from generator.sandbox.server.wire import Request


@operation("ecs", "ListServiceDeployments")
def list_deployments(request: Request) -> dict[str, Any]:
    """A service's deployments, the newest first, twenty a page unless asked for more."""
    with ENGINE.held() as world:
        service = lookup.service(world, request)
        statuses = set(request.params.get("status") or [])
        span = request.params.get("createdAt") or {}
        after, before = _moment(span.get("after"), 0.0), _moment(span.get("before"), float("inf"))
        rows = [
            deployment_responses.brief(service, rollout)
            for rollout in reversed(service.rollouts)
            if (not statuses or rollout.status in statuses) and after <= rollout.created <= before
        ]
    return lookup.page(request, rows, "serviceDeployments", most=20)


def _moment(value: Any, otherwise: float) -> float:
    if value is None:
        return otherwise
    return float(value) if not isinstance(value, str) else dt.datetime.fromisoformat(value).timestamp()


@operation("ecs", "DescribeServiceDeployments")
def describe_deployments(request: Request) -> dict[str, Any]:
    """Show deployments by ARN."""
    with ENGINE.held() as world:
        arns = request.params.get("serviceDeploymentArns") or []
        if not 1 <= len(arns) <= 20:
            raise lookup.invalid("serviceDeploymentArns must have 1 to 20 ARNs.")
        rows = {arn: _find(world, arn) for arn in arns}
        return {
            "serviceDeployments": [deployment_responses.deployment_shape(*row, world) for row in rows.values() if row],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn, row in rows.items() if row is None],
        }


@operation("ecs", "DescribeServiceRevisions")
def describe_revisions(request: Request) -> dict[str, Any]:
    """Show revisions by ARN."""
    with ENGINE.held() as world:
        arns = request.params.get("serviceRevisionArns") or []
        if not 1 <= len(arns) <= 20:
            raise lookup.invalid("serviceRevisionArns must have 1 to 20 ARNs.")
        rows = {
            arn: deployment_responses.revision_shape(service, service.revisions[arn])
            for arn in arns
            for service in world.state.services.values()
            if arn in service.revisions
        }
        failures = [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in rows]
        return {"serviceRevisions": list(rows.values()), "failures": failures}


@operation("ecs", "StopServiceDeployment")
def stop_deployment(request: Request) -> dict[str, Any]:
    """Stop a deployment by rolling it back, whether or not it has the rollback option."""
    if request.text("stopType", "ROLLBACK") != "ROLLBACK":
        raise lookup.invalid("The stop type is not supported. The valid value is ROLLBACK.")
    with ENGINE.held() as world:
        service, rollout = _named(world, request)
        if not rollout.active or rollout.rollback_at is not None:
            raise AwsError("ConflictException", f"The service deployment is {rollout.status}, so it can't be stopped.")
        if not rollout.sources:
            raise AwsError("ConflictException", "There is no service revision to roll back to.")
        for hook in rollout.hooks:
            hook.status = "FAILED" if hook.status in {"AWAITING_ACTION", "CALLED", "IN_PROGRESS"} else hook.status
        rollout.status, rollout.reason = "ROLLBACK_REQUESTED", decide.STOPPED
        ENGINE.touch(service)
    return {"serviceDeploymentArn": rollout.arn}


@operation("ecs", "ContinueServiceDeployment")
def continue_deployment(request: Request) -> dict[str, Any]:
    """Decide what a PAUSE hook waits for."""
    action = request.text("action", "CONTINUE")
    if action not in {"CONTINUE", "ROLLBACK"}:
        raise lookup.invalid("The action must be CONTINUE or ROLLBACK.")
    with ENGINE.held() as world:
        service, rollout = _named(world, request)
        hook = next((h for h in rollout.hooks if h.id == request.text("hookId")), None)
        if hook is None:
            raise lookup.invalid("The specified hook was not found in the service deployment.")
        if hook.target or hook.status != "AWAITING_ACTION" or not rollout.active:
            raise lookup.invalid(f"The lifecycle hook is {hook.status} and does not await an action.")
        if action == "CONTINUE":
            hook.status = "SUCCEEDED"
        else:
            hook.status = "FAILED"
            rollout.status, rollout.reason = "ROLLBACK_REQUESTED", decide.HOOK
        # The time that people took does not count against the deployment's patience.
        rollout.began = world.seconds
        ENGINE.touch(service)
    return {"serviceDeploymentArn": rollout.arn}


def _find(world: Runtime, arn: str) -> tuple[Service, Rollout] | None:
    for service in world.state.services.values():
        for rollout in service.rollouts:
            if rollout.arn == arn:
                return service, rollout
    return None


def _named(world: Runtime, request: Request) -> tuple[Service, Rollout]:
    found = _find(world, request.text("serviceDeploymentArn"))
    if found is None:
        raise AwsError("ServiceDeploymentNotFoundException", "The service deployment ARN that you specified was not found.")  # fmt: skip
    return found
