"""Deployments that outlive the time CloudFormation gives them, and the hooks that they wait for."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from generator.lint.rules.ecs.parts import CFN, SERVICE, strategy
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

CONFIG = "DeploymentConfiguration"
HOOK = f"AWS::ECS::Service DeploymentLifecycleHook, {CFN}aws-properties-ecs-service-deploymentlifecyclehook.html"
CANARY = f"AWS::ECS::Service CanaryConfiguration, {CFN}aws-properties-ecs-service-canaryconfiguration.html"
BAKE = f"AWS::ECS::Service DeploymentConfiguration, {CFN}aws-properties-ecs-service-deploymentconfiguration.html"
# Minutes. CloudFormation gives up on an ECS service after 36 h, and refuses canary and linear plans over 33 h (2026-10).
STACK_LIMIT, SHIFT_LIMIT = 36 * 60, 33 * 60
PAUSE_DEFAULT, BAKE_DEFAULT, CANARY_DEFAULT, STEP_DEFAULT, PERCENT_DEFAULT = 1440, 15, 10, 6, 10
SETTINGS = {"CanaryConfiguration": "CANARY", "LinearConfiguration": "LINEAR"}
STEPPED = ("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
NO_PAUSE = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")


def hooks(service: Resource) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lifecycle hooks of a service with their position."""
    for index, hook in enumerate(items(service.get(CONFIG, "LifecycleHooks"))):
        if isinstance(hook, dict):
            yield index, hook


def steps(service: Resource) -> float | None:
    """How often a linear deployment waits, as CloudFormation counts: not after the last step. None if unknown."""
    percent = number(service.get(CONFIG, "LinearConfiguration", "StepPercent", default=PERCENT_DEFAULT))
    if percent is None or not 0 < percent <= 100:
        return None
    whole = 100 / percent
    return whole - 1 if whole == floor(whole) else floor(whole)


def shifting(service: Resource) -> float | None:
    """The minutes that bake times alone take: None if they, or the strategy, are unknown."""
    kind = strategy(service)
    bake = number(service.get(CONFIG, "BakeTimeInMinutes", default=0 if kind == "ROLLING" else BAKE_DEFAULT))
    if bake is None:
        return None
    match kind:
        case "CANARY":
            wait = number(service.get(CONFIG, "CanaryConfiguration", "CanaryBakeTimeInMinutes", default=CANARY_DEFAULT))
            return None if wait is None else bake + wait
        case "LINEAR":
            wait = number(service.get(CONFIG, "LinearConfiguration", "StepBakeTimeInMinutes", default=STEP_DEFAULT))
            count = steps(service)
            return None if wait is None or count is None else bake + wait * count
        case str():
            return bake
        case _:
            return None


@rule(
    "E9550",
    severity="error",
    why="CloudFormation adds up the bake times of a canary or linear deployment and refuses more than 33 hours.",
    source=CANARY,
    fix="Shorten the bake times, or take fewer steps.",
)
def shift_budget(view: TemplateView) -> Iterator[Problem]:
    """Bake times of a canary or linear deployment stay within 33 hours."""
    for service in view.of(SERVICE):
        minutes = shifting(service)
        if strategy(service) in SETTINGS.values() and minutes is not None and minutes > SHIFT_LIMIT:
            message = f"The bake times of this {strategy(service)} deployment add up to {_hours(minutes)}, over 33 h"
            yield service.problem(CONFIG, message=message)


@rule(
    "E9551",
    severity="error",
    why="CloudFormation gives an ECS deployment 36 hours, then rolls the stack back; a pause without a timeout lasts 24 hours.",
    source=BAKE,
    fix="Set TimeoutConfiguration.TimeoutInMinutes on the pauses so that everything fits into 36 hours with time to roll back.",
)
def stack_budget(view: TemplateView) -> Iterator[Problem]:
    """Pauses and bake times together stay within the 36 hours of CloudFormation."""
    for service in view.of(SERVICE):
        baking = shifting(service)
        waits = [minutes for _, hook in hooks(service) for minutes in _pauses(service, hook)]
        if baking is None or not waits or baking > STACK_LIMIT:
            continue
        if baking + sum(waits) > STACK_LIMIT:
            message = f"{len(waits)} pauses and bake times can take {_hours(baking + sum(waits))}, over 36 h"
            yield service.problem(CONFIG, "LifecycleHooks", message=message)


def _pauses(service: Resource, hook: dict[str, Any]) -> Iterator[float]:
    minutes = number(fields(hook.get("TimeoutConfiguration")).get("TimeoutInMinutes", PAUSE_DEFAULT))
    if hook.get("TargetType") != "PAUSE" or minutes is None or isinstance(hook.get("TimeoutConfiguration"), Unknown):
        return
    for stage in items(hook.get("LifecycleStages")):
        again = 1.0
        if stage in STEPPED and strategy(service) == "LINEAR":
            again = 1 + (steps(service) or 0)
        elif stage in STEPPED and strategy(service) == "CANARY":
            again = 2
        yield minutes * again


def _hours(minutes: float) -> str:
    return f"{minutes / 60:.4g} h"


@rule(
    "E9552",
    severity="error",
    why="While traffic shifts there is nothing to hold: ECS refuses a pause at TEST_ and PRODUCTION_TRAFFIC_SHIFT.",
    source=HOOK,
    fix="Use the PRE_ or POST_ stage beside it.",
)
def pause_stage(view: TemplateView) -> Iterator[Problem]:
    """A pause hook cannot stand at a stage in which traffic shifts."""
    for service in view.of(SERVICE):
        for index, hook in hooks(service):
            for place, stage in enumerate(items(hook.get("LifecycleStages"))):
                if hook.get("TargetType") == "PAUSE" and stage in NO_PAUSE:
                    path = (CONFIG, "LifecycleHooks", index, "LifecycleStages", place)
                    yield service.problem(*path, message=f"A PAUSE cannot stand at {stage}")


@rule(
    "E9554",
    severity="error",
    why="AWS_LAMBDA is the default type of a hook; without the function and a role to call it ECS refuses the service.",
    source=HOOK,
    fix="Add HookTargetArn and RoleArn, or make it a PAUSE.",
)
def lambda_hook(view: TemplateView) -> Iterator[Problem]:
    """A Lambda hook names its function and the role that may call it."""
    for service in view.of(SERVICE):
        for index, hook in hooks(service):
            missing = [key for key in ("HookTargetArn", "RoleArn") if hook.get(key) is None]
            if hook.get("TargetType", "AWS_LAMBDA") == "AWS_LAMBDA" and missing:
                message = f"The Lambda hook has no {' and no '.join(missing)}"
                yield service.problem(CONFIG, "LifecycleHooks", index, message=message)
