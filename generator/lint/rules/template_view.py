"""The template as rules see it: one scenario, every value resolved as far as the template alone tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.lint.rules.problem import Problem
from generator.lint.rules.resolve import NO_VALUE, Resolver, function
from generator.lint.rules.scenarios import scenarios
from generator.lint.rules.values import Unknown, mentions

__all__ = ["Resource", "TemplateView", "Unknown", "views"]


class Resource:
    """One resource in one scenario.

    `props` are the resolved properties (`Fn::If` taken, `AWS::NoValue` gone), `attributes` the resolved rest
    (`DependsOn` always a list of logical ids), `raw` the resource as written.
    """

    __slots__ = ("_mentions", "_resolver", "attributes", "id", "props", "raw", "type")

    def __init__(self, logical_id: str, raw: Mapping[str, Any], resolver: Resolver) -> None:
        self.id = logical_id
        self.raw = raw
        self.type: str = raw["Type"]
        self._resolver = resolver
        self._mentions: frozenset[str] | None = None
        props = resolver.value(raw.get("Properties") or {})
        self.props: dict[str, Any] = props if isinstance(props, dict) else {}
        attributes = resolver.value({key: item for key, item in raw.items() if key not in {"Type", "Properties"}})
        self.attributes: dict[str, Any] = attributes if isinstance(attributes, dict) else {}
        depends = self.attributes.get("DependsOn", [])
        depends = depends if isinstance(depends, list) else [depends]
        self.attributes["DependsOn"] = [name for name in depends if isinstance(name, str)]

    def get(self, *path: str | int, default: Any = None) -> Any:
        """Walk the resolved properties; an `Unknown` met on the way is returned, for what is below it is unknown too."""
        return walk(self.props, *path, default=default)

    def problem(self, *path: str | int, message: str, under: str = "Properties") -> Problem:
        """A problem at a path of the resolved properties (or of another attribute: `under`), as a path of the raw template.

        A path that does not exist ends at the deepest part that does.
        """
        return Problem(("Resources", self.id, *self._raw_path((under, *path))), message)

    @property
    def mentions(self) -> frozenset[str]:
        """Every logical id, parameter and pseudo parameter that the properties name, in whatever branch."""
        if self._mentions is None:
            self._mentions = frozenset(mentions(self.raw.get("Properties")))
        return self._mentions

    def written(self, *path: str | int) -> Any:
        """What the template says at a path of the properties, intrinsic functions and all; None if nothing is there."""
        if walk(self.props, *path, default=self) is self:
            return None
        node: Any = self.raw
        for step in self._raw_path(("Properties", *path)):
            node = node[step]
        return node

    def _raw_path(self, path: tuple[str | int, ...]) -> list[str | int]:
        node: Any = self.raw
        written: list[str | int] = []
        for step in path:
            node = self._through_if(node, written)
            if isinstance(node, list) and isinstance(step, int):
                kept = [index for index, item in enumerate(node) if self._resolver.value(item) is not NO_VALUE]
                if step >= len(kept):
                    return written
                written.append(kept[step])
                node = node[kept[step]]
            elif isinstance(node, dict) and function(node) is None and step in node:
                written.append(step)
                node = node[step]
            else:
                return written
        self._through_if(node, written)
        return written

    def _through_if(self, node: Any, written: list[str | int]) -> Any:
        while function(node) == "Fn::If":
            branch = self._resolver.branch(node)
            if branch is None:
                break
            written.extend(("Fn::If", branch))
            node = node["Fn::If"][branch]
        return node


def walk(value: Any, *path: str | int, default: Any = None) -> Any:
    """Follow keys and indexes through a resolved value; see `Resource.get`."""
    for step in path:
        if isinstance(value, Unknown):
            return value
        listed = isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)
        if not listed and not (isinstance(value, dict) and step in value):
            return default
        value = value[step]
    return value


class TemplateView:
    """One scenario of a template. `parameters` and `outputs` are raw."""

    __slots__ = ("_by_id", "_by_type", "conditions", "template")

    def __init__(self, template: Mapping[str, Any], conditions: Mapping[str, bool], resources: list[Resource]) -> None:
        self.template = template
        self.conditions = conditions
        self._by_id = {resource.id: resource for resource in resources}
        by_type: dict[str, list[Resource]] = {}
        for resource in resources:
            by_type.setdefault(resource.type, []).append(resource)
        self._by_type = {key: tuple(group) for key, group in by_type.items()}

    @property
    def parameters(self) -> dict[str, Any]:
        """The Parameters section as written."""
        found = self.template.get("Parameters")
        return found if isinstance(found, dict) else {}

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource that exists in this scenario."""
        return tuple(self._by_id.values())

    def of(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these types that exist in this scenario, in the order of the template for each type."""
        if len(types) == 1:
            return self._by_type.get(types[0], ())
        return tuple(resource for each in types for resource in self._by_type.get(each, ()))

    def resource(self, value: Any) -> Resource | None:
        """The resource that a Ref, GetAtt or `${X}` names; None for anything else, or if it does not exist here."""
        if isinstance(value, Unknown) and value.target is not None:
            return self._by_id.get(value.target)
        return None

    def named(self, logical_id: str) -> Resource | None:
        """The resource with this logical id; None if it does not exist in this scenario."""
        return self._by_id.get(logical_id)


def views(template: Any) -> list[TemplateView]:
    """Every scenario of a template; none if it is not a template. Resources that no condition touches are shared."""
    if not isinstance(template, Mapping) or not isinstance(template.get("Resources"), Mapping):
        return []
    plain = {key: raw for key, raw in template["Resources"].items() if _plain(key, raw)}
    mappings = template.get("Mappings")
    mappings = mappings if isinstance(mappings, dict) else {}
    shared: dict[str, list[tuple[dict[str, Any], Resource]]] = {key: [] for key in plain}
    found = []
    for conditions, parameters in scenarios(template):
        resolver = Resolver(conditions, parameters, mappings)
        facts: dict[str, Any] = {**parameters, **{f"Condition:{key}": held for key, held in conditions.items()}}
        present = [
            _resource(key, raw, resolver, facts, shared[key])
            for key, raw in plain.items()
            if conditions.get(raw.get("Condition", ""), True)
        ]
        found.append(TemplateView(template, conditions, present))
    return found


def _resource(
    key: str,
    raw: Mapping[str, Any],
    resolver: Resolver,
    facts: Mapping[str, Any],
    earlier: list[tuple[dict[str, Any], Resource]],
) -> Resource:
    for asked, resource in earlier:
        if all(facts.get(name) == value for name, value in asked.items()):
            return resource
    resolver.asked = set()
    resource = Resource(key, raw, resolver)
    earlier.append(({name: facts.get(name) for name in resolver.asked}, resource))
    return resource


def _plain(key: Any, raw: Any) -> bool:
    return (
        isinstance(key, str)
        and not key.startswith("Fn::")
        and isinstance(raw, Mapping)
        and isinstance(raw.get("Type"), str)
        and function(raw) is None
        and isinstance(raw.get("Condition", ""), str)
        and isinstance(raw.get("Properties", {}), Mapping)
        and function(raw.get("Properties", {})) is None
    )
