"""Carries out what `rollout.step` decides for a service, and keeps its tasks when no deployment moves."""

from __future__ import annotations

import math
import secrets
import time
from typing import TYPE_CHECKING, assert_never

from generator.sandbox.ecs import (
    deployment_transitions,
    hook_calls,
    lifecycle_stages,
    rollout_actions,
    task_launch,
    task_lifecycle,
    task_progress,
)
from generator.sandbox.ecs import rollout as decide
from generator.sandbox.ecs.model import Hook, Rollout, Service
from generator.sandbox.ecs.rollout_actions import Action, RolloutView, TaskView

if TYPE_CHECKING:
    from generator.sandbox.ecs.runtime import Runtime


def view_of(world: Runtime, service: Service, rollout: Rollout) -> RolloutView:
    """The decision's view of a service."""
    seen: dict[bool, list[TaskView]] = {True: [], False: []}
    for task in world.tasks_of(service):
        row = TaskView(task.id, task_progress.is_healthy(task), task.status == "RUNNING", task.desired == "STOPPED")
        seen[task.revision == rollout.goal].append(row)
    firing = deployment_transitions.firing(world, service, rollout.config)
    return RolloutView(rollout, service.desired, tuple(seen[True]), tuple(seen[False]), firing, world.seconds)


def settle(world: Runtime, service: Service) -> float:
    """Do everything that a service can do now; the engine's time when to look again (infinity if only tasks move it)."""
    if service.status == "INACTIVE":
        return math.inf
    rollout = service.rollout
    if rollout is None or service.status == "DRAINING":
        return _steady(world, service)
    for _ in range(100):
        again = math.inf
        moved = False
        for action in decide.step(view_of(world, service, rollout)):
            if isinstance(action, rollout_actions.Wake):
                again = min(again, action.at)
            else:
                moved = True
                carry_out(world, service, rollout, action)
        if not rollout.active:
            return world.seconds
        if not moved:
            return again
    raise RuntimeError(f"{service.name}: the deployment does not reach a stable state")


def _steady(world: Runtime, service: Service) -> float:
    """No deployment moves: keep the desired count of the current revision."""
    tasks = world.tasks_of(service)
    if service.status == "DRAINING":
        for task in tasks:
            task_progress.end(world, task, _scheduled(service), failed=False)
        if not world.tasks_of(service):
            service.status = "INACTIVE"
        return math.inf
    rows = {
        t.id: TaskView(t.id, task_progress.is_healthy(t), t.status == "RUNNING", t.desired == "STOPPED") for t in tasks
    }
    goal = tuple(rows[t.id] for t in tasks if t.revision == service.current)
    others = tuple(rows[t.id] for t in tasks if t.revision != service.current)
    start, stop = decide.roll({}, service.desired, goal, others)
    _stop(world, service, stop)
    if start and not service.halted:
        if world.seconds < service.retry:
            return service.retry
        task_launch.launch(world, service, service.revisions[service.current], start)
    elif not stop and not service.steady and sum(r.healthy for r in goal) == service.desired and not service.halted:
        service.steady = True
        world.note(service, "has reached a steady state.")
        world.act(service, "INFO", "SERVICE_STEADY_STATE")
    return math.inf


def carry_out(world: Runtime, service: Service, rollout: Rollout, action: Action) -> None:  # noqa: C901 - a case each
    """Do one thing."""
    rollout.updated = time.time()
    match action:
        case rollout_actions.Start():
            task_launch.launch(world, service, service.revisions[rollout.goal], action.tasks)
        case rollout_actions.Restore():
            task_launch.launch(world, service, service.revisions[rollout.sources[0]], action.tasks)
        case rollout_actions.Stop():
            _stop(world, service, action.ids)
        case rollout_actions.Enter():
            _enter(world, service, rollout, action.beat)
        case rollout_actions.Shift():
            rollout.shifted, rollout.weight, rollout.since = True, action.weight, world.seconds
            deployment_transitions.weigh(world, service, rollout)
        case rollout_actions.Await():
            _await(world, service, rollout, action)
        case rollout_actions.Call():
            hook_calls.call(world, service, rollout, action)
        case rollout_actions.Expire():
            _expire(world, service, rollout, action)
        case rollout_actions.Rollback():
            deployment_transitions.undo(world, service, rollout, action)
        case rollout_actions.Finish():
            deployment_transitions.finish(world, service, rollout, action)
        case rollout_actions.Wake():
            pass
        case other:
            assert_never(other)


def _enter(world: Runtime, service: Service, rollout: Rollout, beat: int) -> None:
    rollout.beat, rollout.since, rollout.shifted = beat, world.seconds, False
    plan = lifecycle_stages.beats(rollout.config, first=not rollout.sources)
    if plan[beat].stage in {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}:
        deployment_transitions.weigh_test(world, service, service.revisions[rollout.target])


def _stop(world: Runtime, service: Service, ids: tuple[str, ...]) -> None:
    for task in world.tasks_of(service):
        if task.id in ids:
            task_progress.end(world, task, _scheduled(service), failed=False)


def _await(world: Runtime, service: Service, rollout: Rollout, action: rollout_actions.Await) -> None:
    wait = action.minutes * 60
    hook = Hook(
        id=secrets.token_hex(8), stage=action.stage, beat=rollout.beat, expires=world.seconds + wait,
        expires_at=time.time() + world.real(wait), timeout_action=action.action,
    )  # fmt: skip
    rollout.hooks.append(hook)
    world.note(service, f"(deployment {rollout.id}) is paused at lifecycle stage {action.stage}.")
    # Amazon ECS Developer Guide, "Pause hooks" and "hook state change events": what it is about is the service deployment.
    # The names in its detail are *assumed*.
    detail = {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "hookId": hook.id,
        "lifecycleStage": action.stage,
        "serviceArn": service.arn,
        "updatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    world.emit(service.home, "ECS Hook State Change", [rollout.arn], detail)


def _expire(world: Runtime, service: Service, rollout: Rollout, action: rollout_actions.Expire) -> None:
    for hook in rollout.hooks:
        if hook.id == action.hook:
            hook.status = "TIMED_OUT"
            # The time at the pause does not count against the deployment's patience.
            rollout.began = world.seconds
            if hook.timeout_action == "ROLLBACK":
                deployment_transitions.undo(world, service, rollout, rollout_actions.Rollback(decide.HOOK))


def _scheduled(service: Service) -> task_lifecycle.Ending:
    rollout = service.rollout
    name = rollout.id if rollout else service.rollouts[-1].id if service.rollouts else service.name
    return task_lifecycle.Ending("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {name})", 0)
