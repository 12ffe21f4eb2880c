"""Parameters of a template: what was given, what stays, what defaults say, and which values are allowed.

Source: AWS CloudFormation User Guide, "Parameters", and the API reference of `Parameter`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.template_values import as_text, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MASK = "****"
_SSM = re.compile(r"^AWS::SSM::Parameter::Value<(.+)>$")


def declared(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The parameters of a template, by name."""
    return template.get("Parameters") or {}


def merge(
    template: dict[str, Any], given: list[dict[str, Any]], previous: Mapping[str, str], known: Mapping[str, Any]
) -> dict[str, str]:
    """The value of every parameter: given, previous (`UsePreviousValue`) or by default.

    Args:
        template: The template that declares them.
        given: The request's `Parameters`.
        previous: The stack's values now.
        known: The parameters that the stack's template declares now.

    Raises:
        AwsError: `ValidationError` in AWS's words.
    """
    specs = declared(template)
    names = [str(item.get("ParameterKey", "")) for item in given]
    strange = [name for name in names if name not in specs]
    if strange:
        raise invalid(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise invalid(f"Parameters: [{', '.join(repeated)}] are given more than once")
    values: dict[str, str] = {}
    for item in given:
        name = item["ParameterKey"]
        if not item.get("UsePreviousValue"):
            values[name] = str(item.get("ParameterValue", ""))
        elif "ParameterValue" in item:
            raise invalid(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true along with a value"
            )
        elif name not in previous or name not in known:
            raise invalid(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key "
                "not in the previous template"
            )
        else:
            values[name] = previous[name]
    missing = [name for name, spec in specs.items() if name not in values and "Default" not in spec]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    found = {name: values.get(name, _default(spec)) for name, spec in specs.items()}
    for name, value in found.items():
        _check(name, specs[name], value)
    return found


def _default(spec: dict[str, Any]) -> str:
    default = spec.get("Default", "")
    return ",".join(as_text(part) for part in default) if isinstance(default, list) else as_text(default)


def _check(name: str, spec: dict[str, Any], value: str) -> None:
    explained = spec.get("ConstraintDescription")
    kind = str(spec.get("Type", "String"))
    parts = [part.strip() for part in value.split(",")] if kind.startswith(("List<", "CommaDelimited")) else [value]
    for part in parts:
        problem = _problem(name, spec, kind, part)
        if problem:
            raise invalid(f"Parameter '{name}' failed to satisfy constraint: {explained}" if explained else problem)


def _problem(name: str, spec: dict[str, Any], kind: str, value: str) -> str:  # noqa: PLR0911 - one line for each rule
    if kind in ("Number", "List<Number>"):
        try:
            number = float(value)
        except ValueError:
            return f"Parameter '{name}' must be a number."
        if "MinValue" in spec and number < float(spec["MinValue"]):
            return f"Parameter '{name}' must be a number not less than {spec['MinValue']}"
        if "MaxValue" in spec and number > float(spec["MaxValue"]):
            return f"Parameter '{name}' must be a number not greater than {spec['MaxValue']}"
    if "AllowedValues" in spec and value not in [as_text(allowed) for allowed in spec["AllowedValues"]]:
        return f"Parameter '{name}' must be one of AllowedValues"
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], value):
        return f"Parameter '{name}' must match pattern {spec['AllowedPattern']}"
    if "MinLength" in spec and len(value) < int(spec["MinLength"]):
        return f"Parameter '{name}' must contain at least {spec['MinLength']} characters"
    if "MaxLength" in spec and len(value) > int(spec["MaxLength"]):
        return f"Parameter '{name}' must contain at most {spec['MaxLength']} characters"
    return ""


def resolve_ssm(
    template: dict[str, Any], values: Mapping[str, str], read: Callable[[str], str | None]
) -> dict[str, str]:
    """The values behind parameters of an SSM type, by parameter name.

    Raises:
        AwsError: `ValidationError` if Parameter Store has no such parameter.
    """
    found: dict[str, str] = {}
    for name, spec in declared(template).items():
        if not _SSM.match(str(spec.get("Type", ""))):
            continue
        value = read(values[name])
        if value is None:
            raise invalid(f"Unable to fetch parameters [{values[name]}] from parameter store for this account.")
        found[name] = value
    return found


def typed(
    template: dict[str, Any], values: Mapping[str, str], resolved: Mapping[str, str], *, masked: bool = False
) -> dict[str, Any]:
    """What `Ref` gives: text, also for a Number, and a list of texts for list types; NoEcho masked if wanted."""
    found: dict[str, Any] = {}
    for name, spec in declared(template).items():
        value = resolved.get(name, values.get(name, ""))
        kind = str(spec.get("Type", "String"))
        inner = _SSM.match(kind)
        kind = inner[1] if inner else kind
        if masked and hidden(spec):
            value = MASK
        if kind.startswith(("List<", "CommaDelimited")):
            found[name] = [part.strip() for part in value.split(",")] if value else []
        else:
            found[name] = value
    return found


def hidden(spec: dict[str, Any]) -> bool:
    """Whether a parameter is declared `NoEcho`."""
    return as_text(spec.get("NoEcho", False)).lower() == "true"


def shown(template: dict[str, Any], values: Mapping[str, str], resolved: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters as `DescribeStacks` and `DescribeChangeSet` list them, NoEcho masked."""
    specs = declared(template)
    rows = []
    for name, value in values.items():
        secret = hidden(specs.get(name, {}))
        row = {"ParameterKey": name, "ParameterValue": MASK if secret else value}
        if name in resolved:
            row["ResolvedValue"] = MASK if secret else resolved[name]
        rows.append(row)
    return rows
