"""Services behind a load balancer whose tasks end, or are judged, before their requests do: `make proof` measures what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.ecs.parts import API, CREATE_SERVICE, GUIDE, SERVICE, containers, strategy, task_of
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, items, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

SPOT = f"Amazon ECS Developer Guide: Fargate Spot termination notices, {GUIDE}fargate-capacity-providers.html"
DEPLOYMENT = f"Amazon ECS API Reference: DeploymentConfiguration, {API}API_DeploymentConfiguration.html"
# Seconds: what ECS and Elastic Load Balancing take where nothing is written, and the most that ECS takes.
STOPS, DRAINS, MOST = 30.0, 300.0, 120.0


def _balanced(view: TemplateView) -> Iterator[Resource]:
    """Services that have a load balancer."""
    return (service for service in view.of(SERVICE) if items(service.get("LoadBalancers")))


def _drains(view: TemplateView, service: Resource) -> tuple[float, bool] | None:
    """The longest deregistration delay of a service's target groups, and whether it is written; None if it is unknown."""
    found: list[tuple[float, bool]] = []
    for balancer in items(service.get("LoadBalancers")):
        group = view.resource(fields(balancer).get("TargetGroupArn"))
        if group is None:
            return None
        written = [
            number(fields(row).get("Value"))
            for row in items(group.get("TargetGroupAttributes"))
            if fields(row).get("Key") == "deregistration_delay.timeout_seconds"
        ]
        if None in written:
            return None
        found.append((written[0] or 0.0, True) if written else (DRAINS, False))
    return max(found, default=None)


@rule(
    "W9562",
    severity="warning",
    why=(
        "A task may get SIGTERM while its target still has requests, as with Fargate Spot, and SIGKILL when its stop timeout is over. "
        "With a StopTimeout of 2 and a delay of 30, a request under way got 502 when its task was killed."
    ),
    source=SPOT,
    fix="Let StopTimeout be at least the deregistration delay of the target group, or 120 seconds.",
)
def short_stop(view: TemplateView) -> Iterator[Problem]:
    """A container behind a load balancer has as long to stop as its target has to drain."""
    for service in _balanced(view):
        task, drains = task_of(view, service), _drains(view, service)
        if task is None or drains is None:
            continue
        served = [fields(row).get("ContainerName") for row in items(service.get("LoadBalancers"))]
        for index, container in containers(task):
            written = container.get("StopTimeout")
            seconds = STOPS if written is None else number(written)
            # What AWS takes by itself on both sides is nobody's mistake in this template.
            if container.get("Name") not in served or seconds is None or not (drains[1] or written is not None):
                continue
            if seconds < min(drains[0], MOST):
                message = f"It is killed {seconds:g} s after SIGTERM, and its target drains for {drains[0]:g} s"
                yield task.problem("ContainerDefinitions", index, "StopTimeout", message=message)


@rule(
    "W9563",
    severity="warning",
    why=(
        "Without a grace period, ECS ends a new task as soon as its health checks fail: with checks every 5 seconds, a timeout of 2 and "
        "a threshold of 2, a task that was still starting was replaced after 12 seconds."
    ),
    source=CREATE_SERVICE,
    fix="Set HealthCheckGracePeriodSeconds to the time that a task takes to start.",
)
def no_grace(view: TemplateView) -> Iterator[Problem]:
    """A service behind a load balancer gives new tasks time to start."""
    for service in _balanced(view):
        if number(service.get("HealthCheckGracePeriodSeconds", default=0)) == 0:
            yield service.problem("HealthCheckGracePeriodSeconds", message="A new task has 0 s to become healthy")


@rule(
    "W9564",
    severity="warning",
    why=(
        "With a minimum of 0 %, ECS may stop every old task before a new one is healthy: during a rolling update of one task at 0 and "
        "100 % users got 503."
    ),
    source=DEPLOYMENT,
    fix="Use a MinimumHealthyPercent of 100 and a MaximumPercent of 200.",
)
def nothing_left(view: TemplateView) -> Iterator[Problem]:
    """A rolling service behind a load balancer keeps tasks while it is updated."""
    for service in _balanced(view):
        path = ("DeploymentConfiguration", "MinimumHealthyPercent")
        if strategy(service) == "ROLLING" and number(service.get(*path, default=100)) == 0:
            yield service.problem(*path, message="No task has to stay while the service is updated")
