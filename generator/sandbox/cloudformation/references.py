"""Who refers to whom in a template, and the order that follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.template_values import function_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$\{(?!!)([^${}]+)\}")


class Reference(NamedTuple):
    """A use of a parameter, pseudo parameter or resource. `attribute` is empty for `Ref`."""

    name: str
    attribute: str = ""


def references(node: Any) -> Iterator[Reference]:
    """Every reference in a node, through all branches of `Fn::If`, variables of `Fn::Sub` included."""
    name = function_of(node)
    if name == "Ref":
        yield Reference(str(node["Ref"]))
    elif name == "Fn::GetAtt":
        yield from _get_att(node["Fn::GetAtt"])
    elif name == "Fn::Sub":
        yield from _sub(node["Fn::Sub"])
    elif isinstance(node, dict):
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def _get_att(argument: Any) -> Iterator[Reference]:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if isinstance(argument, list) and len(argument) == 2:
        yield Reference(str(argument[0]), argument[1] if isinstance(argument[1], str) else "*")
        yield from references(argument[1])


def _sub(argument: Any) -> Iterator[Reference]:
    text, local = argument, {}
    if isinstance(argument, list):
        text, local = [*argument, {}, {}][:2]
    for variable in _VARIABLE.findall(text if isinstance(text, str) else ""):
        if variable in local:
            continue
        yield Reference(*variable.split(".", 1))
    yield from references(local)


def conditions_in(node: Any) -> Iterator[str]:
    """The names of the conditions that `Fn::If` in a node uses."""
    if isinstance(node, dict):
        chosen = node.get("Fn::If")
        if isinstance(chosen, list) and chosen and isinstance(chosen[0], str):
            yield chosen[0]
        for part in node.values():
            yield from conditions_in(part)
    elif isinstance(node, list):
        for part in node:
            yield from conditions_in(part)


def needs(template: dict[str, Any], active: list[str]) -> dict[str, list[str]]:
    """Each active resource with the active resources that must stand before it: references and `DependsOn`."""
    there = set(active)
    found: dict[str, list[str]] = {}
    for name in active:
        definition = template["Resources"][name]
        depends = definition.get("DependsOn", [])
        explicit = [depends] if isinstance(depends, str) else list(depends)
        implicit = [reference.name for reference in references(definition.get("Properties", {}))]
        found[name] = [other for other in dict.fromkeys([*explicit, *implicit]) if other in there and other != name]
    return found


def cycle(graph: Mapping[str, list[str]]) -> list[str]:
    """The nodes that are in or behind a circle, in their order; empty if there is none."""
    left = {name: set(before) & set(graph) for name, before in graph.items()}
    while True:
        free = [name for name, before in left.items() if not before]
        if not free:
            return list(left)
        for name in free:
            del left[name]
        for before in left.values():
            before.difference_update(free)
        if not left:
            return []


def acyclic(graph: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The graph without the arrows inside its circles.

    Resources that were last deployed by different templates, after an update that failed half-way, may need each other.
    """
    circle = set(cycle(graph))
    return {
        name: [other for other in before if not (name in circle and other in circle)] for name, before in graph.items()
    }


def ordered(graph: Mapping[str, list[str]]) -> list[str]:
    """The nodes so that each comes after what it needs; otherwise in the given order.

    The graph must have no circle.
    """
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done or name not in graph:
            return
        for before in graph[name]:
            visit(before)
        done[name] = None

    for name in graph:
        visit(name)
    return list(done)
