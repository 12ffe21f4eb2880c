"""What the page's script asks for when a person types or clicks: one JSON object each way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from bot.workspace.delivery.outcome import NotAllowedError, Result
from bot.workspace.delivery.state_values import NotOfferedError
from bot.workspace.render import text_objects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.workspace.delivery.interactions import Interactions
    from bot.workspace.state import Json

Bare = str | list[str] | None


class PageRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a request may say; which of it counts depends on the verb."""

    channel: str = ""
    text: str = ""
    thread: str = ""
    container: str = ""
    block: str = ""
    action: str = ""
    value: Bare = None
    values: dict[str, dict[str, Bare]] = {}
    query: str = ""
    ts: str = ""
    name: str = ""


class Writes:
    """Answers `POST /client/<handle>/do/<verb>`."""

    def __init__(self, doing: Interactions) -> None:
        self._doing = doing
        self._verbs: dict[str, Callable[[str, PageRequest], Awaitable[Json]]] = {
            "say": self._say,
            "act": self._act,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
            "react": self._react,
            "dismiss": self._dismiss,
            "home": self._home,
        }

    async def answer(self, request: web.Request, user: str) -> web.Response:
        """200 with the result, 400 with `error` for what the client would not let one do, 404 for an unknown verb."""
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            raise web.HTTPNotFound(text="There is no such action.")
        try:
            wish = msgspec.json.decode(await request.read(), type=PageRequest)
            result = await verb(user, wish)
        except (NotAllowedError, NotOfferedError) as no:
            return web.json_response({"error": str(no)}, status=400)
        except msgspec.MsgspecError:
            return web.json_response({"error": "The page sent an unexpected request."}, status=400)
        return web.json_response(result, dumps=json.dumps)

    async def _say(self, user: str, wish: PageRequest) -> Json:
        if wish.text.startswith("/"):
            return _shown(await self._doing.command(user, wish.channel, wish.text, wish.thread))
        message = self._doing.say(user, wish.channel, wish.text, wish.thread)
        return {"ts": message["ts"]}

    async def _act(self, user: str, wish: PageRequest) -> Json:
        where = (wish.block, wish.action)
        acted = self._doing.act(user, wish.container, where, wish.value, channel=wish.channel, values=wish.values)
        return _shown(await acted)

    async def _suggest(self, user: str, wish: PageRequest) -> Json:
        where = (wish.block, wish.action)
        options = await self._doing.suggest(user, wish.container, where, wish.query[:300], wish.channel)
        shown: list[Any] = [
            {"value": o["value"], "text": text_objects.plain(o.get("text")), "group": o.get("group", "")}
            for o in options
        ]
        return {"options": shown}

    async def _submit(self, user: str, wish: PageRequest) -> Json:
        return _shown(await self._doing.modals.submit(user, wish.container, wish.values))

    async def _close(self, user: str, wish: PageRequest) -> Json:
        await self._doing.modals.close(user, wish.container)
        return {}

    async def _react(self, user: str, wish: PageRequest) -> Json:
        self._doing.react(user, wish.channel, wish.ts, wish.name[:60])
        return {}

    async def _dismiss(self, user: str, wish: PageRequest) -> Json:
        self._doing.dismiss(user, wish.ts)
        return {}

    async def _home(self, user: str, _wish: PageRequest) -> Json:
        self._doing.open_home(user)
        return {}


def _shown(result: Result) -> Json:
    return {"ok": result.ok, "error": result.error, "text": result.text, "errors": result.errors}
