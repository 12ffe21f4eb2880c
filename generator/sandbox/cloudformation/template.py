"""Reading template text, JSON or YAML, into plain values with the long forms of the intrinsic functions.

Source: AWS CloudFormation User Guide, "Template format" and "Intrinsic function reference".
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import yaml

from generator.sandbox.server.errors import AwsError

_SECTIONS = frozenset(
    "AWSTemplateFormatVersion Conditions Description Hooks Mappings Metadata Outputs Parameters Resources Rules Transform".split()  # noqa: SIM905
)
_ATTRIBUTES = frozenset(
    "Condition CreationPolicy DeletionPolicy DependsOn Metadata Properties Type UpdatePolicy UpdateReplacePolicy Version".split()  # noqa: SIM905
)
_BARE = {"Ref": "Ref", "Condition": "Condition"}
BODY_LIMIT = 51_200
RESOURCE_LIMIT = 500


def malformed(text: str) -> AwsError:
    """The error for a template that is not one."""
    return AwsError("ValidationError", f"Template format error: {text}")


def parse(body: str) -> dict[str, Any]:
    """Template text to plain values.

    Raises:
        AwsError: `ValidationError` for what is neither JSON nor YAML, and for sections or resources that are no such.
    """
    template = _read(body)
    _check_sections(template)
    return template


def _read(body: str) -> dict[str, Any]:
    text = body.lstrip()
    if text.startswith("{"):
        try:
            value = json.loads(body)
        except ValueError as error:
            raise malformed(f"JSON not well-formed. ({_position(error)})") from error
    else:
        try:
            value = yaml.load(body, Loader=_loader())  # noqa: S506 - a safe loader with CloudFormation's tags
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            raise malformed(f"YAML not well-formed. {where}".rstrip()) from error
    if not isinstance(value, dict):
        raise malformed("unsupported structure.")
    return value


def _position(error: ValueError) -> str:
    return (
        f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "line 1, column 1"
    )


@lru_cache(maxsize=1)
def _loader() -> Any:
    """A safe YAML loader that knows `!Ref`, `!Sub` and the rest, and leaves dates alone."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the base is chosen at run time
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in Loader.yaml_implicit_resolvers.items()
    }
    Loader.add_multi_constructor("!", _tagged)
    return Loader


def _tagged(loader: Any, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {_BARE.get(suffix, f"Fn::{suffix}"): value}


def _check_sections(template: dict[str, Any]) -> None:
    strange = [str(key) for key in template if key not in _SECTIONS]
    if strange:
        raise malformed(f"Invalid template property or properties [{', '.join(strange)}]")
    for section in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        if section in template and not isinstance(template[section], dict):
            raise malformed(f"unsupported structure in {section}.")
    resources = template.get("Resources")
    if not resources:
        raise malformed("At least one Resources member must be defined.")
    if len(resources) > RESOURCE_LIMIT:
        raise malformed(f"Number of resources, {len(resources)}, is greater than maximum allowed, {RESOURCE_LIMIT}")
    for name, resource in resources.items():
        _check_resource(str(name), resource)
    for name, output in (template.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            raise malformed(f"Output {name} is malformed. The Value field of every Outputs member must be specified.")


def _check_resource(name: str, resource: Any) -> None:
    if not name.isalnum():
        raise malformed(f"Resource name {name} is non alphanumeric.")
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise malformed(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    strange = [str(key) for key in resource if key not in _ATTRIBUTES]
    if strange:
        raise AwsError("ValidationError", f"Invalid template resource property '{strange[0]}'")
    if not isinstance(resource.get("Properties", {}), dict):
        raise malformed(f"[/Resources/{name}/Properties] 'null' values are not allowed in templates")
