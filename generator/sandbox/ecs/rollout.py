"""What a service does next: `step(view) -> actions`, pure. `engine` shows it what there is and carries the actions out.

Rolling follows the Amazon ECS Developer Guide, "Amazon ECS rolling update deployments" (minimumHealthyPercent rounded
up, maximumPercent rounded down) and "deployment circuit breaker"; shifting strategies follow the beats of `beats`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs.lifecycle_stages import SHIFTING, Stage, beats, strategy
from generator.sandbox.ecs.rollout_actions import (
    Action,
    Await,
    Call,
    Enter,
    Expire,
    Finish,
    Restore,
    Rollback,
    RolloutView,
    Shift,
    Start,
    Stop,
    TaskView,
    Wake,
)

if TYPE_CHECKING:
    from generator.sandbox.ecs.model import Hook, Rollout

BREAKER = "Service deployment rolled back because the circuit breaker threshold was exceeded."
ALARM = "Service deployment rolled back because of a CloudWatch alarm."
STOPPED = "Service deployment rolled back because it was stopped by a user."
HOOK = "Service deployment rolled back because of a lifecycle hook."


def threshold(config: dict[str, Any], desired: int) -> int:
    """After how many failed tasks the circuit breaker acts.

    Source: the API's `ServiceDeploymentCircuitBreaker` (half of the desired count, 3 to 200) and
    `ThresholdConfiguration` (BOUNDED_PERCENT keeps those bounds, UNBOUNDED_PERCENT and COUNT do not).
    """
    chosen = (config.get("deploymentCircuitBreaker") or {}).get("thresholdConfiguration") or {}
    value = int(chosen.get("value", 50))
    match chosen.get("type", "BOUNDED_PERCENT"):
        case "COUNT":
            return max(1, value)
        case "UNBOUNDED_PERCENT":
            return max(1, math.ceil(desired * value / 100))
        case _:
            return min(200, max(3, math.ceil(desired * value / 100)))


def limits(config: dict[str, Any], desired: int) -> tuple[int, int]:
    """(Fewest healthy, most running) tasks."""
    low = math.ceil(desired * config.get("minimumHealthyPercent", 100) / 100)
    high = math.floor(desired * config.get("maximumPercent", 200) / 100)
    return low, high


def roll(
    config: dict[str, Any], desired: int, goal: tuple[TaskView, ...], others: tuple[TaskView, ...]
) -> tuple[int, tuple[str, ...]]:
    """How many tasks to start, and which to stop, between the two limits."""
    low, high = limits(config, desired)
    alive, old = [t for t in goal if not t.stopping], [t for t in others if not t.stopping]
    missing = max(0, desired - len(alive))
    # A task that is stopping no longer counts against the most (assumed).
    start = min(missing, max(0, high - len(alive) - len(old)))
    spare = sorted(alive, key=lambda t: (t.healthy, t.running))[: max(0, len(alive) - desired)]
    stop = [t.id for t in spare] + [t.id for t in old if not t.healthy]
    new = sum(t.healthy for t in alive) - sum(t.healthy for t in spare)
    staying = [t for t in old if t.healthy]
    # With room for all new tasks, old ones go as new ones get healthy; without, they make room first.
    needed = 0 if missing > start else max(0, desired - new)
    while len(staying) > needed and new + len(staying) > low:
        stop.append(staying.pop().id)
    return start, tuple(stop)


def step(view: RolloutView) -> tuple[Action, ...]:
    """What to do now; the last action may be when to ask again. Asked again after each change until nothing follows."""
    rollout = view.rollout
    if rollout.rollback_at is not None:
        return _back(view)
    if rollout.status in {"STOP_REQUESTED", "ROLLBACK_REQUESTED"}:
        return (Rollback(rollout.reason or STOPPED),)
    plan = beats(rollout.config, first=not rollout.sources)
    return _failure(view, plan) or _forward(view, plan)


def _forward(view: RolloutView, plan: tuple[Stage, ...]) -> tuple[Action, ...]:
    rollout = view.rollout
    beat = plan[rollout.beat]
    held = _hook(rollout, beat.hook, view.now)
    if held and not isinstance(held[0], Wake):
        return held
    care = _care(view, plan)
    if held:
        return (*care, *held)
    if beat.weight is not None and not rollout.shifted:
        return (Shift(beat.weight),)
    waiting = (*care, *_act(view, beat))
    if waiting:
        return waiting
    return (Enter(rollout.beat + 1),) if rollout.beat + 1 < len(plan) else (Finish("SUCCESSFUL"),)


def _act(view: RolloutView, beat: Stage) -> tuple[Action, ...]:
    """What a beat still asks for; nothing when it is over."""
    match beat.act:
        case "roll" | "scale":
            return _scale(view, both=beat.act == "roll")
        case "clean":
            return _clean(view)
        case _:
            end = view.rollout.since + beat.minutes * 60
            return (Wake(end),) if view.now < end else ()


def _care(view: RolloutView, plan: tuple[Stage, ...]) -> tuple[Action, ...]:
    """While both sides stand side by side, lost tasks of either are replaced."""
    rollout, place = view.rollout, [beat.act for beat in plan]
    if "roll" in place:
        return ()
    found: list[Action] = []
    kept = sum(not task.stopping for task in view.others)
    if rollout.sources and rollout.beat < place.index("clean") and kept < view.desired:
        found.append(Restore(view.desired - kept))
    if rollout.beat > place.index("scale"):
        config = {"minimumHealthyPercent": 100, "maximumPercent": 100}
        start, stop = roll(config, view.desired, view.goal, ())
        found += [Stop(stop)] if stop else []
        if start:
            found.append(Start(start) if view.now >= rollout.retry else Wake(rollout.retry))
    return tuple(found)


def _failure(view: RolloutView, plan: tuple[Stage, ...]) -> tuple[Action, ...]:
    """How the deployment ends because its tasks or its alarms say so; nothing if they don't.

    Alarms count until the bake time is over; what follows ends the old revision (Developer Guide, "blue/green service
    deployments workflow": monitoring phase, completion phase). That none counts in the latter is assumed.
    """
    config, rollout = view.rollout.config, view.rollout
    breaker, alarms = config.get("deploymentCircuitBreaker") or {}, config.get("alarms") or {}
    # The breaker watches rolling updates only (the API's `DeploymentConfiguration`).
    if breaker.get("enable") and strategy(config) == "ROLLING" and rollout.failures >= rollout.threshold:
        if breaker.get("rollback") and rollout.sources:
            return (Rollback(BREAKER),)
        return (Finish("STOPPED", "ECS deployment circuit breaker: tasks failed to start."),)
    # An alarm that fired before the deployment began does not count.
    fired = tuple(name for name in view.alarms if name not in rollout.alarms_before)
    if alarms.get("enable") and fired and plan[rollout.beat].act != "clean":
        if alarms.get("rollback") and rollout.sources:
            return (Rollback(ALARM, fired),)
        return (Finish("STOPPED", "ECS deployment failed: alarm detected.", fired),)
    return ()


def _hook(rollout: Rollout, stage: str, now: float) -> tuple[Action, ...]:
    """What a hook of this stage asks for; nothing when none holds the deployment up."""
    if not stage:
        return ()
    stage, _, only = stage.partition(":")
    for hook in rollout.config.get("lifecycleHooks") or []:
        if stage not in (hook.get("lifecycleStages") or []) or (only and hook.get("targetType") == "PAUSE"):
            continue
        target = str(hook.get("hookTargetArn") or "") if hook.get("targetType", "AWS_LAMBDA") != "PAUSE" else ""
        met: Hook | None = next(
            (h for h in rollout.hooks if h.stage == stage and h.beat == rollout.beat and h.target == target), None
        )
        if target:
            if asked := _function(met, stage, target, hook.get("hookDetails"), now):
                return asked
            continue
        if met is None:
            timeout = hook.get("timeoutConfiguration") or {}
            return (Await(stage, int(timeout.get("timeoutInMinutes", 1440)), timeout.get("action", "ROLLBACK")),)
        if met.status == "AWAITING_ACTION":
            return (Expire(met.id),) if now >= met.expires else (Wake(met.expires),)
    return ()


def _function(met: Hook | None, stage: str, target: str, details: Any, now: float) -> tuple[Action, ...]:
    """Whether a hook's function is to be called, or awaited; nothing once it has succeeded."""
    if met is None:
        return (Call(stage, target, details),)
    if met.status == "CALLED":
        return (Wake(math.inf),)
    if met.status == "IN_PROGRESS":
        return (Call(stage, target, met.details, met.id),) if now >= met.expires else (Wake(met.expires),)
    return ()


def _scale(view: RolloutView, *, both: bool) -> tuple[Action, ...]:
    """Bring the goal up to the desired count; `both` also takes the others down. Empty when that is done."""
    rollout = view.rollout
    config = rollout.config if both else {"minimumHealthyPercent": 100, "maximumPercent": 100}
    start, stop = roll(config, view.desired, view.goal, view.others if both else ())
    found: list[Action] = []
    if stop:
        found.append(Stop(stop))
    if start:
        found.append(Start(start) if view.now >= rollout.retry else Wake(rollout.retry))
    if found:
        return tuple(found)
    healthy = sum(t.healthy for t in view.goal if not t.stopping)
    if healthy >= view.desired and not (both and view.others) and not any(t.stopping for t in view.goal):
        return ()
    return (Wake(math.inf),)


def _clean(view: RolloutView) -> tuple[Action, ...]:
    leaving = tuple(t.id for t in view.others if not t.stopping)
    if leaving:
        return (Stop(leaving),)
    return (Wake(math.inf),) if view.others else ()


def _back(view: RolloutView) -> tuple[Action, ...]:
    """Undo: the source gets its traffic and tasks back, and the failed revision ends."""
    if strategy(view.rollout.config) in SHIFTING and view.rollout.weight:
        return (Shift(0),)
    if view.rollout.undo_failures >= view.rollout.threshold:
        return (Finish("ROLLBACK_FAILED", "The tasks of the previous service revision failed to start."),)
    waiting = _scale(view, both=True)
    return waiting or (Finish("ROLLBACK_SUCCESSFUL", view.rollout.rollback_reason),)
