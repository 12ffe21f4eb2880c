"""A service that says which release it is. Listens on PORT (8080), stops cleanly on SIGTERM."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    """GET /health and GET /; everything else is 404."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        pages = {"/health": {"status": "ok"}, "/": {"service": "app", "release": os.environ.get("RELEASE", "unknown")}}
        page = pages.get(self.path.partition("?")[0])
        body = json.dumps(page or {"error": "not found"}).encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Log a line of JSON for each request but health checks, which would drown the rest."""
        if not self.path.startswith("/health"):
            sys.stdout.write(json.dumps({"request": format % args, "client": self.client_address[0]}) + "\n")
            sys.stdout.flush()


def main() -> None:
    """Serve until SIGTERM: finish what is being answered, then end."""
    host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104 - a container answers its network
    server = ThreadingHTTPServer((host, int(os.environ.get("PORT", "8080"))), Answer)
    # shutdown() waits for serve_forever(), so it can't be called from the thread that runs it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(json.dumps({"listening": server.server_port}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
