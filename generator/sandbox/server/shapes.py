"""Calls and answers of ministack's services as plain values, by the API models that botocore brings.

said = asked(request)                       # the input, as a caller of boto3 writes it
output = answered(request, await forward()) # ministack's answer, as boto3 shows it
return rendered(request, output)            # an answer in the caller's protocol
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from generator.sandbox.server import models
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.wire import Reply, scalar, to_json

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

# Where botocore's name of a service is not the name that calls are signed for.
_NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}


def client(request: Request, service: str) -> Any:
    """A client of this sandbox as the root of the caller's account, in the caller's region."""
    from generator.sandbox.cloudformation.api import HOST

    return HOST.client(service, request.account, request.region, "")


def model(service: str) -> Any:
    """The API model of a service, by botocore's name."""
    return models.model(service)


def _operation(request: Request) -> Any:
    return model(_NAMES.get(request.service, request.service)).operation_model(request.action)


def asked(request: Request) -> dict[str, Any]:
    """The members of a call of a Query, EC2 or JSON service, as a caller of boto3 writes them."""
    shape = _operation(request).input_shape
    if shape is None:
        return {}
    if request.protocol not in {"query", "ec2"}:
        return dict(request.params)
    pairs = [*request.query.items(), *parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)]
    tree: dict[str, Any] = {}
    for name, value in pairs:
        node = tree
        *parents, last = name.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    found: dict[str, Any] = _read(tree, shape, ec2=request.protocol == "ec2")
    return found


def _read(node: Any, shape: Any, *, ec2: bool) -> Any:
    match shape.type_name:
        case "structure":
            found = {}
            for name, member in shape.members.items():
                key = _query_name(name, member, ec2=ec2)
                if isinstance(node, dict) and key in node:
                    found[name] = _read(node[key], member, ec2=ec2)
            return found
        case "list":
            flat = ec2 or shape.serialization.get("flattened")
            inner = node if flat else node.get(shape.member.serialization.get("name", "member"), {})
            return (
                [_read(inner[key], shape.member, ec2=ec2) for key in sorted(inner, key=int)]
                if isinstance(inner, dict)
                else []
            )
        case "integer" | "long":
            return int(node)
        case "boolean":
            return str(node).lower() == "true"
        case _:
            return node


def _query_name(name: str, shape: Any, *, ec2: bool) -> str:
    if not ec2:
        return str(shape.serialization.get("name", name))
    if "queryName" in shape.serialization:
        return str(shape.serialization["queryName"])
    key = str(shape.serialization.get("name", name))
    return key[:1].upper() + key[1:]


def answered(request: Request, reply: Reply) -> dict[str, Any]:
    """Ministack's answer as boto3 shows it.

    Raises:
        AwsError: It is an error answer.
    """
    from botocore.parsers import create_parser

    operation = _operation(request)
    protocol = operation.service_model.resolved_protocol
    raw = {"headers": dict(reply.headers), "status_code": reply.status, "body": reply.body}
    found: dict[str, Any] = create_parser(protocol).parse(raw, operation.output_shape)
    if reply.status >= 300:
        error = found.get("Error", {})
        raise AwsError(str(error.get("Code", "InternalFailure")), str(error.get("Message", "")), reply.status)
    found.pop("ResponseMetadata", None)
    return found


def rendered(request: Request, output: dict[str, Any]) -> Reply:
    """An answer in the caller's protocol."""
    operation = _operation(request)
    shape = operation.output_shape
    head = [("x-amzn-requestid", request.id)]
    if request.protocol not in {"query", "ec2"}:
        kind = request.headers.get("content-type") or "application/x-amz-json-1.1"
        return Reply(200, [*head, ("content-type", kind)], to_json(output))
    inner = "".join(_children(output, shape)) if shape is not None else ""
    space = operation.service_model.metadata.get("xmlNamespace") or _ec2_space(operation.service_model)
    name = request.action
    if request.protocol == "ec2":
        body = f'<{name}Response xmlns="{space}"><requestId>{request.id}</requestId>{inner}</{name}Response>'
    else:
        wrapper = shape.serialization.get("resultWrapper", f"{name}Result") if shape is not None else f"{name}Result"
        about = f"<ResponseMetadata><RequestId>{request.id}</RequestId></ResponseMetadata>"
        body = f'<{name}Response xmlns="{space}"><{wrapper}>{inner}</{wrapper}>{about}</{name}Response>'
    return Reply(200, [*head, ("content-type", "text/xml")], body.encode())


def _ec2_space(service: Any) -> str:
    return f"http://ec2.amazonaws.com/doc/{service.api_version}/"


def _children(value: dict[str, Any], shape: Any) -> list[str]:
    return [
        _element(member.serialization.get("name", name), value[name], member)
        for name, member in shape.members.items()
        if value.get(name) is not None
    ]


def _element(tag: str, value: Any, shape: Any) -> str:
    match shape.type_name:
        case "structure":
            return f"<{tag}>{''.join(_children(value, shape))}</{tag}>"
        case "list":
            name = shape.member.serialization.get("name", "member")
            if shape.serialization.get("flattened"):
                return "".join(_element(tag, item, shape.member) for item in value)
            return f"<{tag}>{''.join(_element(name, item, shape.member) for item in value)}</{tag}>"
        case _:
            return f"<{tag}>{escape(_text(value))}</{tag}>"


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return scalar(value.replace(tzinfo=dt.UTC))
    return scalar(value)
