"""What counts as a stream that failed."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.proof.load import Sent
from tests.proof.streams import Streams


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/refused":
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"6\r\nhello\n\r\n")
        if self.path == "/whole":
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/open":
            self.wfile.flush()
            time.sleep(600)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def seen(path: str, least: int) -> Sent:
    """What a page that listens saw of a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    streams = Streams(f"http://127.0.0.1:{server.server_address[1]}", "x", 1, path)
    end = time.monotonic() + 60
    while streams.ended < least and time.monotonic() < end:
        time.sleep(0.01)
    found = streams.stop()
    server.shutdown()
    server.server_close()
    return found


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/whole", ""), ("/cut", "stream cut: "), ("/refused", "stream answered with 503: ")],
)
def test_a_stream_that_is_cut_or_refused_failed_and_one_that_ends_did_not(path: str, problem: str) -> None:
    """A page that was cut off counts as a failed request; one that was told to come back, or that still listens, does not."""
    found = seen(path, 2)
    assert found.requests >= 2
    assert found.failed == (found.requests if problem else 0)
    assert found.problems.startswith(problem)


def test_a_stream_that_still_listens_is_none_that_failed() -> None:
    """Streams that the end of the load closes count neither as good nor as failed."""
    assert seen("/open", 0)[1:3] == (0, 0)
