"""What a person does: types, runs commands, clicks, submits. Each is delivered, and its answer carried out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bot.workspace.api.chat import into_thread
from bot.workspace.api.errors import SlackError
from bot.workspace.api.reactions import react, unreact
from bot.workspace.change_feed import Notice
from bot.workspace.delivery import app_responses, message_input, payloads, state_values
from bot.workspace.delivery.modals import Modals
from bot.workspace.delivery.outcome import NotAllowedError, Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.delivery.outcome import Transport
    from bot.workspace.delivery.state_values import Raw, Values
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

NOT_A_COMMAND = (
    "`{command}` is not a valid command. In Slack, all messages that start with the `/` character are interpreted as "
    "commands. If you are trying to send a message and not run a command, try preceding the `/` with an empty space."
)


class Interactions:
    """Everything that people can do, by user id."""

    def __init__(self, team: Team, transport: Callable[[], Transport]) -> None:
        self._team = team
        self._transport = transport
        self.modals = Modals(team, transport, self)
        self._suggested: dict[tuple[str, str], dict[str, Json]] = {}

    # Who may do what

    def actor(self, user: str) -> PersonSeed:
        """Somebody who may act.

        Raises:
            NotAllowedError: The account is deactivated.
        """
        person = self._team.person(user)
        if person is None or person.deleted:
            raise NotAllowedError("This account is deactivated.")
        return person

    def _channel(self, person: PersonSeed, key: str, *, member: bool = True) -> Channel:
        channel = self._team.state.channels.get(key)
        if channel is None or not self._team.sees(person.id, channel):
            raise NotAllowedError("You are not in this conversation.")
        if member and person.id not in channel.members:
            raise NotAllowedError(f"You are not in #{channel.name}.")
        return channel

    def known(self, user: str, container: str) -> dict[str, Json]:
        """The options that the app last offered somebody in a message or view."""
        return self._suggested.get((user, container), {})

    # Typing

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Send a message as a person; the message."""
        person = self.actor(user)
        place = self._channel(person, channel)
        if place.archived:
            raise NotAllowedError("This channel is archived.")
        if not text.strip():
            raise NotAllowedError("Type a message first.")
        team = self._team
        stored = message_input.encoded(team, text, labelled=False)
        message: Json = {
            "client_msg_id": str(uuid.uuid4()),
            "type": "message",
            "user": person.id,
            "text": stored,
            "ts": team.stamp(),
            "team": team.seed.team_of(person),
            "blocks": message_input.rich_text(stored),
        }
        if place.shared_with:
            message |= {"user_team": message["team"], "source_team": message["team"]}
        if thread_ts:
            try:
                into_thread(place, message, thread_ts, broadcast=False)
            except SlackError as no:
                raise NotAllowedError("The message of this thread was deleted.") from no
        team.add(place, message)
        if f"<@{team.seed.app.user_id}>" in stored and not place.im_with:
            mention = {**message, "type": "app_mention", "channel": place.id, "event_ts": message["ts"]}
            team.emit(mention, place)
        return message

    async def command(self, user: str, channel: str, line: str, thread_ts: str = "") -> Result:
        """Run a slash command as typed, for example `/deploy app prod`."""
        team, person = self._team, self.actor(user)
        place = self._channel(person, channel)
        name, _, rest = line.strip().partition(" ")
        command = next((c for c in team.seed.app.commands if c.name == name), None)
        if command is None:
            text = NOT_A_COMMAND.format(command=message_input.escaped(name))
            team.feed.publish(Notice(user, text.replace("`", "")))
            return Result(error="invalid_command", text=text)
        if thread_ts:
            text = f"{name} is not supported in threads. Sorry!"
            team.feed.publish(Notice(user, text))
            return Result(error="not_in_threads", text=text)
        stripped = rest.strip()
        sent = (
            message_input.encoded(team, stripped, labelled=True) if command.escape else message_input.escaped(stripped)
        )
        payload: Json = dict(payloads.slash(team, person, place, name, sent))
        url, reply = app_responses.new_reply(team, "commands", place.id, user)
        payload |= {"response_url": url, "trigger_id": team.triggers.issue(user, place.id)}
        outcome = await self._transport().deliver("slash_commands", payload)
        if outcome.ok and outcome.body:
            outcome = self._answered(reply, outcome)
        if outcome.ok:
            return Result()
        text = f'{name} failed with the error "{outcome.error}"'
        team.feed.publish(Notice(user, text))
        return Result(error=outcome.error, text=text)

    def _answered(self, reply: Any, outcome: Outcome) -> Outcome:
        try:
            app_responses.apply(self._team, reply, outcome.body)
        except SlackError as no:
            return Outcome(error=no.error if no.error != "no_text" else "")
        return outcome

    # Clicking

    def find(self, user: str, container: str, channel: str = "") -> tuple[Json, list[Json], Channel | None]:
        """A message or view that somebody sees, its blocks, and the channel it is in."""
        person = self.actor(user)
        held = self._team.state.views.get(container)
        if held is not None and held.user == user:
            return held.view, held.view["blocks"], None
        place = self._channel(person, channel, member=False)
        whispered = self._team.whispered(user, container)
        message = whispered.message if whispered else place.messages.get(container)
        if message is None:
            raise NotAllowedError("This message was deleted.")
        return message, state_values.all_blocks(message), place

    async def act(  # noqa: PLR0913 - what one click consists of
        self,
        user: str,
        container: str,
        where: tuple[str, str],
        raw: Raw = None,
        *,
        channel: str = "",
        values: Values | None = None,
    ) -> Result:
        """Click or choose. `where` is (block id, action id); `values` is what the container's other elements hold."""
        person = self.actor(user)
        holder, blocks, place = self.find(user, container, channel)
        block, element = _element(blocks, where)
        known = self.known(user, container)
        now = self._team.stamp()
        given: Values = {**(values or {})}
        if element["type"] not in state_values.STATELESS:
            given = {**given, where[0]: {**given.get(where[0], {}), where[1]: raw}}
        state = state_values.state_values(blocks, given, known)
        payload = payloads.interaction(self._team, person, "block_actions")
        view = str(holder["id"]) if place is None else ""
        if place is not None:
            url, _ = app_responses.new_reply(self._team, "actions", place.id, user, holder)
            payload |= payloads.in_message(place, holder)
            payload |= {"state": {"values": state}, "response_url": url}
        else:
            payload |= payloads.in_view(holder, state)
        opened_in = place.id if place else self._team.state.views[view].opened_in
        in_modal = view if holder.get("type") == "modal" else ""
        payload["trigger_id"] = self._team.triggers.issue(user, opened_in, in_modal)
        payload["actions"] = [state_values.action(block, element, raw, known, now)]
        outcome = await self._transport().deliver("interactive", payload)
        text = "" if outcome.ok else f"This app responded with the error: {outcome.error}"
        return Result(error=outcome.error, text=text)

    async def suggest(
        self, user: str, container: str, where: tuple[str, str], query: str, channel: str = ""
    ) -> list[Json]:
        """Ask the app for the options of an external select; a flat list, groups named in `group`."""
        person = self.actor(user)
        holder, blocks, place = self.find(user, container, channel)
        block, element = _element(blocks, where)
        payload = payloads.interaction(self._team, person, "block_suggestion")
        payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": query}
        payload |= payloads.in_message(place, holder) if place is not None else payloads.in_view(holder, {})
        outcome = await self._transport().deliver("interactive", payload)
        body = outcome.body if isinstance(outcome.body, dict) else {}
        options = [dict(option) for option in body.get("options") or []]
        for group in body.get("option_groups") or []:
            options += [{**option, "group": group["label"]["text"]} for option in group["options"]]
        held = self._suggested.setdefault((user, container), {})
        held |= {o["value"]: {k: v for k, v in o.items() if k != "group"} for o in options[:100]}
        return options[:100]

    # The rest

    def open_home(self, user: str, tab: str = "home") -> None:
        """Look at the app's Home tab."""
        person = self.actor(user)
        team = self._team
        channel = team.direct(person.id)
        key = team.state.homes.get(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        if key and tab == "home":
            event["view"] = team.state.views[key].view
        team.emit({**event, "event_ts": team.stamp()}, None)

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add a reaction, or take it back if it is there."""
        person = self.actor(user)
        place = self._channel(person, channel)
        message = place.messages.get(ts)
        if message is None:
            raise NotAllowedError("This message was deleted.")
        if not react(self._team, place, message, name, user):
            unreact(self._team, place, message, name, user)

    def dismiss(self, user: str, ts: str) -> None:
        """Take an ephemeral message away."""
        whispered = self._team.whispered(user, ts)
        if whispered is not None:
            self._team.dismiss(whispered)


def _element(blocks: list[Json], where: tuple[str, str]) -> tuple[Json, Json]:
    for block, element in state_values.elements(blocks):
        if element["action_id"] == where[1] and where[0] in {"", block["block_id"]}:
            return block, element
    raise NotAllowedError("This button no longer exists: the message has changed.")
