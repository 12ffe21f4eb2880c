"""One call of the Web API: its arguments, whose token it carries, and how methods refuse it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from bot.workspace.api.errors import SlackError, invalid_arguments, missing

if TYPE_CHECKING:
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

T = TypeVar("T")
DEEPEST = 60  # levels of JSON; Slack's documents have about fifteen


class Call:
    """What a method gets. `args` come from query, form or JSON; their values may be strings or JSON."""

    def __init__(self, team: Team, args: Json, scopes: tuple[str, ...]) -> None:
        self.team = team
        self.args = args
        self.scopes = scopes

    def need(self, scope: str) -> None:
        """Refuse a token that lacks a scope."""
        if scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(self.scopes))

    def string(self, name: str, default: str = "") -> str:
        """An argument as text; a number or a flag of a JSON body counts as its text."""
        value = self.args.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else str(value)

    def required(self, *names: str) -> tuple[str, ...]:
        """Arguments that must be there, as texts."""
        absent = [name for name in names if not self.string(name)]
        if absent:
            raise missing(*absent)
        return tuple(self.string(name) for name in names)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument as a boolean, the way Slack reads forms."""
        value = self.string(name)
        return default if not value else value.lower() in {"1", "true", "yes"}

    def integer(self, name: str, default: int, most: int) -> int:
        """An argument as a whole number up to a bound."""
        value = self.string(name)
        if not value:
            return default
        if not value.isdecimal():
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]")
        return max(0, min(int(value), most))

    def structure(self, name: str, error: str) -> Any:
        """An argument that is JSON, as a string or already parsed; None if absent."""
        value = self.args.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                raise SlackError(error) from None
        if _depth(value) > DEEPEST:
            raise SlackError(error)
        return value

    def channel(self, name: str = "channel") -> Channel:
        """The conversation that an argument names by id, if the app may know of it."""
        (given,) = self.required(name)
        found = self.team.state.channels.get(given)
        bot = self.team.seed.app.user_id
        if found is None or ((found.private or found.im_with) and bot not in found.members):
            raise SlackError("channel_not_found")
        return found

    def page(self, items: list[T], default: int = 100, most: int = 1000) -> tuple[list[T], Json]:
        """A slice of a list, and the `response_metadata` that leads to the next one."""
        start = 0
        cursor = self.string("cursor")
        if cursor:
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
            except (ValueError, binascii.Error):
                raise SlackError("invalid_cursor") from None
        limit = self.integer("limit", default, most) or default
        following = base64.b64encode(f"next:{start + limit}".encode()).decode() if start + limit < len(items) else ""
        return items[start : start + limit], {"response_metadata": {"next_cursor": following}}


Answer = Callable[[Call], "Json"]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A Web API method.

    Attributes:
        scopes: Any one of these lets the token call it; `accepted` is what the header says.
        tier: Slack's rate limit tier, 1 to 4; 0 is the special one of posting (about one a second and channel).
        app_level: Wants the `xapp-` token.
    """

    name: str
    answer: Answer
    scopes: tuple[str, ...] = ()
    tier: int = 3
    app_level: bool = False
    open: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, tier: int = 3, app_level: bool = False, without_token: bool = False
) -> Callable[[Answer], Answer]:
    """Register a function as a Web API method."""

    def register(answer: Answer) -> Answer:
        METHODS[name] = Method(
            name=name, answer=answer, scopes=scopes, tier=tier, app_level=app_level, open=without_token
        )
        return answer

    return register


def _depth(value: Any) -> int:
    """How deep a parsed JSON value nests; nothing here recurses."""
    deepest, level = 0, [value]
    while level and deepest <= DEEPEST:
        deepest += 1
        following: list[Any] = []
        for item in level:
            following += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        level = following
    return deepest
