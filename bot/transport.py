"""How Slack reaches the front: over a WebSocket that it opens itself, or over signed HTTP requests."""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.signature import SignatureVerifier

from bot.limits import LARGEST_BODY, ByteBudget
from bot.signature import is_plausible, is_signed

PATH = "/slack/events"
THREADS = 64  # each holds one request until its acknowledgement leaves, a second at most
READ_WITHIN = 3.0  # seconds in which a body must have arrived: Slack gives no more for everything
_TIME, _SIGNED = "x-slack-request-timestamp", "x-slack-signature"
_LOG = logging.getLogger("bot.transport")


def answer(
    app: App, verifier: SignatureVerifier, body: str, headers: Mapping[str, str | Sequence[str]]
) -> BoltResponse:
    """What the app answers to one request. The signature is checked first: Bolt looks into a body before its middleware.

    What is not signed gets 401 and is not parsed; signed bytes that can't be read get 400, and 500 if they break us.
    """
    at, signature = (_header(headers, name) for name in (_TIME, _SIGNED))
    if not is_signed(verifier, body, at, signature):
        return BoltResponse(status=401, body="")
    try:
        asked = BoltRequest(body=body, headers=dict(headers))
    except Exception as error:  # noqa: BLE001 - as above
        _LOG.warning("a body that can't be read: %s", type(error).__name__)
        return BoltResponse(status=400, body="")
    if not isinstance(asked.body, dict) or not isinstance(asked.body.get("event", {}), dict):
        _LOG.warning("a body of another shape than Slack's")
        return BoltResponse(status=400, body="")
    try:
        return app.dispatch(asked)
    except Exception as error:  # noqa: BLE001 - as above
        _LOG.error("a request could not be answered: %s", type(error).__name__)
        return BoltResponse(status=500, body="")


def _header(headers: Mapping[str, str | Sequence[str]], name: str) -> str:
    found = headers.get(name) or ""
    return found if isinstance(found, str) else found[0]


class Transport(Protocol):
    """How requests of Slack arrive: over a WebSocket or over HTTP."""

    def start(self) -> None:
        """Take what Slack sends from now on."""

    def close(self) -> None:
        """Take nothing more; what is being dealt with is acknowledged first."""

    def missing(self) -> str:
        """Why nothing can arrive, "" if it can."""


class Socket:
    """Socket Mode: no inbound port. It reconnects by itself when Slack asks it to."""

    def __init__(self, app: App, app_token: str) -> None:
        self._handler = SocketModeHandler(app, app_token=app_token, concurrency=THREADS, ping_interval=10)

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


class Http:
    """aiohttp in front, Bolt on threads: its dispatch is synchronous and would hold the event loop (facts: slack.md).

    Strangers can reach it. What carries no signature is refused unread, what is longer than Slack sends too, and all
    bodies together take a bounded part of memory.
    """

    def __init__(self, app: App, signing_secret: str, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        self._verifier = SignatureVerifier(signing_secret)
        self._budget = ByteBudget()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="http")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="http", daemon=True)
        self._runner: Any = None
        self.url = ""

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        from aiohttp import web

        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post(PATH, self._taken)
        # What is not read is thrown away for a second, then the connection is closed.
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=3.0, lingering_time=1.0, read_bufsize=16 * 1024
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, backlog=512).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{PATH}"
        _LOG.info("listening on %s", self.url)

    async def _taken(self, request: Any) -> Any:
        """Refuse what can't be Slack's by its headers, and read no more at once than there is room for."""
        from aiohttp import web

        size = request.content_length
        if not is_plausible(request.headers.get(_TIME, ""), request.headers.get(_SIGNED, "")):
            return _closed(web.Response(status=401))
        if size is None or size > LARGEST_BODY:
            return _closed(web.Response(status=411 if size is None else 413))
        if not self._budget.take(size):
            return _closed(web.Response(status=503))
        try:
            return await self._answer(request)
        except TimeoutError:
            return _closed(web.Response(status=408))
        finally:
            self._budget.give(size)

    async def _answer(self, request: Any) -> Any:
        from aiohttp import web

        try:
            async with asyncio.timeout(READ_WITHIN):
                body = (await request.read()).decode()
        except UnicodeDecodeError:
            return web.Response(status=400)
        if not is_signed(self._verifier, body, request.headers[_TIME], request.headers[_SIGNED]):
            return _closed(web.Response(status=401))
        # Bolt reads these alone, and looks at each one that it gets.
        headers = {
            n.lower(): request.headers.getall(n)
            for n in request.headers
            if n.lower().startswith(("x-slack-", "content-type"))
        }
        told = await asyncio.get_running_loop().run_in_executor(
            self._pool, answer, self._app, self._verifier, body, headers
        )
        names = {name: value[0] for name, value in told.headers.items() if name.lower() != "content-type"}
        kind = told.headers.get("content-type", ["text/plain;charset=utf-8"])[0]
        return web.Response(status=told.status, body=told.body.encode(), headers={**names, "Content-Type": kind})

    def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()
        self._pool.shutdown(wait=False)

    def missing(self) -> str:
        """Why nothing can arrive: nothing listens on the port."""
        return "" if self.url else "not listening"


def _closed(response: Any) -> Any:
    """A refusal after which the connection ends: nobody reads on what was not asked for."""
    response.force_close()
    return response
