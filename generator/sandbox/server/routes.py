"""Which operation a REST call is, from botocore's models: `PUT /bucket/key` is S3's PutObject.

Query and JSON calls name their operation; REST calls have it in method, path, parameters and headers. A model is read at
the first call of its service.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from generator.sandbox.server import models

if TYPE_CHECKING:
    from collections.abc import Mapping

# Models are named for the service, calls for who signs them: those that differ, of the REST services.
_MODELS = {"s3": "s3", "lambda": "lambda", "route53": "route53", "cloudfront": "cloudfront", "fis": "fis"}
_lock = threading.Lock()


class Route(NamedTuple):
    """How an operation is called.

    Attributes:
        method: Of HTTP.
        path: Matches the path; its groups are the members in it.
        literals: Parameters that the address has with these values; empty for any value.
        parameters: Required members that are parameters, by their name there.
        headers: Required members that are headers, in lower case.
    """

    action: str
    method: str
    path: re.Pattern[str]
    literals: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    headers: tuple[str, ...]


@cache
def _routes(service: str) -> tuple[Route, ...]:
    model = models.model(_MODELS[service])
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        required: dict[str, list[str]] = {"querystring": [], "header": []}
        shape: Any = operation.input_shape
        for member in shape.required_members if shape else ():
            where = shape.members[member].serialization
            if where.get("location") in required:
                required[where["location"]].append(where["name"])
        found.append(
            Route(
                name,
                operation.http["method"],
                re.compile(_pattern(path)),
                tuple((k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "x-id"),
                tuple(required["querystring"]),
                tuple(header.lower() for header in required["header"]),
            )
        )
    # The most demanding first: CopyObject before PutObject, ListObjectsV2 before ListObjects.
    return tuple(sorted(found, key=lambda r: (-len(r.literals), -len(r.parameters) - len(r.headers), r.action)))


def _pattern(path: str) -> str:
    """`/{Bucket}/{Key+}` as a regular expression; S3 may end a bucket with a slash, and an ARN has some."""
    parts = re.split(r"\{([^}]+)\}", path.rstrip("/"))
    text = "".join(
        re.escape(part)
        if i % 2 == 0
        else f"(?P<{part.rstrip('+')}>.+)"
        if part.endswith("+") or part == "resourceArn"
        else f"(?P<{part}>[^/]+)"
        for i, part in enumerate(parts)
    )
    return f"{text}/?"


def action_of(
    service: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The operation that a REST call is and the members in its path; nothing if the service or the call is unknown."""
    if service not in _MODELS:
        return "", {}
    with _lock:
        routes = _routes(service)
    for route in routes:
        if route.method != method or any(query.get(k) != v if v else k not in query for k, v in route.literals):
            continue
        if any(name not in query for name in route.parameters) or any(name not in headers for name in route.headers):
            continue
        if match := route.path.fullmatch(path):
            return route.action, {name: unquote(value) for name, value in match.groupdict().items()}
    return "", {}
