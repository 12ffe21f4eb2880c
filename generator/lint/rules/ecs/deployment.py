"""Deployment settings that ECS refuses, or that guard less than they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.ecs.budget import CONFIG, SETTINGS
from generator.lint.rules.ecs.parts import API, GUIDE, SERVICE, strategy
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, number, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

DEPLOYMENT = f"Amazon ECS API Reference: DeploymentConfiguration, {API}API_DeploymentConfiguration.html"


@rule(
    "E9555",
    severity="error",
    why="ECS refuses canary settings unless the strategy is CANARY, and linear settings unless it is LINEAR; the default is ROLLING.",
    source=DEPLOYMENT,
    fix="Set Strategy to match, or remove the settings.",
)
def strategy_settings(view: TemplateView) -> Iterator[Problem]:
    """Canary and linear settings belong to their strategy."""
    for service in view.of(SERVICE):
        chosen = strategy(service)
        for key, needed in SETTINGS.items():
            if isinstance(chosen, str) and chosen != needed and service.get(CONFIG, key) is not None:
                yield service.problem(CONFIG, key, message=f"{key} is set, but the strategy is {chosen}")


@rule(
    "E9556",
    severity="error",
    why="Early success is a criterion of rolling deployments only; switched on it needs both settings, and cannot be reached below "
    "the healthy minimum.",
    source=f"Amazon ECS API Reference: DeploymentEarlySuccessCriteria, {API}API_DeploymentEarlySuccessCriteria.html",
    fix="Use it with ROLLING, with HealthyPercent (at least MinimumHealthyPercent) and SourceServiceRevisionCleanup.",
)
def early_success(view: TemplateView) -> Iterator[Problem]:
    """Early success criteria are complete, reachable and for rolling deployments."""
    for service in view.of(SERVICE):
        criteria, chosen = service.get(CONFIG, "EarlySuccessCriteria"), strategy(service)
        if not isinstance(criteria, dict) or not truth(criteria.get("Enable")):
            continue
        path = (CONFIG, "EarlySuccessCriteria")
        if isinstance(chosen, str) and chosen != "ROLLING":
            yield service.problem(*path, message=f"EarlySuccessCriteria do not go with {chosen}")
        for key in ("HealthyPercent", "SourceServiceRevisionCleanup"):
            if criteria.get(key) is None:
                yield service.problem(*path, message=f"EarlySuccessCriteria are on without {key}")
        percent = number(criteria.get("HealthyPercent"))
        low = number(service.get(CONFIG, "MinimumHealthyPercent", default=100))
        if percent is not None and low is not None and percent < low:
            message = f"HealthyPercent of {percent:g} is under the minimum of {low:g}"
            yield service.problem(*path, "HealthyPercent", message=message)


@rule(
    "W9557",
    severity="warning",
    why="AWS documents the circuit breaker for rolling deployments only, so elsewhere it may guard nothing.",
    source=f"Amazon ECS API Reference: DeploymentCircuitBreaker, {API}API_DeploymentCircuitBreaker.html",
    fix="Guard this strategy with deployment alarms or hooks, and leave the circuit breaker to ROLLING.",
)
def circuit_breaker(view: TemplateView) -> Iterator[Problem]:
    """The circuit breaker is for rolling deployments."""
    for service in view.of(SERVICE):
        chosen = strategy(service)
        on = truth(service.get(CONFIG, "DeploymentCircuitBreaker", "Enable"))
        if on and isinstance(chosen, str) and chosen != "ROLLING":
            message = f"The circuit breaker is on, but the strategy is {chosen}"
            yield service.problem(CONFIG, "DeploymentCircuitBreaker", message=message)


@rule(
    "E9558",
    severity="error",
    why=(
        "Under the CODE_DEPLOY and EXTERNAL controllers another system deploys, and ECS refuses its own deployment "
        "settings."
    ),
    source=DEPLOYMENT,
    fix="Remove the setting, or use the ECS controller.",
)
def foreign_controller(view: TemplateView) -> Iterator[Problem]:
    """Bake time, alarms, circuit breaker, strategy and hooks belong to the ECS controller."""
    keys = ("BakeTimeInMinutes", "Strategy", "LifecycleHooks", "CanaryConfiguration", "LinearConfiguration")
    for service in view.of(SERVICE):
        controller = service.get("DeploymentController", "Type")
        if controller not in ("CODE_DEPLOY", "EXTERNAL"):
            continue
        used = [key for key in keys if service.get(CONFIG, key) not in (None, [])]
        used += [key for key in ("Alarms", "DeploymentCircuitBreaker") if truth(service.get(CONFIG, key, "Enable"))]
        for key in used:
            yield service.problem(CONFIG, key, message=f"{key} does not go with the {controller} controller")


@rule(
    "E9559",
    severity="error",
    why="Canary and linear deployments shift traffic, so ECS refuses them for a service that receives none.",
    source=f"Amazon ECS Developer Guide: Required resources for canary deployments, {GUIDE}canary-deployment-implementation.html",
    fix="Add a load balancer or Service Connect, or use ROLLING.",
)
def traffic_to_shift(view: TemplateView) -> Iterator[Problem]:
    """A canary or linear service has a load balancer or Service Connect."""
    for service in view.of(SERVICE):
        if strategy(service) in SETTINGS.values():
            ways = ("LoadBalancers", "ServiceConnectConfiguration", "VpcLatticeConfigurations", "GatewayConnectors")
            if all(service.get(way) in (None, []) for way in ways):
                yield service.problem(CONFIG, "Strategy", message=f"{strategy(service)} has no traffic to shift")


@rule(
    "W9560",
    severity="warning",
    why="An enabled failure detection without rollback leaves the failed tasks in place and the service half deployed.",
    source=f"Amazon ECS Developer Guide: How the deployment circuit breaker detects failures, {GUIDE}deployment-circuit-breaker.html",
    fix="Set Rollback to true.",
)
def detection_without_rollback(view: TemplateView) -> Iterator[Problem]:
    """Deployment alarms and the circuit breaker roll back."""
    for service in view.of(SERVICE):
        for key in ("Alarms", "DeploymentCircuitBreaker"):
            settings = service.get(CONFIG, key)
            if (
                isinstance(settings, dict)
                and truth(settings.get("Enable"))
                and truth(settings.get("Rollback")) is False
            ):
                yield service.problem(
                    CONFIG, key, "Rollback", message=f"{key} stop a deployment but do not roll it back"
                )


@rule(
    "E9561",
    severity="error",
    why="ECS refuses deployment alarms that are switched on without naming one.",
    source=f"Amazon ECS API Reference: DeploymentAlarms, {API}API_DeploymentAlarms.html",
    fix="Name at least one alarm, or set Enable to false.",
)
def alarms_named(view: TemplateView) -> Iterator[Problem]:
    """Enabled deployment alarms name an alarm."""
    for service in view.of(SERVICE):
        alarms = fields(service.get(CONFIG, "Alarms"))
        if truth(alarms.get("Enable")) and alarms.get("AlarmNames") == []:
            yield service.problem(CONFIG, "Alarms", message="Deployment alarms are on, but none is named")
