"""Where web ACLs log, which ministack does not know.

Source: AWS WAF API Reference, PutLoggingConfiguration, GetLoggingConfiguration, ListLoggingConfigurations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.shapes import client

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_KIND = "waf-logging"


def _missing() -> AwsError:
    return AwsError(
        "WAFNonexistentItemException",
        "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",  # noqa: RUF001 - AWS's text
    )


@operation("wafv2", "PutLoggingConfiguration")
def put(request: Request) -> dict[str, Any]:
    """Keep where a web ACL logs; there must be one, and the destination's name begins with `aws-waf-logs-`."""
    said = dict(request.params.get("LoggingConfiguration") or {})
    arn = str(said.get("ResourceArn", ""))
    scope = "CLOUDFRONT" if ":global/webacl/" in arn else "REGIONAL"
    acls = client(request, "wafv2").list_web_acls(Scope=scope)["WebACLs"]
    if not any(acl["ARN"] == arn for acl in acls):
        raise _missing()
    for destination in said.get("LogDestinationConfigs") or ():
        if not _name(destination).startswith("aws-waf-logs-"):
            raise AwsError(
                "WAFInvalidParameterException",
                "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated "
                f"by colons or slashes., field: LOG_DESTINATION, parameter: {destination}",
            )
    kept = {**said, "ManagedByFirewallManager": False}
    MEMORY.put(request, _KIND, arn, kept)
    return {"LoggingConfiguration": kept}


def _name(destination: str) -> str:
    """The last part of an ARN: a log group's, a bucket's or a delivery stream's name."""
    return destination.removesuffix(":*").rpartition(":")[2].rpartition("/")[2]


@operation("wafv2", "GetLoggingConfiguration")
def get(request: Request) -> dict[str, Any]:
    """GetLoggingConfiguration."""
    found = MEMORY.of(request, _KIND, request.text("ResourceArn"))
    if not found:
        raise _missing()
    return {"LoggingConfiguration": found}


@operation("wafv2", "DeleteLoggingConfiguration")
def delete(request: Request) -> None:
    """DeleteLoggingConfiguration."""
    get(request)
    MEMORY.drop(request, _KIND, [request.text("ResourceArn")])


@operation("wafv2", "ListLoggingConfigurations")
def list_all(request: Request) -> dict[str, Any]:
    """ListLoggingConfigurations of a scope, in one page."""
    world = request.text("Scope") == "CLOUDFRONT"
    kept = MEMORY.all(request, _KIND)
    return {"LoggingConfigurations": [item for arn, item in kept.items() if (":global/webacl/" in arn) is world]}
