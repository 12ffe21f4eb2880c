"""The addresses of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.workspace import image_files
from bot.workspace.page import layout, messages, views
from bot.workspace.page.downloads import Files, static
from bot.workspace.page.layout import Extension, PageFrame
from bot.workspace.page.requests import Writes
from bot.workspace.page.security import PageSecurity, headers
from bot.workspace.page.stream import Stream
from bot.workspace.render.markup import Attribute, Html, div, join, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.workspace.delivery.interactions import Interactions
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel
    from bot.workspace.team import Team

__all__ = ["Extension", "Page"]


class Page:
    """Everything that a browser asks for."""

    def __init__(self, team: Team, doing: Interactions, extensions: tuple[Extension, ...]) -> None:
        self._team = team
        self._extensions = extensions
        self._files = Files(team)
        self._stream = Stream(team, extensions)
        self._writes = Writes(doing)
        self.guard = PageSecurity(team).middleware

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """All routes but those of extensions."""
        return [
            web.get("/", self._first),
            web.get("/client/{handle}", self._first),
            web.get("/client/{handle}/", self._first),
            web.get("/client/{handle}/stream", self._streamed),
            web.get("/client/{handle}/modal", self._modal),
            web.get("/client/{handle}/files/{file}", self._file),
            web.get("/client/{handle}/{place}", self._place),
            web.get("/client/{handle}/{place}/thread/{ts}", self._thread),
            web.post("/client/{handle}/do/{verb}", self._write),
            web.get("/archives/{channel}/{link}", self._permalink),
            web.get("/avatars/{user}.svg", self._files.avatar),
            web.get("/static/{name}", static),
            web.post("/upload/v1/{ticket}", self._files.upload),
            web.get("/files-pri/{file}/{name}", self._files.private),
            web.get("/files-pri/{file}/download/{name}", self._files.private),
        ]

    def mount(self, application: web.Application) -> None:
        """Put headers on every response, and extensions below their paths."""
        application.on_response_prepare.append(headers)
        for extension in self._extensions:
            inner = extension.application(self._framed(extension))
            inner.on_response_prepare.append(headers)
            application.add_subapp(f"/{extension.path}", inner)

    def close(self) -> None:
        """End the streams."""
        self._stream.close()

    def _framed(self, extension: Extension) -> Callable[[str, str, Html], web.Response]:
        def draw(handle: str, title: str, main: Html) -> web.Response:
            place = PageFrame(title=title, active=extension.path, scripts=extension.scripts, styles=extension.styles)
            bar = layout.bar(join([title]), "")
            return self._html(self._named(handle), place, div("column", bar, div("messages", main)))

        return draw

    # Who and where

    def _named(self, handle: str) -> PersonSeed:
        person = self._team.named(handle)
        if person is None or person.deleted:
            raise web.HTTPNotFound(text="There is no person of this name. Open / and choose a person.")
        return person

    def _person(self, request: web.Request) -> PersonSeed:
        return self._named(request.match_info["handle"])

    def _channel(self, person: PersonSeed, key: str) -> Channel:
        channel = self._team.state.channels.get(key)
        if channel is None or not self._team.sees(person.id, channel):
            raise web.HTTPNotFound(text="There is no such conversation for this person.")
        return channel

    def _html(self, person: PersonSeed, place: PageFrame, main: Html) -> web.Response:
        document = layout.page(self._team, person, place, self._extensions, main)
        return web.Response(text=document, content_type="text/html", headers={"Cache-Control": "no-store"})

    # Pages

    async def _first(self, request: web.Request) -> web.Response:
        handle = request.match_info.get("handle")
        active = next((p for p in self._team.seed.people if not p.deleted), None)
        if handle is None and active is None:
            raise web.HTTPNotFound(text="The seed of this workspace has no people.")
        person = self._named(handle or (active.handle if active else ""))
        channels = self._team.state.channels.values()
        mine = [c for c in channels if person.id in c.members and not c.archived and not c.im_with]
        place = mine[0].id if mine else "home"
        raise web.HTTPFound(f"/client/{person.handle}/{place}")

    async def _place(self, request: web.Request) -> web.Response:
        person, key = self._person(request), request.match_info["place"]
        if key == "home":
            return self._home(person)
        channel = self._channel(person, key)
        title = f"#{channel.name}" if channel.name else self._team.seed.app.name
        feed = messages.feed(self._team, person.id, channel)
        main = layout.channel_main(self._team, person, channel, feed)
        return self._html(person, PageFrame(title=title, active=key, channel=key), main)

    def _home(self, person: PersonSeed) -> web.Response:
        name = self._team.seed.app.name
        drawn = tag("section", {"id": "home", "aria-label": "Home"}, views.home(self._team, person.id))
        bar = layout.bar(join([name]), self._team.seed.app.description)
        return self._html(person, PageFrame(title=f"{name} Home", active="home"), div("column", bar, drawn))

    async def _thread(self, request: web.Request) -> web.Response:
        person = self._person(request)
        channel = self._channel(person, request.match_info["place"])
        ts = request.match_info["ts"]
        if ts not in channel.messages:
            raise web.HTTPNotFound(text="This thread was deleted.")
        where = f"#{channel.name}" if channel.name else self._team.seed.app.name
        cross: dict[str, Attribute] = {
            "type": "button",
            "class": "cross",
            "aria-label": "Close thread",
            "data-thread-close": True,
        }
        head = tag("header", {"class": "bar"}, tag("h2", None, "Thread"), tag("span", {"class": "topic"}, where))
        listing = {"class": "messages", "data-root": ts, "tabindex": "0", "aria-label": "Replies"}
        parts = [
            div("thread-head", head, tag("button", cross, "×")),
            tag("section", listing, messages.thread(self._team, person.id, channel, ts)),
            layout.composer(self._team, person, channel, ts),
        ]
        return web.Response(text=join(parts), content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _modal(self, request: web.Request) -> web.Response:
        drawn = views.modal(self._team, self._person(request).id)
        return web.Response(text=drawn, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _streamed(self, request: web.Request) -> web.StreamResponse:
        return await self._stream.answer(request, self._person(request))

    async def _write(self, request: web.Request) -> web.Response:
        return await self._writes.answer(request, self._person(request).id)

    async def _file(self, request: web.Request) -> web.Response:
        person = self._person(request)
        file = self._team.state.files.get(request.match_info["file"])
        if file is None or not image_files.visible(self._team, person.id, file):
            raise web.HTTPNotFound(text="There is no such file for this person.")
        return self._files.download(request.match_info["file"])

    async def _permalink(self, request: web.Request) -> web.Response:
        channel = self._team.state.channels.get(request.match_info["channel"])
        people = [p for p in self._team.seed.people if not p.deleted and channel and self._team.sees(p.id, channel)]
        if channel is None or not people:
            raise web.HTTPNotFound(text="There is no such message.")
        digits = request.match_info["link"].removeprefix("p")
        ts = f"{digits[:-6]}.{digits[-6:]}"
        root = channel.messages.get(ts, {}).get("thread_ts", "")
        inside = [p for p in people if p.id in channel.members] or people
        suffix = f"?thread={root}" if root and root != ts else ""
        raise web.HTTPFound(f"/client/{inside[0].handle}/{channel.id}{suffix}#m{digits}")
