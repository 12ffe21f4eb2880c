"""Who makes a call: ARN, user id, account and source identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from generator.sandbox.server import ministack_server

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


class Caller(NamedTuple):
    """Who makes a call.

    Attributes:
        arn: Such as `arn:aws:sts::111122223333:assumed-role/slipway-worker/alice`.
        user_id: 12 digits for root, `AIDA...` for a user, `AROA...:SESSION` for a role session: SQS's SenderId.
        account: 12 digits.
        source_identity: Who stands behind a role session, or nothing.
    """

    arn: str
    user_id: str
    account: str
    source_identity: str


def caller(request: Request) -> Caller:
    """Who makes a call."""
    arn, user_id = ministack_server.identity(request.access_key, request.account, request.region)
    session = ministack_server.session(request.access_key) or {}
    return Caller(arn, user_id, request.account, str(session.get("SourceIdentity", "")))
