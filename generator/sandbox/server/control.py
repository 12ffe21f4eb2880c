"""Commands to the sandbox beside AWS's APIs: `/_slipway/...` on the same port, for this machine's own programs only.

    @control("images")
    def images(body: dict[str, Any]) -> dict[str, Any] | None:
        '''POST /_slipway/images: set what an image does.'''

`process.Control` is the client. Web pages can't reach it: the host must be a loopback name (against DNS rebinding), no
`Origin` may be sent, and the header `x-slipway-control` must be (a page can't add it without a permission that is never
given). The same holds for ministack's own administrative paths.
"""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.wire import Reply, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[[dict[str, Any]], "dict[str, Any] | None"]

PREFIX = "/_slipway/"
HEADER = "x-slipway-control"
# ministack answers these without credentials; all but the health checks change or reveal state.
_ADMIN = ("/_ministack/", "/_localstack/", "/_aws/")
# Commands that change nothing that is saved.
_UNSAVED = frozenset({"status", "calls", "faults", "speed", "stop", "save", "reset"})
_commands: dict[str, Command] = {}


def control(name: str) -> Callable[[Command], Command]:
    """Register what answers `POST /_slipway/NAME`. It runs on a thread, gets the body's object and answers an object.

    A `ValueError` is answered as 400 with its text.
    """

    def register(function: Command) -> Command:
        _commands[name] = function
        return function

    return register


def command(path: str) -> Command | None:
    """What answers a control path, or None."""
    return _commands.get(path.removeprefix(PREFIX))


def kind(path: str) -> str:
    """`Get` for a path whose command changes nothing that is saved, else `Put`: how AWS would name the operation."""
    return "Get" if path.removeprefix(PREFIX) in _UNSAVED else "Put"


def names() -> list[str]:
    """The names of all commands."""
    return sorted(_commands)


def guarded(path: str) -> bool:
    """Whether a path changes or reveals the sandbox's state without credentials."""
    return path.startswith((PREFIX, *_ADMIN)) and path != "/_ministack/health"


def loopback(host: str) -> bool:
    """Whether the Host of a call is this machine by a name or address that no foreign name server can give."""
    name = host.strip("[]") if host.endswith("]") else host.rpartition(":")[0].strip("[]") or host
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refusal(path: str, client: str, headers: Mapping[str, str]) -> str:
    """Why a call is refused before anybody reads it, or nothing.

    Args:
        path: The path of the address.
        client: The address of the caller.
        headers: The headers, by lower-case name.
    """
    host = headers.get("host", "")
    if guarded(path):
        if not loopback(client) or not loopback(host):
            return f"{path} is for programs of this machine; call it at http://127.0.0.1"
        if "origin" in headers or HEADER not in headers:
            return f"{path} is not for web pages; send the header {HEADER}: 1"
        return ""
    if not loopback(host) and not host.partition(":")[0].endswith(".amazonaws.com"):
        return f"The sandbox does not answer for {host}; call it at http://127.0.0.1"
    return _page(headers)


def _page(headers: Mapping[str, str]) -> str:
    """Why a call of a web page is refused, or nothing: a page of this machine may call."""
    # Signatures are not checked as a rule, and ministack lets every origin in: a page could sign with anything.
    origin = headers.get("origin")
    if origin is not None and not loopback(origin.partition("://")[2]):
        return f"The sandbox does not answer web pages of {origin}; open the page from this machine"
    if origin is None and headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return "The sandbox does not answer other web pages; call it with an AWS client"
    return ""


def reply(status: int, found: Mapping[str, Any] | None) -> Reply:
    """An answer of the control API."""
    return Reply(status, [("content-type", "application/json")], to_json(found or {}))


def body_of(raw: bytes) -> dict[str, Any]:
    """The object that a command was sent.

    Raises:
        ValueError: It is not a JSON object.
    """
    found = json.loads(raw or b"{}")
    if not isinstance(found, dict):
        raise ValueError("send a JSON object")  # noqa: TRY004 - what callers turn into 400
    return found
