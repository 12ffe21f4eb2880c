"""Connections at the front's door: who may be Slack is let through with every byte, who can't be is refused by the headers."""

import asyncio
from typing import Any

import pytest

from bot.admission import LARGEST_HEAD, Admission, may_be_slack

SIGNED = "X-Slack-Request-Timestamp: 1800000000\r\nX-Slack-Signature: v0=" + "ab" * 32


class Through(asyncio.Protocol):
    """What a connection that was let through arrives at."""

    def __init__(self) -> None:
        self.got = b""

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.got += data


class Line(asyncio.Transport):
    """A connection as far as the protocol uses one."""

    def __init__(self) -> None:
        super().__init__()
        self.wrote, self.closed, self.ended = b"", False, asyncio.Event()

    def write(self, data: Any) -> None:
        """Keep it."""
        self.wrote += data

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def abort(self) -> None:
        """Note it."""
        self.ended.set()

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Nothing."""


def request(headers: str, body: bytes = b"") -> bytes:
    """A request with these headers."""
    return f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode() + body


def arrive(*pieces: bytes, within: float = 60) -> tuple[Through, Line]:
    """A connection that sends these pieces, and what is on both of its sides then."""
    through, line = Through(), Line()

    async def run() -> None:
        protocol = Admission(lambda: through, within)
        protocol.connection_made(line)
        for piece in pieces:
            protocol.data_received(piece)
        if within == 0:
            await line.ended.wait()
        protocol.connection_lost(None)

    asyncio.run(run())
    return through, line


def test_what_may_be_slack_gets_through_whole_however_it_is_cut() -> None:
    """In one piece, byte by byte, with its body at once or later: the server sees the same bytes."""
    whole = request(SIGNED, b"a=1")
    for pieces in ([whole], [bytes([b]) for b in whole[:-3]], [whole[:30], whole[30:]]):
        through, line = arrive(*pieces)
        assert through.got == b"".join(pieces)
        assert (line.wrote, line.closed) == (b"", False)


REFUSED = {
    "no signature": request("Content-Length: 1000000", b"x" * 1000),
    "a header that goes on for ever": b"POST / HTTP/1.1\r\nX: " + b"x" * LARGEST_HEAD,
    "a signature in the body": request("Content-Length: 200", f"\r\n{SIGNED}\r\n".encode()),
    "no HTTP at all": b"\x16\x03\x01\r\n\r\n",
}


@pytest.mark.parametrize("bytes_", REFUSED.values(), ids=REFUSED.keys())
def test_what_can_not_be_slack_is_refused_and_nothing_of_it_is_kept(bytes_: bytes) -> None:
    """401 and the end of the connection; what still comes is dropped."""
    through, line = arrive(bytes_, request(SIGNED))
    assert line.wrote.startswith(b"HTTP/1.1 401 ")
    assert line.closed
    assert through.got == b""


def test_a_connection_without_headers_ends() -> None:
    """Who connects and says nothing, or not everything, takes up no place for long; anyone who is through stays."""
    assert arrive(within=0)[1].ended.is_set()
    assert arrive(b"POST /slack", within=0)[1].ended.is_set()
    assert not arrive(request(SIGNED))[1].ended.is_set()


HEADS = [
    (SIGNED, True),
    (SIGNED.lower(), True),
    (SIGNED.replace(": ", ":"), True),
    (SIGNED.replace("v0=", "v1="), False),
    (SIGNED.replace("1800000000", "yesterday"), False),
    (SIGNED.partition("\r\n")[0], False),
    ("X-Other: " + SIGNED.replace("\r\n", " "), False),
]


@pytest.mark.parametrize(("headers", "may"), HEADS)
def test_a_time_and_a_signature_of_the_right_form_are_needed(headers: str, may: bool) -> None:
    """By any writing of the headers' names, and not where their names stand inside another value."""
    assert may_be_slack(request(headers)[:-2]) is may
