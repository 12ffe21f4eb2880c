"""CloudFormation in memory: each name once in an account, one index of a table in an update, and it keeps what a template retains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.replacement_schemas import schema
from generator.preview.risk.custom_names import CUSTOM_NAMES
from generator.release.deferred import TABLE
from tests.fakes.change_set_diff import values
from tests.fakes.stack_operations import Operation
from tests.fakes.stack_state import FakeChangeSet, FakeStack, Source
from tests.fakes.stacks import FakeStacks

Name = tuple[str, str]  # a type, and the name of one of it
_KEEPS = {"Retain", "RetainExceptOnCreate"}


class Replaces(dict[str, frozenset[str]]):
    """Properties that replace their resource, by AWS's schemas: for ``change_set_diff.REPLACES``."""

    def get(self, kind: str, default: Any = frozenset()) -> Any:
        """The properties that a type is created with, and never changes."""
        found = schema(kind)
        return _Always(found) if found is not None else default


class _Always:
    def __init__(self, found: Any) -> None:
        self._found = found

    def __and__(self, names: Any) -> set[str]:
        return {name for name in names if name != "*" and self._found.recreation((name,)) == "Always"}


class NamedStacks(FakeStacks):
    """A ``ports.Stacks``. ``names`` of resources are held by ``(stack, logical id)``, or by ("", "") once they are kept."""

    held: dict[Name, tuple[str, str]]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.held = {}

    def begin(self, stack: FakeStack, change_set: FakeChangeSet, token: str) -> None:
        """As CloudFormation: what is new needs a free name, and what is replaced too."""
        for name, logical in _names(change_set.source):
            holder = self.held.get(name)
            if holder is not None and (holder != (stack.name, logical) or self._is_replaced(change_set, logical)):
                kind = "UPDATE" if stack.source is not None else "CREATE"
                self.fail(stack.name, kind, f"{name[1]} already exists in {holder[0] or 'the account'}", logical)
                break
        before = stack.source.template["Resources"] if stack.source is not None else {}
        for logical, row in change_set.source.template["Resources"].items():
            if row["Type"] == TABLE and logical in before and len(_indexes(row) ^ _indexes(before[logical])) > 1:
                refused = "Cannot perform more than one GSI creation or deletion in a single update"
                self.fail(stack.name, "UPDATE", refused, logical)
                break
        super().begin(stack, change_set, token)

    @staticmethod
    def _is_replaced(change_set: FakeChangeSet, logical: str) -> bool:
        return any(c.logical_id == logical and c.replacement == "True" for c in change_set.changes)

    def _succeed(self, stack: FakeStack, operation: Operation) -> None:
        before = stack.source
        super()._succeed(stack, operation)
        after = {logical: name for name, logical in _names(stack.source)} if stack.source is not None else {}
        for name, logical in _names(before) if before is not None else ():
            if after.get(logical) == name:
                continue
            row = before.template["Resources"][logical]
            is_left = stack.source is None or logical not in stack.source.template["Resources"]
            policy = row.get("DeletionPolicy" if is_left else "UpdateReplacePolicy", "Delete")
            if policy in _KEEPS:
                self.held[name] = ("", "")
            else:
                self.held.pop(name, None)
        self.held |= {name: (stack.name, logical) for logical, name in after.items()}

    def listing(self) -> set[tuple[str, str, str]]:
        """Every resource that a stack has: its stack, its logical id, its type."""
        return {
            (stack.name, logical, row["Type"])
            for stack in self.all
            if stack.source is not None and stack.status != "DELETE_COMPLETE"
            for logical, row in stack.source.template["Resources"].items()
        }


def _indexes(table: Mapping[str, Any]) -> set[str]:
    return {row["IndexName"] for row in table["Properties"].get("GlobalSecondaryIndexes", ())}


def _names(source: Source) -> Iterator[tuple[Name, str]]:
    for logical, row in source.template.get("Resources", {}).items():
        known = CUSTOM_NAMES.get(row["Type"])
        given: Mapping[str, Any] = row.get("Properties") or {}
        if known is not None and known.property in given:
            value = values(given[known.property], source.template, source.parameters)
            yield (row["Type"], value if isinstance(value, str) else json.dumps(value, sort_keys=True)), logical
