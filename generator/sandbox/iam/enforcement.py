"""IAM, when asked: `Control(port).enforce(True)` lets policies decide about every call, and checks signatures.

Root, which is any access key of 12 digits, may do everything, as may the engines of the sandbox unless they work with a
role. Identity policies, permission boundaries, session policies, resource policies and trust policies are evaluated by
ministack's evaluator; which action, resource and condition keys a call means, here and in `call_resources`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from generator.sandbox.iam import call_arns, call_resources, condition_keys, ministack_iam
from generator.sandbox.server import ministack_server
from generator.sandbox.server.control import control
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from generator.sandbox.iam.caller import Caller
    from generator.sandbox.server.wire import Request

# How the names of reading actions begin.
_READS = ("Describe", "Get", "List")
# What says "no" differently (each service's API Reference, "Common errors").
_CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError", "sqs": "AccessDenied"}
# "You cannot set permissions explicitly for SendMessageBatch, DeleteMessageBatch, or ChangeMessageVisibilityBatch.
# Instead, setting permissions for SendMessage, DeleteMessage, or ChangeMessageVisibility sets permissions for the
# corresponding batch versions" (SQS Developer Guide, "Amazon SQS batch actions").
_SAME = {f"sqs:{name}Batch": f"sqs:{name}" for name in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}


class Enforcement:
    """Whether policies decide."""

    def __init__(self) -> None:
        self.on = False

    def dump(self) -> Any:
        """It outlives a restart."""
        return self.on

    def load(self, data: Any) -> None:
        """It outlives a restart."""
        self.on = bool(data)

    def reset(self) -> None:
        """Nothing is enforced until asked."""
        self.on = False


ENFORCEMENT = Enforcement()


@control("iam")
def iam(body: dict[str, Any]) -> dict[str, Any]:
    """Set `enforce`; answers whether it was on."""
    before = ENFORCEMENT.on
    if "enforce" in body:
        ENFORCEMENT.on = bool(body["enforce"])
    return {"enforce": before}


def install() -> None:
    """Keep it with the state."""
    persisted("enforcement", ENFORCEMENT)


def denial(
    request: Request, scope: MutableMapping[str, Any], *, owned: bool, internal: bool = False
) -> AwsError | None:
    """Why the caller may not make this call, or None.

    Args:
        request: The call.
        scope: Of ASGI, with the raw headers that were signed.
        owned: Whether the call is ours to answer; otherwise ministack's router says what it is.
        internal: Whether an engine of the sandbox makes it.
    """
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    raw_path = (scope.get("raw_path") or request.path.encode()).decode("latin-1")
    with ministack_server.scope(request.account, request.region):
        ministack_iam.pin(request.method, raw_path, query, scope["headers"], request.body)
        service = request.service
        if owned:
            asked = call_resources.checks(request)
        else:
            service = ministack_server.detect_service(
                request.method, request.path, request.headers, request.query, request.body
            )
            found = ministack_iam.checks(
                service, request.method, request.path, request.headers, query, request.body, request.region, request.account
            )  # fmt: skip
            asked = [better for each in found for better in call_arns.refined(request, call_resources.Check(*each))]
            asked = [
                each._replace(context=each.context | condition_keys.of_call(request, each.action, each.resource))
                for each in asked
            ]
            if service == "iam":
                asked = [each._replace(context=each.context | _iam_keys(request)) for each in asked]
        if internal:
            asked = [
                each._replace(context=each.context | condition_keys.of_new(each.action, each.resource))
                for each in asked
            ]
        if internal and request.action.startswith(_READS):
            # Engines look at more than AWS's do, with the role of the stack: only what they change is asked for.
            asked = []
        asked = [each._replace(action=_SAME.get(each.action, each.action)) for each in asked]
        for check in [*asked, *call_resources.passed(request)]:
            namespace = service if check.action.partition(":")[0] != "iam" else "iam"
            refused = ministack_iam.enforce(
                request.access_key, check.action, namespace, request.region, check.resource, check.context, request.headers
            )  # fmt: skip
            if refused:
                return AwsError(refused.code or _code(request), refused.message, refused.status)
    return None


def _code(request: Request) -> str:
    if request.service in _CODES:
        return _CODES[request.service]
    return "AccessDeniedException" if request.protocol in {"json", "rest-json"} else "AccessDenied"


def _iam_keys(request: Request) -> dict[str, Any]:
    """Condition keys of IAM's own actions (Service Authorization Reference, "IAM")."""
    found: dict[str, Any] = {}
    role = ministack_server.role(request.account, request.text("RoleName")) or {}
    boundary = request.text("PermissionsBoundary") or role.get("PermissionsBoundary")
    if boundary:
        found["iam:PermissionsBoundary"] = boundary
    if request.text("PolicyArn"):
        found["iam:PolicyARN"] = request.text("PolicyArn")
    if request.text("AWSServiceName"):
        found["iam:AWSServiceName"] = request.text("AWSServiceName")
    return found


def check_trust(request: Request, who: Caller, role: Mapping[str, Any], identity: str) -> None:
    """Whether a role's trust policy lets the caller assume it, name a source identity and set session tags.

    Raises:
        AwsError: `AccessDenied`, with enforcement on.
    """
    if not ENFORCEMENT.on:
        return
    context = {
        "sts:externalid": request.params.get("ExternalId"),
        "sts:rolesessionname": request.params.get("RoleSessionName"),
        "sts:sourceidentity": identity or None,
        # Root stands for AWS's services here, which name what they act for (STS: confused deputy).
        "aws:sourceaccount": request.account,
        "aws:sourcearn": f"arn:aws:ecs:{request.region}:{request.account}:task",
    }
    root = who.arn.endswith(":root")
    if not root:
        del context["aws:sourceaccount"], context["aws:sourcearn"]
    actions = ["sts:AssumeRole"]
    # A chained session carries its source identity on, which the next role must allow as well.
    actions += ["sts:SetSourceIdentity"] if identity and not root else []
    actions += ["sts:TagSession"] if request.params.get("Tags") else []
    caller = {"arn": who.arn, "account": who.account, "region": request.region, "access_key": request.access_key}
    for action in actions:
        with ministack_server.scope(who.account, request.region):
            allowed = ministack_iam.trusted(role, caller, action, context) and (
                action != "sts:SetSourceIdentity"
                or ministack_iam.enforce(request.access_key, action, "sts", request.region, role["Arn"], context, {})
                is None
            )
        if not allowed:
            raise AwsError(
                "AccessDenied",
                f"User: {who.arn} is not authorized to perform: {action} on resource: {role['Arn']}",
                403,
            )
