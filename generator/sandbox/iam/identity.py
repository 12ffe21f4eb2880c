"""Role sessions and their source identities, and the true senders of SQS messages.

Sources: IAM User Guide, "Monitor and control actions taken with assumed roles" (source identity); STS API Reference,
"AssumeRole"; SQS API Reference, "ReceiveMessage" (`SenderId`).
"""

from __future__ import annotations

import base64
import contextvars
import json
import re
import time
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from generator.sandbox.iam import enforcement, ministack_iam
from generator.sandbox.iam.caller import caller
from generator.sandbox.server import ministack_server
from generator.sandbox.server.control import control
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around
from generator.sandbox.server.persistence import persisted

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

# Whom a message comes from that a service put into a queue (SNS, EventBridge). AWS's ids look so; this one is *assumed*.
SERVICE = "AIDASANDBOXSERVICE000"
_sender: contextvars.ContextVar[str] = contextvars.ContextVar("sender", default=SERVICE)
# STS API Reference, "AssumeRole": SourceIdentity and RoleSessionName have 2 to 64 of these.
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@around("sqs", "SendMessage", "SendMessageBatch")
async def send(request: Request, forward: Forward) -> Reply:
    """A message carries who sent it: the user id of a user, the role id and session name of a session."""
    token = _sender.set(caller(request).user_id)
    try:
        return await forward()
    finally:
        _sender.reset(token)


@around("sts", "AssumeRole")
async def assume_role(request: Request, forward: Forward) -> Reply:
    """Check the role and the source identity, which sticks to the session and to all that it chains to.

    Raises:
        AwsError: `ValidationError`, or `AccessDenied` for an unknown role, a role that does not trust the caller (with
            enforcement) or another source identity than the caller's.
    """
    who = caller(request)
    target = request.text("RoleArn")
    source_identity = request.text("SourceIdentity")
    if source_identity and not _NAME.fullmatch(source_identity):
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{source_identity}' at 'sourceIdentity' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: [\\w+=,.@-]* and have 2 to 64 characters",
        )
    denied = AwsError(
        "AccessDenied", f"User: {who.arn} is not authorized to perform: sts:AssumeRole on resource: {target}", 403
    )
    role = _role(target)
    if role is None:
        raise denied
    if who.source_identity and source_identity not in {"", who.source_identity}:
        raise AwsError(
            "AccessDenied",
            f"User: {who.arn} is not authorized to perform: sts:SetSourceIdentity on resource: {target}",
            403,
        )
    identity = source_identity or who.source_identity
    enforcement.check_trust(request, who, role, identity)
    reply = await forward()
    if reply.status != 200 or not identity:
        return reply
    return reply._replace(body=_with_identity(reply.body, identity))


@around("sts", "AssumeRoleWithWebIdentity")
async def assume_role_with_web_identity(request: Request, forward: Forward) -> Reply:
    """Check the role, and with enforcement the provider and the token's claims against its trust policy.

    The token's signature is not checked: there is no provider to ask.

    Raises:
        AwsError: `InvalidIdentityToken` for a token that can't be read or whose provider the account does not have,
            `AccessDenied` for an unknown role or one that does not trust the token.
    """
    role = _role(request.text("RoleArn"))
    denied = AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    if role is None:
        raise denied
    if enforcement.ENFORCEMENT.on:
        account = role["Arn"].split(":")[4]
        claims = _claims(request.text("WebIdentityToken"))
        host = str(claims.get("iss", "")).partition("://")[2].rstrip("/")
        provider = f"arn:aws:iam::{account}:oidc-provider/{host}"
        if ministack_server.oidc_provider(account, provider) is None:
            raise AwsError(
                "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for https://{host}"
            )
        keys = {f"{host}:{name}".lower(): value for name, value in claims.items()}
        if not ministack_iam.federated(role, provider, keys, request.region):
            raise denied
    return await forward()


def _claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says (RFC 7519): its middle part."""
    try:
        middle = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise AwsError("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")  # fmt: skip
    return found


def _role(arn: str) -> dict[str, Any] | None:
    """The record of the role that an ARN names."""
    parts = arn.split(":")
    return ministack_server.role(parts[4], arn.rpartition("/")[2]) if len(parts) == 6 else None


def _with_identity(body: bytes, identity: str) -> bytes:
    text = body.decode()
    key = re.search("<AccessKeyId>([^<]+)</AccessKeyId>", text)
    record = ministack_server.session(key[1]) if key else None
    if record is None:
        raise AwsError(
            "InternalFailure",
            "The session that STS created is not known; see tests/sandbox/test_ministack_private.py",
            500,
        )
    record["SourceIdentity"] = identity
    return text.replace(
        "</AssumeRoleResult>", f"<SourceIdentity>{escape(identity)}</SourceIdentity></AssumeRoleResult>"
    ).encode()


@control("session")
def session(body: dict[str, Any]) -> dict[str, Any]:
    """Credentials of a role as a service gets them (an ECS task's, for example), whatever its trust policy says.

    `role` is the ARN; `name` the session name, `source_identity` optional.
    """
    import secrets

    arn = str(body.get("role", ""))
    name = str(body.get("name", "task"))
    role = _role(arn)
    if role is None:
        raise ValueError(f"there is no role {arn}; create it first")
    key = "ASIA" + secrets.token_hex(8).upper()
    parts = arn.split(":")
    record = {
        "Arn": f"arn:aws:sts::{parts[4]}:assumed-role/{arn.rpartition('/')[2]}/{name}",
        "UserId": f"{role['RoleId']}:{name}",
        "SecretAccessKey": secrets.token_hex(20),
        "SessionToken": secrets.token_hex(32),
        "Expiration": time.time() + 6 * 3600,
        "IssuedAt": time.time(),
        "AccountId": parts[4],
        "PrincipalType": "AssumedRole",
    }
    if body.get("source_identity"):
        record["SourceIdentity"] = str(body["source_identity"])
    ministack_server.sessions()[key] = record
    return {
        "AccessKeyId": key,
        "SecretAccessKey": record["SecretAccessKey"],
        "SessionToken": record["SessionToken"],
    }


class _Sessions:
    """Role sessions outlive a restart, which ministack's do not."""

    def dump(self) -> Any:
        now = time.time()
        return {
            key: dict(value)
            for key, value in list(ministack_server.sessions().items())
            if value.get("Expiration", 0) > now
        }

    def load(self, data: Any) -> None:
        ministack_server.sessions().update(data)

    def reset(self) -> None:
        ministack_server.sessions().clear()


def _session_keys(access_key: str) -> dict[str, Any]:
    """`aws:SourceIdentity` of a session (IAM User Guide, "AWS global condition context keys")."""
    identity = (ministack_server.session(access_key) or {}).get("SourceIdentity")
    return {"aws:sourceidentity": identity} if identity else {}


def _role_arn(arn: str) -> str:
    """The ARN of the role whose session this is, with its path; any other ARN as it is."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("assumed-role/"):
        return arn
    found = ministack_server.role(parts[4], parts[5].split("/")[1])
    return str(found["Arn"]) if found else arn


def install() -> None:
    """Patch ministack, once, at the start of the process."""
    ministack_server.send_as(_sender.get)
    ministack_iam.add_principal_keys(_session_keys)
    ministack_iam.add_principal_arn(_role_arn)
    ministack_iam.add_table_policies()
    persisted("sessions", _Sessions())
