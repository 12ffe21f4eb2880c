"""Every name of ministack, and of the server it runs on, that is not a public API: imported or patched here only.

Each function says what it relies on. `tests/sandbox/test_private.py` has a contract test for each, which says what to
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


@contextlib.contextmanager
def scope(account: str, region: str) -> Iterator[None]:
    """`ministack.core.responses.request_scope`: the account and region that ministack's stores are read in."""
    from ministack.core.responses import request_scope

    with request_scope(account, region):
        yield


def save() -> None:
    """`ministack.app._build_persistence_save_dict` and `persistence.save_all`: write every service's state now.

    Call it on the event loop: the services change their state there.
    """
    from ministack import app as server

    server.save_all(server._build_persistence_save_dict())  # noqa: SLF001 - the point of this file


def reset() -> None:
    """`ministack.app._reset_all_state`: forget everything. Call it on the event loop."""
    from ministack import app as server

    server._reset_all_state()  # noqa: SLF001 - the point of this file


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
