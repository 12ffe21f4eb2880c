"""Dynamic references: `{{resolve:ssm:...}}` and `{{resolve:secretsmanager:...}}`, looked up when a provider is called.

The stack keeps the reference itself, so that its value shows nowhere and a new value is no change, as on AWS. Source:
AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.properties import check, coerce
from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


def looked_up(ctx: Context, type_name: str, props: dict[str, Any]) -> dict[str, Any]:
    """Properties with every dynamic reference looked up, and then in the type that the property has.

    Raises:
        ResourceFailure: There is no such value, or it is none of that type.
    """
    found: dict[str, Any] = _resolved(ctx, props)
    spec = schema(type_name)
    if found == props or spec is None:
        return found
    typed: dict[str, Any] = coerce(spec, spec.raw, found)
    if faults := check(spec, typed):
        lines = ", ".join(fault.line() for fault in faults)
        raise ResourceFailure(
            f"Properties validation failed for resource {ctx.logical_id} with message:\n[{lines}]", ""
        )
    return typed


def _resolved(ctx: Context, value: Any) -> Any:
    """A value with every dynamic reference in it looked up.

    Raises:
        ResourceFailure: There is no such parameter, secret, or key of a secret.
    """
    match value:
        case dict():
            return {key: _resolved(ctx, part) for key, part in value.items()}
        case list():
            return [_resolved(ctx, part) for part in value]
        case str() if "{{resolve:" in value:
            return _REFERENCE.sub(lambda match: _look_up(ctx, match[1], match[2]), value)
    return value


def _look_up(ctx: Context, service: str, text: str) -> str:
    try:
        return _secret(ctx, text) if service == "secretsmanager" else _parameter(ctx, text)
    except ResourceFailure:
        raise
    except Exception as error:
        raise ResourceFailure(f"Could not resolve {{{{resolve:{service}:{text}}}}}: {error}") from error


def _parameter(ctx: Context, name: str) -> str:
    found = ctx.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return str(found["Parameter"]["Value"])


def _secret(ctx: Context, text: str) -> str:
    parts = text.split(":")
    count = 7 if text.startswith("arn:") else 1
    name, rest = ":".join(parts[:count]), [*parts[count:], "", "", "", ""]
    _, key, stage, version = rest[:4]
    which = {"VersionId": version} if version else {"VersionStage": stage or "AWSCURRENT"}
    secret = str(ctx.client("secretsmanager").get_secret_value(SecretId=name, **which)["SecretString"])
    if not key:
        return secret
    fields = json.loads(secret)
    if key not in fields:
        raise ResourceFailure(f"Could not find a value associated with JSONKey {key} in the secret {name}")
    return str(fields[key])
