"""The state of a requested change set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from generator.aws.api_client import Api
from generator.aws.change_set_parser import UndescribedError, change_set
from generator.release.errors import Denied, Invalid
from generator.release.model.observed import Broken, Described, Gone, NoChanges, Pending, Ready

# CloudFormation's two ways to say it: the input is the same, or it makes no difference.
_NOTHING = ("didn't contain changes", "No updates are to be performed")


def describe_change_set(api: Api, pages: Sequence[Mapping[str, Any]], digest: Callable[[], str]) -> Described:
    """The answers of DescribeChangeSet as one of the five things a change set can be.

    Args:
        api: CloudFormation, to ask what early validation found.
        pages: all answers, in order.
        digest: asks for the digest of the template that the change set carries.
    """
    first = pages[0]
    status, reason = str(first.get("Status", "")), str(first.get("StatusReason", ""))
    if status.startswith("DELETE_") or first.get("ExecutionStatus") == "OBSOLETE":
        return Gone(reason="the stack was changed after the change set was created")
    if status == "FAILED":
        if any(text in reason for text in _NOTHING):
            return NoChanges(reason=reason)
        return Broken(
            problems=_findings(api, str(first["ChangeSetId"])) or (reason or "CloudFormation gives no reason",)
        )
    if status != "CREATE_COMPLETE":
        return Pending()
    # The answer does not tell the type; OnStackFailure goes with CREATE alone, and is always given there.
    kind: Literal["CREATE", "UPDATE"] = "CREATE" if first.get("OnStackFailure") else "UPDATE"
    try:
        return Ready(change_set=change_set(first, *pages[1:], kind=kind, template=digest()))
    except UndescribedError as error:
        raise Invalid(str(error)) from error


def _findings(api: Api, arn: str) -> tuple[str, ...]:
    """The findings of early validation, which DescribeStackEvents does not return."""
    try:
        rows = api.pages("describe_events", "OperationEvents", ChangeSetName=arn)
    except (Denied, Invalid):
        return ()  # then the reason of the change set has to do
    return tuple(
        f"{row.get('LogicalResourceId', '')} {row.get('ValidationPath', '')}: {row.get('ValidationStatusReason', '')}".strip()
        for row in reversed(rows)
        if row.get("EventType") == "VALIDATION_ERROR" and row.get("ValidationFailureMode") != "WARN"
    )
