"""The page's addresses, mounted into the workspace's server below ``/cloud``: read-only, and live by server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from bot.demo.cloud import sections
from bot.workspace.page.layout import Extension
from bot.workspace.render.markup import Html, tag
from generator.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.cloud.snapshot import Cloud, EnvironmentSnapshot

    Frame = Callable[[str, str, Html], web.Response]

EVERY = 1.0  # seconds between two looks while somebody watches
BEAT = 15.0
_NAME = re.compile(r"cloud\.(?:css|js)")
_KINDS = {"css": "text/css", "js": "text/javascript"}
_LOG = logging.getLogger("bot.demo.cloud")


def extension(cloud: Callable[[], Cloud | None]) -> Extension:
    """The page beside the chat. ``cloud`` returns None until there is one to show."""
    return Extension(
        path="cloud",
        title="The cloud",
        icon="☁",
        application=lambda frame: _Page(cloud, frame).application(),
        scripts=("/cloud/static/cloud.js",),
        styles=("/cloud/static/cloud.css",),
    )


class _Page:
    def __init__(self, cloud: Callable[[], Cloud | None], frame: Frame) -> None:
        self._cloud, self._frame = cloud, frame
        self._known: dict[str, tuple[float, asyncio.Future[EnvironmentSnapshot]]] = {}
        self._open: set[asyncio.Task[object]] = set()

    def application(self) -> web.Application:
        """The routes of the page."""
        made = web.Application()
        made.add_routes(
            [
                web.get("/static/{name}", self._static),
                web.get("/{handle}", self._first),
                web.get("/{handle}/{environment}", self._page),
                web.get("/{handle}/{environment}/stream", self._stream),
            ]
        )
        made.on_shutdown.append(self._close)
        return made

    async def _close(self, _: web.Application) -> None:
        for task in list(self._open):
            task.cancel()

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not _NAME.fullmatch(name):
            raise web.HTTPNotFound
        source = resources.files("bot.demo.cloud") / "static" / name
        kind = _KINDS[name.rpartition(".")[2]]
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=source.read_bytes(), content_type=kind, charset="utf-8", headers=headers)

    async def _first(self, request: web.Request) -> web.Response:
        handle, cloud = request.match_info["handle"], self._cloud()
        if cloud is None or not cloud.environments:
            return self._frame(
                handle, "The cloud", tag("p", {"class": "empty"}, "The demo is not set up yet; try again in a moment.")
            )
        return await self._drawn(handle, cloud, cloud.environments[0])

    async def _page(self, request: web.Request) -> web.Response:
        cloud, environment = self._asked(request)
        return await self._drawn(request.match_info["handle"], cloud, environment)

    async def _drawn(self, handle: str, cloud: Cloud, environment: str) -> web.Response:
        try:
            seen = await self._seen(cloud, environment)
        except ReleaseError as error:
            return self._frame(handle, "The cloud", tag("p", {"class": "empty"}, f"AWS does not answer: {error}"))
        main = sections.page(handle, cloud.environments, seen, time.time())
        return self._frame(handle, "The cloud", main)

    def _asked(self, request: web.Request) -> tuple[Cloud, str]:
        cloud, environment = self._cloud(), request.match_info["environment"]
        if cloud is None or environment not in cloud.environments:
            raise web.HTTPNotFound(text="There is no environment of this name.")
        return cloud, environment

    async def _seen(self, cloud: Cloud, environment: str) -> EnvironmentSnapshot:
        """Reads AWS once for all watchers, at most once a second."""
        now = time.monotonic()
        at, found = self._known.get(environment, (0.0, None))
        if found is None or (found.done() and now - at >= EVERY):
            found = asyncio.ensure_future(asyncio.to_thread(cloud.look, environment))
            self._known[environment] = now, found
        return await asyncio.shield(found)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        cloud, environment = self._asked(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            await self._watch(cloud, environment, response)
        except (asyncio.CancelledError, ConnectionResetError):
            return response
        finally:
            if task is not None:
                self._open.discard(task)
        return response

    async def _watch(self, cloud: Cloud, environment: str, response: web.StreamResponse) -> None:
        sent: dict[str, Html] = {}
        quiet = time.monotonic()
        while True:
            try:
                drawn = sections.sections(await self._seen(cloud, environment), time.time())
            except ReleaseError as error:
                _LOG.warning("%s", error)
                drawn = {}
            for name, html in drawn.items():
                if sent.get(name) != html:
                    data = json.dumps({"id": f"cloud-{name}", "html": html})
                    await response.write(f"data: {data}\n\n".encode())
                    sent[name], quiet = html, time.monotonic()
            if time.monotonic() - quiet > BEAT:
                await response.write(b": still here\n\n")
                quiet = time.monotonic()
            await asyncio.sleep(EVERY)
