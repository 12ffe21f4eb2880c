"""The process: serves until SIGTERM, then ends what it began."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Generator

import uvicorn
from prometheus_client import start_http_server

from board.application import create
from board.controllers.parts import Parts

_LOG = logging.getLogger("board")


class Server(uvicorn.Server):
    """uvicorn, which a signal ends in order: not ready, streams are closed, requests in flight are finished.

    The first signal begins the drain and the second ends its wait.
    """

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts
        self._ends: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle the signals in the loop; none is raised again afterwards, so that the process ends with 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        if self._parts.is_draining:
            self.should_exit = True
            return
        self._parts.is_draining = True
        _LOG.info("stopping: not ready any more, streams are closed, requests in flight are finished")
        self._parts.events.close()
        self._ends = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        await asyncio.sleep(self._parts.settings.drain)
        self.should_exit = True


def serve(parts: Parts) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = parts.settings
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(2048)
    # A port of its own, to which no load balancer routes.
    metrics, thread = start_http_server(settings.metrics_port, settings.host)
    ports = {"listening": listener.getsockname()[1], "metrics": metrics.server_port}
    config = uvicorn.Config(
        create(parts),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.stop),
        # Longer than the load balancer's idle timeout of 60 s, or it would reuse a connection that was just closed
        # (Application Load Balancers: HTTP 502).
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _LOG.info("listening", extra={"fields": ports})
    try:
        Server(config, parts).run(sockets=[listener])
    finally:
        metrics.shutdown()
        metrics.server_close()
        thread.join()
        _LOG.info("stopped")
