"""Modals as a person meets them: submit, and what the app answers; close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.workspace.api.errors import SlackError
from bot.workspace.api.views import checked_view, close_views, open_view, replace_view
from bot.workspace.change_feed import Modal
from bot.workspace.delivery import app_responses, inputs, payloads, state_values
from bot.workspace.delivery.outcome import FAILED, Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.delivery.outcome import Transport
    from bot.workspace.delivery.state_values import Values
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

TROUBLE = "We had some trouble connecting. Try again?"


class People(Protocol):
    """Who may act, and what they see."""

    def actor(self, user: str) -> PersonSeed:
        """Somebody who may act."""
        ...

    def find(self, user: str, container: str, channel: str = "") -> tuple[Json, list[Json], Channel | None]:
        """A message or view, its blocks and its channel."""
        ...

    def known(self, user: str, container: str) -> dict[str, Json]:
        """The options that the app offered."""
        ...


class Modals:
    """What people do with modals, by user id."""

    def __init__(self, team: Team, transport: Callable[[], Transport], people: People) -> None:
        self._team = team
        self._transport = transport
        self._people = people

    async def submit(self, user: str, view_id: str, values: Values) -> Result:
        """Submit the modal on top; close, update, push or show errors as the app answers."""
        team, person = self._team, self._people.actor(user)
        view, blocks, _ = self._people.find(user, view_id)
        state = state_values.state_values(blocks, values, self._people.known(user, view_id))
        problems = inputs.problems(blocks, state)
        if problems:
            return Result(errors=problems)
        payload = payloads.interaction(team, person, "view_submission")
        payload["view"] = {**view, "state": {"values": state}}
        opened_in = team.state.views[view_id].opened_in
        payload["trigger_id"] = team.triggers.issue(user, opened_in, view_id)
        payload["response_urls"] = self._response_urls(user, blocks, state)
        outcome = await self._transport().deliver("interactive", payload)
        if not outcome.ok:
            return Result(error=outcome.error, text=TROUBLE)
        try:
            return self._respond(user, view_id, outcome)
        except (SlackError, KeyError, TypeError, AttributeError):
            return Result(error=FAILED, text=TROUBLE)

    def _response_urls(self, user: str, blocks: list[Json], state: Json) -> list[Json]:
        """A response_url for each conversation chosen in an element with `response_url_enabled`."""
        urls = []
        for block, element in state_values.elements(blocks):
            chosen = state.get(block["block_id"], {}).get(element["action_id"], {})
            channel = chosen.get("selected_conversation") or chosen.get("selected_channel")
            if element.get("response_url_enabled") and channel in self._team.state.channels:
                url, _ = app_responses.new_reply(self._team, "app", channel, user)
                where = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append({**where, "channel_id": channel, "response_url": url})
        return urls

    def _respond(self, user: str, view_id: str, outcome: Outcome) -> Result:
        team, body = self._team, outcome.body
        stack = team.state.stacks.get(user, [])
        response: Json = body if isinstance(body, dict) else {}
        match response.get("response_action"):
            case None if view_id in stack:
                close_views(team, user, stack.index(view_id))
            case None:
                team.feed.publish(Modal(user))
            case "clear":
                close_views(team, user)
            case "errors":
                return Result(errors={str(k): str(v) for k, v in response["errors"].items()})
            case "update":
                replace_view(team, view_id, checked_view(team, response["view"], "modal"))
            case "push":
                opened_in = team.state.views[view_id].opened_in
                open_view(team, user, checked_view(team, response["view"], "modal"), opened_in)
            case _:
                return Result(error=FAILED, text=TROUBLE)
        return Result()

    async def close(self, user: str, view_id: str) -> None:
        """Close a modal with its cross or button; the app gets an event if it asked for one."""
        team, person = self._team, self._people.actor(user)
        stack = team.state.stacks.get(user, [])
        if view_id not in stack:
            return
        all_of_them = team.state.views[view_id].view["clear_on_close"]
        gone = close_views(team, user, 0 if all_of_them else stack.index(view_id))
        for view in gone:
            if view["notify_on_close"]:
                payload = payloads.interaction(team, person, "view_closed")
                payload |= {"view": view, "is_cleared": bool(all_of_them)}
                await self._transport().deliver("interactive", payload)
