"""What AWS clients send and what they are answered: the Query, JSON and REST protocols, as plain values.

Sources: the AWS protocols of the Smithy documentation (awsQuery, awsJson 1.0 and 1.1, restJson1, restXml).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from generator.sandbox.server.errors import AwsError

Protocol = Literal["query", "ec2", "json", "rest-json", "rest-xml", "cbor"]

NAMESPACES = {
    "cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    "elasticloadbalancing": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "monitoring": "http://monitoring.amazonaws.com/doc/2010-08-01/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
    "autoscaling": "http://autoscaling.amazonaws.com/doc/2011-01-01/",
}
# What XML 1.0 can't hold, not even escaped.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Request(NamedTuple):
    """One call of an AWS API.

    Attributes:
        service: The signing name, such as `cloudformation`, `elasticloadbalancing`, `monitoring`, `application-autoscaling`.
        action: The operation, such as `CreateChangeSet`; empty if the sandbox can't tell (REST services of ministack).
        params: The members of the input by name. Under Query all scalars are text; lists and structures are nested.
        account: 12 digits: the caller's account.
        region: The region that the call was signed for.
        access_key: The caller's access key id; empty if unsigned.
        query: Parameters of the address, each with its last value.
        raw_query: The same as they were sent, for those that are given several times.
        headers: By lower-case name.
    """

    service: str
    action: str
    protocol: Protocol
    params: dict[str, Any]
    account: str
    region: str
    access_key: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    id: str
    raw_query: str = ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean member, which Query sends as text."""
        value = self.params.get(name)
        return default if value is None else str(value).lower() == "true"

    def text(self, name: str, default: str = "") -> str:
        """A member as text."""
        value = self.params.get(name)
        return default if value is None else str(value)

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number, which Query sends as text.

        Raises:
            AwsError: `ValidationError` if it is not a number.
        """
        value = self.params.get(name)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError:
            raise AwsError("ValidationError", f"{name} must be a number, not {value!r}") from None


class Reply(NamedTuple):
    """An HTTP answer. Operations answer a mapping instead, and the overlay renders it in the caller's protocol."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """A header by its name in any case, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def protocol_of(service: str, headers: Mapping[str, str], method: str) -> Protocol:
    """The protocol that a call came in, which is the one to answer in."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if "x-amz-target" in headers:
        return "json"
    if service == "ec2":
        return "ec2"
    if "x-www-form-urlencoded" in headers.get("content-type", "") and method == "POST":
        return "query"
    return "rest-xml" if service in {"s3", "route53", "cloudfront"} else "rest-json"


def unflatten(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Nest the members of a Query call: `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if name in {"Action", "Version"}:
            continue
        node = tree
        *parents, last = name.split(".")
        for part in parents:
            below = node.get(part)
            if not isinstance(below, dict):
                below = node[part] = {}
            node = below
        node[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    for name in ("member", "entry"):
        items = node.get(name)
        if len(node) == 1 and isinstance(items, dict) and all(key.isdigit() for key in items):
            found = [_lists(items[key]) for key in sorted(items, key=int)]
            return found if name == "member" else {item["key"]: item.get("value") for item in found}
    return {name: _lists(value) for name, value in node.items()}


def params_of(protocol: Protocol, query: Mapping[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
    """The action (where the members hold it) and the members of a call.

    Raises:
        AwsError: `SerializationException` for a body that is not JSON, as the JSON protocols answer.
    """
    if protocol in {"query", "ec2"}:
        pairs = [*query.items(), *parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)]
        return dict(pairs).get("Action", ""), unflatten(pairs)
    if protocol in {"json", "rest-json"} and body:
        try:
            found = json.loads(body)
        except ValueError:
            if protocol == "rest-json":
                return "", dict(query)
            raise AwsError("SerializationException", "The body is not JSON") from None
        return "", (dict(query) if protocol == "rest-json" else {}) | found if isinstance(found, dict) else {}
    return "", dict(query)


def render(request: Request, result: Mapping[str, Any] | None) -> Reply:
    """The answer of an operation in the caller's protocol. Members that are None are left out."""
    result = result or {}
    head = [("x-amzn-requestid", request.id)]
    if request.protocol in {"query", "ec2"}:
        inner = "".join(_element(name, value) for name, value in result.items())
        text = (
            f'<{request.action}Response xmlns="{NAMESPACES.get(request.service, "")}">'
            f"<{request.action}Result>{inner}</{request.action}Result>"
            f"<ResponseMetadata><RequestId>{request.id}</RequestId></ResponseMetadata></{request.action}Response>"
        )
        return Reply(200, [*head, ("content-type", "text/xml")], text.encode())
    kind = "application/json" if request.protocol == "rest-json" else request.headers.get("content-type", "")
    return Reply(200, [*head, ("content-type", kind or "application/x-amz-json-1.1")], to_json(result))


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_element(key, below) for key, below in value.items())}</{name}>"
    if isinstance(value, list | tuple):
        return f"<{name}>{''.join(_element('member', item) for item in value)}</{name}>"
    return f"<{name}>{escape(NOT_XML.sub('', scalar(value)))}</{name}>"


def scalar(value: Any) -> str:
    """A value as Query answers write it: `true`, `2026-11-23T15:04:05.123Z`, text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def to_json(value: Any) -> bytes:
    """A value as JSON answers write it: times as seconds since 1970, None left out."""
    return json.dumps(_bare(value), separators=(",", ":")).encode()


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _bare(below) for key, below in value.items() if below is not None}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    if isinstance(value, dt.datetime):
        return round(value.timestamp(), 3)
    return value


def render_error(request: Request, error: AwsError) -> Reply:
    """An error in the caller's protocol."""
    code, message, status = error.code, error.message, error.status
    head = [("x-amzn-requestid", request.id)]
    kind = "Sender" if status < 500 else "Receiver"
    text, written = escape(NOT_XML.sub("", message)), escape(code)
    if request.protocol == "query":
        body = (
            f'<ErrorResponse xmlns="{NAMESPACES.get(request.service, "")}"><Error><Type>{kind}</Type>'
            f"<Code>{written}</Code><Message>{text}</Message></Error><RequestId>{request.id}</RequestId></ErrorResponse>"
        )
        return Reply(status, [*head, ("content-type", "text/xml")], body.encode())
    if request.protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{written}</Code><Message>{text}</Message></Error></Errors>"
            f"<RequestID>{request.id}</RequestID></Response>"
        )
        return Reply(status, [*head, ("content-type", "text/xml")], body.encode())
    if request.protocol == "rest-xml":
        bare = f"<Error><Code>{written}</Code><Message>{text}</Message><RequestId>{request.id}</RequestId></Error>"
        body = bare if request.service == "s3" else f"<ErrorResponse>{bare}</ErrorResponse>"
        sent = b"" if request.method == "HEAD" else body.encode()
        return Reply(status, [*head, ("content-type", "application/xml")], sent)
    if request.protocol == "cbor":
        return Reply(
            status,
            [*head, ("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")],
            _cbor(code, message),
        )
    # boto3 reads the code of a Query-compatible JSON service (SQS) from its own header when there is one.
    return Reply(
        status,
        [*head, ("content-type", "application/x-amz-json-1.1"), ("x-amzn-errortype", code)],
        json.dumps({"__type": code, "message": message, "Message": message}).encode(),
    )


def _cbor(code: str, message: str) -> bytes:
    def text(value: str) -> bytes:
        raw = value.encode()
        return b"\x79" + len(raw).to_bytes(2) + raw

    return b"\xa2" + text("__type") + text(code) + text("message") + text(message)


def new_id() -> str:
    """A request id."""
    return str(uuid.uuid4())
