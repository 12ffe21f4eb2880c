"""The workspace as a server on 127.0.0.1, run in a thread of its own.

with Workspace(default_seed()) as workspace:
client = WebClient(workspace.bot_token, base_url=f"{workspace.url}/api/")
workspace.person("ana").command("#deploys", "/deploy app prod")
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from bot.workspace.api.chat import post_due
from bot.workspace.api.endpoint import Api, Rates
from bot.workspace.delivery.app_responses import ResponseUrls
from bot.workspace.delivery.events import RETRY_SECONDS, Events
from bot.workspace.delivery.http import HttpTransport
from bot.workspace.delivery.interactions import Interactions
from bot.workspace.delivery.outcome import ACK_SECONDS, Transport
from bot.workspace.delivery.socket import SocketTransport
from bot.workspace.page.routes import Extension, Page
from bot.workspace.seed import Seed, default_seed
from bot.workspace.state import Clock, WorkspaceState, first_state, load, save
from bot.workspace.team import Team
from bot.workspace.user_driver import UserDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

HOST = "127.0.0.1"
LARGEST_BODY = 40 * 1024 * 1024
TICK_SECONDS = 0.5
START_SECONDS = 10.0


class Workspace:
    """A local Slack.

    Args:
        seed: Who and what is there; `default_seed()` if not given.
        port: The port wanted, 0 for any; another port is used if it is busy.
        save_to: A JSON file to resume from and to write when the workspace stops.
        http_url: Where the app answers signed requests; "" delivers through Socket Mode.
        pages: Further pages under the same address, with a link beside the channels.
        rates: Rate limits; `UNLIMITED` lifts them.
        clock: Seconds since the epoch.
        ack_seconds: How long the app may take to acknowledge.
        retry_seconds: When an event that was not acknowledged is sent again.
    """

    def __init__(  # noqa: PLR0913 - all have defaults
        self,
        seed: Seed | None = None,
        *,
        port: int = 0,
        save_to: Path | None = None,
        http_url: str = "",
        pages: tuple[Extension, ...] = (),
        rates: Rates | None = None,
        clock: Clock = time.time,
        ack_seconds: float = ACK_SECONDS,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        saved = load(save_to) if save_to else None
        self.seed = saved[0] if saved else seed or default_seed()
        self.state: WorkspaceState = saved[1] if saved else first_state(self.seed, clock())
        self.team = Team(self.seed, self.state, clock)
        self._port = port
        self._save_to = save_to
        self._clock = clock
        self._ack_seconds = ack_seconds
        self.sockets = SocketTransport(self.team, ack_seconds)
        self._http: HttpTransport | None = None
        self.deliver_over_http(http_url)
        self.events = Events(self.team, self._transport, retry_seconds)
        self.interactions = Interactions(self.team, self._transport)
        self.api = Api(self.team, rates or Rates(), clock)
        self.page = Page(self.team, self.interactions, pages)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

    # What an app needs

    @property
    def url(self) -> str:
        """Where it answers, for example `http://127.0.0.1:8065`. `WebClient` wants this and `/api/`."""
        return self.team.url

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.team.url.rpartition(":")[2])

    @property
    def bot_token(self) -> str:
        """`xoxb-…`."""
        return self.seed.bot_token

    @property
    def app_token(self) -> str:
        """`xapp-…`, for Socket Mode."""
        return self.seed.app_token

    @property
    def signing_secret(self) -> str:
        """What signed requests are signed with."""
        return self.seed.signing_secret

    def person(self, handle: str) -> UserDriver:
        """Somebody, to act as.

        Raises:
            KeyError: Nobody has that handle.
        """
        found = self.team.named(handle)
        if found is None:
            raise KeyError(handle)
        return UserDriver(found, self.team, self.interactions, self.run)

    def deliver_over_http(self, url: str) -> None:
        """Deliver to a request URL from now on, or through Socket Mode if it is ""."""
        self._http = HttpTransport(url, self.seed.signing_secret, self._clock, self._ack_seconds) if url else None

    def verify_url(self) -> str:
        """Send `url_verification` to the request URL; "" if it answered well, else what is wrong."""
        return str(self.run(self._http.challenge())) if self._http else "there is no request URL"

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Make Socket Mode connections reconnect, as Slack does."""
        self.run(self.sockets.disconnect(reason))

    def settle(self) -> None:
        """Wait until every event was delivered or given up."""
        self.run(self.events.settle())

    def _transport(self) -> Transport:
        return self._http or self.sockets

    # Running

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the server's loop from another thread, and wait for it.

        Raises:
            RuntimeError: The workspace is not running.
        """
        if self._loop is None:
            work.close()
            raise RuntimeError("The workspace is not running. Call start() first, or use it in a with statement.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def ask(self, look: Callable[[], Any]) -> Any:
        """Call something on the server's loop from another thread."""

        async def asked() -> Any:
            return look()

        return self.run(asked())

    def start(self) -> Self:
        """Listen. Returns when it does.

        Raises:
            OSError: No port could be had.
        """
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._thread = threading.Thread(target=loop.run_forever, name="workspace", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), loop).result(START_SECONDS)
        except OSError:
            self._end(loop)
            raise
        return self

    def stop(self) -> None:
        """Close every connection, write the file if there is one, and end the thread."""
        if self._loop is None:
            return
        self.run(self._close())
        self._end(self._loop)
        self.save()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join()
        loop.close()
        self._thread = self._loop = None

    def save(self) -> None:
        """Write seed and state to the file, if there is one."""
        if self._save_to:
            save(self._save_to, self.seed, self.state)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _listen(self) -> None:
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, HOST, self._port).start()
        except OSError:
            if not self._port:
                raise
            await web.TCPSite(runner, HOST, 0).start()
        self.team.url = f"http://{HOST}:{runner.addresses[0][1]}"
        self._ticking = asyncio.get_running_loop().create_task(self._tick())

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST_BODY, middlewares=[self.page.guard])
        replies = ResponseUrls(self.team)
        application.add_routes(
            [
                web.post("/api/{method}", self.api.answer),
                web.get("/api/{method}", self.api.answer),
                web.get("/link/", self.sockets.link),
                web.post("/{kind:commands|actions|app}/{team}/{number}/{secret}", replies.answer),
                *self.page.routes(),
            ]
        )
        self.page.mount(application)
        return application

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            post_due(self.team)

    async def _close(self) -> None:
        self._ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ticking
        await self.events.close()
        self.page.close()
        await self.sockets.close()
        if self._http:
            await self._http.close()
        if self._runner:
            await self._runner.cleanup()
