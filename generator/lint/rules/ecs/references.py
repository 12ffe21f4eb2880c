"""Services and what they are wired to: containers, target groups, listeners, alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.lint.rules.ecs.parts import (
    API,
    CREATE_SERVICE,
    GUIDE,
    SERVICE,
    complete,
    containers,
    port_mappings,
    strategy,
    task_of,
)
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
LOAD_BALANCER = f"Amazon ECS API Reference: LoadBalancer, {API}API_LoadBalancer.html"


def balancers(service: Resource) -> Iterator[tuple[int, dict[str, Any]]]:
    """The load balancers of a service with their position."""
    for index, balancer in enumerate(items(service.get("LoadBalancers"))):
        if isinstance(balancer, dict):
            yield index, balancer


@rule(
    "E9541",
    severity="error",
    why="ECS refuses a service whose load balancer names a container or port that its task definition does not have.",
    source=LOAD_BALANCER,
    fix="Use a container of the task definition and a port of its PortMappings.",
)
def container_and_port(view: TemplateView) -> Iterator[Problem]:
    """The container and port behind a load balancer must exist in the task definition."""
    for service in view.of(SERVICE):
        task = task_of(view, service)
        if task is None or not complete(task):
            continue
        by_name = {container["Name"]: container for _, container in containers(task)}
        for index, balancer in balancers(service):
            name, port = balancer.get("ContainerName"), number(balancer.get("ContainerPort"))
            path = ("LoadBalancers", index)
            if not isinstance(name, str):
                continue
            if name not in by_name:
                known = ", ".join(sorted(by_name))
                yield service.problem(*path, "ContainerName", message=f"{task.id} has no container {name} ({known})")
            elif port is not None and (ports := _ports(by_name[name])) is not None and port not in ports:
                listed = ", ".join(f"{each:g}" for each in sorted(ports)) or "none"
                message = f"Container {name} of {task.id} maps no port {port:g} (it maps {listed})"
                yield service.problem(*path, "ContainerPort", message=message)


def _ports(container: dict[str, Any]) -> set[float] | None:
    mappings = container.get("PortMappings", [])
    ports = [number(fields(mapping).get("ContainerPort")) for mapping in items(mappings)]
    if not isinstance(mappings, list) or None in ports:
        return None
    return {port for port in ports if port is not None}


@rule(
    "E9542",
    severity="error",
    why="Service Connect finds the port by the name of a port mapping; ECS refuses a name that the task definition lacks.",
    source=f"Amazon ECS API Reference: ServiceConnectService, {API}API_ServiceConnectService.html",
    fix="Give the port mapping that Name, or use the name that it has.",
)
def service_connect_port(view: TemplateView) -> Iterator[Problem]:
    """A Service Connect port name must be the name of a port mapping."""
    for service in view.of(SERVICE):
        task = task_of(view, service)
        if task is None or not complete(task) or _hidden(task):
            continue
        names = {mapping.get("Name") for _, _, mapping in port_mappings(task) if isinstance(mapping.get("Name"), str)}
        for index, entry in enumerate(items(service.get("ServiceConnectConfiguration", "Services"))):
            name = fields(entry).get("PortName")
            if isinstance(name, str) and name not in names:
                path = ("ServiceConnectConfiguration", "Services", index, "PortName")
                yield service.problem(*path, message=f"No port mapping of {task.id} is called {name}")


def _hidden(task: Resource) -> bool:
    """Whether a port mapping, or its name, is not known."""
    for _, container in containers(task):
        mappings = container.get("PortMappings", [])
        if not isinstance(mappings, list):
            return True
        if any(isinstance(item, Unknown) or isinstance(fields(item).get("Name"), Unknown) for item in mappings):
            return True
    return False


@rule(
    "E9543",
    severity="error",
    why="Tasks in awsvpc mode have addresses of their own and register by IP; ECS refuses a target group for instances.",
    source=CREATE_SERVICE,
    fix="Set TargetType to ip on the target group.",
)
def target_type(view: TemplateView) -> Iterator[Problem]:
    """An awsvpc service needs a target group with target type ip."""
    for service in view.of(SERVICE):
        task = task_of(view, service)
        if task is None or task.get("NetworkMode") != "awsvpc":
            continue
        for index, balancer in balancers(service):
            places = (("TargetGroupArn",), ("AdvancedConfiguration", "AlternateTargetGroupArn"))
            for place in places:
                value = balancer.get(place[0]) if len(place) == 1 else fields(balancer.get(place[0])).get(place[1])
                group = view.resource(value)
                if group is None or group.type != GROUP:
                    continue
                kind = group.get("TargetType", default="instance")
                if isinstance(kind, str) and kind != "ip":
                    message = f"{group.id} has target type {kind}, but the tasks use awsvpc"
                    yield service.problem("LoadBalancers", index, *place, message=message)


@rule(
    "W9544",
    severity="warning",
    why="CloudFormation may create the service before the listener; ECS then refuses it because the target group has no load "
    "balancer.",
    source=f"Amazon ECS Developer Guide: Use load balancing to distribute service traffic, {GUIDE}service-load-balancing.html",
    fix="Add DependsOn with the listener or the listener rule to the service.",
)
def listener_first(view: TemplateView) -> Iterator[Problem]:
    """A service must wait for the listener that uses its target group."""
    forwards: dict[str, set[str]] = {}
    for source in view.of(LISTENER, LISTENER_RULE):
        for name in source.mentions:
            forwards.setdefault(name, set()).add(source.id)
    for service in view.of(SERVICE) if forwards else ():
        reached: set[str] | None = None
        for index, balancer in balancers(service):
            group = view.resource(balancer.get("TargetGroupArn"))
            sources = forwards.get(group.id) if group is not None and group.type == GROUP else None
            if sources is None:
                continue
            reached = _needs(view, service) if reached is None else reached
            if not sources & reached:
                message = (
                    f"{service.id} does not wait for a listener that forwards to {balancer['TargetGroupArn'].target}"
                )
                yield service.problem("LoadBalancers", index, "TargetGroupArn", message=message)


def _needs(view: TemplateView, resource: Resource) -> set[str]:
    """Every resource that CloudFormation creates before this one."""
    found: set[str] = set()
    queue = [resource]
    while queue:
        current = queue.pop()
        direct = current.mentions.union(current.attributes["DependsOn"])
        for name in direct - found:
            found.add(name)
            needed = view.named(name)
            if needed is not None:
                queue.append(needed)
    return found


@rule(
    "W9545",
    severity="warning",
    why="Nothing then makes CloudFormation create the alarm before the service, so the first deployment may run without it.",
    source=f"Amazon ECS Developer Guide: How CloudWatch alarms detect deployment failures, {GUIDE}deployment-alarm-failure.html",
    fix="Use Ref of the alarm.",
)
def deployment_alarm(view: TemplateView) -> Iterator[Problem]:
    """A deployment alarm of the same template is named by Ref, unless it looks at the service itself."""
    kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    by_name = {alarm.get("AlarmName"): alarm for alarm in view.of(*kinds) if isinstance(alarm.get("AlarmName"), str)}
    for service in view.of(SERVICE) if by_name else ():
        names = items(service.get("DeploymentConfiguration", "Alarms", "AlarmNames"))
        for index, name in enumerate(names):
            alarm = by_name.get(name) if isinstance(name, str) else None
            # An alarm on the service's own metrics can only be named by text: Ref would go round in a circle.
            if alarm is not None and alarm.id not in _needs(view, service) and service.id not in _needs(view, alarm):
                path = ("DeploymentConfiguration", "Alarms", "AlarmNames", index)
                yield service.problem(*path, message=f"{name} is {alarm.id} of this template, named by text")


@rule(
    "E9546",
    severity="error",
    why="Blue/green, canary and linear deployments move traffic between two target groups through a listener rule; without them "
    "ECS refuses the service.",
    source=f"Amazon ECS Developer Guide: Required resources for blue/green deployments, {GUIDE}blue-green-deployment-implementation.html",
    fix="Add AdvancedConfiguration with AlternateTargetGroupArn, ProductionListenerRule and RoleArn.",
)
def advanced_configuration(view: TemplateView) -> Iterator[Problem]:
    """Traffic-shifting strategies need AdvancedConfiguration on the load balancer, with two distinct target groups."""
    for service in view.of(SERVICE):
        if strategy(service) not in ("BLUE_GREEN", "CANARY", "LINEAR"):
            continue
        for index, balancer in balancers(service):
            advanced = balancer.get("AdvancedConfiguration")
            path = ("LoadBalancers", index)
            if advanced is None and balancer.get("TargetGroupArn") is not None:
                yield service.problem(*path, message=f"{strategy(service)} without AdvancedConfiguration")
            advanced = fields(advanced)
            if advanced and advanced.get("AlternateTargetGroupArn") == balancer.get("TargetGroupArn"):
                message = "Blue and green are the same target group"
                yield service.problem(*path, "AdvancedConfiguration", "AlternateTargetGroupArn", message=message)
            production = advanced.get("ProductionListenerRule")
            if production is not None and production == advanced.get("TestListenerRule"):
                message = "Production and test traffic use the same listener rule"
                yield service.problem(*path, "AdvancedConfiguration", "TestListenerRule", message=message)
