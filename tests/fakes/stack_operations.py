"""How operations of fake stacks continue: events, failures and the rollback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.release.errors import CannotUndo
from generator.release.model.observed import ServiceNow, StackEvent
from tests.fakes.change_set_diff import values
from tests.fakes.services import FakeServices
from tests.fakes.stack_state import FakeChangeSet, FakeStack, Operation, Source

SERVICE, TASK = "AWS::ECS::Service", "AWS::ECS::TaskDefinition"


def busy(stack: FakeStack) -> bool:
    """Whether CloudFormation would refuse to change it."""
    return stack.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


class Operations:
    """Begins, continues and ends operations; the port is on top of it."""

    def __init__(self, clock: Callable[[], float], services: FakeServices | None, ticks: int) -> None:
        self.clock = clock
        self.services = services
        self.ticks = ticks
        self.all: list[FakeStack] = []
        self._failures: list[tuple[str, str, str, str]] = []

    def fail(
        self, stack: str, phase: str, reason: str = "Resource handler returned message: broken", resource: str = ""
    ) -> None:
        """Let the next ``phase`` of a stack (by name) fail, at ``resource`` or its first.

        ``CLEANUP`` is what follows an update that went well: the old resource stays, and the stack forgets it.
        """
        self._failures.append((stack, phase, reason, resource))

    def begin(self, stack: FakeStack, change_set: FakeChangeSet, token: str) -> None:
        """Start what a change set says; the stack's other change sets are deleted, as on AWS."""
        change_set.execution = "EXECUTE_IN_PROGRESS"
        stack.change_sets = [
            row for row in stack.change_sets if row is change_set or row.execution.startswith("EXECUTE_")
        ]
        stack.executed.append(change_set.new.name)
        kind = change_set.new.kind
        stack.operation = Operation(kind, token, self.ticks, change_set.source, change_set)
        self._status(stack, f"{kind}_IN_PROGRESS", "User Initiated", token)
        for change in change_set.changes:
            verb = {"Add": "CREATE", "Remove": "DELETE"}.get(change.action, "UPDATE")
            known = self._service_arn(stack, change.logical_id) if change.type == SERVICE else ""
            self._event(stack, change.logical_id, f"{verb}_IN_PROGRESS", "", token, kind=change.type, physical=known)
        for service in self._rollouts(stack, change_set):
            if self.services is not None:
                self.services.begin(service, stack.task_definition(change_set), _digests(change_set.source))
        self._run(stack)

    def roll_back(self, stack: FakeStack, reason: str, token: str) -> None:
        """Start the rollback of an update, with the token of who asked for it."""
        before = stack.operation
        if before is not None and before.change_set is not None:
            before.change_set.execution = "EXECUTE_FAILED"
        stack.operation = Operation("ROLLBACK", token, self.ticks)
        self._status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason, token)
        self._run(stack)

    def refuse_deletion(self, stack: FakeStack) -> None:
        """Raise what CloudFormation answers where a stack can't be deleted now."""
        if stack.operation is not None:
            raise CannotUndo(f"{stack.name} can't be deleted while it is {stack.status}; read the stack again")

    def begin_deletion(self, stack: FakeStack, token: str) -> None:
        """Start the deletion of a stack."""
        stack.operation = Operation("DELETE", token, self.ticks)
        self._status(stack, "DELETE_IN_PROGRESS", "User Initiated", token)
        self._run(stack)

    def step(self, stack: FakeStack) -> None:
        """One tick of a stack's operation; it ends when none are left and no gate holds its rollout."""
        operation = stack.operation
        if operation is None:
            return
        operation.ticks = max(0, operation.ticks - 1)
        if not operation.ticks:
            self._end(stack, operation)

    def _run(self, stack: FakeStack) -> None:
        if stack.operation is not None and not stack.operation.ticks:
            self._end(stack, stack.operation)

    def _end(self, stack: FakeStack, operation: Operation) -> None:
        arns = [self._service_arn(stack, name) for name in self._changed_services(operation.change_set)]
        if (
            self.services is not None
            and operation.phase != "ROLLBACK"
            and any(self.services.waits(arn) for arn in arns)
        ):
            return
        failure = self._failure(stack, operation.phase)
        if self.services is not None and operation.phase != "ROLLBACK":
            for name, arn in zip(self._changed_services(operation.change_set), arns, strict=True):
                why = self.services.settle(arn)
                failure = failure or ((why, name) if why else None)
        stack.operation = None
        match operation.phase, failure:
            case "ROLLBACK", None:
                self._status(stack, "UPDATE_ROLLBACK_COMPLETE", "", operation.token)
            case "ROLLBACK", (reason, resource):
                self._event(stack, resource, "UPDATE_FAILED", reason, operation.token)
                why = f"The following resource(s) failed to update: [{resource}]. "
                self._status(stack, "UPDATE_ROLLBACK_FAILED", why, operation.token)
            case "DELETE", None:
                self._status(stack, "DELETE_COMPLETE", "", operation.token)
            case "DELETE", (reason, resource):
                self._event(stack, resource, "DELETE_FAILED", reason, operation.token)
                self._status(stack, "DELETE_FAILED", reason, operation.token)
            case "CREATE", (reason, resource):
                self._event(stack, resource, "CREATE_FAILED", reason, operation.token)
                self._status(
                    stack,
                    "DELETE_IN_PROGRESS",
                    f"The following resource(s) failed to create: [{resource}]. ",
                    operation.token,
                )
                self._status(stack, "DELETE_COMPLETE", "", operation.token)
            case _, (reason, resource):
                self._event(stack, resource, "UPDATE_FAILED", reason, operation.token)
                stack.operation = operation
                why = f"The following resource(s) failed to update: [{resource}]. "
                self.roll_back(stack, why, operation.token)
            case _:
                self._succeed(stack, operation)

    def _succeed(self, stack: FakeStack, operation: Operation) -> None:
        change_set = operation.change_set
        assert change_set is not None
        for change in change_set.changes:
            verb = {"Add": "CREATE", "Remove": "DELETE"}.get(change.action, "UPDATE")
            self._event(stack, change.logical_id, f"{verb}_COMPLETE", "", operation.token, kind=change.type)
        left = self._failure(stack, "CLEANUP")
        if left is not None:
            self._event(stack, left[1], "DELETE_FAILED", left[0], operation.token)
        stack.make(change_set.source, change_set.changes)
        change_set.execution = "EXECUTE_COMPLETE"
        for other in stack.change_sets:
            if other.execution == "AVAILABLE":
                other.execution = "OBSOLETE"
        said = "Update successful. One or more resources could not be deleted." if left is not None else ""
        self._status(stack, f"{operation.phase}_COMPLETE", said, operation.token)

    def _failure(self, stack: FakeStack, phase: str) -> tuple[str, str] | None:
        for row in self._failures:
            if row[:2] == (stack.name, phase):
                self._failures.remove(row)
                changed = stack.operation.change_set.changes if stack.operation and stack.operation.change_set else ()
                first = changed[0].logical_id if changed else next(iter(stack.physical), "Resource")
                return row[2], row[3] or first
        return None

    def _changed_services(self, change_set: FakeChangeSet | None) -> list[str]:
        if change_set is None:
            return []
        return [
            change.logical_id for change in change_set.changes if change.type == SERVICE and change.action != "Remove"
        ]

    def _service_arn(self, stack: FakeStack, name: str) -> str:
        return stack.physical.get(name) or stack._physical(name, SERVICE)

    def _rollouts(self, stack: FakeStack, change_set: FakeChangeSet) -> list[ServiceNow]:
        return [
            ServiceNow(
                arn=self._service_arn(stack, name),
                name=stack.name,
                cluster=stack.name,
                status="ACTIVE",
                task_definition="",
                desired=2,
                running=0,
                pending=0,
                target_groups=tuple(
                    f"arn:aws:elasticloadbalancing:{stack.place}:targetgroup/{stack.name}/{n}" for n in (1, 2)
                ),
            )
            for name in self._changed_services(change_set)
        ]

    def _status(self, stack: FakeStack, status: str, reason: str, token: str) -> None:
        stack.status, stack.reason, stack.updated = status, reason, self.clock()
        self._event(stack, stack.name, status, reason, token, kind="AWS::CloudFormation::Stack", physical=stack.id)

    def _event(
        self, stack: FakeStack, name: str, status: str, reason: str, token: str, *, kind: str = "", physical: str = ""
    ) -> None:
        template: Mapping[str, Any] = (
            stack.operation.source.template if stack.operation and stack.operation.source else {}
        )
        found = kind or str((template.get("Resources") or {}).get(name, {}).get("Type", ""))
        stack.events.append(
            StackEvent(
                id=f"{stack.name}-{len(stack.events)}",
                at=self.clock(),
                logical_id=name,
                type=found,
                status=status,
                reason=reason,
                physical_id=physical or stack.physical.get(name, ""),
                token=token,
            )
        )


def _digests(source: Source) -> list[str]:
    """Digests of the images in the task definitions."""
    resources = source.template["Resources"].values()
    tasks = [values(row["Properties"], source.template, source.parameters) for row in resources if row["Type"] == TASK]
    containers = [container for task in tasks for container in task.get("ContainerDefinitions", ())]
    return [str(container["Image"]).partition("@")[2] for container in containers]
