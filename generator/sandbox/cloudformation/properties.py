"""Properties against the schema of their type: coerced to its types, and what is wrong with them.

CloudFormation takes `"2"` where the schema says integer and hands the service a number; so do we, so that a `Ref` to a
Number parameter works in `DesiredCount`. Source: AWS CloudFormation User Guide, "Resource attributes", and the error
texts of resource handlers ("Properties validation failed for resource").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.template_values import KNOWN_AFTER_APPLY, as_text, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.cloudformation.resource_schemas import Schema

_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """Something wrong with a property: where (below the properties) and AWS's words."""

    path: Path
    text: str

    def line(self) -> str:
        """`#/Key/0: words`, as resource handlers write it."""
        return f"#{''.join(f'/{part}' for part in self.path)}: {self.text}"


def coerce(schema: Schema, node: Any, value: Any) -> Any:
    """A value with its scalars in the types that the schema node asks for; left alone where it allows several."""
    spec = schema.definition(node)
    types = _types(spec)
    if isinstance(value, dict):
        patterns: dict[str, Any] = spec.get("patternProperties") or {}
        known: dict[str, Any] = spec.get("properties") or {}
        other: Any = next(iter(patterns.values()), {})
        return {key: coerce(schema, known.get(key, other), part) for key, part in value.items()}
    if isinstance(value, list):
        return [coerce(schema, spec.get("items", {}), part) for part in value]
    if len(types) != 1 or value is None:
        return value
    return _scalar(types[0], value)


def _scalar(kind: str, value: Any) -> Any:
    text = as_text(value)
    if kind == "string":
        return text
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("integer", "number") and _NUMBER.match(text) and not isinstance(value, bool):
        number = float(text)
        return int(number) if number.is_integer() else number
    return value


def _types(spec: dict[str, Any]) -> list[str]:
    kind = spec.get("type")
    return [kind] if isinstance(kind, str) else list(kind or [])


def free_form(schema: Schema, path: Path) -> bool:
    """Whether a path of the properties holds JSON of any shape, such as a policy document."""
    spec: dict[str, Any] = schema.raw
    for part in path:
        if isinstance(part, int):
            spec = schema.definition(spec.get("items", {}))
        else:
            patterns = spec.get("patternProperties") or {}
            known = spec.get("properties") or {}
            spec = schema.definition(known.get(part, next(iter(patterns.values()), {})))
        if "object" in _types(spec) and not spec.get("properties") and not spec.get("patternProperties"):
            return not any(key in spec for key in ("oneOf", "anyOf", "allOf"))
    return False


def check(schema: Schema, props: dict[str, Any]) -> list[Fault]:
    """What is wrong with resolved properties: unknown, missing, read-only, of the wrong type, not allowed."""
    faults = list(_check(schema, schema.raw, props, ()))
    given = [
        path[0] for path in schema.read_only if len(path) == 1 and path not in (*schema.create_only, *schema.primary)
    ]
    faults += [Fault((), f"extraneous key [{name}] is not permitted") for name in given if name in props]
    return faults


def _check(schema: Schema, node: Any, value: Any, path: Path) -> Iterator[Fault]:
    spec = schema.definition(node)
    # A dynamic reference has its type once it is looked up.
    if isinstance(value, str) and (value == KNOWN_AFTER_APPLY or "{{resolve:" in value):
        return
    types = _types(spec)
    if types and not any(_is(kind, value) for kind in types):
        expected = types[0].capitalize() if len(types) == 1 else " or ".join(types)
        yield Fault(path, f"expected type: {expected}, found: {_kind(value)}")
        return
    if isinstance(value, dict):
        yield from _check_object(schema, spec, value, path)
    elif isinstance(value, list):
        if len(value) < int(spec.get("minItems", 0)):
            yield Fault(path, f"expected minimum item count: {spec['minItems']}, found: {len(value)}")
        if "maxItems" in spec and len(value) > int(spec["maxItems"]):
            yield Fault(path, f"expected maximum item count: {spec['maxItems']}, found: {len(value)}")
        for index, item in enumerate(value):
            yield from _check(schema, spec.get("items", {}), item, (*path, index))
    elif not unknown(value):
        yield from _check_scalar(spec, value, path)


def _check_object(schema: Schema, spec: dict[str, Any], value: dict[str, Any], path: Path) -> Iterator[Fault]:
    known = spec.get("properties") or {}
    patterns = spec.get("patternProperties") or {}
    for key in spec.get("required", ()):
        if key not in value:
            yield Fault(path, f"required key [{key}] not found")
    for key, part in value.items():
        if key in known:
            yield from _check(schema, known[key], part, (*path, key))
            continue
        pattern = next((rule for text, rule in patterns.items() if re.search(text, key)), None)
        if pattern is not None:
            yield from _check(schema, pattern, part, (*path, key))
        elif (known or patterns) and spec.get("additionalProperties") is False:
            yield Fault(path, f"extraneous key [{key}] is not permitted")


def _check_scalar(spec: dict[str, Any], value: Any, path: Path) -> Iterator[Fault]:
    if "enum" in spec and as_text(value) not in [as_text(allowed) for allowed in spec["enum"]]:
        yield Fault(path, f"{as_text(value)} is not a valid enum value")
    if isinstance(value, str):
        if len(value) < int(spec.get("minLength", 0)):
            yield Fault(path, f"expected minLength: {spec['minLength']}, actual: {len(value)}")
        if "maxLength" in spec and len(value) > int(spec["maxLength"]):
            yield Fault(path, f"expected maxLength: {spec['maxLength']}, actual: {len(value)}")
        if "pattern" in spec and not _matches(spec["pattern"], value):
            yield Fault(path, f"failed validation constraint for keyword [pattern]: {spec['pattern']}")
    elif not isinstance(value, bool):
        if "minimum" in spec and value < spec["minimum"]:
            yield Fault(path, f"{value} is not greater or equal to {spec['minimum']}")
        if "maximum" in spec and value > spec["maximum"]:
            yield Fault(path, f"{value} is not less or equal to {spec['maximum']}")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # a few schemas use constructs of Java's regular expressions
        return True


def _is(kind: str, value: Any) -> bool:  # noqa: PLR0911 - one line for each type
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
    return True


def _kind(value: Any) -> str:  # noqa: PLR0911 - one line for each type
    match value:
        case bool():
            return "Boolean"
        case str():
            return "String"
        case int():
            return "Integer"
        case float():
            return "Number"
        case dict():
            return "JSONObject"
        case list():
            return "JSONArray"
    return "null"
