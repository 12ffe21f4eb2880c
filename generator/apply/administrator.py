"""The administrator's part: home and foundation are created and destroyed with people's own credentials, not by a release.

Everything here goes through change sets too, and says what it does before it does it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from generator.release.digests import template_digest
from generator.release.errors import ReleaseError
from generator.release.model.change import ChangeSet
from generator.release.model.observed import StackEvent, StackNow, StackResource
from generator.wiring.application import Calls

Outcome = Literal["created", "updated", "unchanged", "deleted", "not there"]
_CHANGES = {"Add": "Add", "Modify": "Modify", "Remove": "Remove", "Import": "Import", "Dynamic": "Modify"}
_NEVER_MADE = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"}


class StackFailed(ReleaseError):  # noqa: N818 - it says what happened
    """CloudFormation could not update a stack as requested. The text contains the events that failed."""


class AdministratorStack(NamedTuple):
    """A stack to create: its key, name, account and Region, its template, and the capabilities that CloudFormation needs."""

    key: str
    name: str
    account: str
    region: str
    body: str
    capabilities: tuple[str, ...]
    sources: Mapping[str, str]
    tags: Mapping[str, str]


class Prepared(NamedTuple):
    """A change set that was created and not executed."""

    place: AdministratorStack
    change_set: ChangeSet

    @property
    def creates(self) -> bool:
        """Whether the change set creates the stack."""
        return self.change_set.kind == "CREATE"

    @property
    def changes(self) -> tuple[str, ...]:
        """``Add AWS::DynamoDB::Table ReleaseTable``."""
        rows = self.change_set.changes
        return tuple(f"{_CHANGES.get(row.action, row.action)} {row.type} {row.logical_id}" for row in rows)


class Administrator:
    """Creates, reads and deletes stacks with the caller's credentials. ``pace`` scales waiting."""

    def __init__(
        self, calls: Calls, *, sleep: Callable[[float], None] = time.sleep, pace: float = 1.0,
        watch: Callable[[StackEvent], None] | None = None,
    ) -> None:  # fmt: skip
        self._calls = calls
        self._sleep = lambda seconds: sleep(max(0.05, seconds * pace))
        self._watch = watch

    def stack(self, place: AdministratorStack) -> StackNow | None:
        """A stack; None if there is none."""
        found: StackNow | None = self._stacks(place).describe(place.name)
        return found

    def exists(self, place: AdministratorStack) -> bool:
        """Whether the creation of a stack has ever succeeded."""
        found = self.stack(place)
        return found is not None and found.status not in _NEVER_MADE

    def is_current(self, place: AdministratorStack, parameters: Mapping[str, str]) -> bool:
        """Whether a stack has exactly this template and these parameters."""
        found = self.stack(place)
        if found is None or found.status in _NEVER_MADE or found.parameters != dict(parameters):
            return False
        there = self._stacks(place).template(found.id)
        return template_digest(there) == template_digest(msgspec.json.decode(place.body))

    def unprotect(self, place: AdministratorStack) -> int:
        """Lift what protects instances from scale-in, so that the stack can be deleted. Returns how many had that."""
        from generator.apply.scale_in_protection import lift_protection

        found = self.stack(place)
        if found is None:
            return 0
        calls = self._calls("autoscaling", place.account, place.region)
        return lift_protection(calls, self._stacks(place).resources(found.id))

    def resources(self, place: AdministratorStack) -> "list[StackResource]":
        """The resources of a stack, which must exist."""
        found = self._stacks(place)
        rows: list[StackResource] = found.resources(found.describe(place.name).id)
        return rows

    def release(self, place: AdministratorStack) -> None:
        """Switch termination protection off, so that the stack can be deleted."""
        found = self.stack(place)
        if found is not None and found.protected:
            api = self._calls("cloudformation", place.account, place.region)
            api("update_termination_protection", StackName=found.id, EnableTerminationProtection=False)

    def template(self, place: AdministratorStack) -> Any:
        """The template that a stack has, decoded. The stack must exist."""
        found = self._stacks(place)
        return found.template(found.describe(place.name).id)

    def outputs(self, place: AdministratorStack) -> dict[str, str]:
        """The outputs of a stack. {} if it does not exist."""
        found = self.stack(place)
        return found.outputs if found is not None else {}

    def prepare(self, place: AdministratorStack, parameters: Mapping[str, str]) -> Prepared | None:
        """Create a change set. None if there is nothing to change.

        Raises:
            StackFailed: CloudFormation refuses it.
        """
        from generator.aws.admin import Failed, Stack, Unchanged

        found = self._at(place).propose(Stack(place.name, place.body, parameters, place.tags, place.capabilities))
        if isinstance(found, Failed):
            raise StackFailed(
                f"{place.key}: CloudFormation refuses the change set: {'; '.join(found.reasons)}; correct this"
            )
        return None if isinstance(found, Unchanged) else Prepared(place, found.change_set)

    def withdraw(self, prepared: Prepared) -> None:
        """Delete a change set that is not needed."""
        self._stacks(prepared.place).delete(prepared.place.name, prepared.change_set.name)

    def execute(self, prepared: Prepared) -> Outcome:
        """Execute it and wait for its end.

        Raises:
            StackFailed: the stack was rolled back, with the events that failed.
        """
        from generator.aws.admin import Failed, Proposed

        found = self._at(prepared.place).execute(Proposed(prepared.change_set))
        if isinstance(found, Failed):
            raise StackFailed(_failed(prepared.place, found.status, found.reasons))
        return "created" if prepared.creates else "updated"

    def protect(self, place: AdministratorStack) -> bool:
        """Switch termination protection on. Returns whether it was off. A stack that does not exist is left alone."""
        found = self.stack(place)
        if found is None or found.protected:
            return False
        api = self._calls("cloudformation", place.account, place.region)
        api("update_termination_protection", StackName=found.id, EnableTerminationProtection=True)
        return True

    def delete(self, place: AdministratorStack, role: str = "") -> Outcome:
        """Delete a stack and wait for its end. ``role`` is used unless the stack was created without one.

        A stack remembers the role of its last operation, which an upgrade may have deleted since.

        Raises:
            StackFailed: something in it could not be deleted.
        """
        from generator.aws.admin import Failed

        there = self.stack(place)
        if there is None:
            return "not there"
        found = self._at(place).delete(place.name, role if there.role else "")
        if isinstance(found, Failed):
            raise StackFailed(_failed(place, found.status, found.reasons))
        return "deleted"

    def _at(self, place: AdministratorStack) -> Any:
        from generator.aws.admin import Administrator as Here

        api = self._calls("cloudformation", place.account, place.region)
        return Here(api, sleep=self._sleep, watch=self._watch)

    def _stacks(self, place: AdministratorStack) -> Any:
        from generator.aws.cloudformation import CloudFormationStacks

        return CloudFormationStacks(self._calls("cloudformation", place.account, place.region))


def _failed(place: AdministratorStack, status: str, reasons: tuple[str, ...]) -> str:
    return f"{place.key} is {status}: " + ("; ".join(reasons) or "AWS gives no reason; see the events of the stack")
