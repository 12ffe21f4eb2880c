"""The JSON Schema (draft 2020-12) of each kind of file, made from the structs that also validate it."""

from typing import Any

import msgspec

from generator.config.check import MODELS, SPECS
from generator.config.sources import Kind

KINDS: tuple[Kind, ...] = ("platform", "environment", "service", "function")
_EXAMPLES: dict[Kind, dict[str, Any]] = {
    "platform": {
        "name": "slipway",
        "owner": "platform-team",
        "github": {"repository": "acme/slipway", "repository_id": 812345678, "owner_id": 9876543},
        "bot": {"environment": "prod"},
    },
    "environment": {
        "account": "111111111111",
        "region": "eu-west-1",
        "domain": "dev.example.com",
        "hosted_zone_id": "Z0111111DEVZONE",
    },
    "service": {"port": 8080},
    "function": {"schedule": "rate(1 hour)", "code": "cleanup.py"},
}
_BELOW = "#/$defs/"


def schema(kind: Kind) -> dict[str, Any]:
    """The schema of one kind of file, complete in itself. Unknown keys are errors in it, as they are to the reader."""
    model = MODELS[kind]
    (reference,), definitions = msgspec.json.schema_components([model], ref_template=_BELOW + "{name}")
    root = definitions.pop(reference["$ref"].removeprefix(_BELOW))
    if kind in SPECS:
        _overrides(root, definitions)
    for definition in (root, *definitions.values()):
        _tidy(definition)
    description = (model.__doc__ or "").replace("``", "`")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Slipway {kind}",
        "description": description,
        "examples": [_EXAMPLES[kind]],
    }
    return {**head, **{k: v for k, v in root.items() if k not in head}, "$defs": dict(sorted(definitions.items()))}


def text(kind: Kind) -> str:
    """The schema as it stands in ``stacks/schema/KIND.json``."""
    return msgspec.json.format(msgspec.json.encode(schema(kind)), indent=2).decode() + "\n"


def _overrides(root: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let editors complete a service's own fields below ``environments.NAME``: all optional, null resets."""
    own = {k: v for k, v in root["properties"].items() if k not in {"deploy_to", "environments"}}
    override = _partial({"type": "object", "properties": own, "required": root["required"]}, definitions) if own else {}
    definitions["Override"] = {
        **override,
        "title": "Override",
        "description": "The fields that differ in one environment; null restores the default.",
    }
    # A required field has no default to go back to.
    for name in root.get("required", ()):
        definitions["Override"]["properties"][name] = own[name]
    root["properties"]["environments"]["additionalProperties"] = {"$ref": _BELOW + "Override"}


def _partial(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A schema's counterpart in an override: nothing is required, and null is taken wherever a key may be left out."""
    if "$ref" in node:
        name = node["$ref"].removeprefix(_BELOW)
        if f"Override{name}" not in definitions:
            definitions[f"Override{name}"] = {}
            definitions[f"Override{name}"] |= _partial(definitions[name], definitions)
        return {**{k: v for k, v in node.items() if k != "default"}, "$ref": f"{_BELOW}Override{name}"}
    if "anyOf" in node:
        return {**node, "anyOf": [_partial(choice, definitions) for choice in node["anyOf"]]}
    if node.get("type") != "object":
        return node
    result = {k: v for k, v in node.items() if k not in {"required", "default"}}
    required = node.get("required", ())
    if "properties" in node:
        result["properties"] = {
            k: _partial(v, definitions) if k in required else _nullable(_partial(v, definitions))
            for k, v in node["properties"].items()
        }
        result["additionalProperties"] = False
    elif isinstance(node.get("additionalProperties"), dict):
        result["additionalProperties"] = _nullable(_partial(node["additionalProperties"], definitions))
    return result


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    outside = {k: node[k] for k in ("description",) if k in node}
    choices = node["anyOf"] if "anyOf" in node else [{k: v for k, v in node.items() if k not in {*outside, "default"}}]
    return {**outside, "anyOf": choices if {"type": "null"} in choices else [*choices, {"type": "null"}]}


def _tidy(node: Any) -> None:
    """Drop defaults that repeat a whole section, and write docstring marks as Markdown, which editors show."""
    if isinstance(node, dict):
        if isinstance(node.get("default"), dict | list) and node["default"]:
            del node["default"]
        if isinstance(node.get("description"), str):
            node["description"] = node["description"].replace("``", "`")
        for key, value in node.items():
            # Below `properties` stand names, and a property may be called `default`.
            for below in value.values() if key == "properties" else (value,):
                _tidy(below)
    elif isinstance(node, list):
        for value in node:
            _tidy(value)
