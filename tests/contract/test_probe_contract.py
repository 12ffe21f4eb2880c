"""Requests to a service, from memory and over HTTP to a server of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generator.aws.http_probe import LIMIT, HttpProbe
from generator.release.errors import Invalid, Unavailable
from generator.release.ports import Probe
from tests.fakes.small_ports import FakeProbe


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = {"/health": (200, "grün"), "/broken": (503, "no"), "/long": (200, "x" * (2 * LIMIT))}.get(
            self.path, (302, "")
        )
        if self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.05)
            return
        self.send_response(status)
        if status == 302:
            here = f"http://127.0.0.1:{self.server.server_address[1]}"
            where = {"/near": f"{here}/health", "/far": "http://198.51.100.1/", "/file": "file:///etc/hosts"}
            self.send_header("Location", where.get(self.path, self.path))
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        del format, args


@pytest.fixture
def site() -> Iterator[str]:
    """A server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_status_and_body_are_reported(kind: str, site: str) -> None:
    """Whatever the service answers, also when it says that it is broken."""
    fake = FakeProbe()
    fake.answers = {f"{site}/health": (200, "grün"), f"{site}/broken": (503, "no")}
    probe: Probe = fake if kind == "fake" else HttpProbe()
    assert probe.get(f"{site}/health") == (200, "grün")
    assert probe.get(f"{site}/broken") == (503, "no")
    with pytest.raises(Unavailable, match="does not answer"):
        probe.get("http://127.0.0.1:9/")


def test_a_probe_stays_where_it_was_sent(site: str) -> None:
    """Redirects are followed on the same host and told otherwise; no file is read, no loop followed for ever."""
    probe = HttpProbe()
    assert probe.get(f"{site}/near") == (200, "grün")
    assert probe.get(f"{site}/far")[0] == 302
    assert probe.get(f"{site}/file")[0] == 302
    assert probe.get(f"{site}/loop")[0] == 302
    for url in ("file:///etc/hosts", "ftp://127.0.0.1/", "/health", "https://user:secret@example.com/", "https://"):
        with pytest.raises(Invalid, match="write an address"):
            probe.get(url)


def test_a_probe_does_not_wait_or_read_for_ever(site: str) -> None:
    """64 KiB of a long answer, and an end to one that drips."""
    assert HttpProbe().get(f"{site}/long") == (200, "x" * LIMIT)
    with pytest.raises(Unavailable, match="too long"):
        HttpProbe(seconds=0.2).get(f"{site}/drip")
