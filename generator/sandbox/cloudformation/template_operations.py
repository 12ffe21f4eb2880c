"""The operations about templates as such: get, summarise, validate, estimate.

Source: AWS CloudFormation API Reference of each operation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation import parameters, template, validation
from generator.sandbox.cloudformation.change_set_operations import find
from generator.sandbox.cloudformation.request_input import template_text
from generator.sandbox.cloudformation.template_values import invalid

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Source
    from generator.sandbox.cloudformation.request_input import Call

_REASON = "The following resource(s) require capabilities: [{}]"


def _source(call: Call) -> Source | None:
    if call.text("ChangeSetName"):
        return find(call)[1].source
    return call.stack().source


def get_template(call: Call) -> dict[str, Any]:
    """`GetTemplate` of a stack or of a change set: as submitted, or processed.

    Nothing is ever transformed here, so `Processed` is the same template as JSON when it was JSON.
    """
    with call.cloud.lock:
        stage = call.text("TemplateStage") or "Original"
        if stage not in ("Original", "Processed"):
            raise invalid(
                f"1 validation error detected: Value '{stage}' at 'templateStage' failed to satisfy constraint: "
                "Member must satisfy enum value set: [Original, Processed]"
            )
        source = _source(call)
        if source is None:
            raise invalid(
                f"Template for stack {call.text('StackName')} does not exist: it waits for its first change set"
            )
        return {"TemplateBody": source.body, "StagesAvailable": ["Original", "Processed"]}


def get_template_summary(call: Call) -> dict[str, Any]:
    """`GetTemplateSummary` of a template, or of a stack's."""
    with call.cloud.lock:
        if call.text("StackName"):
            source = call.stack().source
            if source is None:
                raise invalid(f"Stack {call.text('StackName')} has no template yet")
            parsed = source.template
        else:
            parsed = template.parse(template_text(call))
            validation.check(parsed)
    needed = validation.capabilities_needed(parsed)
    types = sorted({str(definition["Type"]) for definition in parsed["Resources"].values()})
    return {
        "Parameters": [_declared(name, spec) for name, spec in parameters.declared(parsed).items()],
        "Description": parsed.get("Description"),
        "Capabilities": needed,
        "CapabilitiesReason": _REASON.format(", ".join(kind for kind in types if kind.startswith("AWS::IAM")))
        if needed
        else None,
        "ResourceTypes": types,
        "Version": parsed.get("AWSTemplateFormatVersion"),
        "Metadata": json.dumps(parsed["Metadata"]) if "Metadata" in parsed else None,
    }


def _declared(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    allowed = [str(value) for value in spec.get("AllowedValues", [])]
    return {
        "ParameterKey": name,
        "DefaultValue": None
        if "Default" not in spec
        else parameters.MASK
        if parameters.hidden(spec)
        else str(spec["Default"]),
        "ParameterType": spec.get("Type", "String"),
        "NoEcho": parameters.hidden(spec),
        "Description": spec.get("Description"),
        "ParameterConstraints": {"AllowedValues": allowed} if allowed else {},
    }


def validate_template(call: Call) -> dict[str, Any]:
    """`ValidateTemplate`."""
    parsed = template.parse(template_text(call))
    validation.check(parsed)
    needed = validation.capabilities_needed(parsed)
    rows = [
        {key: row[key] for key in ("ParameterKey", "DefaultValue", "NoEcho", "Description")}
        for row in (_declared(name, spec) for name, spec in parameters.declared(parsed).items())
    ]
    types = sorted({str(definition["Type"]) for definition in parsed["Resources"].values()})
    return {
        "Parameters": rows,
        "Description": parsed.get("Description"),
        "Capabilities": needed,
        "CapabilitiesReason": _REASON.format(", ".join(kind for kind in types if kind.startswith("AWS::IAM")))
        if needed
        else None,
    }
