"""A proxy that notes who was asked for and passes nothing on."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class ProxyServer:
    """``asked`` holds each host, such as ``sts.eu-west-1.amazonaws.com:443``. Every answer is 502."""

    def __init__(self) -> None:
        asked = self.asked = set[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                asked.add(self.path)
                self.send_error(502)

            def do_GET(self) -> None:
                asked.add(self.path)
                self.send_error(502)

            do_POST = do_GET  # noqa: N815 - the names of http.server

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
