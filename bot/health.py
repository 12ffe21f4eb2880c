"""``/healthz`` and ``/readyz``, for ECS and for people. The process is alive; token and connection are valid."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Readiness(NamedTuple):
    """What is missing, by part: nothing means ready. ``warnings`` are faults of a process that is ready."""

    missing: dict[str, str]
    warnings: dict[str, str] = {}


Look = Callable[[], Readiness]


class Health:
    """A small HTTP server. ``look`` returns what is missing and what is wrong."""

    def __init__(self, host: str, port: int, look: Look) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(look))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Start to answer health checks."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering health checks."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)


def _handler(look: Look) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        """Answers the two addresses, and nothing else."""

        def do_GET(self) -> None:
            """Answer one request."""
            missing, warnings = look() if self.path == "/readyz" else Readiness({})
            if self.path not in {"/healthz", "/readyz"}:
                self.send_error(404)
                return
            body = (
                json.dumps({"ready": not missing, "missing": missing, "warnings": warnings}).encode()
                if self.path == "/readyz"
                else b"ok"
            )
            self.send_response(503 if missing else 200)
            self.send_header("Content-Type", "application/json" if self.path == "/readyz" else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Log nothing: ECS asks every half minute."""

    return Answers
