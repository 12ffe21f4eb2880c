"""The people of a workspace for tests and tours: what one person does and sees, called from any thread.

ana = workspace.person("ana")
ana.command("#deploys", "/deploy app prod")
ana.click(ana.messages("#deploys")[-1], "approve")
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bot.workspace import state
from bot.workspace.delivery.state_values import all_blocks, elements

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from bot.workspace.delivery.interactions import Interactions
    from bot.workspace.delivery.outcome import Result
    from bot.workspace.delivery.state_values import Raw
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

WAIT_SECONDS = 60.0


class UserDriver:
    """One person. Values returned are copies: changing them changes nothing."""

    def __init__(
        self,
        seed: PersonSeed,
        team: Team,
        doing: Interactions,
        run: Callable[[Coroutine[Any, Any, Any]], Any],
    ) -> None:
        self.seed = seed
        self.id = seed.id
        self._team = team
        self._doing = doing
        self._run = run

    def _now(self, ask: Callable[[], Any]) -> Any:
        async def asked() -> Any:
            return copy.deepcopy(ask())

        return self._run(asked())

    def _place(self, channel: str) -> Channel:
        found = self._team.state.channels.get(channel) or self._team.channel_named(channel)
        if found is None and channel.lstrip("@") == self._team.seed.app.handle:
            found = self._team.direct(self.id)
        if found is None:
            raise KeyError(channel)
        return found

    # Doing

    def command(self, channel: str, line: str) -> Result:
        """Run a slash command; `channel` is an id, `#name`, or `@slipway` for the direct message with the app."""
        result: Result = self._run(self._doing.command(self.id, self._place(channel).id, line))
        return result

    def say(self, channel: str, text: str, thread: str = "") -> Json:
        """Send a message, to a thread if its root's ts is given; the message as it was stored."""
        message: Json = self._now(lambda: self._doing.say(self.id, self._place(channel).id, text, thread))
        return message

    def mention(self, channel: str, text: str, thread: str = "") -> Json:
        """Send a message that starts with a mention of the app."""
        return self.say(channel, f"@{self._team.seed.app.handle} {text}", thread)

    def click(
        self, target: Json, action_id: str, value: Raw = None, values: Mapping[str, Mapping[str, Raw]] | None = None
    ) -> Result:
        """Click a button or choose `value` in a message, an ephemeral message, a modal or the App Home.

        Of several buttons with one action id, `value` says which. `values` is what other elements hold, by block id
        and action id.
        """
        container = target["id"] if "ts" not in target else target["ts"]
        channel = self._channel_of(target)
        block_id = _block_of(target, action_id, value)
        act = self._doing.act(self.id, container, (block_id, action_id), value, channel=channel, values=values)
        result: Result = self._run(act)
        return result

    def suggestions(self, target: Json, action_id: str, query: str) -> list[Json]:
        """What the app offers in an external select."""
        container = target["id"] if "ts" not in target else target["ts"]
        ask = self._doing.suggest(self.id, container, ("", action_id), query, self._channel_of(target))
        found: list[Json] = self._run(ask)
        return found

    def submit(self, view: Json, values: Mapping[str, Raw] | None = None) -> Result:
        """Submit a modal. `values` are by action id, as texts, option values or lists of them."""
        given: dict[str, dict[str, Raw]] = {}
        for block_id, action_id in _actions(view):
            if values and action_id in values:
                given.setdefault(block_id, {})[action_id] = values[action_id]
        result: Result = self._run(self._doing.modals.submit(self.id, view["id"], given))
        return result

    def close(self, view: Json) -> None:
        """Close a modal."""
        self._run(self._doing.modals.close(self.id, view["id"]))

    def open_home(self) -> None:
        """Look at the App Home; the app hears `app_home_opened`."""
        self._now(lambda: self._doing.open_home(self.id))

    def react(self, message: Json, name: str) -> None:
        """Add or take back a reaction."""
        self._now(lambda: self._doing.react(self.id, self._channel_of(message), message["ts"], name))

    # Seeing

    def messages(self, channel: str) -> list[Json]:
        """The messages of a channel that this person sees, oldest first, without replies and ephemeral ones."""

        def ask() -> list[Json]:
            place = self._place(channel)
            return [_at(place.id, m) for m in state.roots(place)] if self._team.sees(self.id, place) else []

        found: list[Json] = self._now(ask)
        return found

    def thread(self, message: Json | str) -> list[Json]:
        """A message, or the one with this ts, and its replies, oldest first."""
        if isinstance(message, str):
            message = {"ts": message}

        def ask() -> list[Json]:
            place = self._team.state.channels[self._channel_of(message)]
            return [_at(place.id, m) for m in state.thread(place, str(message.get("thread_ts") or message["ts"]))]

        found: list[Json] = self._now(ask)
        return found

    def ephemerals(self, channel: str = "") -> list[Json]:
        """What only this person sees, oldest first."""
        where = self._place(channel).id if channel else ""
        found: list[Json] = self._now(
            lambda: [
                _at(e.channel, e.message)
                for e in self._team.state.ephemerals
                if e.user == self.id and where in {"", e.channel}
            ]
        )
        return found

    def views(self) -> list[Json]:
        """The open modals, lowest first; the last is the one to see."""
        workspace = self._team.state
        found: list[Json] = self._now(lambda: [workspace.views[key].view for key in workspace.stacks.get(self.id, [])])
        return found

    def home(self) -> Json | None:
        """What the app published to this person's App Home."""
        workspace = self._team.state
        found: Json | None = self._now(
            lambda: workspace.views[workspace.homes[self.id]].view if self.id in workspace.homes else None
        )
        return found

    def wait(self, look: Callable[[UserDriver], Any], seconds: float = WAIT_SECONDS) -> Any:
        """Look again after each change until there is something to see, and return it.

        Raises:
            TimeoutError: There was nothing in time.
        """
        seen: list[Any] = []

        def done() -> bool:
            seen[:] = [look(self)]
            return bool(seen[0])

        if not self._team.feed.wait(done, seconds):
            raise TimeoutError(f"{self.seed.handle} saw nothing of it within {seconds} s")
        return seen[0]

    def _channel_of(self, message: Json) -> str:
        if "channel" in message:
            return str(message["channel"])
        found = (c.id for c in self._team.state.channels.values() if message.get("ts", "") in c.messages)
        return next(found, "")


def _at(channel: str, message: Json) -> Json:
    return {**message, "channel": channel}


def _block_of(target: Json, action_id: str, value: Raw) -> str:
    """The block of the element that is meant."""
    for block, element in elements(all_blocks(target)):
        other = value is not None and element["type"] == "button" and element.get("value") != value
        if element["action_id"] == action_id and not other:
            return str(block["block_id"])
    return ""


def _actions(target: Json) -> list[tuple[str, str]]:
    return [(block["block_id"], element["action_id"]) for block, element in elements(all_blocks(target))]
