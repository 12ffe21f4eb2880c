"""A deployment and the functions of its lifecycle hooks: it calls them, and continues, waits or goes back by their answers."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import deployment_transitions, rollout_actions
from generator.sandbox.ecs.model import Hook

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Rollout, Service
    from generator.sandbox.ecs.runtime import Runtime

# Seconds until an unfinished function is called again, unless it says otherwise.
_DELAY = 30.0
FAILED = "Service deployment rolled back because of lifecycle hook execution failure(s) detected."


def call(world: Runtime, service: Service, rollout: Rollout, action: rollout_actions.Call) -> None:
    """Call a hook's function; its answer arrives on the engine's thread."""
    hook = next((row for row in rollout.hooks if row.id == action.hook), None)
    if hook is None:
        hook = Hook(
            id=secrets.token_hex(8), stage=action.stage, beat=rollout.beat, expires=0, expires_at=0,
            timeout_action="ROLLBACK", target=action.target,
        )  # fmt: skip
        rollout.hooks.append(hook)
    hook.status = "CALLED"
    arn, name = rollout.arn, hook.id
    event: dict[str, Any] = {
        "executionId": hook.id,
        "lifecycleStage": action.stage,
        "resourceArn": rollout.arn,
        "executionDetails": {
            "serviceArn": service.arn,
            "targetServiceRevisionArn": rollout.target,
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
        },
        "hookDetails": action.details,
    }
    world.outside.call(
        service.home, action.target, event, lambda reply: world.post(lambda: _answered(world, arn, name, reply))
    )


def _answered(world: Runtime, arn: str, name: str, reply: Any) -> None:
    """Take an answer in, if the deployment still waits for it."""
    for service in world.state.services.values():
        for rollout in service.rollouts:
            if rollout.arn == arn and rollout.active and rollout.rollback_at is None:
                _take(world, service, rollout, next(hook for hook in rollout.hooks if hook.id == name), reply)
                world.touch(service)


def _take(world: Runtime, service: Service, rollout: Rollout, hook: Hook, reply: Any) -> None:
    said = reply if isinstance(reply, dict) else {}
    hook.details = said.get("hookDetails")
    match said.get("hookStatus"):
        case "SUCCEEDED":
            hook.status = "SUCCEEDED"
        case "IN_PROGRESS":
            hook.status, hook.expires = "IN_PROGRESS", world.seconds + float(said.get("callBackDelay") or _DELAY)
            hook.expires_at = time.time() + world.real(hook.expires - world.seconds)
        case _:
            hook.status = "FAILED"
            deployment_transitions.undo(world, service, rollout, rollout_actions.Rollback(FAILED))
