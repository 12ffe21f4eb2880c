"""What the ECS rules share: tasks, their containers, and how a service runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.lint.rules.values import items, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.template_view import Resource, TemplateView

TASK = "AWS::ECS::TaskDefinition"
SERVICE = "AWS::ECS::Service"
FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
PARAMETERS = f"Amazon ECS Developer Guide: Task definition parameters, {GUIDE}task_definition_parameters.html"
CONTAINER = f"Amazon ECS API Reference: ContainerDefinition, {API}API_ContainerDefinition.html"
CREATE_SERVICE = f"Amazon ECS API Reference: CreateService, {API}API_CreateService.html"


def fargate_tasks(view: TemplateView) -> Iterator[Resource]:
    """The task definitions that must be able to run on Fargate."""
    return (task for task in view.of(TASK) if "FARGATE" in items(task.get("RequiresCompatibilities")))


def containers(task: Resource) -> Iterator[tuple[int, dict[str, Any]]]:
    """The containers of a task with their position; those that are unknown as a whole are left out."""
    for index, container in enumerate(items(task.get("ContainerDefinitions"))):
        if isinstance(container, dict):
            yield index, container


def complete(task: Resource) -> bool:
    """Whether every container is written out with a known name, so that a missing one is really missing."""
    listed = task.get("ContainerDefinitions")
    return isinstance(listed, list) and all(
        isinstance(item, dict) and isinstance(item.get("Name"), str) for item in listed
    )


def task_of(view: TemplateView, service: Resource) -> Resource | None:
    """The task definition of a service, if it stands in the same template."""
    task = view.resource(service.get("TaskDefinition"))
    return task if task is not None and task.type == TASK else None


def providers(service: Resource) -> list[Any]:
    """The names of the capacity providers of a service's own strategy, as far as they are known."""
    listed = items(service.get("CapacityProviderStrategy"))
    return [item.get("CapacityProvider") for item in listed if isinstance(item, dict)]


def runs_on_fargate(service: Resource) -> bool:
    """Whether a service says that it runs on Fargate."""
    return service.get("LaunchType") == "FARGATE" or any(
        name in FARGATE_PROVIDERS for name in providers(service) if known(name)
    )


def strategy(service: Resource) -> Any:
    """The deployment strategy, ROLLING if none is given; an unknown or None if another controller deploys."""
    controller = service.get("DeploymentController", "Type", default="ECS")
    if controller != "ECS":
        return None
    return service.get("DeploymentConfiguration", "Strategy", default="ROLLING")


def port_mappings(task: Resource) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Every port mapping of a task with the positions of its container and of itself."""
    for index, container in containers(task):
        for place, mapping in enumerate(items(container.get("PortMappings"))):
            if isinstance(mapping, dict):
                yield index, place, mapping
