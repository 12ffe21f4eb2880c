"""Reads templates: resources, and facts about an environment as a whole."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from generator.cost.model import ZERO, Range, steady
from generator.cost.price_table import Rates, Unpriced
from generator.cost.usage import Usage

Json = Any
Template = Mapping[str, Json]


class Resource(Struct, frozen=True):
    """One resource of a template. ``siblings`` are all resources of the same template."""

    stack: str
    name: str
    type: str
    props: Mapping[str, Json]
    siblings: Mapping[str, Mapping[str, Json]]

    def of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Name and properties of the siblings of one type."""
        for name, other in self.siblings.items():
            if other.get("Type") == kind:
                yield name, other.get("Properties", {})

    def users(self, kind: str) -> list[tuple[str, Mapping[str, Json]]]:
        """Siblings of one type that name this resource somewhere."""
        return [(name, props) for name, props in self.of(kind) if mentions(props, self.name)]


class Context(Struct, frozen=True):
    """What the price of one resource may depend on. ``tasks`` counts all tasks of the environment.

    ``tasks`` counts all tasks of the environment, ``serving`` those behind a load balancer: only these have traffic.
    """

    rates: Rates
    usage: Usage
    tasks: Range
    serving: Range
    gateways: int
    zones: int
    strategy: tuple[Mapping[str, Json], ...]


def resources(stacks: Mapping[str, Template]) -> Iterator[Resource]:
    """Every resource of every template."""
    for stack, template in stacks.items():
        siblings = template.get("Resources", {})
        for name, body in siblings.items():
            yield Resource(stack, name, body.get("Type", ""), body.get("Properties", {}), siblings)


def context(found: list[Resource], rates: Rates, usage: Usage) -> Context:
    """Read the whole environment once. Services whose number of tasks is not known count as none."""
    tasks, serving = ZERO, ZERO
    for r in found:
        if r.type == "AWS::ECS::Service":
            try:
                running = tasks_of(r)
            except Unpriced:
                continue
            tasks += running
            serving += running if r.props.get("LoadBalancers") else ZERO
    zones = {json.dumps(r.props.get("AvailabilityZone")) for r in found if r.type == "AWS::EC2::Subnet"}
    providers = [r for r in found if r.type == "AWS::ECS::ClusterCapacityProviderAssociations"]
    strategy = providers[0].props.get("DefaultCapacityProviderStrategy", []) if providers else []
    gateways = sum(1 for r in found if r.type == "AWS::EC2::NatGateway")
    # A load balancer needs two zones, so two are taken where the network is not among the templates.
    return Context(rates, usage, tasks, serving, gateways, len(zones) or 2, tuple(strategy))


def tasks_of(service: Resource) -> Range:
    """How many tasks an ECS service runs: from its scalable target, or its DesiredCount.

    ``min`` and ``typical`` are the least that it scales to, ``max`` the most. A service with neither runs one task
    (CloudFormation's default for DesiredCount).

    Raises:
        Unpriced: the numbers are not in the template.
    """
    targets = [props for _, props in service.of("AWS::ApplicationAutoScaling::ScalableTarget")]
    services = list(service.of("AWS::ECS::Service"))
    own = [t for t in targets if mentions(t.get("ResourceId"), service.name)]
    if not own and len(services) == 1:
        own = targets
    if own:
        least, most = (number(own[0].get(key), key) for key in ("MinCapacity", "MaxCapacity"))
        return Range(least, least, most)
    return steady(number(service.props.get("DesiredCount", 1), "DesiredCount"))


def number(value: Json, name: str) -> float:
    """A number written in the template.

    Raises:
        Unpriced: it is a reference, or not a number.
    """
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Unpriced(f"{name} is not written in the template") from None


def text(value: Json, name: str) -> str:
    """A text written in the template.

    Raises:
        Unpriced: it is a reference or missing.
    """
    if isinstance(value, str):
        return value
    raise Unpriced(f"{name} is not written in the template")


def mentions(value: Json, name: str) -> bool:
    """Whether a value refers to a resource by Ref, Fn::GetAtt or ``${NAME}``."""
    match value:
        case {"Ref": str(found)}:
            return found == name
        case {"Fn::GetAtt": [str(found), *_]}:
            return found == name
        case str():
            return f"${{{name}}}" in value or f"${{{name}." in value
        case dict():
            return any(mentions(item, name) for item in value.values())
        case list() | tuple():
            return any(mentions(item, name) for item in value)
    return False
