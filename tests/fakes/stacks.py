"""CloudFormation in memory: a small honest model of stacks, change sets, events and failures."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from generator.release.digests import template_digest
from generator.release.errors import CannotExecute, CannotUndo, Invalid, Unavailable
from generator.release.model.change import ChangeSet
from generator.release.model.observed import (
    Broken,
    Described,
    Gone,
    NewChangeSet,
    NoChanges,
    Pending,
    Ready,
    StackEvent,
    StackNow,
    StackResource,
)
from tests.fakes import change_set_diff
from tests.fakes.faults import Faults
from tests.fakes.services import FakeServices
from tests.fakes.stack_operations import Operations, busy
from tests.fakes.stack_state import PLACE, FakeChangeSet, FakeStack, Source, requested

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class FakeStacks(Operations):
    """A ``ports.Stacks``.

    Operations take ``ticks`` calls of ``tick()``; with 0 they end within the call that starts them. ``making`` is the
    same for change sets. ``fail(stack, phase, reason)`` lets the next such phase fail: CREATE, UPDATE or ROLLBACK.
    With ``services`` a changed task definition begins a rollout, and a bad image fails the update.
    """

    def __init__(
        self, clock: Callable[[], float], *, services: FakeServices | None = None, faults: Faults | None = None,
        ticks: int = 0, making: int = 0, place: str = PLACE,
    ) -> None:  # fmt: skip
        super().__init__(clock, services, ticks)
        self.making = making
        self.place = place
        self.faults = faults or Faults()
        self.imports: dict[str, list[str]] = {}  # by export, who imports it
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        self._index: dict[str, list[FakeStack]] = {}  # by name and by id, of the first ``_indexed`` of all
        self._indexed = 0

    # What a test does behind our back.

    def put(self, name: str, template: Mapping[str, Any], parameters: dict[str, str] | None = None, **tags: str) -> str:
        """A stack that is there already, made and at rest; answers its id."""
        stack = FakeStack(self._arn("stack", name), name, "CREATE_COMPLETE", self.place, updated=self.clock())
        self.all.append(stack)
        stack.make(Source(template, dict(parameters or {}), tags, (), ""), ())
        return stack.id

    def by_hand(
        self, name: str, parameters: dict[str, str] | None = None, template: Mapping[str, Any] | None = None
    ) -> None:
        """Somebody else's update, done at once: change sets of before are obsolete."""
        stack = self._live(name)
        assert stack is not None
        assert stack.source is not None
        source = Source(
            template or stack.source.template,
            stack.source.parameters | (parameters or {}),
            stack.source.tags,
            stack.source.capabilities,
            stack.source.role,
        )
        stack.make(source, ())
        stack.status, stack.updated = "UPDATE_COMPLETE", self.clock()
        for change_set in stack.change_sets:
            if change_set.execution == "AVAILABLE":
                change_set.execution = "OBSOLETE"

    def remove(self, name: str) -> None:
        """Somebody deleted the stack."""
        stack = self._live(name)
        assert stack is not None
        stack.status = "DELETE_COMPLETE"

    def tick(self, times: int = 1) -> None:
        """Let everything that is under way come one step further."""
        with self._lock:
            for _ in range(times):
                for stack in self.all:
                    for change_set in stack.change_sets:
                        change_set.ticks = max(0, change_set.ticks - 1)
                    self.step(stack)

    # The port.

    def describe(self, name: str) -> StackNow | None:
        with self.faults.call("stacks.describe"), self._lock:
            stack = self._live(name)
            if stack is None:
                return None
            source = stack.source
            return StackNow(
                id=stack.id, name=stack.name, status=stack.status, reason=stack.reason, role=source.role if source else "",
                parameters=stack.parameters(), outputs=stack.outputs(), exports=stack.exports(),
                tags=dict(source.tags) if source else {}, capabilities=source.capabilities if source else (),
                updated=stack.updated,
            )  # fmt: skip

    def template(self, stack_id: str) -> Mapping[str, Any]:
        with self.faults.call("stacks.template"), self._lock:
            stack = self._live(stack_id)
            if stack is None or stack.source is None:
                raise Invalid(f"{stack_id} has no template; it was never created")
            return stack.source.template

    def change_set_template(self, change_set_arn: str, stack_id: str) -> Mapping[str, Any]:
        with self.faults.call("stacks.change_set_template"), self._lock:
            for stack in self._named(stack_id):
                for change_set in stack.change_sets:
                    if change_set.arn == change_set_arn:
                        return change_set.source.template
            raise Invalid(f"{change_set_arn} is gone; propose the release again")

    def create(self, new: NewChangeSet) -> None:
        with self.faults.call("stacks.create"), self._lock:
            stack = self._live(new.stack_name)
            if stack is not None and any(row.new.name == new.name for row in stack.change_sets):
                return
            source = requested(new, stack)
            found = change_set_diff.problems(source.template, source.parameters)
            if found:
                raise Invalid(found[0])
            if stack is None:
                stack = FakeStack(self._arn("stack", new.stack_name), new.stack_name, "REVIEW_IN_PROGRESS", self.place)
                stack.updated = self.clock()
                self.all.append(stack)
            elif busy(stack) and stack.status != "REVIEW_IN_PROGRESS":
                raise Unavailable(f"{stack.name} is {stack.status}; wait until it is at rest")
            old = stack.source or Source({}, {}, {}, (), "")
            change_set = FakeChangeSet(
                self._arn("changeSet", new.name),
                new,
                source,
                change_set_diff.changes(old.template, old.parameters, source.template, source.parameters),
                self.clock(),
                self.making,
                broken=change_set_diff.invalid(source.template, source.parameters),
            )
            if not change_set.changes and source.tags == old.tags:
                change_set.reason = NO_CHANGES
            stack.change_sets.append(change_set)

    def change_set(self, stack_name: str, name: str, arn: str = "") -> Described:
        with self.faults.call("stacks.change_set"), self._lock:
            found = [
                (stack, row)
                for stack in self._named(stack_name)
                for row in stack.change_sets
                if (row.arn == arn if arn else row.new.name == name)
            ]
            if not found or (stack := found[-1][0]).status == "DELETE_COMPLETE":
                return Gone(reason="the change set is not there")
            change_set = found[-1][1]
            if change_set.ticks:
                return Pending()
            if change_set.broken:
                return Broken(problems=change_set.broken)
            if change_set.reason:
                return NoChanges(reason=change_set.reason)
            if change_set.execution == "OBSOLETE":
                return Gone(reason="the stack was changed since")
            return Ready(change_set=self._described(stack, change_set))

    def resolve(self, stack_id: str, name: str) -> str:
        with self.faults.call("stacks.resolve"), self._lock:
            stack = self._live(stack_id)
            rows = [row.arn for row in stack.change_sets if row.new.name == name] if stack else []
            return rows[-1] if rows else ""

    def execute(self, stack_id: str, name: str, token: str) -> None:
        with self.faults.call("stacks.execute"), self._lock:
            stack = self._live(stack_id)
            if stack is None:
                raise CannotExecute(f"{stack_id} is gone; read the stack again")
            if stack.tokens.get(token) == f"execute {name}":
                return
            change_set = next((row for row in reversed(stack.change_sets) if row.new.name == name), None)
            if change_set is None or change_set.execution != "AVAILABLE" or change_set.reason or change_set.broken:
                raise CannotExecute(f"the change set {name} can't be executed now; read the stack again")
            if busy(stack) and stack.status != "REVIEW_IN_PROGRESS":
                raise CannotExecute(f"{stack.name} is {stack.status}; read the stack again")
            stack.tokens[token] = f"execute {name}"
            self.begin(stack, change_set, token)

    def delete(self, stack_name: str, name: str) -> None:
        with self.faults.call("stacks.delete"), self._lock:
            stack = self._live(stack_name)
            for row in list(stack.change_sets) if stack else []:
                if row.new.name == name and stack is not None:
                    if row.execution == "EXECUTE_IN_PROGRESS":
                        raise CannotExecute(f"the change set {name} is being executed; wait for its end")
                    stack.change_sets.remove(row)

    def cancel_update(self, stack_id: str, token: str) -> None:
        with self.faults.call("stacks.cancel_update"), self._lock:
            stack = self._live(stack_id)
            if stack is not None and stack.tokens.get(token) == "cancel":
                return
            if stack is None or stack.status != "UPDATE_IN_PROGRESS":
                raise CannotUndo("no update runs; read the stack again")
            stack.tokens[token] = "cancel"
            self.roll_back(stack, "User Initiated", token)

    def continue_rollback(self, stack_id: str, skip: Sequence[str], token: str) -> None:
        with self.faults.call("stacks.continue_rollback"), self._lock:
            stack = self._live(stack_id)
            if stack is not None and stack.tokens.get(token) == "continue":
                return
            if stack is None or stack.status != "UPDATE_ROLLBACK_FAILED":
                raise CannotUndo("no rollback is stuck; read the stack again")
            stack.tokens[token] = "continue"
            stack.skipped = tuple(skip)
            self.roll_back(stack, "User Initiated", token)

    def events(self, stack_id: str, token: str) -> list[StackEvent]:
        with self.faults.call("stacks.events"), self._lock:
            return [event for stack in self._named(stack_id)[-1:] for event in stack.events if event.token == token]

    def resources(self, stack_id: str) -> list[StackResource]:
        with self.faults.call("stacks.resources"), self._lock:
            stack = self._live(stack_id)
            if stack is None or stack.source is None:
                return []
            kinds = stack.source.template["Resources"]
            return [
                StackResource(logical_id=name, type=kinds[name]["Type"], physical_id=physical, status="CREATE_COMPLETE")
                for name, physical in sorted(stack.physical.items())
            ]

    def names(self, prefix: str) -> list[str]:
        with self.faults.call("stacks.names"), self._lock:
            return sorted(s.name for s in self.all if s.name.startswith(prefix) and s.status != "DELETE_COMPLETE")

    def importers(self, export: str) -> list[str]:
        with self.faults.call("stacks.importers"), self._lock:
            return self.imports.get(export, [])

    def delete_stack(self, stack_id: str, token: str) -> None:
        with self.faults.call("stacks.delete_stack"), self._lock:
            stack = self._live(stack_id)
            if stack is None or stack.tokens.get(token) == "delete":
                return
            self.refuse_deletion(stack)
            stack.tokens[token] = "delete"
            self.begin_deletion(stack, token)

    def _live(self, name: str) -> FakeStack | None:
        """A stack by name or id."""
        rows = [row for row in self._named(name) if row.status != "DELETE_COMPLETE"]
        return rows[-1] if rows else None

    def _named(self, name: str) -> list[FakeStack]:
        """Every stack of this name or id, those too that were deleted."""
        if len(self.all) < self._indexed:  # a test took some away
            self._index.clear()
            self._indexed = 0
        for row in self.all[self._indexed :]:
            self._index.setdefault(row.name, []).append(row)
            self._index.setdefault(row.id, []).append(row)
        self._indexed = len(self.all)
        return self._index.get(name, [])

    def _described(self, stack: FakeStack, change_set: FakeChangeSet) -> ChangeSet:
        source = change_set.source
        declared = source.template.get("Parameters") or {}
        return ChangeSet(
            arn=change_set.arn,
            name=change_set.new.name,
            stack_id=stack.id,
            stack_name=stack.name,
            kind=change_set.new.kind,
            changes=change_set.changes,
            parameters={name: change_set_diff.given(source.template, source.parameters, name) for name in declared},
            tags=dict(source.tags),
            capabilities=tuple(sorted(source.capabilities)),
            template=template_digest(source.template),
            execution=change_set.execution,
            created=change_set.created,
        )

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:cloudformation:{self.place}:{kind}/{name}/{next(self._ids):08}"
