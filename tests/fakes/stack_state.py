"""What a fake stack and a fake change set hold, and how a stack's parts follow from its template."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from generator.release.errors import Invalid
from generator.release.model.change import ResourceChange
from generator.release.model.observed import NewChangeSet, StackEvent
from tests.fakes.change_set_diff import given, values

PLACE = "eu-west-1:111122223333"


@dataclasses.dataclass
class Source:
    """A template with what goes into it."""

    template: Mapping[str, Any]
    parameters: dict[str, str]
    tags: dict[str, str]
    capabilities: tuple[str, ...]
    role: str


@dataclasses.dataclass
class FakeChangeSet:
    """A change set. ``ticks`` is how long it is still being made."""

    arn: str
    new: NewChangeSet
    source: Source
    changes: tuple[ResourceChange, ...]
    created: float
    ticks: int = 0
    reason: str = ""
    broken: tuple[str, ...] = ()
    execution: str = "AVAILABLE"


@dataclasses.dataclass
class Operation:
    """What a stack is doing. ``phase`` is CREATE, UPDATE, ROLLBACK or DELETE."""

    phase: str
    token: str
    ticks: int
    source: Source | None = None
    change_set: FakeChangeSet | None = None


@dataclasses.dataclass
class FakeStack:
    """A stack. ``source`` is None until its creation succeeded."""

    id: str
    name: str
    status: str
    place: str = PLACE  # Region and account, as ARNs have them
    reason: str = ""
    source: Source | None = None
    updated: float = 0.0
    change_sets: list[FakeChangeSet] = dataclasses.field(default_factory=list)
    events: list[StackEvent] = dataclasses.field(default_factory=list)
    tokens: dict[str, str] = dataclasses.field(default_factory=dict)
    physical: dict[str, str] = dataclasses.field(default_factory=dict)
    revisions: int = 0
    operation: Operation | None = None
    skipped: tuple[str, ...] = ()
    executed: list[str] = dataclasses.field(default_factory=list)  # names of change sets that were executed, in order

    def outputs(self) -> dict[str, str]:
        """Values of the outputs: references give physical ids."""
        if self.source is None:
            return {}
        rows = self.source.template.get("Outputs") or {}
        return {
            name: self._text(values(row["Value"], self.source.template, self.source.parameters))
            for name, row in rows.items()
        }

    def exports(self) -> dict[str, str]:
        """By output, the name that others import."""
        rows = (self.source.template.get("Outputs") or {}) if self.source is not None else {}
        return {name: self._text(row["Export"]["Name"]) for name, row in rows.items() if "Export" in row}

    def parameters(self) -> dict[str, str]:
        """All parameters with their values, defaults too."""
        if self.source is None:
            return {}
        declared = self.source.template.get("Parameters") or {}
        return {name: given(self.source.template, self.source.parameters, name) for name in declared}

    def make(self, source: Source, changed: tuple[ResourceChange, ...]) -> None:
        """Take over what a finished operation made: new resources and replaced ones get new physical ids."""
        replaced = {change.logical_id for change in changed if change.replacement == "True"}
        self.revisions += 1
        resources = source.template["Resources"]
        self.physical = {
            name: self.physical[name]
            if name in self.physical and name not in replaced
            else self._physical(name, resources[name]["Type"])
            for name in resources
        }
        self.source = source

    def task_definition(self, change_set: FakeChangeSet) -> str:
        """ARN of the task definition that the stack has after a change set: another one only if that changes it."""
        rows = change_set.source.template["Resources"]
        name = next((n for n, row in rows.items() if row["Type"] == "AWS::ECS::TaskDefinition"), "")
        if name in self.physical and name not in {change.logical_id for change in change_set.changes}:
            return self.physical[name]
        return f"arn:aws:ecs:{self.place}:task-definition/{self.name}-{name}:{self.revisions + 1}"

    def _physical(self, name: str, kind: str) -> str:
        if kind == "AWS::ECS::Service":
            return f"arn:aws:ecs:{self.place}:service/{self.name}/{self.name}"
        if kind == "AWS::ECS::TaskDefinition":
            return f"arn:aws:ecs:{self.place}:task-definition/{self.name}-{name}:{self.revisions}"
        return f"{self.name}-{name}-{self.revisions}"

    def _text(self, value: Any) -> str:
        if isinstance(value, Mapping) and "Ref" in value:
            return self.physical.get(value["Ref"], str(value["Ref"]))
        if isinstance(value, Mapping) and "Fn::GetAtt" in value:
            name, _, attribute = (
                ".".join(value["Fn::GetAtt"]).partition(".")
                if isinstance(value["Fn::GetAtt"], list)
                else str(value["Fn::GetAtt"]).partition(".")
            )
            return f"{self.physical.get(name, name)}.{attribute}"
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def requested(new: NewChangeSet, stack: FakeStack | None) -> Source:
    """What a change set asks for: its template and parameters, those of the stack where it says so.

    Raises:
        Invalid: CloudFormation would refuse it.
    """
    has = stack.source if stack else None
    if (new.kind == "UPDATE") != (has is not None):
        what = "does not exist" if has is None else "already exists and cannot be created again"
        raise Invalid(f"Stack [{new.stack_name}] {what}; propose the release again")
    if new.template is None and has is None:
        raise Invalid("there is no previous template; give one")
    template = json.loads(new.template) if new.template is not None else has.template if has else {}
    kept = stack.parameters() if stack else {}
    missing = [name for name, value in new.parameters.items() if value is None and name not in kept]
    if missing:
        raise Invalid(f"Parameters: [{', '.join(missing)}] have no previous value; give one")
    parameters = {name: kept[name] if value is None else value for name, value in new.parameters.items()}
    return Source(template, parameters, dict(new.tags), new.capabilities, new.role)
