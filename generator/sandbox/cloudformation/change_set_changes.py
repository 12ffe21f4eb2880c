"""Making a change set: the changes, whether outputs change, and what the early validation finds.

Source: AWS CloudFormation User Guide, "Validate stack deployments" (early validation), read through `DescribeEvents`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.change_set_diff import Deployed, DesiredStack, compare
from generator.sandbox.cloudformation.model import Source
from generator.sandbox.cloudformation.outputs import evaluate
from generator.sandbox.cloudformation.properties import check
from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.cloudformation.template_values import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.cloudformation.change_set_diff import Outcome
    from generator.sandbox.cloudformation.intrinsic_functions import Known
    from generator.sandbox.cloudformation.model import Stack
    from generator.sandbox.cloudformation.store import Cloud

_NOTHING = Source(body="{}", template={"Resources": {}})


class Finding(NamedTuple):
    """One finding of the early validation. `hook` is the name in the change set's reason, `name` that in the event."""

    logical_id: str
    type: str
    hook: str
    name: str
    path: str
    reason: str
    mode: str = "FAIL"


class Preview(NamedTuple):
    """What a change set holds."""

    changes: list[dict[str, Any]]
    outputs_change: bool
    findings: list[Finding]


def preview(cloud: Cloud, stack: Stack, target: Source, *, validate: bool) -> Preview:
    """Compare a stack with what it should become.

    Raises:
        AwsError: The template can't be evaluated.
    """
    before = stack.source or _NOTHING
    with cloud.lock:
        deployed = Deployed(dict(stack.resources), cloud.environment(stack, before), before.tags)

        def environment(known: dict[str, Known], masked: bool) -> Any:  # noqa: FBT001 - the shape that Wanted asks for
            return cloud.environment(stack, target, masked=masked, resources=known)

        outcome = compare(deployed, DesiredStack(environment, target.tags))
        rows = evaluate(cloud.environment(stack, target, resources=outcome.known))
        outputs_change = _outputs_change(stack, before, target, rows)
        findings = list(_findings(cloud, stack, outcome)) if validate else []
    return Preview(outcome.changes, outputs_change, findings)


def _outputs_change(stack: Stack, before: Source, target: Source, rows: list[dict[str, str]]) -> bool:
    if (before.template.get("Outputs") or {}) != (target.template.get("Outputs") or {}):
        return True
    now = {row["OutputKey"]: row for row in stack.outputs}
    return any(not unknown(row["OutputValue"]) and now.get(row["OutputKey"]) != row for row in rows)


def _findings(cloud: Cloud, stack: Stack, outcome: Outcome) -> Iterator[Finding]:
    added = {str(change["LogicalResourceId"]) for change in outcome.changes if change["Action"] == "Add"}
    types = {str(change["LogicalResourceId"]): str(change["ResourceType"]) for change in outcome.changes}
    for name, props in outcome.desired.items():
        spec = schema(types[name])
        if spec is None:
            continue
        for fault in check(spec, props):
            where = "".join(f"/{part}" for part in fault.path)
            yield Finding(
                name,
                types[name],
                "AWS::EarlyValidation::PropertyValidation",
                "PROPERTY_VALIDATION",
                f"/Resources/{name}/Properties{where}",
                fault.text,
            )
        owner = _owner(cloud, stack, types[name], props) if name in added else ""
        if owner:
            yield Finding(
                name,
                types[name],
                "AWS::EarlyValidation::ResourceExistenceCheck",
                "NAME_CONFLICT_VALIDATION",
                f"/Resources/{name}/Properties/{spec.primary[0][0]}",
                f"Resource of type '{types[name]}' with identifier '{owner}' already exists.",
            )


def _owner(cloud: Cloud, stack: Stack, type_name: str, props: dict[str, Any]) -> str:
    """The name of a new resource that another stack's resource has already; checked for names that are the identifier."""
    spec = schema(type_name)
    if spec is None or len(spec.primary) != 1 or len(spec.primary[0]) != 1 or spec.primary[0] in spec.read_only:
        return ""
    name = props.get(spec.primary[0][0])
    if not isinstance(name, str) or unknown(name):
        return ""
    taken = (
        resource.physical_id == name
        for other in cloud.of(stack.account, stack.region)
        if not other.gone
        for resource in list(other.resources.values())
        if resource.type == type_name and resource.status != "DELETE_COMPLETE"
    )
    return name if any(taken) else ""
