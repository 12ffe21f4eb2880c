"""The administrator's part: home and foundation are made and destroyed with people's own credentials, not by a release.

Everything here goes through change sets too, and says what it does before it does it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from generator.release.digests import template_digest
from generator.release.errors import Invalid, ReleaseError

Api = Callable[..., dict[str, Any]]
Outcome = Literal["created", "updated", "unchanged", "deleted", "not there"]
_LONGEST = 3600.0  # seconds that one stack may take
_EMPTY = ("didn't contain changes", "No updates are to be performed")


class StackFailed(ReleaseError):  # noqa: N818 - it says what happened
    """CloudFormation could not bring a stack to what was asked; the text holds the events that failed."""


class Place(NamedTuple):
    """One stack to make: its key, its name, where it stands, its template and what CloudFormation wants acknowledged."""

    key: str
    name: str
    account: str
    region: str
    body: str
    capabilities: tuple[str, ...]
    sources: Mapping[str, str]
    tags: Mapping[str, str]


class Apis(Protocol):
    """CloudFormation of an account and Region, as the administrator."""

    def __call__(self, account: str, region: str) -> Any:
        """The client, called with a boto3 method's name and its parameters."""


class Prepared(NamedTuple):
    """A change set that was made and not executed. ``changes`` are ``Add Table ReleaseTable``."""

    place: Place
    name: str
    creates: bool
    changes: tuple[str, ...]


class Administrator:
    """Makes, looks at and deletes stacks. ``sleep`` takes seconds, ``say`` hears of each step."""

    def __init__(
        self, apis: Apis, *, sleep: Callable[[float], None] = time.sleep, pace: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._apis = apis
        self._sleep = sleep
        self._pace = pace
        self._clock = clock

    def stack(self, place: Place) -> dict[str, Any] | None:
        """DescribeStacks of one; None if there is none."""
        try:
            rows = self._apis(place.account, place.region)("describe_stacks", StackName=place.name)["Stacks"]
        except Invalid as error:
            if "does not exist" in str(error):
                return None
            raise
        found: dict[str, Any] = rows[0]
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found

    def is_there(self, place: Place) -> bool:
        """Whether a stack was ever made whole."""
        found = self.stack(place)
        return found is not None and found["StackStatus"] not in {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}

    def is_current(self, place: Place) -> bool:
        """Whether a stack has this very template."""
        if not self.is_there(place):
            return False
        answer = self._apis(place.account, place.region)("get_template", StackName=place.name)["TemplateBody"]
        body = msgspec.json.decode(answer) if isinstance(answer, str) else answer
        return template_digest(body) == template_digest(msgspec.json.decode(place.body))

    def outputs(self, place: Place) -> dict[str, str]:
        """The outputs of a stack; {} if it is not there."""
        found = self.stack(place) or {}
        return {row["OutputKey"]: row["OutputValue"] for row in found.get("Outputs", ())}

    def prepare(self, place: Place, parameters: Mapping[str, str]) -> Prepared | None:
        """Make a change set; None if there is nothing to change.

        Raises:
            StackFailed: CloudFormation refuses it.
        """
        api = self._apis(place.account, place.region)
        creates = not self.is_there(place)
        name = f"admin-{token_hex(6)}"
        made = api(
            "create_change_set",
            StackName=place.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if creates else "UPDATE",
            TemplateBody=place.body,
            Capabilities=list(place.capabilities),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(parameters.items())],
            Tags=[{"Key": k, "Value": v} for k, v in sorted(place.tags.items())],
        )
        found = self._until(lambda: api("describe_change_set", ChangeSetName=made["Id"]), "Status")
        if found["Status"] != "CREATE_COMPLETE":
            reason = str(found.get("StatusReason", ""))
            api("delete_change_set", StackName=place.name, ChangeSetName=name)
            if any(text in reason for text in _EMPTY):
                return None
            raise StackFailed(f"{place.key}: CloudFormation refuses the change set: {reason}; put that right")
        rows = (change["ResourceChange"] for change in found.get("Changes", ()))
        changes = tuple(f"{row['Action']} {row['ResourceType']} {row['LogicalResourceId']}" for row in rows)
        return Prepared(place, name, creates, changes)

    def withdraw(self, prepared: Prepared) -> None:
        """Delete a change set that nobody wants."""
        place = prepared.place
        self._apis(place.account, place.region)("delete_change_set", StackName=place.name, ChangeSetName=prepared.name)

    def execute(self, prepared: Prepared) -> Outcome:
        """Execute it and wait for its end.

        Raises:
            StackFailed: the stack went back, with the events that failed.
        """
        place = prepared.place
        api = self._apis(place.account, place.region)
        api("execute_change_set", StackName=place.name, ChangeSetName=prepared.name, ClientRequestToken=prepared.name)
        found = self._until(lambda: api("describe_stacks", StackName=place.name)["Stacks"][0], "StackStatus")
        if found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise StackFailed(f"{place.key} is {found['StackStatus']}:\n" + "\n".join(self._failures(place)))
        return "created" if prepared.creates else "updated"

    def delete(self, place: Place) -> Outcome:
        """Delete a stack and wait for its end.

        Raises:
            StackFailed: something in it could not be deleted.
        """
        found = self.stack(place)
        if found is None:
            return "not there"
        api = self._apis(place.account, place.region)
        # The execution role sticks to the stack, so that its rights are used.
        api("delete_stack", StackName=place.name)
        ended = self._until(lambda: api("describe_stacks", StackName=found["StackId"])["Stacks"][0], "StackStatus")
        if ended["StackStatus"] != "DELETE_COMPLETE":
            raise StackFailed(f"{place.key} is {ended['StackStatus']}:\n" + "\n".join(self._failures(place)))
        return "deleted"

    def _failures(self, place: Place) -> Iterator[str]:
        api = self._apis(place.account, place.region)
        rows: Sequence[dict[str, Any]] = api("describe_stack_events", StackName=place.name)["StackEvents"]
        for row in reversed(rows[:200]):
            if row["ResourceStatus"].endswith("_FAILED"):
                yield f"  {row['LogicalResourceId']} ({row['ResourceType']}): {row.get('ResourceStatusReason', '')}"

    def _until(self, ask: Callable[[], dict[str, Any]], status: str) -> dict[str, Any]:
        end, pause = self._clock() + _LONGEST, 0.05
        while True:
            found = ask()
            if found[status].endswith(("_COMPLETE", "FAILED")) and "CLEANUP" not in found[status]:
                return found
            if self._clock() > end:
                raise StackFailed(f"it is still {found[status]} after an hour; look at it in the console")
            self._sleep(pause)
            pause = min(pause * 1.5, max(0.1, 5.0 * self._pace))
