"""What CloudFormation refuses before it makes a change set or touches a stack.

Source: AWS CloudFormation User Guide, "Troubleshooting CloudFormation", and the errors of `CreateChangeSet` and
`CreateStack`. The texts are AWS's as far as they are known; a test of each cites or assumes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.references import conditions_in, cycle, needs, references
from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.cloudformation.template import malformed
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.providers.registry import provider_for
from generator.sandbox.server.errors import AwsError, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

_PSEUDO = frozenset(
    f"AWS::{name}"
    for name in "AccountId NotificationARNs NoValue Partition Region StackId StackName URLSuffix".split()  # noqa: SIM905
)
_NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
_IAM = frozenset(
    {*_NAMED, "AWS::IAM::Policy", "AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition", "AWS::IAM::RolePolicy"}
)
_DELETION = frozenset({"Delete", "Retain", "Snapshot", "RetainExceptOnCreate"})


def check(template: dict[str, Any]) -> None:
    """Refuse what no stack could be made of: types, references, conditions, circles, policies.

    Raises:
        AwsError: `ValidationError` in AWS's words, or `NotImplemented` for what the sandbox can't deploy.
    """
    if "Transform" in template:
        raise refused("transforms", "expand the template (for example with `sam build`) before you send it")
    resources: dict[str, Any] = template["Resources"]
    _check_types(resources)
    _check_references(template)
    _check_conditions(template)
    for name, definition in resources.items():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            given = definition.get(policy)
            if isinstance(given, str) and given not in _DELETION:
                raise malformed(f"Unrecognized {policy} {given} for resource {name}")
    circle = cycle(needs(template, list(resources)))
    if circle:
        raise invalid(f"Circular dependency between resources: [{', '.join(circle)}]")


def _check_types(resources: dict[str, Any]) -> None:
    types = {str(definition["Type"]) for definition in resources.values()}
    strange = sorted(name for name in types if schema(name) is None and provider_for(name) is None)
    if strange:
        raise malformed(f"Unrecognized resource types: [{', '.join(strange)}]")
    missing = sorted(name for name in types if provider_for(name) is None)
    if missing:
        raise refused(
            f"resources of type {', '.join(missing)}", "leave them out, or deploy this template to an account"
        )


def _check_references(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    names = {*resources, *(template.get("Parameters") or {}), *_PSEUDO}
    for block, nodes in (
        ("Resources", {name: definition.get("Properties", {}) for name, definition in resources.items()}),
        ("Outputs", template.get("Outputs") or {}),
    ):
        missing = {ref.name for node in nodes.values() for ref in references(node) if not ref.attribute} - names
        if missing:
            raise malformed(
                f"Unresolved resource dependencies [{', '.join(sorted(missing))}] in the {block} block of the template"
            )
        for node in nodes.values():
            _check_attributes(resources, node)
    for name, definition in resources.items():
        depends = definition.get("DependsOn", [])
        for other in [depends] if isinstance(depends, str) else depends:
            if other not in resources:
                raise malformed(f"Unresolved resource dependencies [{other}] in the Resources block of the template")
            if other == name:
                raise invalid(f"Circular dependency between resources: [{name}]")


def _check_attributes(resources: dict[str, Any], node: Any) -> None:
    for ref in references(node):
        if not ref.attribute:
            continue
        if ref.name not in resources:
            raise invalid(f"Template error: instance of Fn::GetAtt references undefined resource {ref.name}")
        spec = schema(resources[ref.name]["Type"])
        if spec is None or ref.attribute == "*" or ref.attribute.startswith("Outputs."):
            continue
        if ref.attribute.split(".", 1)[0] not in spec.properties:
            raise invalid(
                f"Template error: resource {ref.name} does not support attribute type {ref.attribute} in Fn::GetAtt"
            )


def _check_conditions(template: dict[str, Any]) -> None:
    declared = set(template.get("Conditions") or {})
    used = set(conditions_in(template["Resources"])) | set(conditions_in(template.get("Outputs") or {}))
    for definition in (*template["Resources"].values(), *(template.get("Outputs") or {}).values()):
        if isinstance(definition.get("Condition"), str):
            used.add(definition["Condition"])
    missing = sorted(used - declared)
    if missing:
        raise malformed(
            f"Unresolved condition dependencies [{', '.join(missing)}] in the Resources block of the template"
        )


def capabilities_needed(template: dict[str, Any]) -> list[str]:
    """`CAPABILITY_IAM`, or `CAPABILITY_NAMED_IAM` if an IAM resource has a name of its own; empty if neither."""
    needed: list[str] = []
    for definition in template["Resources"].values():
        kind = definition["Type"]
        if kind in _IAM:
            name = _NAMED.get(kind)
            named = name is not None and name in definition.get("Properties", {})
            needed.append("CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM")
    return ["CAPABILITY_NAMED_IAM"] if "CAPABILITY_NAMED_IAM" in needed else needed[:1]


def check_capabilities(template: dict[str, Any], given: Iterable[str]) -> None:
    """Refuse IAM resources that nobody acknowledged.

    Raises:
        AwsError: `InsufficientCapabilitiesException`.
    """
    needed = capabilities_needed(template)
    have = set(given)
    if "CAPABILITY_NAMED_IAM" in have:
        have.add("CAPABILITY_IAM")
    if not set(needed) <= have:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(needed)}]")
