"""The application answers as the platform expects of a task."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

SERVER = Path(__file__).parents[2] / "app" / "backend" / "server.py"


@contextmanager
def running() -> Iterator[tuple[subprocess.Popen[str], int]]:
    env = os.environ | {"PORT": "0", "HOST": "127.0.0.1", "RELEASE": "a" * 40}
    with subprocess.Popen([sys.executable, SERVER], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())["listening"]
        finally:
            process.kill()


def test_health_release_and_clean_stop() -> None:
    """The load balancer's check passes, the release shows, an unknown path is 404, and SIGTERM ends it with 0."""
    with running() as (process, port):
        answers = {}
        for path in ("/health", "/", "/nope"):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            response = connection.getresponse()
            answers[path] = (response.status, json.loads(response.read()))
            connection.close()
        assert answers == {
            "/health": (200, {"status": "ok"}),
            "/": (200, {"service": "app", "release": "a" * 40}),
            "/nope": (404, {"error": "not found"}),
        }
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
