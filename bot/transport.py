"""How Slack reaches the front: over a WebSocket that the front opens, or over signed HTTP requests."""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response

from bot.admission import Admission
from bot.limits import LARGEST_BODY, ByteBudget
from bot.payload_shapes import wrong_shape
from bot.signature import SIGNATURE_HEADER, TIME_HEADER, Signatures, header, is_plausible, refused

_ACCEPTED, _BACKLOG = 16, 512  # connections taken in a row, and those that may wait in the kernel
PATH = "/slack/events"
THREADS = 64  # each holds one request until its acknowledgement leaves, a second at most
READ_WITHIN = 3.0  # seconds in which a body must have arrived: Slack gives no more for everything
_LOG = logging.getLogger("bot.transport")


def answer(app: App, signatures: Signatures, body: bytes, headers: Mapping[str, str | Sequence[str]]) -> BoltResponse:
    """The app's answer to one request. The signature is checked first, because Bolt reads a body before its middleware.

    What is not signed gets 401 and is neither decoded nor parsed; signed bytes of another shape than Slack's get 400.
    """
    known = dict(headers)
    if signatures.check(body, header(known, TIME_HEADER), header(known, SIGNATURE_HEADER)):
        return refused()
    return dispatch(app, lambda: BoltRequest(body=body.decode(), headers=known))


def dispatch(app: App, parse: Callable[[], BoltRequest]) -> BoltResponse:
    """The app's answer to what Slack sent, over either transport. 400 for a wrong shape, 500 for a bug of the bot."""
    try:
        asked = parse()
        why = wrong_shape(asked.body)
    except Exception as error:  # noqa: BLE001 - Bolt reads a body as if it had Slack's shape
        why = type(error).__name__
    if why:
        _LOG.warning("refused: a body of another shape than Slack's (%s)", why[:200])
        return BoltResponse(status=400, body="")
    try:
        return app.dispatch(asked)
    except Exception as error:  # noqa: BLE001 - as above
        _LOG.error("a request could not be answered: %s", type(error).__name__)
        return BoltResponse(status=500, body="")


class Transport(Protocol):
    """How requests of Slack arrive: over a WebSocket or over HTTP."""

    def start(self) -> None:
        """Start to receive what Slack sends."""

    def close(self) -> None:
        """Stop receiving. Requests in progress are acknowledged first."""

    def missing(self) -> str:
        """Why nothing can arrive. "" if it can."""

    def trouble(self) -> str:
        """Why received requests are refused. "" if they are not."""


class _SocketHandler(SocketModeHandler):
    """Bolt's handler, but payloads of another shape are refused as over HTTP, and no traceback is written."""

    def handle(self, client: Any, req: Any) -> None:
        """Answer one envelope."""
        began = time.time()
        told = dispatch(self.app, lambda: BoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req)))
        send_response(client, req, told, began)


class Socket:
    """Socket Mode: no inbound port. It reconnects by itself when Slack asks it to."""

    def __init__(self, app: App, app_token: str) -> None:
        self._handler = _SocketHandler(app, app_token=app_token, concurrency=THREADS, ping_interval=10)
        # The handler would take HTTPS_PROXY again where the client goes direct.
        self._handler.client.proxy = app.client.proxy

    def start(self) -> None:
        """Connect."""
        self._handler.connect()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Disconnect."""
        self._handler.close()  # type: ignore[no-untyped-call]

    def missing(self) -> str:
        """Why nothing can arrive: the WebSocket is not connected."""
        return (
            "" if self._handler.client is not None and self._handler.client.is_connected() else "not connected to Slack"
        )

    def trouble(self) -> str:
        """Always "": Slack signs no envelope."""
        return ""


class Http:
    """An aiohttp server, with Bolt on threads: Bolt's dispatch is synchronous and would block the event loop.

    Strangers can reach it. What carries no signature is refused unread, what is longer than Slack sends too, and all
    bodies together take a bounded part of memory.
    """

    def __init__(self, app: App, signing_secret: str, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        self._signatures = Signatures(signing_secret)
        self._budget = ByteBudget()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="http")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http", daemon=True)
        self._runner: Any = None
        self._server: asyncio.Server | None = None
        self.url = ""

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        from aiohttp import web

        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post(PATH, self._taken)
        # What is not read is not thrown away either: the connection is closed, and who still sends hears nothing more.
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=3.0, lingering_time=0.0, read_bufsize=16 * 1024
        )
        await self._runner.setup()
        serve = self._runner.server
        # asyncio accepts as many connections in a row as the backlog is long, and answers nobody meanwhile.
        self._server = await self._loop.create_server(
            lambda: Admission(serve), self._host, self._port, backlog=_ACCEPTED, reuse_address=True
        )
        for one in self._server.sockets:
            with socket.socket(fileno=os.dup(one.fileno())) as twin:
                twin.listen(_BACKLOG)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}{PATH}"
        _LOG.info("listening on %s", self.url)

    async def _taken(self, request: Any) -> Any:
        """Refuse what can't be Slack's by its headers, and read no more at once than there is room for."""
        from aiohttp import web

        size = request.content_length
        if not is_plausible(request.headers.get(TIME_HEADER, ""), request.headers.get(SIGNATURE_HEADER, "")):
            return _closed(web.Response(status=401))
        if size is None or size > LARGEST_BODY:
            return _closed(web.Response(status=411 if size is None else 413))
        body = bytearray()
        try:
            async with asyncio.timeout(READ_WITHIN):
                async for chunk in request.content.iter_any():
                    # What counts is what came: who says much and sends little keeps nobody out.
                    if not self._budget.take(len(chunk)):
                        return _closed(web.Response(status=503))
                    body += chunk
            return await self._answer(request, bytes(body))
        except TimeoutError:
            return _closed(web.Response(status=408))
        finally:
            self._budget.give(len(body))

    async def _answer(self, request: Any, body: bytes) -> Any:
        from aiohttp import web

        at, signature = request.headers[TIME_HEADER], request.headers[SIGNATURE_HEADER]
        if self._signatures.check(body, at, signature):
            return _closed(web.Response(status=401))
        # Bolt reads these alone, and looks at each one that it gets.
        headers = {
            n.lower(): request.headers.getall(n)
            for n in request.headers
            if n.lower().startswith(("x-slack-", "content-type"))
        }
        response = await asyncio.get_running_loop().run_in_executor(
            self._pool, dispatch, self._app, lambda: BoltRequest(body=body.decode(), headers=headers)
        )
        names = {name: value[0] for name, value in response.headers.items() if name.lower() != "content-type"}
        kind = response.headers.get("content-type", ["text/plain;charset=utf-8"])[0]
        return web.Response(
            status=response.status, body=response.body.encode(), headers={**names, "Content-Type": kind}
        )

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()
        self._pool.shutdown(wait=False)

    def missing(self) -> str:
        """Why nothing can arrive: nothing listens on the port."""
        return "" if self.url else "not listening"

    def trouble(self) -> str:
        """Why received requests are refused: a wrong signing secret, or a wrong clock."""
        return self._signatures.trouble()


def _closed(response: Any) -> Any:
    """A refusal after which the connection ends, so that the rest of the body is not read."""
    response.force_close()
    return response
