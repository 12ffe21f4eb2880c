"""The Web API over HTTP: arguments, token, scope, rate limit, answer and headers, in Slack's order."""

from __future__ import annotations

import json
import math
import secrets
from collections import deque
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

# Importing a family registers its methods.
from bot.workspace.api import apps, chat, conversations, files, reactions, users, views
from bot.workspace.api.call import METHODS, Call, Method
from bot.workspace.api.errors import SlackError

if TYPE_CHECKING:
    from bot.workspace.state import Clock, Json
    from bot.workspace.team import Team

FAMILIES = (apps, chat, conversations, files, reactions, users, views)


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How often a token may call: Slack's published tiers, in calls a minute.

    https://docs.slack.dev/apis/web-api/rate-limits. Tier 1 is "1 or more"; 10 here, so that an app may reconnect.
    None of `per_minute` lifts all limits. `posts` is how many messages a channel takes within `post_seconds`: Slack
    allows one a second and "short bursts".
    """

    per_minute: tuple[int, int, int, int] | None = (10, 20, 50, 100)
    posts: int = 5
    post_seconds: float = 5.0


UNLIMITED = Rates(per_minute=None)


class Limiter:
    """Counts calls in sliding windows."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self._rates = rates
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def wait(self, called: Method, channel: str) -> int:
        """Seconds until the method may be called again; 0 counts the call and lets it through."""
        if self._rates.per_minute is None:
            return 0
        if called.name == "chat.postMessage":
            return self._window(f"post:{channel}", self._rates.posts, self._rates.post_seconds)
        if not called.tier:
            return 0
        return self._window(called.name, self._rates.per_minute[called.tier - 1], 60.0)

    def _window(self, key: str, most: int, seconds: float) -> int:
        now = self._clock()
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + seconds - now))
        calls.append(now)
        return 0


async def arguments(request: web.Request) -> Json:
    """Query, form or JSON of a call, in one dict.

    Raises:
        SlackError: The body is not a JSON object.
    """
    args: Json = dict(request.query)
    kind = request.content_type
    if kind == "application/json":
        raw = await request.read()
        try:
            body = json.loads(raw or b"{}")
        except (ValueError, RecursionError):
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return args | body
    if request.method == "POST" and kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    elif request.method == "POST" and request.can_read_body:
        raise SlackError("invalid_form_data")
    return args


def _called(name: str) -> Method:
    if name not in METHODS:
        raise SlackError("unknown_method", req_method=name)
    return METHODS[name]


def _token(request: web.Request, args: Json) -> str:
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip()
    token = args.get("token")
    return token if isinstance(token, str) else ""


def _same(given: str, ours: str) -> bool:
    return secrets.compare_digest(given.encode(), ours.encode())


class Api:
    """Answers `/api/<method>`."""

    def __init__(self, team: Team, rates: Rates, clock: Clock) -> None:
        self._team = team
        self._limiter = Limiter(rates, clock)
        self.calls: dict[str, int] = {}

    def _scopes(self, called: Method, token: str) -> tuple[str, ...]:
        """The scopes of a token, if it is ours and of the right kind."""
        seed = self._team.seed
        if called.open and not token:
            return ()
        if not token:
            raise SlackError("not_authed")
        app_level, bot = _same(token, seed.app_token), _same(token, seed.bot_token)
        if not app_level and not bot:
            raise SlackError("invalid_auth")
        if app_level != called.app_level and not called.open:
            raise SlackError("not_allowed_token_type")
        return seed.app.app_scopes if app_level else seed.app.scopes

    async def answer(self, request: web.Request) -> web.Response:
        """One call."""
        headers = {
            "x-slack-req-id": secrets.token_hex(16),
            "x-slack-unique-id": secrets.token_urlsafe(20),
            "cache-control": "private, no-cache, no-store, must-revalidate",
        }
        try:
            called = _called(request.match_info["method"])
            args = await arguments(request)
            scopes = self._scopes(called, _token(request, args))
            headers["x-oauth-scopes"] = ",".join(scopes)
            headers["x-accepted-oauth-scopes"] = ",".join(called.scopes)
            wait = self._limiter.wait(called, str(args.get("channel")))
            if wait:
                headers["Retry-After"] = str(wait)
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            self.calls[called.name] = self.calls.get(called.name, 0) + 1
            body = {"ok": True, **self._run(called, args, scopes)}
        except SlackError as no:
            body = {"ok": False, "error": no.error, **no.extra}
        return web.json_response(body, headers=headers)

    def _run(self, called: Method, args: Json, scopes: tuple[str, ...]) -> Json:
        if called.scopes and not set(called.scopes) & set(scopes):
            raise SlackError("missing_scope", needed=",".join(called.scopes), provided=",".join(scopes))
        return called.answer(Call(self._team, args, scopes))
