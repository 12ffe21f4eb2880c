"""Load balancers over HAProxy with targets that are servers of the test itself: no sandbox, and nothing but requests."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from generator.sandbox.balancer.proxied_target import Wanted
from generator.sandbox.balancer.proxy_targets import LoadBalancers
from generator.sandbox.balancer.routes_of_traffic import Check, Group, Listener, Rule, Traffic
from generator.sandbox.processes.process_host import ProcessHost

CHECK = Check("/health", "200", 1, 5, 2, 2)
GROUP = Group("blue", "targetgroup/blue/1", CHECK, 30, 0, least_requests=False)
_PATIENCE = 60.0


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.server.released.wait(_PATIENCE)
        if self.path == "/tunnel":
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            self.end_headers()
            self.wfile.flush()
            self.rfile.read(1)
            self.close_connection = True
            return
        if self.path != "/health":
            self.server.asked += 1
        sick = self.path == "/health" and self.server.sick
        self.send_response(500 if sick else 200)
        body = self.server.name.encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """A target: `sick` fails its health check, `/hang` answers when it is `released`, `/tunnel` stays open."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.name, self.sick, self.asked, self.released = name, False, 0, threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: Any) -> None:
        """A connection that was cut is what tests are about."""


class Balancer:
    """Load balancers whose rules a test writes, and what its targets were told."""

    def __init__(self) -> None:
        self.host = ProcessHost()
        self.traffic = self.routes(GROUP)
        self.balancers = LoadBalancers(self.host, lambda: self.traffic)
        self.states: dict[str, str] = {}

    def routes(self, group: Group, idle: float = 60, *more: Rule) -> Traffic:
        """One listener that sends everything to a group, after the rules that come first."""
        listener = Listener("l", "lb", 80, False, idle, (*more, Rule("", forward=((group.arn, 1),))))
        return Traffic((listener,), (group,))

    def add(self, name: str, address: str, state: str = "healthy", group: str = "blue") -> None:
        """Register a target of a group and wait for a state."""
        self.balancers.register(Wanted(name, group, address, name, lambda found: self.states.__setitem__(name, found)))
        if state:
            until(lambda: self.states.get(name) == state)

    def ask(self, path: str = "/x") -> tuple[int, str]:
        """Status and body of one request over a new connection; 0 is one that was cut."""
        connection = self.connect()
        try:
            return request(connection, path)
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the listener."""
        until(lambda: bool(self.balancers.doors()))
        found = urlsplit(self.balancers.doors()[0]["url"])
        return http.client.HTTPConnection(found.hostname or "", found.port, timeout=_PATIENCE)

    def counted(self, requests: int) -> dict[str, float]:
        """The metrics of the group, once so many requests were heard of since the beginning: name to sum."""
        until(lambda: self.balancers.requests.heard >= requests)
        found: Counter[str] = Counter()
        for counts in self.balancers.minute().values():
            for name, values in counts.metrics():
                found[name] += sum(values)  # type: ignore[assignment]
        return dict(found)


def request(connection: http.client.HTTPConnection, path: str = "/x") -> tuple[int, str]:
    """Status and body of a request over a connection; 0 is one that was cut."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (http.client.HTTPException, OSError):
        return 0, ""


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition, for a minute at most."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, "what the test waits for did not come"
        time.sleep(0.01)


@contextlib.contextmanager
def balancer() -> Iterator[Balancer]:
    """Load balancers for as long as the context lasts."""
    found = Balancer()
    try:
        yield found
    finally:
        found.balancers.clear()
        until(lambda: not found.host.running())
