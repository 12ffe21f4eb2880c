"""``DescribeChangeSet`` answers as a :class:`ChangeSet`. Pure, without boto3; unknown values of AWS are errors.

Source: CloudFormation API Reference, ``DescribeChangeSet``, ``ResourceChange``, ``ResourceChangeDetail``,
``ResourceTargetDefinition``.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from generator.release.model.change import ChangeSet, Detail, ResourceChange

Answer = Mapping[str, Any]


class UndescribedError(Exception):
    """An answer that can't be read as a whole change set. The text says which part; nothing may be approved from it."""


def change_set(
    answer: Answer, *more: Answer, kind: Literal["CREATE", "UPDATE"] = "UPDATE", template: str = ""
) -> ChangeSet:
    """The change set that an answer and its further pages describe.

    Changes are sorted by logical id and details by what they say, so that the order in which AWS lists them does not
    matter. ``before`` and ``after`` become JSON texts: objects and lists as AWS gives them, anything else as a string
    (AWS tells every scalar as text).

    Args:
        answer: what boto3 returns for ``describe_change_set(IncludePropertyValues=True)``.
        more: the answers for its ``NextToken``, in order.
        kind: the answer does not tell. ``CREATE`` only for a stack in ``REVIEW_IN_PROGRESS``.
        template: digest of the template that the change set carries, which the answer does not hold either.

    Raises:
        UndescribedError: a page is missing, a page belongs to another change set, a value is none that we know, or a
            stack that is to be created would have something modified.
    """
    pages = (answer, *more)
    identity = answer.get("ChangeSetId")
    for page, following in zip(pages, (*pages[1:], None), strict=True):
        if page.get("ChangeSetId") != identity:
            raise UndescribedError(
                f"a page of {identity} describes {page.get('ChangeSetId')}; describe it again by its ARN"
            )
        if bool(page.get("NextToken")) != (following is not None):
            raise UndescribedError(
                f"the pages of {identity} are not complete; ask for every NextToken until there is none"
            )
    try:
        changes = [_change(row) for page in pages for row in page.get("Changes") or [] if row.get("Type") == "Resource"]
        found = msgspec.convert(
            {
                "arn": identity,
                "name": answer.get("ChangeSetName"),
                "stack_id": answer.get("StackId"),
                "stack_name": answer.get("StackName"),
                "kind": kind,
                "changes": sorted(changes, key=lambda change: change.logical_id),
                "parameters": {
                    row["ParameterKey"]: row.get("ResolvedValue") or row.get("ParameterValue") or ""
                    for row in answer.get("Parameters") or []
                },
                "tags": {row["Key"]: row["Value"] for row in answer.get("Tags") or []},
                "capabilities": sorted(answer.get("Capabilities") or []),
                "role": answer.get("RoleARN") or "",
                "template": template,
                "execution": answer.get("ExecutionStatus") or "UNAVAILABLE",
                "created": _seconds(answer.get("CreationTime")),
            },
            ChangeSet,
        )
    except (msgspec.ValidationError, KeyError, TypeError, AttributeError) as error:
        raise UndescribedError(f"change set {identity} can't be read: {error}; a newer Slipway may know it") from error
    if kind == "CREATE" and any(change.action not in ("Add", "Import") for change in found.changes):
        raise UndescribedError(f"change set {identity} modifies resources of a stack that is to be created")
    return found


def _change(row: Answer) -> ResourceChange:
    change = row["ResourceChange"]
    return msgspec.convert(
        {
            "logical_id": change["LogicalResourceId"],
            "type": change["ResourceType"],
            "action": change["Action"],
            "physical_id": change.get("PhysicalResourceId") or "",
            "replacement": change.get("Replacement") or "",
            "policy_action": change.get("PolicyAction") or "",
            "scope": sorted(change.get("Scope") or []),
            "details": _sorted(_detail(detail) for detail in change.get("Details") or []),
            "before": change.get("BeforeContext"),
            "after": change.get("AfterContext"),
            "drift_status": change.get("ResourceDriftStatus") or "",
        },
        ResourceChange,
    )


def _detail(row: Answer) -> Detail:
    target = row.get("Target") or {}
    return msgspec.convert(
        {
            "attribute": target["Attribute"],
            "name": target.get("Name") or "",
            "path": target.get("Path") or target.get("Name") or "",
            "requires_recreation": target.get("RequiresRecreation") or "",
            "before": _json(target.get("BeforeValue")),
            "after": _json(target.get("AfterValue")),
            "change_type": target.get("AttributeChangeType") or "",
            "evaluation": row.get("Evaluation") or "Dynamic",
            "source": row.get("ChangeSource") or "",
            "cause": row.get("CausingEntity") or "",
        },
        Detail,
    )


def _sorted(details: Iterable[Detail]) -> list[Detail]:
    return sorted(details, key=lambda detail: (detail.attribute, detail.path, msgspec.json.encode(detail)))


def _json(value: str | None) -> str | None:
    """A value as JSON text. A text that is not a JSON object or list stays a string."""
    if value is None:
        return None
    if value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        except ValueError:
            pass
    return json.dumps(value, ensure_ascii=False)


def _seconds(value: Any) -> float:
    """Epoch seconds of a datetime (boto3) or a number (a recorded answer)."""
    if value is None:
        return 0.0
    return float(value.timestamp() if hasattr(value, "timestamp") else value)
