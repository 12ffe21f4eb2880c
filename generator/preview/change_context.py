"""A change set with its two templates: what each resource was and what it will be."""

import json
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from generator.preview.bounds import parse_json
from generator.preview.template_resolution import Template
from generator.release.model.change import ChangeSet, ResourceChange

Json = Any
_Made = TypeVar("_Made")
Properties = Mapping[str, Json]
NOTHING: Mapping[str, Json] = {"Resources": {}}


class ChangeContext:
    """The change set and both sides of it, evaluated.

    The change set decides what there is: a resource that it adds was not there, whatever the templates' conditions say.
    A parameter of the old side that ``before_parameters`` does not give has the new side's value if no change names it
    as its cause and no condition asks for it; else it stays unknown.
    """

    def __init__(
        self,
        change_set: ChangeSet,
        before: Mapping[str, Json] | None,
        after: Mapping[str, Json],
        *,
        region: str,
        before_parameters: Mapping[str, str],
    ) -> None:
        self.change_set = change_set
        self.region = region
        self.changes: dict[str, ResourceChange] = {change.logical_id: change for change in change_set.changes}
        parts = change_set.stack_id.split(":")
        self.account = account = parts[4] if len(parts) > 4 else ""
        old = before or NOTHING
        known = _old_parameters(change_set, old, before_parameters)
        self.before = Template(old, known, region=region, account=account, stack=change_set.stack_name)
        self.after = Template(
            after,
            _with_defaults(after, change_set.parameters),
            region=region,
            account=account,
            stack=change_set.stack_name,
        )
        self.is_new = change_set.kind == "CREATE"

        self._memory: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """The stored value of this key, computed if it is missing: several parts of a reading need the same."""
        if key not in self._memory:
            self._memory[key] = make()
        found: _Made = self._memory[key]
        return found

    @cached_property
    def added(self) -> frozenset[str]:
        """Resources that the change set creates."""
        return frozenset(name for name, change in self.changes.items() if change.action in ("Add", "Import"))

    @cached_property
    def removed(self) -> frozenset[str]:
        """Resources that it removes from the stack."""
        return frozenset(name for name, change in self.changes.items() if change.action == "Remove")

    def had(self, *kinds: str) -> list[str]:
        """Resources of these types that exist now."""
        found = {name for name in self.before.of(*kinds) if name not in self.added}
        return sorted(found | self._only_described(kinds, "Remove", "Modify", "Dynamic"))

    def has(self, *kinds: str) -> list[str]:
        """Resources of these types that will exist."""
        found = {name for name in self.after.of(*kinds) if name not in self.removed}
        return sorted(found | self._only_described(kinds, "Add", "Modify", "Dynamic", "Import"))

    def _only_described(self, kinds: tuple[str, ...], *actions: str) -> set[str]:
        """Resources that a transform created: the change set has them, the template does not."""
        return {
            name
            for name, change in self.changes.items()
            if change.type in kinds
            and change.action in actions
            and not (name in self.before.resources or name in self.after.resources)
        }

    def type_of(self, name: str) -> str:
        """A resource's type, on the side that has it."""
        change = self.changes.get(name)
        return change.type if change else self.after.type_of(name) or self.before.type_of(name)

    def old(self, name: str) -> Properties | None:
        """A resource's current properties. None if it does not exist or nothing is known about it."""
        if name in self.added:
            return None
        if name in self.before.resources and self.before.there(name) is not False:
            return self.before.properties(name)
        change = self.changes.get(name)
        return _context(change.before) if change else None

    def new(self, name: str) -> Properties | None:
        """A resource's future properties. None if it will not exist or nothing is known about it."""
        if name in self.removed:
            return None
        if name in self.after.resources and self.after.there(name) is not False:
            return self.after.properties(name)
        change = self.changes.get(name)
        return _context(change.after) if change else None

    def touched(self, name: str) -> bool:
        """Whether the change set changes this resource."""
        return name in self.changes


def _context(text: str | None) -> Properties | None:
    if text is None:
        return None
    try:
        found = parse_json(text)
    except ValueError:
        return None
    properties = found.get("Properties") if isinstance(found, dict) else None
    return properties if isinstance(properties, dict) else {}


def _with_defaults(template: Mapping[str, Json], given: Mapping[str, str]) -> dict[str, str]:
    declared = template.get("Parameters")
    found = {
        name: str(row["Default"])
        for name, row in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(row, Mapping) and "Default" in row
    }
    return {**found, **given}


def _old_parameters(change_set: ChangeSet, before: Mapping[str, Json], given: Mapping[str, str]) -> dict[str, str]:
    causes = {
        detail.cause
        for change in change_set.changes
        for detail in change.details
        if detail.source == "ParameterReference"
    }
    asked = json.dumps(before.get("Conditions") or {}, default=str)
    found = {
        name: value for name, value in change_set.parameters.items() if name not in causes and f'"{name}"' not in asked
    }
    return {**found, **given}
