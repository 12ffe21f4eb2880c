"""Live updates as server-sent events: each says which one message, modal or list to swap, never to load all again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, assert_never

from aiohttp import web

from bot.workspace import change_feed
from bot.workspace.page import layout, messages, views

if TYPE_CHECKING:
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

BEAT_SECONDS = 15.0


class Stream:
    """Serves `/client/<handle>/stream`."""

    def __init__(self, team: Team, extensions: tuple[layout.Extension, ...]) -> None:
        self._team = team
        self._extensions = extensions
        self._open: set[asyncio.Task[object]] = set()

    def close(self) -> None:
        """End every stream, so that the server may stop."""
        for task in list(self._open):
            task.cancel()

    async def answer(self, request: web.Request, person: PersonSeed) -> web.StreamResponse:
        """Stream what happens from `since` (or Last-Event-ID) on, until the page goes away."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        listener = self._team.feed.listen()
        if task is not None:
            self._open.add(task)
        try:
            await self._catch_up(request, response, person)
            while True:
                await self._next(response, listener, person)
        except (asyncio.CancelledError, ConnectionResetError):
            return response
        finally:
            self._team.feed.leave(listener)
            if task is not None:
                self._open.discard(task)

    async def _catch_up(self, request: web.Request, response: web.StreamResponse, person: PersonSeed) -> None:
        given = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        missed = self._team.feed.since(int(given)) if given.isdecimal() and len(given) < 16 else []
        if missed is None:
            await _send(response, self._team.feed.number, {"kind": "reload"})
            return
        for number, change in missed:
            await self._tell(response, number, change, person)

    async def _next(self, response: web.StreamResponse, listener: change_feed.Listener, person: PersonSeed) -> None:
        try:
            number, change = await asyncio.wait_for(listener.get(), BEAT_SECONDS)
        except TimeoutError:
            await response.write(b": still here\n\n")
            return
        await self._tell(response, number, change, person)

    async def _tell(
        self, response: web.StreamResponse, number: int, change: change_feed.Change, person: PersonSeed
    ) -> None:
        event = self.rendered_change(change, person)
        if event is not None:
            await _send(response, number, event)

    def rendered_change(self, change: change_feed.Change, person: PersonSeed) -> Json | None:  # noqa: PLR0911 - one per kind
        """What a person's page gets about a change; None if it does not concern them."""
        team, user = self._team, person.id
        match change:
            case change_feed.Posted():
                return self._message(change, person)
            case change_feed.Removed():
                if change.user not in {"", user}:
                    return None
                return {"kind": "removed", "channel": change.channel, "ts": change.ts}
            case change_feed.Whispered():
                found = team.whispered(user, change.ts) if change.user == user else None
                return self._drawn(team.state.channels[change.channel], found.message, person) if found else None
            case change_feed.Modal():
                return {"kind": "modal", "html": views.modal(team, user)} if change.user == user else None
            case change_feed.Home():
                return {"kind": "home", "html": views.home(team, user)} if change.user == user else None
            case change_feed.Notice():
                return {"kind": "notice", "text": change.text} if change.user == user else None
            case change_feed.Channels():
                return {"kind": "places", "html": layout.sidebar(team, person, "", self._extensions)}
            case _:
                assert_never(change)

    def _message(self, change: change_feed.Posted, person: PersonSeed) -> Json | None:
        channel = self._team.state.channels.get(change.channel)
        if channel is None or not self._team.sees(person.id, channel):
            return None
        message = channel.messages.get(change.ts)
        return self._drawn(channel, message, person) if message is not None else None

    def _drawn(self, channel: Channel, message: Json, person: PersonSeed) -> Json:
        team, user = self._team, person.id
        context = messages.context_for(team, user)
        root = message.get("thread_ts", message["ts"])
        in_feed = root == message["ts"] or message.get("subtype") == "thread_broadcast"
        event: Json = {"kind": "message", "channel": channel.id, "ts": message["ts"], "root": root}
        event["mine"] = message.get("user") == user
        event["html"] = messages.draw(team, user, channel, message, context) if in_feed else ""
        event["reply"] = messages.draw(team, user, channel, message, context, in_thread=True)
        return event


async def _send(response: web.StreamResponse, number: int, event: Json) -> None:
    await response.write(f"id: {number}\ndata: {json.dumps(event)}\n\n".encode())
