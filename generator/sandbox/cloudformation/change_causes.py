"""Why a property of a change set changes: edited in the template, by a parameter, or through another resource.

Sources: AWS CloudFormation API Reference, `ResourceChangeDetail`, and the User Guide's "Example change sets", which show
that a change through a parameter comes twice: `Dynamic` as a `DirectModification` and `Static` with its causing entity.
Recorded answers of AWS in public repositories (aws-cdk's and localstack's test data) show the same pair for a reference
to a resource that is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.property_differences import origin
from generator.sandbox.cloudformation.references import references

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.sandbox.cloudformation.intrinsic_functions import Environment
    from generator.sandbox.cloudformation.property_differences import Path
    from generator.sandbox.cloudformation.references import Reference
    from generator.sandbox.cloudformation.resource_schemas import Schema


class Cause(NamedTuple):
    """Evaluation, ChangeSource and CausingEntity of one detail."""

    evaluation: str
    source: str
    entity: str = ""


class ResourceOutcome(NamedTuple):
    """What a change set does to a resource, as far as others that refer to it care.

    Attributes:
        replacement: AWS's `True`, `Conditional` or `False`; `Add` for a new resource.
        changed: The top-level properties that change in place.
        schema: Of its type.
    """

    replacement: str
    changed: frozenset[str]
    schema: Schema | None


EDITED = Cause("Static", "DirectModification")
TWIN = Cause("Dynamic", "DirectModification")


class Causes:
    """Finds the causes of differences between what is deployed and what a template wants.

    Args:
        before: The deployed template's environment.
        after: The new one's.
        fates: What happens to each resource, filled in dependency order.
    """

    def __init__(self, before: Environment, after: Environment, fates: Mapping[str, ResourceOutcome]) -> None:
        self.before = before
        self.after = after
        self.fates = fates

    def of(self, logical_id: str, path: Path) -> list[Cause]:
        """The causes of a difference at a path of a resource's properties; the template's edit if nothing else."""
        old = self.before.template["Resources"].get(logical_id, {}).get("Properties", {})
        new = self.after.template["Resources"][logical_id].get("Properties", {})
        was, now = origin(self.before, old, path), origin(self.after, new, path)
        if was.conditions == now.conditions and was.node != now.node and not self._flipped(now.conditions):
            return [EDITED]
        found = dict.fromkeys(
            [cause for reference in references(now.node) for cause in self._through(reference)]
            + [cause for name in dict.fromkeys((*was.conditions, *now.conditions)) for cause in self._condition(name)]
        )
        if any(cause.evaluation == "Static" for cause in found):
            return [TWIN, *found]
        return list(found) or [EDITED]

    def _flipped(self, conditions: tuple[str, ...]) -> bool:
        declared = self.before.template.get("Conditions") or {}
        return any(
            name in declared and self.before.condition(name) != self.after.condition(name) for name in conditions
        )

    def _through(self, reference: Reference) -> Iterator[Cause]:
        name = reference.name
        if name in self.after.parameters:
            if self._changed(name):
                yield Cause("Static", "ParameterReference", name)
            return
        fate = self.fates.get(name)
        if fate is None:
            return
        if not reference.attribute:
            match fate.replacement:
                case "True" | "Add":
                    yield Cause("Static", "ResourceReference", name)
                case "Conditional":
                    yield Cause("Dynamic", "ResourceReference", name)
            return
        entity = f"{name}.{reference.attribute}"
        given = fate.schema is not None and not fate.schema.is_read_only(reference.attribute)
        if fate.replacement in ("True", "Add") or (given and reference.attribute.split(".")[0] in fate.changed):
            yield Cause("Static", "ResourceAttribute", entity)
        elif not given or fate.replacement == "Conditional":
            yield Cause("Dynamic", "ResourceAttribute", entity)

    def _changed(self, parameter: str) -> bool:
        missing = object()
        return bool(self.before.parameters.get(parameter, missing) != self.after.parameters[parameter])

    def _condition(self, name: str) -> Iterator[Cause]:
        """The parameters that made a condition turn out otherwise."""
        declared = self.before.template.get("Conditions") or {}
        if name not in declared or self.before.condition(name) == self.after.condition(name):
            return
        for parameter in _parameters_of(self.after.template, name):
            if parameter in self.after.parameters and self._changed(parameter):
                yield Cause("Static", "ParameterReference", parameter)


def _parameters_of(template: dict[str, Any], condition: str) -> Iterator[str]:
    node = (template.get("Conditions") or {}).get(condition, {})
    yield from (reference.name for reference in references(node))
    for other in _conditions_of(node):
        yield from _parameters_of(template, other)


def _conditions_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("Condition"), str):
            yield node["Condition"]
        for part in node.values():
            yield from _conditions_of(part)
    elif isinstance(node, list):
        for part in node:
            yield from _conditions_of(part)
