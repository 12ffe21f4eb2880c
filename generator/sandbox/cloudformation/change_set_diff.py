"""What a change set would change: a pure comparison of what is deployed with what a template wants.

Nothing here calls a provider. Sources: AWS CloudFormation API Reference, `ResourceChange`, `ResourceChangeDetail` and
`ResourceTargetDefinition`; recorded answers of AWS, see `causes`. Assumed: items of a list are compared by position.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.change_causes import EDITED, Cause, Causes, ResourceOutcome
from generator.sandbox.cloudformation.intrinsic_functions import Known
from generator.sandbox.cloudformation.properties import coerce
from generator.sandbox.cloudformation.property_differences import at, leaves, pointer, shown, texts
from generator.sandbox.cloudformation.references import needs, ordered
from generator.sandbox.cloudformation.replacement import replacement_of
from generator.sandbox.cloudformation.resource_schemas import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.intrinsic_functions import Environment
    from generator.sandbox.cloudformation.model import Resource
    from generator.sandbox.cloudformation.property_differences import PropertyDifference
    from generator.sandbox.cloudformation.resource_schemas import Schema

_ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")


class Deployed(NamedTuple):
    """What there is: resources by logical id, and the environment of the template that made them."""

    resources: dict[str, Resource]
    environment: Environment
    tags: dict[str, str]


class DesiredStack(NamedTuple):
    """What is wanted. `environment` gives the values for a set of known resources, masked or not."""

    environment: Callable[[dict[str, Known], bool], Environment]
    tags: dict[str, str]


class Outcome(NamedTuple):
    """The changes, and the resolved properties (unmasked) of every resource that would be created or changed."""

    changes: list[dict[str, Any]]
    desired: dict[str, dict[str, Any]]
    known: dict[str, Known]


def compare(deployed: Deployed, target: DesiredStack) -> Outcome:
    """Every change from what is deployed to what is wanted, in boto3's shape, sorted by logical id.

    Raises:
        AwsError: A function of the new template can't be evaluated.
    """
    return _Comparison(deployed, target).run()


class _Comparison:
    def __init__(self, deployed: Deployed, target: DesiredStack) -> None:
        self.deployed = deployed
        self.known: dict[str, Known] = {}
        self.real = target.environment(self.known, False)  # noqa: FBT003 - masked or not
        self.mask = target.environment(self.known, True)  # noqa: FBT003
        self.fates: dict[str, ResourceOutcome] = {}
        self.causes = Causes(deployed.environment, self.real, self.fates)
        self.tags_change = deployed.tags != target.tags
        self.changes: list[dict[str, Any]] = []
        self.desired: dict[str, dict[str, Any]] = {}

    def run(self) -> Outcome:
        active = self.real.active()
        for name in ordered(needs(self.real.template, active)):
            current = self.deployed.resources.get(name)
            if current is None or not current.physical_id:
                self._add(name)
            else:
                self._modify(name, current)
        for name in self.deployed.resources:
            if name not in active and self.deployed.resources[name].physical_id:
                self._remove(self.deployed.resources[name])
        self.changes.sort(key=lambda change: str(change["LogicalResourceId"]))
        return Outcome(self.changes, self.desired, self.known)

    def _definition(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.real.template["Resources"][name]
        return found

    def _values(self, name: str, spec: Schema | None) -> tuple[dict[str, Any], dict[str, Any]]:
        node = self._definition(name).get("Properties", {})
        real, mask = self.real.value(node), self.mask.value(node)
        if spec is not None:
            real, mask = coerce(spec, spec.raw, real), coerce(spec, spec.raw, mask)
        return real, mask

    def _add(self, name: str) -> None:
        kind = self._definition(name)["Type"]
        spec = schema(kind)
        real, mask = self._values(name, spec)
        self.desired[name] = real
        self.fates[name] = ResourceOutcome("Add", frozenset(), spec)
        self.changes.append(
            {
                "Action": "Add",
                "LogicalResourceId": name,
                "ResourceType": kind,
                "Scope": [],
                "Details": [],
                "AfterContext": _context(mask, self._definition(name)),
            }
        )

    def _remove(self, resource: Resource) -> None:
        policy = resource.policy("DeletionPolicy")
        self.changes.append(
            {
                "PolicyAction": "Retain" if policy.startswith("Retain") else policy,
                "Action": "Remove",
                "LogicalResourceId": resource.logical_id,
                "PhysicalResourceId": resource.physical_id,
                "ResourceType": resource.type,
                "Scope": [],
                "Details": [],
                "BeforeContext": _context(resource.shown, resource.definition),
            }
        )

    def _modify(self, name: str, current: Resource) -> None:
        definition = self._definition(name)
        spec = schema(current.type)
        real, mask = self._values(name, spec)
        found = list(leaves(spec, current.props, real))
        tag_property = spec.tag_property if spec else ""
        details = [
            detail
            for leaf in found
            for detail in self._details(current, leaf, mask, spec, tag=leaf.path[0] == tag_property)
        ]
        if self.tags_change and tag_property and not any(leaf.path[0] == tag_property for leaf in found):
            details.append(_detail({"Attribute": "Tags", "RequiresRecreation": "Never"}, EDITED))
        details += _attribute_details(current.definition, definition)
        if not details:
            self.known[name] = Known(current.physical_id, current.props | current.attributes)
            return
        replacement = replacement_of(details)
        changed = frozenset(str(leaf.path[0]) for leaf in found)
        self.fates[name] = ResourceOutcome(replacement, changed, spec)
        self.desired[name] = real
        if replacement == "False":
            self.known[name] = _in_place(current, real, spec, changed or self.tags_change)
        after = definition.get("UpdateReplacePolicy", "Delete")
        change = {
            "Action": "Modify",
            "LogicalResourceId": name,
            "PhysicalResourceId": current.physical_id,
            "ResourceType": current.type,
            "Replacement": replacement,
            "Scope": list(dict.fromkeys(detail["Target"]["Attribute"] for detail in details)),
            "Details": details,
            "BeforeContext": _context(current.shown, current.definition),
            "AfterContext": _context(mask, definition),
        }
        if replacement != "False":
            change["PolicyAction"] = f"ReplaceAnd{'Retain' if str(after).startswith('Retain') else after}"
        self.changes.append(change)

    def _details(
        self, current: Resource, leaf: PropertyDifference, mask: dict[str, Any], spec: Schema | None, *, tag: bool
    ) -> list[dict[str, Any]]:
        target: dict[str, Any] = {"Attribute": "Tags" if tag else "Properties"}
        if not tag:
            target["Name"] = str(leaf.path[0])
        target["RequiresRecreation"] = spec.recreation(leaf.path) if spec and not tag else "Never"
        target["Path"] = pointer(leaf.path)
        if leaf.kind != "Add":
            target["BeforeValue"] = shown(at(current.shown, leaf.path))
        if leaf.kind != "Remove":
            target["AfterValue"] = shown(at(mask, leaf.path))
        target["AttributeChangeType"] = leaf.kind
        return [_detail(target, cause) for cause in self.causes.of(current.logical_id, leaf.path)]


def _in_place(current: Resource, after: dict[str, Any], spec: Schema | None, touched: object) -> Known:
    """What others may refer to after an update in place: the id and the given properties; the rest may change."""
    if not touched:
        return Known(current.physical_id, after | current.attributes)
    stays = {
        name: value for name, value in current.attributes.items() if spec is not None and not spec.is_read_only(name)
    }
    maybe = {name: _UNKNOWN for name in current.attributes if name not in stays}
    return Known(current.physical_id, maybe | stays | after)


_UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def _detail(target: dict[str, Any], cause: Cause) -> dict[str, Any]:
    found: dict[str, Any] = {"Target": target, "Evaluation": cause.evaluation, "ChangeSource": cause.source}
    if cause.entity:
        found["CausingEntity"] = cause.entity
    return found


def _attribute_details(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name in _ATTRIBUTES:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        target = {"Attribute": name, "RequiresRecreation": "Never", "Path": f"/{name}"}
        if old is not None:
            target["BeforeValue"] = shown(old)
        if new is not None:
            target["AfterValue"] = shown(new)
        target["AttributeChangeType"] = "Add" if old is None else "Remove" if new is None else "Modify"
        found.append(_detail(target, EDITED))
    return found


def _context(props: dict[str, Any], definition: dict[str, Any]) -> str:
    context: dict[str, Any] = {"Properties": texts(props)}
    context |= {name: texts(definition[name]) for name in _ATTRIBUTES if name in definition}
    return json.dumps(context, separators=(",", ":"))


def without_values(change: dict[str, Any]) -> dict[str, Any]:
    """A change as AWS tells it when `IncludePropertyValues` was not asked for."""
    found = {key: value for key, value in change.items() if key not in ("BeforeContext", "AfterContext")}
    details: list[dict[str, Any]] = []
    for detail in change["Details"]:
        target = {
            key: value for key, value in detail["Target"].items() if key in ("Attribute", "Name", "RequiresRecreation")
        }
        plain = detail | {"Target": target}
        if plain not in details:
            details.append(plain)
    return found | {"Details": details}
