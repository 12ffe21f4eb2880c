"""What administrators do with their own permissions: create home and foundation, and delete stacks.

Everything goes through change sets here too, without an execution role.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from generator.aws.api_client import Api, ApiError
from generator.aws.cloudformation import CloudFormationStacks, is_missing, stack_now
from generator.release.errors import CannotExecute, Unavailable
from generator.release.model.change import ChangeSet
from generator.release.model.observed import Broken, Gone, NewChangeSet, NoChanges, Pending, Ready, StackEvent, StackNow

_PAUSE = 0.5  # seconds, growing to five
_LONGEST = 5.0
T = TypeVar("T")


class Stack(NamedTuple):
    """The wanted state of a stack: the built template and its parameters."""

    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()


class Proposed(NamedTuple):
    """A change set that waits for the administrator's confirmation."""

    change_set: ChangeSet


class Unchanged(NamedTuple):
    """The stack already has this template and these parameters."""

    stack: StackNow


class Applied(NamedTuple):
    """The operation succeeded. ``stack`` is None after a deletion."""

    stack: StackNow | None


class Failed(NamedTuple):
    """The operation failed. ``reasons`` contains AWS's messages, the first failure first."""

    status: str
    reasons: tuple[str, ...]


class Administrator:
    """CloudFormation in one account and Region, with the rights of anyone who runs the command.

    Args:
        api: CloudFormation there.
        sleep: waits; ``patience`` seconds of it at most for each step.
        watch: told every event of an operation once.
    """

    def __init__(
        self,
        api: Api,
        *,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = 3600.0,
        watch: Callable[[StackEvent], None] | None = None,
    ) -> None:
        self._api = api
        self._stacks = CloudFormationStacks(api)
        self._sleep = sleep
        self._patience = patience
        self._watch = watch

    def propose(self, stack: Stack) -> Proposed | Unchanged | Failed:
        """Create a change set and wait for it. An empty one is deleted again.

        Raises:
            Invalid: CloudFormation does not take the template or its parameters.
            Unavailable: It takes too long.
        """
        there = self._stacks.describe(stack.name)
        name = f"admin-{uuid.uuid4().hex[:12]}"
        new = NewChangeSet(
            name=name,
            stack_name=stack.name,
            kind="CREATE" if there is None or there.is_new else "UPDATE",
            template=stack.template,
            parameters=dict(stack.parameters),
            tags=dict(stack.tags),
            capabilities=stack.capabilities,
            role="",
        )
        self._stacks.create(new)
        found = self._until(lambda: self._described(stack.name, name), stack.name)
        if isinstance(found, Ready):
            return Proposed(found.change_set)
        self._stacks.delete(stack.name, name)
        if isinstance(found, NoChanges) and there is not None:
            return Unchanged(there)
        return Failed(
            "FAILED", found.problems if isinstance(found, Broken) else ("the stack was deleted; run the command again",)
        )

    def execute(self, proposed: Proposed) -> Applied | Failed:
        """Execute a confirmed change set and wait for its end.

        Raises:
            CannotExecute: Something else happened to the stack meanwhile.
            Unavailable: It takes too long; it may continue by itself.
        """
        made, token = proposed.change_set, str(uuid.uuid4())
        before = self._stacks.describe(made.stack_id)
        if before is None or self._stacks.resolve(made.stack_id, made.name) != made.arn:
            raise CannotExecute(f"{made.stack_name} was changed in the meantime; run the command again")
        self._stacks.execute(made.stack_id, made.name, token)
        return self._ended(made.stack_id, token)

    def apply(self, stack: Stack) -> Applied | Unchanged | Failed:
        """Propose and execute without asking."""
        found = self.propose(stack)
        return self.execute(found) if isinstance(found, Proposed) else found

    def delete(self, name: str, role: str = "") -> Applied | Failed:
        """Delete a stack and wait. A missing stack counts as deleted; a protected one fails.

        ``role`` is the execution role to use; without one CloudFormation takes the role that the stack has (API
        Reference: DeleteStack, RoleARN).
        """
        there = self._stacks.describe(name)
        if there is None:
            return Applied(None)
        token = str(uuid.uuid4())
        try:
            more = {"RoleARN": role} if role else {}
            self._api("delete_stack", StackName=there.id, ClientRequestToken=token, **more)
        except ApiError as error:
            if is_missing(error):
                return Applied(None)
            return Failed(there.status, (error.message,))
        return self._ended(there.id, token)

    def _described(self, stack: str, name: str) -> Ready | Broken | NoChanges | Gone | None:
        found = self._stacks.change_set(stack, name)
        return None if isinstance(found, Pending) else found

    def _ended(self, stack_id: str, token: str) -> Applied | Failed:
        reported: set[str] = set()

        def look() -> StackNow | None:
            found = self._raw(stack_id)
            for event in self._stacks.events(stack_id, token):
                if self._watch is not None and event.id not in reported:
                    self._watch(event)
                reported.add(event.id)
            return found if reported and found.is_settled else None

        found = self._until(look, stack_id)
        if found.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return Applied(found)
        failed = [event for event in self._stacks.events(stack_id, token) if event.status.endswith("_FAILED")]
        if found.status == "DELETE_COMPLETE" and not failed:
            return Applied(None)
        reasons = tuple(f"{event.logical_id}: {event.reason}" for event in failed if event.reason)
        return Failed(found.status, reasons or (found.reason,))

    def _raw(self, stack_id: str) -> StackNow:
        """A stack by id: AWS reports deleted stacks for 90 days."""
        return stack_now(self._api("describe_stacks", StackName=stack_id)["Stacks"][0])

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        waited, pause = 0.0, _PAUSE
        while True:
            found = look()
            if found is not None:
                return found
            if waited >= self._patience:
                raise Unavailable(
                    f"{what} takes longer than {self._patience:.0f} s; check the stack and run the command again"
                )
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 1.3, _LONGEST)
