"""What the proof releases: the board of `app/`, as it is, or with one fault that the environment names.

    FAULT= python -m tests.proof.version          the board
    FAULT=slow-start:8                            waits before it starts
    FAULT=crash                                   ends with 1
    FAULT=turns-bad:20                            answers 500 from that many seconds after its first request
    FAULT=turns-slow:20                           answers after nine seconds, from that many seconds after its first request
    FAULT=leaks:20                                keeps that many MiB more with each second after its first request

Three paths are the proof's own: `/proof/slow` answers after five seconds, `/proof/upload` reads a body to its end, and
`/proof/version` says which version answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

_MEBIBYTE = 1024 * 1024
_SLOW, _SLUGGISH = 5.0, 9.0


class Faulty:
    """The application behind one that may go wrong."""

    def __init__(self, inner: Any, fault: str, much: float) -> None:
        self._inner, self._fault, self._much = inner, fault, much
        self._first = 0.0
        self._kept: list[bytearray] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        # The load balancer's own question is answered well: what turns bad is what users see.
        user = not any(
            value.startswith(b"ELB-HealthChecker") for name, value in scope["headers"] if name == b"user-agent"
        )
        if user:
            self._first = self._first or time.monotonic()
        age = time.monotonic() - self._first if self._first else 0.0
        if self._fault == "leaks":
            while len(self._kept) < age * self._much:
                self._kept.append(bytearray(b"x" * _MEBIBYTE))
        if self._fault == "turns-slow" and user and age >= self._much:
            await asyncio.sleep(_SLUGGISH)
        if self._fault == "turns-bad" and user and age >= self._much:
            await _answer(send, 500, b"broken")
        elif not await _own(scope["path"], receive, send):
            await self._inner(scope, receive, send)


async def _own(path: str, receive: Any, send: Any) -> bool:
    """Answer a path that is the proof's own; False for one that is not."""
    if path == "/proof/slow":
        await asyncio.sleep(_SLOW)
        await _answer(send, 200, b"done")
    elif path == "/proof/upload":
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await _answer(send, 200, b"stored")
    elif path == "/proof/version":
        await _answer(send, 200, os.environ.get("RELEASE", "").encode())
    else:
        return False
    return True


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> int:
    """Run the board's own process with the fault in front of it."""
    fault, _, much = os.environ.get("FAULT", "").partition(":")
    if fault == "crash":
        sys.stderr.write("KeyError: 'DATABASE_URL'\n")
        return 1
    if fault == "slow-start":
        time.sleep(float(much))
    from board import __main__ as board
    from board import server

    create = server.create
    server.create = lambda parts: Faulty(create(parts), fault, float(much or 0))  # type: ignore[assignment, return-value]
    return board.main([])


if __name__ == "__main__":
    sys.exit(main())
