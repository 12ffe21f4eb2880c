"""One operation on one stack while it runs: its events, its cancellation, and the context of providers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.ids import new_id
from generator.sandbox.cloudformation.interruption import Interruption
from generator.sandbox.cloudformation.model import Event, Operation, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from generator.sandbox.cloudformation.model import Stack
    from generator.sandbox.cloudformation.store import Cloud
    from generator.sandbox.providers.provider import Time

STACK_TYPE = "AWS::CloudFormation::Stack"


class Run(Interruption):
    """An operation under way.

    Args:
        cloud: All stacks.
        stack: The one it moves.
        kind: AWS's OperationType, such as `UPDATE_STACK`.
        token: The caller's `ClientRequestToken`, shown in every event.
    """

    def __init__(self, cloud: Cloud, stack: Stack, kind: str, token: str = "", change_set_id: str = "") -> None:
        super().__init__()
        self.cloud = cloud
        self.stack = stack
        self.operation = Operation(
            operation_id=new_id(), kind=kind, started=self.now(), token=token, change_set_id=change_set_id
        )
        with cloud.lock:
            stack.operations.append(self.operation)
            cloud.runs[stack.stack_id] = self

    @property
    def clock(self) -> Time:
        """The sandbox's clock."""
        return self.cloud.host.clock

    def now(self) -> datetime:
        """The present."""
        return self.cloud.host.clock.now()

    @property
    def abandoned(self) -> bool:
        """Whether this operation has nothing left to say: the sandbox was reset, or a deletion took over."""
        return self.superseded or self.stack.stack_id not in self.cloud.stacks

    def next(self, kind: str) -> Run:
        """The operation that follows by itself, such as the rollback of a failed update; this one has failed."""
        self.end("FAILED")
        return Run(self.cloud, self.stack, kind, self.operation.token, self.operation.change_set_id)

    def end(self, outcome: str) -> None:
        """Say how the operation ended: `SUCCEEDED` or `FAILED`."""
        with self.cloud.lock:
            self.operation.ended = self.now()
            self.operation.outcome = outcome

    def state(self, status: str, reason: str = "") -> None:
        """Move the stack to a status and write the event."""
        stack = self.stack
        with self.cloud.lock:
            stack.status, stack.reason = status, reason
            self._write(stack.name, stack.stack_id, STACK_TYPE, status, reason=reason)

    def event(self, resource: Resource, status: str, reason: str = "", physical_id: str | None = None) -> None:
        """Move a resource to a status and write the event."""
        with self.cloud.lock:
            resource.status, resource.reason, resource.at = status, reason, self.now()
            self._write(
                resource.logical_id,
                resource.physical_id if physical_id is None else physical_id,
                resource.type,
                status,
                reason=reason,
                properties=json.dumps(resource.shown, separators=(",", ":")) if resource.shown else "",
            )

    def _write(  # noqa: PLR0913 - the columns of an event
        self, logical_id: str, physical_id: str, kind: str, status: str, *, reason: str, properties: str = ""
    ) -> None:
        event = Event(
            event_id=new_id() if kind == STACK_TYPE else f"{logical_id}-{status}-{self.now():%Y-%m-%dT%H:%M:%S.%f}Z",
            at=self.now(),
            operation_id=self.operation.operation_id,
            logical_id=logical_id,
            physical_id=physical_id,
            type=kind,
            status=status,
            reason=reason,
            properties=properties,
            token=self.operation.token,
        )
        self.stack.events.append(event)
        self.cloud.host.happened(self.stack, event)

    def context(self, logical_id: str, initiated: Callable[[str], None] | None = None) -> ResourceContext:
        """The context that a provider gets for this resource."""
        return ResourceContext(self, logical_id, initiated)


class ResourceContext:
    """The engine's side of `providers.provider.Context`."""

    def __init__(self, run: Run, logical_id: str, initiated: Callable[[str], None] | None) -> None:
        stack = run.stack
        self._run = run
        self._initiated = initiated
        self.account, self.region = stack.account, stack.region
        self.stack_id, self.stack_name, self.logical_id = stack.stack_id, stack.name, logical_id
        self.tags: Mapping[str, str] = (stack.source.tags if stack.source else {}) | {
            "aws:cloudformation:stack-name": stack.name,
            "aws:cloudformation:stack-id": stack.stack_id,
            "aws:cloudformation:logical-id": logical_id,
        }
        self.clock = run.clock

    @property
    def cancelled(self) -> Callable[[], bool]:
        """Whether the operation was cancelled or another resource failed."""
        return self._run.halt.is_set

    def initiated(self, physical_id: str) -> None:
        """The resource exists."""
        if self._initiated is not None:
            self._initiated(physical_id)

    def client(self, service: str) -> Any:
        """A client in the stack's account and region with its execution role."""
        return self._run.cloud.host.client(service, self.account, self.region, self._run.stack.role_arn)
