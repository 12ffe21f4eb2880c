"""The application answers as the platform expects of a task."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def running(**settings: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """The board as a process, and its ports. It is still there for 600 seconds after one SIGTERM."""
    env = os.environ | {
        "PORT": "0", "METRICS_PORT": "0", "HOST": "127.0.0.1", "RELEASE": "a" * 40, "BOARD_ACCESS": "open",
        "BOARD_DRAIN_SECONDS": "600", "SLIPWAY_STACKS": str(ROOT / "stacks"), **settings,
    }  # fmt: skip
    command = [sys.executable, "-m", "board"]
    where = ROOT / "app" / "backend"
    with subprocess.Popen(command, cwd=where, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, next(line for line in map(json.loads, process.stdout) if "listening" in line)
        finally:
            process.kill()


def answer(port: int, path: str) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    found = (response.status, json.loads(response.read()))
    connection.close()
    return found


def test_health_release_and_clean_stop() -> None:
    """The load balancer's check passes, the release shows, and SIGTERM ends it with 0 after what was in flight.

    The first SIGTERM takes the process out of service: it is not ready, a stream is told to come back elsewhere, and a
    request whose body is still arriving is answered. The second ends the wait for the load balancer.
    """
    with running() as (process, ports):
        port = ports["listening"]
        assert answer(port, "/health") == (200, {"status": "ok", "release": "a" * 40})
        assert answer(port, "/ready")[0] == 200
        assert answer(port, "/nope")[0] == 404
        assert answer(port, "/api/overview")[1]["release"] == "a" * 40

        stream, flying = (HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(2))
        stream.request("GET", "/api/events")
        events = stream.getresponse()
        assert events.readline() == b"retry: 2000\n"
        flying.putrequest("POST", "/api/views")
        flying.putheader("Content-Type", "application/json")
        flying.putheader("Content-Length", "2")
        flying.endheaders(b"{")

        process.send_signal(signal.SIGTERM)
        assert b"event: reconnect" in events.read()
        assert answer(port, "/ready")[0] == 503
        process.send_signal(signal.SIGTERM)
        flying.send(b"}")
        assert flying.getresponse().status == 503  # there is no database here
        assert process.wait(120) == 0
        for connection in (stream, flying):
            connection.close()


def test_metrics_have_a_port_of_their_own() -> None:
    """No load balancer routes to it. Requests are counted by route, and a page that was closed listens no more."""

    def metrics() -> dict[str, float]:
        connection = HTTPConnection("127.0.0.1", ports["metrics"], timeout=60)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        pairs = (line.rpartition(" ") for line in lines if line.startswith("board_"))
        return {name: float(value) for name, _, value in pairs}

    with running() as (_, ports):
        assert answer(ports["listening"], "/metrics")[0] == 404
        answer(ports["listening"], "/api/overview")
        answer(ports["listening"], "/nobody/knows/this")
        found = metrics()
        assert found['board_requests_total{method="GET",route="/api/overview",status="200"}'] == 1
        assert found['board_requests_total{method="GET",route="none",status="404"}'] == 2
        stream = HTTPConnection("127.0.0.1", ports["listening"], timeout=60)
        stream.request("GET", "/api/events")
        events = stream.getresponse()
        assert events.readline() == b"retry: 2000\n"
        assert metrics()["board_listeners"] == 1
        events.close()
        stream.close()
        while metrics()["board_listeners"]:
            time.sleep(0.05)
