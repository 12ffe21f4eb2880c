"""Pages that listen: server-sent events of the board, each of which lives longer than a release."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.proof.load import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

# Longer than the board's heartbeat of 15 s: a stream that says nothing for so long is lost.
_SILENCE = 40.0
_AGAIN = 0.2


class Streams:
    """Streams that are opened again whenever they end. One that ends in order is none that failed; one that is cut is."""

    def __init__(self, url: str, host: str, count: int, path: str = "/api/events") -> None:
        self._url, self._host, self._path = urlsplit(url), host, path
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._connections: set[http.client.HTTPConnection] = set()
        self._threads = [threading.Thread(target=self._listen, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def ended(self) -> int:
        """How many streams ended so far."""
        with self._lock:
            return sum(self._seen.values())

    def stop(self) -> Sent:
        """Close them: how many there were, and how many of them failed."""
        self._over.set()
        with self._lock:
            for connection in self._connections:
                if connection.sock is not None:
                    with contextlib.suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        failed = {why: count for why, count in self._seen.items() if why}
        problems = "; ".join(f"{why}: {count}" for why, count in failed.items())
        return Sent("streams", sum(self._seen.values()), sum(failed.values()), None, None, problems)

    def _listen(self) -> None:
        while not self._over.is_set():
            why = self._once()
            if not self._over.is_set():
                with self._lock:
                    self._seen[why] += 1
                if why:
                    time.sleep(_AGAIN)

    def _once(self) -> str:
        """One stream from its beginning to its end: "" where that was in order, or what went wrong."""
        connection = self._connection()
        with self._lock:
            self._connections.add(connection)
        try:
            connection.request("GET", self._path, headers={"Host": self._host, "Accept": "text/event-stream"})
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                return f"stream answered with {answer.status}"
            for _ in _lines(answer):
                pass
        except http.client.IncompleteRead:
            return "stream cut"
        except (OSError, http.client.HTTPException) as error:
            return f"stream cut ({type(error).__name__})"
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()
        return ""

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_SILENCE)
        # The certificate is one of the sandbox's own.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=_SILENCE, context=context)


def _lines(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What arrives until the last chunk.

    Raises:
        IncompleteRead: The connection ended before that.
    """
    while data := answer.read1(65536):
        yield data
    if not answer.isclosed():
        raise http.client.IncompleteRead(b"")
