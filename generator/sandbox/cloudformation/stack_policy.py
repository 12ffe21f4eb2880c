"""Stack policies: which updates of which resources they forbid.

Source: AWS CloudFormation User Guide, "Prevent updates to stack resources": without a policy all updates are allowed;
with one everything is denied that no statement allows, and an explicit Deny wins.
"""

from __future__ import annotations

import fnmatch
import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.template_values import invalid

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Resource


def parse(body: str) -> str:
    """A stack policy that is one, as it came.

    Raises:
        AwsError: `ValidationError` for what is not a policy.
    """
    try:
        value = json.loads(body)
    except ValueError:
        raise invalid("Error validating stack policy: Invalid JSON") from None
    statements = value.get("Statement") if isinstance(value, dict) else None
    if not isinstance(statements, list) or not all(isinstance(item, dict) and "Effect" in item for item in statements):
        raise invalid("Error validating stack policy: Missing Statement")
    return body


def denied(policy: str, resource: Resource, action: str) -> str:
    """Why a policy forbids `Update:Modify`, `Update:Replace` or `Update:Delete` of a resource; empty if it does not."""
    if not policy:
        return ""
    allowed = False
    for number, statement in enumerate(json.loads(policy).get("Statement", []), start=1):
        if not _applies(statement, resource, action):
            continue
        if statement.get("Effect") == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] "
                f"for resource [LogicalResourceId/{resource.logical_id}]"
            )
        allowed = True
    if allowed:
        return ""
    return f"Action not allowed by stack policy: no statement allows [{action}] for resource [LogicalResourceId/{resource.logical_id}]"


def _applies(statement: dict[str, Any], resource: Resource, action: str) -> bool:
    return (
        _any(statement, "Action", "NotAction", [action])
        and _any(
            statement,
            "Resource",
            "NotResource",
            [f"LogicalResourceId/{resource.logical_id}", f"PhysicalResourceId/{resource.physical_id}"],
        )
        and _conditions(statement.get("Condition", {}), resource)
    )


def _any(statement: dict[str, Any], key: str, negated: str, values: list[str]) -> bool:
    if key in statement:
        return any(_like(pattern, value) for pattern in _listed(statement[key]) for value in values)
    if negated in statement:
        return not any(_like(pattern, value) for pattern in _listed(statement[negated]) for value in values)
    return False


def _conditions(conditions: dict[str, Any], resource: Resource) -> bool:
    for operator, tests in conditions.items():
        for key, patterns in tests.items():
            if key != "ResourceType" or operator not in ("StringEquals", "StringLike"):
                return False
            like = operator == "StringLike"
            if not any(_like(item, resource.type) if like else item == resource.type for item in _listed(patterns)):
                return False
    return True


def _like(pattern: str, value: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
