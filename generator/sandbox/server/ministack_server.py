"""What ministack and its server keep private: every such name is imported or patched here or in `generator.sandbox.iam.ministack_iam`.

Each function says what it relies on. `tests/sandbox/test_ministack_private.py` has a contract test for each, which says what to
do when an upgrade moves the name. Import this module in the sandbox's process only, after `serve` set the environment:
ministack reads it when it is imported.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping

    App = Callable[
        [
            MutableMapping[str, Any],
            Callable[[], Awaitable[Any]],
            Callable[[Any], Awaitable[None]],
        ],
        Awaitable[None],
    ]


def app() -> App:
    """`ministack.app.app`: the ASGI application of all services."""
    from ministack.app import app as found

    application: App = found
    return application


def detect_service(method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> str:
    """`ministack.app._routing_params` and `detect_service`: who would answer a call that names no service we know."""
    from ministack import app as server

    listed = {key: [value] for key, value in query.items()}
    params = server._routing_params(method, path, dict(headers), body, listed)  # noqa: SLF001 - the point of this file
    return str(server.detect_service(method, path, dict(headers), params))


def account_of(access_key: str) -> str:
    """The account of an access key: 12 digits are an account; a session's and a user's key belong to theirs.

    `ministack.core.responses._account_from_sts_session`, `ministack.core.iam_evaluator.find_iam_access_key_account`.
    """
    if len(access_key) == 12 and access_key.isdigit():
        return access_key
    from ministack.core.iam_evaluator import find_iam_access_key_account
    from ministack.core.responses import _account_from_sts_session

    return str(
        _account_from_sts_session(access_key)
        or (access_key and find_iam_access_key_account(access_key))
        or default_account()
    )


def default_account() -> str:
    """The account of keys that name none: `MINISTACK_ACCOUNT_ID`, as ministack reads it."""
    import os

    return os.environ.get("MINISTACK_ACCOUNT_ID", "000000000000")


def route_users_to_their_account() -> None:
    """Let an IAM user's access key reach the user's account, which ministack does with `AUTH=true` only.

    Patches `ministack.app.set_request_account_id`, which the application calls with the access key of each request.
    """
    from ministack import app as server
    from ministack.core.responses import set_request_account_id

    server.set_request_account_id = lambda access_key: set_request_account_id(account_of(access_key))


def take_signed_names_as_they_are() -> None:
    """Let every signed call be for the service that its signature names.

    Patches `ministack.core.router._is_aws_service_name`, which is asked about services that ministack does not have, lest
    they are taken for S3. It reads all 400 service models of botocore for that: 5 seconds of CPU and 150 MB at the first
    call, during which nobody else is answered.
    """
    from ministack.core import router

    router._is_aws_service_name = lambda _: True  # noqa: SLF001 - the point of this file


def read_models_with(read: Callable[[str], Any]) -> None:
    """Let ministack read API models with `read`, by botocore's name of a service, in place of sessions of its own.

    Patches `ministack.core.responses._service_model`, which every answer asks for its content type, and reads
    `_BOTOCORE_NAME`. Its models would be kept beside those that the sandbox's own clients read.
    """
    from functools import cache

    from ministack.core import responses

    @cache
    def model(service: str) -> Any:
        from botocore.exceptions import UnknownServiceError

        try:
            return read(responses._BOTOCORE_NAME.get(service, service))  # noqa: SLF001 - the point of this file
        except UnknownServiceError:
            return None

    responses._service_model = model  # noqa: SLF001 - the point of this file


@contextlib.contextmanager
def scope(account: str, region: str) -> Iterator[None]:
    """`ministack.core.responses.request_scope`: the account and region that ministack's stores are read in."""
    from ministack.core.responses import request_scope

    with request_scope(account, region):
        yield


def abort_connection(send: Any) -> bool:
    """Reset the TCP connection of a call (RST, no answer); whether the connection was found.

    An ASGI application can't do that. hypercorn's `send` is `HTTPStream.app_send`; from there through
    `HTTPStream.send` (`H11Protocol.stream_send`), `H11Protocol.send` (`TCPServer.protocol_send`) to `TCPServer.writer`.
    """
    import socket
    import struct

    try:
        transport = send.__self__.send.__self__.send.__self__.writer.transport
    except AttributeError:
        return False
    # Lingering for no time makes close() send RST in place of FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return True


def session(access_key: str) -> dict[str, Any] | None:
    """`ministack.services.sts._sessions`: the record of temporary credentials, by access key id; changes are kept."""
    from ministack.services import sts

    found: dict[str, Any] | None = sts._sessions.get(access_key)  # noqa: SLF001 - the point of this file
    return found


def sessions() -> dict[str, dict[str, Any]]:
    """`ministack.services.sts._sessions`, which ministack does not persist."""
    from ministack.services import sts

    found: dict[str, dict[str, Any]] = sts._sessions  # noqa: SLF001 - the point of this file
    return found


def identity(access_key: str, account: str, region: str) -> tuple[str, str]:
    """`ministack.core.iam_evaluator.resolve_caller_identity`: the ARN and user id of a caller; root if unknown."""
    from ministack.core.iam_evaluator import resolve_caller_identity

    with scope(account, region):
        found = resolve_caller_identity(access_key)
    if not found:
        return f"arn:aws:iam::{account}:root", account
    return str(found["userArn"]), str(found["userId"])


def role(account: str, name: str) -> dict[str, Any] | None:
    """`ministack.services.iam._roles`: a role's record (`Arn`, `RoleId`, `AssumeRolePolicyDocument`), or None."""
    from ministack.services import iam

    found: dict[str, Any] | None = iam._roles.get_scoped(account, None, name)  # noqa: SLF001 - the point of this file
    return found


def instance_profile(account: str, name: str) -> dict[str, Any] | None:
    """`ministack.services.iam._instance_profiles`: an instance profile's record with its `Arn`, or None."""
    from ministack.services import iam

    found: dict[str, Any] | None = iam._instance_profiles.get_scoped(account, None, name)  # noqa: SLF001 - the point of this file
    return found


def send_as(sender: Callable[[], str]) -> None:
    """Let SQS messages carry this sender id in place of the account.

    Patches `ministack.services.sqs._build_send_sys_attrs`, which makes the system attributes of a sent message, and
    `_ensure_msg_fields`, which completes those that a service of ministack put into a queue.
    """
    from ministack.services import sqs

    build, ensure = sqs._build_send_sys_attrs, sqs._ensure_msg_fields  # noqa: SLF001 - the point of this file

    def built(*args: Any) -> Any:
        return build(*args) | {"SenderId": sender()}

    def ensured(message: dict[str, Any]) -> None:
        bare = "sys" not in message
        ensure(message)
        if bare:
            message["sys"]["SenderId"] = sender()

    sqs._build_send_sys_attrs, sqs._ensure_msg_fields = built, ensured  # noqa: SLF001


def put_hosted_zone(account: str, zone_id: str, name: str) -> None:
    """`ministack.services.route53._zones`, `_records` and `_default_records`: a public hosted zone with a given id.

    CreateHostedZone gives random ids, but configurations name the zones that their accounts have.
    """
    from ministack.services import route53

    absolute = name if name.endswith(".") else f"{name}."
    zone = {"id": zone_id, "name": absolute, "caller_reference": zone_id, "comment": "", "private": False, "vpcs": []}
    with scope(account, "us-east-1"):
        if zone_id not in route53._zones:  # noqa: SLF001 - the point of this file
            route53._zones[zone_id] = zone  # noqa: SLF001 - the point of this file
            route53._records[zone_id] = route53._default_records(absolute)  # noqa: SLF001 - the point of this file


def kms_key(key_id: str) -> dict[str, Any] | None:
    """`ministack.services.kms._resolve_key`: the record of a key, by id, ARN or alias; changes are kept."""
    from ministack.services import kms

    found: dict[str, Any] | None = kms._resolve_key(key_id)  # noqa: SLF001 - the point of this file
    return found


def object_lock(bucket: str) -> bool:
    """`ministack.services.s3._bucket_object_lock`: whether a bucket has an Object Lock configuration."""
    from ministack.services import s3

    return bool(s3._bucket_object_lock.get(bucket))  # noqa: SLF001 - the point of this file


def ec2_tags(resource: str) -> dict[str, str]:
    """`ministack.services.ec2._tags`: the tags of a resource of EC2 by its id, in the current scope."""
    from ministack.services import ec2

    found: list[dict[str, str]] = ec2._tags.get(resource) or []  # noqa: SLF001 - the point of this file
    return {tag["Key"]: tag["Value"] for tag in found}


def oidc_provider(account: str, arn: str) -> dict[str, Any] | None:
    """`ministack.services.iam._oidc_providers`: the record of an OIDC provider, or None; changes are kept."""
    from ministack.services import iam

    with scope(account, "us-east-1"):
        found: dict[str, Any] | None = iam._oidc_providers.get(arn)  # noqa: SLF001 - the point of this file
    return found
