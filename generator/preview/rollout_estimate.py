"""How long a rollout takes, step by step, from its parameters.

Sources: Amazon ECS Developer Guide, "Rolling update deployments", "Blue/green deployments", "Canary deployments",
"Linear deployments". How long a task takes to start is assumed, as AWS gives no figure.
"""

import json
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.risk.cited_fact import number
from generator.release.model.preview import Expected, Phase, ResourceEffect

Json = Any
Properties = Mapping[str, Json]
START = 60.0  # assumed: image pull and start of one task, in seconds
_ONCE = " runs once"
DRAIN = 300.0  # deregistration delay of a target group (Elastic Load Balancing, target group attributes)


def expected_duration(
    context: ChangeContext, effects: Sequence[ResourceEffect], last: Sequence[float]
) -> Expected | None:
    """Duration of the slowest rollout of a change set, or what the last releases took.

    Args:
        context: the change set.
        effects: its rows; services whose tasks are replaced count.
        last: seconds of the last succeeded releases of this stack, newest first; their median wins over the sum of
            the phases, which are stretched to it.
    """
    found = [(name, phases(context, name)) for name in services(context, effects)]
    longest: tuple[str, tuple[Phase, ...]] = max(found, key=lambda row: total_seconds(row[1]), default=("", ()))
    name, steps = longest
    if last:
        usual = sorted(last)[len(last) // 2]
        said = f"the last {len(last)} releases" if len(last) > 1 else "the last release"
        return Expected(
            seconds=usual,
            source=f"{said} of {context.change_set.stack_name}{_first(steps)}",
            phases=_stretched(steps, usual),
        )
    if not steps:
        return None
    return Expected(
        seconds=total_seconds(steps),
        source=f"rollout parameters of {name}; {START:g} s for a task to start are assumed{_first(steps)}",
        phases=steps,
    )


def _first(steps: Sequence[Phase]) -> str:
    """What runs before new tasks start, for people."""
    commands = [step.name for step in steps if step.name.endswith(_ONCE)]
    return f"; {', '.join(commands)} before new tasks start" if commands else ""


def services(context: ChangeContext, effects: Sequence[ResourceEffect]) -> list[str]:
    """ECS services whose tasks are replaced, or that are new."""
    return sorted(
        row.logical_id
        for row in effects
        if row.type == "AWS::ECS::Service"
        and (row.effect in ("restart", "interruption") or row.action in ("Add", "Replace"))
        and context.new(row.logical_id) is not None
    )


def total_seconds(steps: Sequence[Phase]) -> float:
    """Seconds of all phases."""
    return sum(step.seconds for step in steps)


def tasks(context: ChangeContext, name: str, *, new: bool) -> int:
    """How many tasks a service runs: what autoscaling keeps at least, or its desired count, or one."""
    properties = (context.new(name) if new else context.old(name)) or {}
    for target in (
        context.has("AWS::ApplicationAutoScaling::ScalableTarget")
        if new
        else context.had("AWS::ApplicationAutoScaling::ScalableTarget")
    ):
        found = (context.new(target) if new else context.old(target)) or {}
        least = number(found.get("MinCapacity"))
        if least is not None and (
            f"${{{name}" in str(found.get("ResourceId")) or properties.get("DesiredCount") is None
        ):
            return int(least)
    desired = number(properties.get("DesiredCount", 1))
    return int(desired) if desired is not None else 1


def phases(context: ChangeContext, name: str) -> tuple[Phase, ...]:
    """The phases of one service's rollout."""
    properties = context.new(name) or {}
    configuration = properties.get("DeploymentConfiguration")
    settings: Properties = configuration if isinstance(configuration, Mapping) else {}
    count = tasks(context, name, new=True)
    had = tasks(context, name, new=False) if context.old(name) is not None else 0
    before = [
        Phase(name=name, seconds=START, old_tasks=had, new_tasks=0, new_traffic_percent=0.0)
        for name in _commands(context, settings)
    ]
    if had == 0:
        return (
            *before,
            Phase(
                name="first tasks start",
                seconds=START + _healthy(context, properties),
                old_tasks=0,
                new_tasks=count,
                new_traffic_percent=100.0,
            ),
        )
    start = START + _healthy(context, properties)
    strategy = str(settings.get("Strategy", "ROLLING"))
    drain = _drain(context, properties)
    if strategy == "ROLLING":
        return _rolling(count, settings, start, drain)
    bake = (number(settings.get("BakeTimeInMinutes", 0)) or 0) * 60
    steps = [
        *before,
        Phase(name="new tasks start", seconds=start, old_tasks=had, new_tasks=count, new_traffic_percent=0.0),
    ]
    if _pauses(settings):
        steps.append(
            Phase(
                name="waits for approval in chat", seconds=0.0, old_tasks=had, new_tasks=count, new_traffic_percent=0.0
            )
        )
    shifts = [(f"{share:g} % of traffic", seconds, share) for share, seconds in _shifts(strategy, settings)]
    for said, seconds, share in (*shifts, ("all traffic, baking", bake, 100.0)):
        if seconds:
            steps.append(Phase(name=said, seconds=seconds, old_tasks=had, new_tasks=count, new_traffic_percent=share))
    steps.append(Phase(name="draining", seconds=drain, old_tasks=0, new_tasks=count, new_traffic_percent=100.0))
    return tuple(steps)


def _commands(context: ChangeContext, settings: Properties) -> list[str]:
    """What runs before the first new task: the functions of hooks at that stage, by the command that they run."""
    found = []
    hooks = settings.get("LifecycleHooks")
    for hook in hooks if isinstance(hooks, list) else []:
        if not isinstance(hook, Mapping) or hook.get("TargetType", "AWS_LAMBDA") == "PAUSE":
            continue
        stages = hook.get("LifecycleStages")
        if "PRE_SCALE_UP" in (stages if isinstance(stages, list) else []):
            arn = str(hook.get("HookTargetArn", ""))
            name = arn.strip("${}").partition(".")[0]
            variables = ((context.new(name) or {}).get("Environment") or {}).get("Variables") or {}
            try:
                command = " ".join(map(str, json.loads(str(variables.get("COMMAND", "")))))
            except (ValueError, TypeError):
                command = f"the function {name or arn}"
            found.append(f"{command[:80]}{_ONCE}")
    return found


def _shifts(strategy: str, settings: Properties) -> list[tuple[float, float]]:
    """``(percent, seconds)`` of the steps before all traffic is on the new side."""
    if strategy == "CANARY":
        own = settings.get("CanaryConfiguration")
        canary: Properties = own if isinstance(own, Mapping) else {}
        return [
            (number(canary.get("CanaryPercent", 5)) or 5, (number(canary.get("CanaryBakeTimeInMinutes", 10)) or 0) * 60)
        ]
    if strategy == "LINEAR":
        own = settings.get("LinearConfiguration")
        linear: Properties = own if isinstance(own, Mapping) else {}
        step = max(number(linear.get("StepPercent", 10)) or 10, 3.0)
        wait = (number(linear.get("StepBakeTimeInMinutes", 6)) or 0) * 60
        return [(step * n, wait) for n in range(1, ceil(100 / step))]
    return []


def _rolling(count: int, settings: Properties, start: float, drain: float) -> tuple[Phase, ...]:
    most = number(settings.get("MaximumPercent", 200)) or 200
    least = number(settings.get("MinimumHealthyPercent", 100))
    room = int(count * most / 100) - count
    spare = count - ceil(count * (100.0 if least is None else least) / 100)
    batch = max(1, room + spare)
    found, moved = [], 0
    while moved < count:
        more = min(batch, count - moved)
        left = count - moved - max(0, more - room)  # without room beside them, old tasks go first
        found.append(
            Phase(
                name="new tasks start" if more == count else f"replaces {moved + more} of {count}",
                seconds=start,
                old_tasks=left,
                new_tasks=moved + more,
                new_traffic_percent=round(100 * moved / max(1, moved + left), 1),
            )
        )
        moved += more
    found.append(Phase(name="draining", seconds=drain, old_tasks=0, new_tasks=count, new_traffic_percent=100.0))
    return tuple(found)


def _target(context: ChangeContext, properties: Properties) -> Properties:
    balancers = properties.get("LoadBalancers")
    first = balancers[0] if isinstance(balancers, list) and balancers else {}
    arn = str(first.get("TargetGroupArn", "")) if isinstance(first, Mapping) else ""
    return context.new(arn.strip("${}")) or {}


def _healthy(context: ChangeContext, properties: Properties) -> float:
    """Seconds until a load balancer calls a new target healthy."""
    if not properties.get("LoadBalancers"):
        return 0.0
    group = _target(context, properties)
    return (number(group.get("HealthCheckIntervalSeconds", 30)) or 30) * (
        number(group.get("HealthyThresholdCount", 5)) or 5
    )


def _drain(context: ChangeContext, properties: Properties) -> float:
    if not properties.get("LoadBalancers"):
        return 30.0  # StopTimeout (AWS::ECS::TaskDefinition ContainerDefinition)
    attributes = _target(context, properties).get("TargetGroupAttributes")
    for row in attributes if isinstance(attributes, list) else []:
        if isinstance(row, Mapping) and row.get("Key") == "deregistration_delay.timeout_seconds":
            return number(row.get("Value")) or DRAIN
    return DRAIN


def _pauses(settings: Properties) -> bool:
    hooks = settings.get("LifecycleHooks")
    return any(
        isinstance(hook, Mapping) and hook.get("TargetType") == "PAUSE"
        for hook in (hooks if isinstance(hooks, list) else [])
    )


def _stretched(steps: tuple[Phase, ...], seconds: float) -> tuple[Phase, ...]:
    known = total_seconds(steps)
    if not known:
        return steps
    return tuple(
        Phase(
            name=step.name,
            seconds=step.seconds * seconds / known,
            old_tasks=step.old_tasks,
            new_tasks=step.new_tasks,
            new_traffic_percent=step.new_traffic_percent,
        )
        for step in steps
    )
