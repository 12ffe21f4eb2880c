"""Services that ECS refuses to create, or that can never deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.ecs.parts import (
    API,
    CREATE_SERVICE,
    FARGATE_PROVIDERS,
    GUIDE,
    SERVICE,
    providers,
    runs_on_fargate,
    strategy,
    task_of,
)
from generator.lint.rules.rule import rule
from generator.lint.rules.values import fields, items, known, mentions, number, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

STRATEGY_ITEM = f"Amazon ECS API Reference: CapacityProviderStrategyItem, {API}API_CapacityProviderStrategyItem.html"
DEPLOYMENT = f"Amazon ECS API Reference: DeploymentConfiguration, {API}API_DeploymentConfiguration.html"
# Where each type lists capacity providers: names, or items of a strategy.
LISTS = {
    SERVICE: ("CapacityProviderStrategy",),
    "AWS::ECS::Cluster": ("CapacityProviders", "DefaultCapacityProviderStrategy"),
    "AWS::ECS::ClusterCapacityProviderAssociations": ("CapacityProviders", "DefaultCapacityProviderStrategy"),
}


@rule(
    "E9530",
    severity="error",
    why="ECS refuses a service with both; cfn-lint accepts it.",
    source=CREATE_SERVICE,
    fix="Remove LaunchType, so that the strategy decides.",
)
def launch_or_strategy(view: TemplateView) -> Iterator[Problem]:
    """A service has a launch type or a capacity provider strategy, not both."""
    for service in view.of(SERVICE):
        if isinstance(service.get("LaunchType"), str) and items(service.get("CapacityProviderStrategy")):
            yield service.problem("LaunchType", message="LaunchType and CapacityProviderStrategy are both set")


@rule(
    "E9531",
    severity="error",
    why="Names that begin with fargate, ecs or aws are reserved, so this provider cannot exist.",
    source=f"Amazon ECS API Reference: CreateCapacityProvider, {API}API_CreateCapacityProvider.html",
    fix="Write FARGATE or FARGATE_SPOT, or the name of a capacity provider of your own.",
)
def provider_name(view: TemplateView) -> Iterator[Problem]:
    """A capacity provider whose name begins like a reserved one is FARGATE or FARGATE_SPOT."""
    for kind, keys in LISTS.items():
        for resource in view.of(kind):
            for key in keys:
                for index, item in enumerate(items(resource.get(key))):
                    name = item if isinstance(item, str) else fields(item).get("CapacityProvider")
                    reserved = isinstance(name, str) and name.lower().startswith(("fargate", "ecs", "aws"))
                    if reserved and name not in FARGATE_PROVIDERS:
                        yield resource.problem(key, index, message=f"There is no capacity provider {name}")


@rule(
    "E9532",
    severity="error",
    why="With every weight 0 nothing can be placed, and ECS accepts one base only.",
    source=STRATEGY_ITEM,
    fix="Give at least one provider a weight above 0, and at most one a base.",
)
def provider_weights(view: TemplateView) -> Iterator[Problem]:
    """A strategy of several providers needs a positive weight and at most one base."""
    for kind, keys in LISTS.items():
        for resource in view.of(kind):
            listed = items(resource.get(keys[-1]))
            if len(listed) < 2 or not all(isinstance(item, dict) for item in listed):
                continue
            weights = [item.get("Weight", 0) for item in listed]
            if all(number(weight) == 0 for weight in weights):
                yield resource.problem(keys[-1], message="Every capacity provider has weight 0")
            if sum((number(item.get("Base")) or 0) > 0 for item in listed) > 1:
                yield resource.problem(keys[-1], message="Several capacity providers have a base")


@rule(
    "E9533",
    severity="error",
    why="ECS refuses a minimum above the maximum, and with both at 100 it may neither stop an old task nor start a new one.",
    source=DEPLOYMENT,
    fix="Use 100 and 200, or lower MinimumHealthyPercent.",
)
def healthy_percent(view: TemplateView) -> Iterator[Problem]:
    """A rolling deployment must have room between its minimum and its maximum."""
    for service in view.of(SERVICE):
        if strategy(service) != "ROLLING" or service.get("SchedulingStrategy", default="REPLICA") != "REPLICA":
            continue
        low = number(service.get("DeploymentConfiguration", "MinimumHealthyPercent", default=100))
        high = number(service.get("DeploymentConfiguration", "MaximumPercent", default=200))
        if low is None or high is None:
            continue
        path = ("DeploymentConfiguration", "MaximumPercent")
        if low > high:
            yield service.problem(*path, message=f"The minimum of {low:g} % is above the maximum of {high:g} %")
        elif low == high:
            yield service.problem(*path, message=f"Minimum and maximum are both {low:g} %, so no task can be replaced")


@rule(
    "W9534",
    severity="warning",
    why="Each stack update sets the count again and takes back what autoscaling has changed.",
    source=f"Amazon ECS Developer Guide: Automatically scale your service, {GUIDE}service-auto-scaling.html",
    fix="Remove DesiredCount; autoscaling owns it.",
)
def desired_count(view: TemplateView) -> Iterator[Problem]:
    """An autoscaled service has no DesiredCount in its template."""
    scaled: set[str] = set()
    for target in view.of("AWS::ApplicationAutoScaling::ScalableTarget"):
        if target.get("ScalableDimension") == "ecs:service:DesiredCount":
            scaled |= mentions(fields(target.raw.get("Properties")).get("ResourceId"))
    for service in view.of(SERVICE):
        if service.id in scaled and service.get("DesiredCount") is not None:
            yield service.problem("DesiredCount", message=f"DesiredCount resets the scale of {service.id}")


@rule(
    "E9535",
    severity="error",
    why="A task definition that lists compatibilities without FARGATE is refused when a Fargate service starts it.",
    source=CREATE_SERVICE,
    fix="Add FARGATE to RequiresCompatibilities of the task definition.",
)
def fargate_compatible(view: TemplateView) -> Iterator[Problem]:
    """A Fargate service needs a task definition that is compatible with Fargate."""
    for service in view.of(SERVICE):
        task = task_of(view, service)
        # cfn-lint (E3054) reports the same for LaunchType when the network mode is not awsvpc.
        if task is None or not runs_on_fargate(service):
            continue
        listed = items(task.get("RequiresCompatibilities"))
        covered = service.get("LaunchType") == "FARGATE" and task.get("NetworkMode") != "awsvpc"
        if listed and known(listed) and "FARGATE" not in listed and not covered:
            message = f"{service.id} runs on Fargate, but {task.id} is only for {', '.join(map(str, listed))}"
            yield service.problem("TaskDefinition", message=message)


@rule(
    "E9536",
    severity="error",
    why="Only tasks on Fargate can have a public address of their own; ECS refuses it for EC2.",
    source=f"Amazon ECS API Reference: AwsVpcConfiguration, {API}API_AwsVpcConfiguration.html",
    fix="Use DISABLED, and reach the internet through a NAT gateway.",
)
def public_address(view: TemplateView) -> Iterator[Problem]:
    """Tasks on EC2 get no public IP address."""
    for service in view.of(SERVICE):
        path = ("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
        if service.get("LaunchType") == "EC2" and service.get(*path) == "ENABLED":
            yield service.problem(*path, message="AssignPublicIp is ENABLED with launch type EC2")


@rule(
    "E9537",
    severity="error",
    why="A daemon runs one task on each instance: it takes no DesiredCount, and Fargate has no instances.",
    source=CREATE_SERVICE,
    fix="Remove DesiredCount and Fargate, or use the REPLICA strategy.",
)
def daemon(view: TemplateView) -> Iterator[Problem]:
    """A DAEMON service has neither DesiredCount nor Fargate capacity."""
    for service in view.of(SERVICE):
        if service.get("SchedulingStrategy") != "DAEMON":
            continue
        if service.get("DesiredCount") is not None:
            yield service.problem("DesiredCount", message="A DAEMON service takes no DesiredCount")
        if any(isinstance(name, str) and name in FARGATE_PROVIDERS for name in providers(service)):
            yield service.problem("CapacityProviderStrategy", message="A DAEMON service cannot run on Fargate")


@rule(
    "E9538",
    severity="error",
    why="Rebalancing starts the new task before it stops the old one, so ECS refuses it without room to do so.",
    source=f"Amazon ECS Developer Guide: Balancing a service across Availability Zones, {GUIDE}service-rebalancing.html",
    fix="Set MaximumPercent above 100 and SchedulingStrategy REPLICA, or AvailabilityZoneRebalancing DISABLED.",
)
def rebalancing(view: TemplateView) -> Iterator[Problem]:
    """Zone rebalancing needs REPLICA scheduling and a maximum above 100 %."""
    for service in view.of(SERVICE):
        if service.get("AvailabilityZoneRebalancing") != "ENABLED":
            continue
        high = number(service.get("DeploymentConfiguration", "MaximumPercent"))
        if high is not None and high <= 100:
            message = f"AvailabilityZoneRebalancing is ENABLED with a MaximumPercent of {high:g}"
            yield service.problem("AvailabilityZoneRebalancing", message=message)
        if service.get("SchedulingStrategy") == "DAEMON":
            yield service.problem("AvailabilityZoneRebalancing", message="A DAEMON service cannot be rebalanced")


@rule(
    "E9539",
    severity="error",
    why="Fargate chooses where tasks run, and ECS refuses placement settings.",
    source=CREATE_SERVICE,
    fix="Remove the placement settings; Fargate spreads tasks over zones by itself.",
)
def fargate_placement(view: TemplateView) -> Iterator[Problem]:
    """A Fargate service has no placement strategies or constraints."""
    for service in view.of(SERVICE):
        for key in ("PlacementStrategies", "PlacementConstraints"):
            if runs_on_fargate(service) and items(service.get(key)):
                yield service.problem(key, message=f"{key} are not supported on Fargate")


@rule(
    "E9540",
    severity="error",
    why="ECS Exec uses the task role, and ECS refuses to enable it for tasks without one.",
    source=f"Amazon ECS Developer Guide: Monitor containers with ECS Exec, {GUIDE}ecs-exec.html",
    fix="Give the task definition a TaskRoleArn with the four ssmmessages actions.",
)
def execute_command(view: TemplateView) -> Iterator[Problem]:
    """A service with ECS Exec needs a task role."""
    for service in view.of(SERVICE):
        task = task_of(view, service)
        if task is not None and truth(service.get("EnableExecuteCommand")) and task.get("TaskRoleArn") is None:
            yield service.problem("EnableExecuteCommand", message=f"ECS Exec is on, but {task.id} has no TaskRoleArn")
