"""What a change set of the fakes says: two templates with their parameters, compared resource by resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.release.model.change import KNOWN_AFTER_APPLY, Detail, ResourceChange

Json = Mapping[str, Any]
# Properties that replace their resource, as far as tests need them; "*" is every property.
REPLACES: dict[str, frozenset[str]] = {
    "AWS::ECS::TaskDefinition": frozenset({"*"}),
    "AWS::SQS::Queue": frozenset({"QueueName", "FifoQueue"}),
    "AWS::DynamoDB::Table": frozenset({"TableName", "KeySchema"}),
    "AWS::RDS::DBInstance": frozenset({"DBInstanceIdentifier", "Engine"}),
    "AWS::S3::Bucket": frozenset({"BucketName"}),
}
NUMBERS = {("AWS::SQS::Queue", "DelaySeconds"), ("AWS::SQS::Queue", "VisibilityTimeout")}


def problems(template: Json, parameters: Mapping[str, str]) -> list[str]:
    """What CloudFormation refuses at once: unknown and missing parameters, references to nothing."""
    declared = template.get("Parameters") or {}
    resources = template.get("Resources") or {}
    found = [f"Parameters: [{name}] do not exist in the template" for name in parameters if name not in declared]
    found += [
        f"Parameters: [{name}] must have values"
        for name, spec in declared.items()
        if name not in parameters and "Default" not in spec
    ]
    if not resources:
        found.append("Template format error: At least one Resources member must be defined.")
    known = {*declared, *resources}
    found += [
        f"Template format error: Unresolved resource dependencies [{name}] in the template"
        for name in _references(dict(template.get("Resources") or {}) | {"": template.get("Outputs") or {}})
        if name not in known and not name.startswith("AWS::")
    ]
    return found


def invalid(template: Json, parameters: Mapping[str, str]) -> tuple[str, ...]:
    """What early validation finds: a text where a number must be."""
    found = []
    for name, resource in template["Resources"].items():
        for key, value in values(resource.get("Properties") or {}, template, parameters).items():
            if (resource["Type"], key) in NUMBERS and not str(value).lstrip("-").isdigit():
                found.append(f"{name}: /Properties/{key}: {value!r} is not an integer")
    return tuple(found)


def values(what: Any, template: Json, parameters: Mapping[str, str]) -> Any:
    """A part of a template with the parameters in place of their references."""
    if isinstance(what, Mapping):
        if set(what) == {"Ref"} and what["Ref"] in (template.get("Parameters") or {}):
            return given(template, parameters, what["Ref"])
        return {key: values(value, template, parameters) for key, value in what.items()}
    if isinstance(what, list):
        return [values(item, template, parameters) for item in what]
    return what


def given(template: Json, parameters: Mapping[str, str], name: str) -> str:
    """A parameter's value, or its default."""
    return str(parameters.get(name, template["Parameters"][name].get("Default", "")))


def changes(before: Json, old: Mapping[str, str], after: Json, new: Mapping[str, str]) -> tuple[ResourceChange, ...]:
    """Every resource that would change, by logical id; what follows from a replaced resource too."""
    had, has = before.get("Resources") or {}, after.get("Resources") or {}
    found: dict[str, ResourceChange] = {}
    for name in sorted({*had, *has}):
        if name not in had:
            found[name] = ResourceChange(logical_id=name, type=has[name]["Type"], action="Add")
        elif name not in has:
            found[name] = ResourceChange(
                logical_id=name, type=had[name]["Type"], action="Remove", policy_action="Delete"
            )
    for _ in has:  # until nothing follows from anything: a replacement changes who refers to it
        replaced = {name for name, change in found.items() if change.replacement == "True"}
        more = {
            name: change
            for name in {*had, *has} - set(found)
            if (change := _modified(name, (before, old), (after, new), replaced)) is not None
        }
        if not more:
            break
        found |= more
    return tuple(found[name] for name in sorted(found))


def _modified(
    name: str, before: tuple[Json, Mapping[str, str]], after: tuple[Json, Mapping[str, str]], replaced: set[str]
) -> ResourceChange | None:
    was, now = before[0]["Resources"][name], after[0]["Resources"][name]
    kind = str(now["Type"])
    old = values(was.get("Properties") or {}, *before)
    new = values(now.get("Properties") or {}, *after)
    details = []
    for key in sorted({*old, *new}):
        follows = replaced & set(_references(new.get(key)))
        if old.get(key) == new.get(key) and not follows:
            continue
        always = bool(REPLACES.get(kind, frozenset()) & {key, "*"})
        asked = [
            ref for ref in _references((now.get("Properties") or {}).get(key)) if ref in after[0].get("Parameters", {})
        ]
        details.append(
            Detail(
                attribute="Properties",
                name=key,
                path=f"/Properties/{key}",
                requires_recreation="Always" if always else "Never",
                before=json.dumps(old.get(key), sort_keys=True),
                after=json.dumps(KNOWN_AFTER_APPLY if follows else new.get(key), sort_keys=True),
                change_type="Modify",
                evaluation="Dynamic" if follows else "Static",
                source="ResourceReference" if follows else "ParameterReference" if asked else "DirectModification",
                cause=min(follows) if follows else min(asked, default=""),
            )
        )
    if not details:
        return None
    recreated = any(detail.requires_recreation == "Always" for detail in details)
    return ResourceChange(
        logical_id=name,
        type=kind,
        action="Modify",
        replacement="True" if recreated else "False",
        policy_action="ReplaceAndDelete" if recreated else "",
        scope=("Properties",),
        details=tuple(details),
    )


def _references(what: Any) -> Iterator[str]:
    if isinstance(what, Mapping):
        for key, value in what.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield str(value[0] if isinstance(value, list) else value.partition(".")[0])
            else:
                yield from _references(value)
    elif isinstance(what, list):
        for item in what:
            yield from _references(item)
