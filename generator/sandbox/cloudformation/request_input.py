"""What several operations read from a request: the stack, the template, tags, a page."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from generator.sandbox.cloudformation import parameters, template, validation
from generator.sandbox.cloudformation.model import Source
from generator.sandbox.cloudformation.template_values import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.sandbox.cloudformation.model import Stack
    from generator.sandbox.cloudformation.store import Cloud
    from generator.sandbox.server.wire import Request

_Item = TypeVar("_Item")
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_BUCKET_HOST = re.compile(r"^https?://([^./]+)\.s3[.-][^/]*/(.+)$")
_BUCKET_PATH = re.compile(r"^https?://[^/]+/([^/]+)/(.+)$")
_URL_LIMIT = 1_048_576


class Call(NamedTuple):
    """A request with the store it is about."""

    cloud: Cloud
    request: Request

    def text(self, name: str) -> str:
        """A member as text, or empty."""
        return self.request.text(name)

    def flag(self, name: str) -> bool:
        """A boolean member."""
        return self.request.flag(name)

    def items(self, name: str) -> list[Any]:
        """A list member; empty if it is missing or empty."""
        found = self.request.params.get(name)
        return found if isinstance(found, list) else []

    def structure(self, name: str) -> dict[str, Any]:
        """A structure member; empty if it is missing."""
        found = self.request.params.get(name)
        return found if isinstance(found, dict) else {}

    def required(self, name: str) -> str:
        """A member that must be there.

        Raises:
            AwsError: `ValidationError` in the words of AWS's front end.
        """
        value = self.text(name)
        if not value:
            member = name[:1].lower() + name[1:]
            raise invalid(
                f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
            )
        return value

    def stack(self) -> Stack:
        """The stack that `StackName` names or identifies."""
        return self.cloud.stack(self.request.account, self.request.region, self.required("StackName"))

    def find(self) -> Stack | None:
        """The same, or None."""
        return self.cloud.find(self.request.account, self.request.region, self.required("StackName"))


def check_name(name: str, member: str) -> None:
    """Refuse a name that AWS refuses.

    Raises:
        AwsError: `ValidationError`.
    """
    if not _NAME.fullmatch(name) or len(name) > 128:
        raise invalid(
            f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def tags(call: Call) -> dict[str, str] | None:
    """The request's `Tags`, or None if it does not speak of them: the stack keeps its tags."""
    if "Tags" not in call.request.params:
        return None
    found = {str(item["Key"]): str(item.get("Value", "")) for item in call.items("Tags")}
    for key in found:
        if key.lower().startswith("aws:"):
            raise invalid(f"Tag key {key} is reserved: aws: prefixed tag key names are not allowed for external use.")
    if len(found) > 50:
        raise invalid("The number of tags exceeds the limit of 50")
    return found


def source(call: Call, stack: Stack | None) -> Source:
    """The template that a request is about, with its parameters and tags, checked as CloudFormation checks them.

    Raises:
        AwsError: `ValidationError`, `InsufficientCapabilitiesException` or `NotImplemented`.
    """
    previous = stack.source if stack is not None else None
    body = _body(call, previous)
    parsed = template.parse(body)
    validation.check(parsed)
    values = parameters.merge(
        parsed,
        call.items("Parameters"),
        previous.parameters if previous else {},
        parameters.declared(previous.template) if previous else {},
    )
    capabilities = [str(item) for item in call.items("Capabilities")]
    validation.check_capabilities(parsed, capabilities)
    resolved = parameters.resolve_ssm(parsed, values, lambda name: _from_store(call, name))
    given = tags(call)
    return Source(
        body=body,
        template=parsed,
        parameters=values,
        resolved=resolved,
        tags=given if given is not None else (previous.tags if previous else {}),
        capabilities=capabilities,
    )


def _body(call: Call, previous: Source | None) -> str:
    if call.flag("UsePreviousTemplate"):
        if previous is None:
            raise invalid("There is no previous template of this stack to use; send TemplateBody")
        if call.text("TemplateBody") or call.text("TemplateURL"):
            raise invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
        return previous.body
    return template_text(call)


def template_text(call: Call) -> str:
    """`TemplateBody`, or what `TemplateURL` points to in the sandbox's S3.

    Raises:
        AwsError: `ValidationError` if neither or both are given, or the template is too large.
    """
    body, url = call.text("TemplateBody"), call.text("TemplateURL")
    if body and url:
        raise invalid("Either Template URL or Template Body must be specified, but not both.")
    if body:
        if len(body.encode()) > template.BODY_LIMIT:
            raise invalid(
                f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {template.BODY_LIMIT}"
            )
        return body
    if not url:
        raise invalid("Either Template URL or Template Body must be specified.")
    match = _BUCKET_HOST.match(url) or _BUCKET_PATH.match(url)
    if match is None:
        raise invalid("TemplateURL must be a supported URL.")
    s3 = call.cloud.host.client("s3", call.request.account, call.request.region, "")
    try:
        text = s3.get_object(Bucket=match[1], Key=match[2])["Body"].read()
    except s3.exceptions.ClientError as error:
        raise invalid(f"S3 error: {error.response['Error'].get('Message', 'Access Denied')}") from error
    if len(text) > _URL_LIMIT:
        raise invalid(f"Template may not exceed {_URL_LIMIT} bytes in size.")
    return str(text.decode())


def _from_store(call: Call, name: str) -> str | None:
    ssm = call.cloud.host.client("ssm", call.request.account, call.request.region, "")
    found = ssm.get_parameters(Names=[name]).get("Parameters", [])
    return str(found[0]["Value"]) if found else None


def page(items: Sequence[_Item], token: str, size: int) -> tuple[list[_Item], str | None]:
    """One page of a list and the token of the next, None after the last.

    Raises:
        AwsError: `ValidationError` for a token that was not issued.
    """
    start = 0
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("next:"))
        except ValueError:
            raise invalid("NextToken is not one that a previous call returned; start again without it") from None
    rest = start + size
    following = base64.urlsafe_b64encode(f"next:{rest}".encode()).decode() if rest < len(items) else None
    return list(items[start:rest]), following
