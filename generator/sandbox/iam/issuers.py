"""What IAM does with OIDC providers and ministack does not: change their audiences, thumbprints and tags.

Source: AWS IAM API Reference, AddClientIDToOpenIDConnectProvider and its neighbours; GetOpenIDConnectProvider answers the
URL without its scheme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server import ministack_server
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around, operation
from generator.sandbox.server.shapes import answered, asked, rendered

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request


def _provider(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    params = asked(request)
    arn = params["OpenIDConnectProviderArn"]
    found = ministack_server.oidc_provider(request.account, arn)
    if found is None:
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return found, params


@around("iam", "GetOpenIDConnectProvider")
async def get(request: Request, forward: Forward) -> Reply:
    """The URL without its scheme."""
    output = answered(request, await forward())
    output["Url"] = output["Url"].removeprefix("https://")
    return rendered(request, output)


@operation("iam", "AddClientIDToOpenIDConnectProvider")
def add_audience(request: Request) -> Reply:
    """One more audience; that it is there already is fine."""
    provider, params = _provider(request)
    if params["ClientID"] not in provider["ClientIDList"]:
        provider["ClientIDList"].append(params["ClientID"])
    return rendered(request, {})


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_audience(request: Request) -> Reply:
    """One audience less; that it is gone already is fine."""
    provider, params = _provider(request)
    provider["ClientIDList"] = [each for each in provider["ClientIDList"] if each != params["ClientID"]]
    return rendered(request, {})


@operation("iam", "UpdateOpenIDConnectProviderThumbprint")
def update_thumbprints(request: Request) -> Reply:
    """These thumbprints and no others."""
    provider, params = _provider(request)
    provider["ThumbprintList"] = params["ThumbprintList"]
    return rendered(request, {})


@operation("iam", "TagOpenIDConnectProvider")
def tag(request: Request) -> Reply:
    """Tags over those that are there."""
    provider, params = _provider(request)
    held = {each["Key"]: each["Value"] for each in [*provider.get("Tags", ()), *params["Tags"]]}
    provider["Tags"] = [{"Key": key, "Value": value} for key, value in held.items()]
    return rendered(request, {})


@operation("iam", "UntagOpenIDConnectProvider")
def untag(request: Request) -> Reply:
    """Without these tags."""
    provider, params = _provider(request)
    provider["Tags"] = [each for each in provider.get("Tags", ()) if each["Key"] not in params["TagKeys"]]
    return rendered(request, {})


@operation("iam", "ListOpenIDConnectProviderTags")
def list_tags(request: Request) -> Reply:
    """Its tags, in one page."""
    provider, _ = _provider(request)
    return rendered(request, {"Tags": provider.get("Tags", []), "IsTruncated": False})
