"""Calling an API with CloudFormation's values: its model says what each of them must be."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.sandbox.providers.provider import Context

_TAG = ("TagKey", "TagValue")
# `NoSuchEntity`, `InvalidVpcID.NotFound`, `WAFNonexistentItemException`, `QueueDoesNotExist`; `404` is HeadBucket's.
_MISSING = re.compile(r"NotFound|NoSuch|Non-?[Ee]xist|DoesNotExist|^404$")


def call(ctx: Context, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
    """Call `client(service).operation(**params)` with CloudFormation's values; members that are None are left out.

    Text becomes the number or boolean that the API wants, a number the text, a document JSON text, a list CloudFront's
    `{Quantity, Items}` or a map, a single value a list or EC2's `{Value}`, and `RoleArn` becomes `roleArn` where the API
    writes it so.

    Raises:
        ClientError: The service refused.
        ResourceFailure: A member is missing, unknown or of the wrong kind; or a part of it failed, as a target of a rule.
    """
    client = ctx.client(service)
    try:
        answer: dict[str, Any] = getattr(client, operation)(**wanted(params, _input(client, operation)))
    except ParamValidationError as error:
        raise ResourceFailure(f"Model validation failed ({' '.join(str(error).splitlines()[1:])})") from error
    for entry in answer.get("FailedEntries", ()):
        raise ResourceFailure(str(entry.get("ErrorMessage", entry["ErrorCode"])))
    return answer


def pages(ctx: Context, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
    """All pages of an operation as one answer; just the answer of an operation that has none."""
    client = ctx.client(service)
    if not client.can_paginate(operation):
        return call(ctx, service, operation, **params)
    found: dict[str, Any] = client.get_paginator(operation).paginate(**params).build_full_result()
    return found


def code_of(error: ClientError) -> str:
    """The error code of a service's refusal."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    """Whether a service says that something is not there."""
    return _MISSING.search(code_of(error)) is not None


@contextlib.contextmanager
def unless_missing() -> Iterator[None]:
    """Lets a service say that something is not there, or not set."""
    try:
        yield
    except ClientError as error:
        if not is_missing(error):
            raise


def members_of(ctx: Context, service: str, operation: str) -> dict[str, str]:
    """The members that an operation takes, by their names in small letters."""
    shape = _input(ctx.client(service), operation)
    return {name.lower(): name for name in shape.members} if shape else {}


def required_of(ctx: Context, service: str, operation: str) -> list[str]:
    """The members that an operation can't do without."""
    shape = _input(ctx.client(service), operation)
    return list(shape.required_members) if shape else []


def content_of(ctx: Context, service: str, operation: str) -> str:
    """The member of an operation's answer that holds what was asked for: the first that is not a scalar; "" if all are."""
    client = ctx.client(service)
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).output_shape
    members = shape.members.items() if shape else ()
    return next((name for name, member in members if member.type_name in {"list", "map", "structure"}), "")


def value_of(answer: Any, key: str) -> str | None:
    """The text that an answer holds by a key, on the highest level that has it."""
    if isinstance(answer, list):
        return next(filter(None, (value_of(item, key) for item in answer)), None)
    if not isinstance(answer, dict):
        return None
    here = (value for name, value in answer.items() if name.lower() == key.lower() and isinstance(value, str))
    return next(here, None) or value_of([value for value in answer.values() if isinstance(value, dict | list)], key)


def _input(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape


def wanted(value: Any, shape: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - one return for each kind of shape
    """A CloudFormation value as botocore's shape wants it."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            known = {name.lower(): name for name in shape.members}
            # KMS has TagKey and TagValue where others have Key and Value.
            known |= {name.lower().removeprefix("tag"): name for name in shape.members if name in _TAG}
            named = {known.get(key.lower(), key): item for key, item in value.items() if item is not None}
            return {
                name: wanted(item, shape.members[name]) if name in shape.members else item
                for name, item in named.items()
            }
        case "structure" if isinstance(value, list) and {"Quantity", "Items"} <= shape.members.keys():
            return {"Quantity": len(value), "Items": [wanted(item, shape.members["Items"].member) for item in value]}
        case "structure" if isinstance(value, list) and "Items" in shape.members:
            return {"Items": wanted(value, shape.members["Items"])}
        case "structure" if isinstance(value, str | bool | list):
            # EC2 wraps single values, S3 lists of tags, and operations that remove tags take them without values.
            name = next(iter(shape.members))
            return {name: wanted(value, shape.members[name])}
        case "list" if isinstance(value, list | tuple):
            return [wanted(item, shape.member) for item in value]
        case "list" if value is not None:
            return [wanted(value, shape.member)]
        case "map" if isinstance(value, dict):
            return {key: wanted(item, shape.value) for key, item in value.items() if item is not None}
        case "map" if isinstance(value, list):
            return {item["Key"]: wanted(item["Value"], shape.value) for item in value}
        case "string":
            return as_text(value)
        case "integer" | "long" if isinstance(value, str | float):
            return _number(value)
        case "float" | "double" if isinstance(value, str):
            return float(value)
        case "boolean" if isinstance(value, str):
            return value.lower() == "true"
        case _:
            return value


def as_text(value: Any) -> str:
    """A scalar or a document as text: `true`, `443`, JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def picked(props: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of the named properties that are set, for APIs that name them as CloudFormation does."""
    return {name: props[name] for name in names if name in props}


def flag(value: Any) -> bool:
    """A boolean that may arrive as text."""
    return str(value).lower() == "true"


def _number(value: str | float) -> Any:
    try:
        return int(value)
    except ValueError:
        return value


def named_as(said: Any, live: Any) -> Any:
    """A live value with the template's names and lists: `RoleArn` for `roleArn`, a list for `{Quantity, Items}`.

    Members that the template does not say keep the API's names.
    """
    if isinstance(said, list) and isinstance(live, dict) and "Quantity" in live:
        live = live.get("Items", [])
    if isinstance(said, list) and isinstance(live, dict) and all(isinstance(item, dict) for item in said):
        live = [{"Key": key, "Value": value} for key, value in live.items()]
    if isinstance(said, dict) and isinstance(live, dict):
        names = {name.lower(): name for name in said}
        renamed = {names.get(key.lower(), key): value for key, value in live.items()}
        return {key: named_as(said[key], value) if key in said else value for key, value in renamed.items()}
    if isinstance(said, list) and isinstance(live, list) and said:
        return [named_as(said[min(at, len(said) - 1)], value) for at, value in enumerate(live)]
    return live
