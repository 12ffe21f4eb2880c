"""Passes a connection to the HTTP server when its first request may be Slack's, by its headers.

Anybody can connect. Refusing a stranger here costs a third of what a request to aiohttp costs, and none of the body is
kept: 400 at once delay Slack's own requests by a few hundredths of a second. Later requests of the connection are
judged by :mod:`bot.transport`, and every signature is checked there.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from bot.signature import SIGNATURE_HEADER, TIME_HEADER, is_plausible

LARGEST_HEAD = 16 * 1024  # bytes; Slack's have about 600
HEAD_WITHIN = 3.0  # seconds in which the headers must have arrived
_END = b"\r\n\r\n"
_REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEADERS = re.compile(rb"(?im)^(%s|%s):[ \t]*([!-~]*)[ \t]*\r?$" % (TIME_HEADER.encode(), SIGNATURE_HEADER.encode()))


class Admission(asyncio.Protocol):
    """One connection until it is accepted or refused. ``serve`` creates the protocol that gets it, with the bytes read."""

    def __init__(self, serve: Callable[[], asyncio.Protocol], within: float = HEAD_WITHIN) -> None:
        self._serve, self._within = serve, within
        self._head = b""
        self._transport: Any = None
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the headers, for a limited time."""
        self._transport = transport
        self._late = asyncio.get_running_loop().call_later(self._within, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Decide as soon as the headers are complete."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._head += data
        end = self._head.find(_END)
        if end < 0 and len(self._head) <= LARGEST_HEAD:
            return
        self._decided()
        if end < 0 or end > LARGEST_HEAD or not may_be_slack(self._head[: end + 2]):
            self._head = b""
            transport.write(_REFUSED)
            transport.close()
            return
        protocol = self._serve()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(self._head)
        self._head = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._decided()
        self._transport = None

    def _decided(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def may_be_slack(head: bytes) -> bool:
    """Whether the headers of a request contain a time and a signature of the right form."""
    found = {name.lower(): value.decode("ascii") for name, value in _HEADERS.findall(head)}
    return is_plausible(found.get(TIME_HEADER.encode(), ""), found.get(SIGNATURE_HEADER.encode(), ""))
