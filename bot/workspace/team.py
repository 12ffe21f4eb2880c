"""A Slack workspace as the Web API, the delivery and the page share it: its people, and what changes its state."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.workspace import objects
from bot.workspace.change_feed import Channels, Feed, Posted, Removed, Whispered
from bot.workspace.state import Channel, Clock, Ephemeral, Json, Reply, WorkspaceState, fresh_id, next_ts
from bot.workspace.trigger_ids import Triggers

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.seed import PersonSeed, Seed

REPLY_SECONDS = 30 * 60
REPLY_USES = 5


class Team:
    """A workspace, which the Web API calls a team, without a network. Everything here runs on one event loop.

    Attributes:
        url: Where the server answers, without a trailing slash; set when it starts.
        new_link: A new WebSocket address for Socket Mode; the delivery sets it.
        emit: Called with (event, channel) for each Events API event that happened; the delivery sets it.
    """

    def __init__(self, seed: Seed, state: WorkspaceState, clock: Clock) -> None:
        self.seed = seed
        self.state = state
        self.clock = clock
        self.feed = Feed()
        self.triggers = Triggers(clock)
        self.url = ""
        self.emit: Callable[[Json, Channel | None], None] = lambda _event, _channel: None
        self.new_link: Callable[[], str] = str
        self._people = {p.id: p for p in seed.people}
        self._handles = {p.handle: p for p in seed.people}

    # Who is who

    def person(self, user: str) -> PersonSeed | None:
        """Somebody by user id."""
        return self._people.get(user)

    def named(self, handle: str) -> PersonSeed | None:
        """Somebody by handle."""
        return self._handles.get(handle)

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether a person sees a conversation: those they are in, and public ones for full members."""
        person = self._people.get(user)
        full = person is not None and not (person.is_restricted or person.is_ultra_restricted or person.team)
        return user in channel.members or (full and not (channel.private or channel.im_with))

    def user_name(self, user: str) -> str | None:
        """The name that a mention shows."""
        person = self._people.get(user)
        if person:
            return person.name
        return self.seed.app.name if user == self.seed.app.user_id else None

    def channel_name(self, channel: str) -> str | None:
        """A channel's name without #."""
        found = self.state.channels.get(channel)
        return found.name if found and found.name else None

    def group_name(self, group: str) -> str | None:
        """A user group's handle without @."""
        return next((g.handle for g in self.seed.groups if g.id == group), None)

    def channel_named(self, name: str) -> Channel | None:
        """A channel by name, with or without #."""
        bare = name.removeprefix("#")
        return next((c for c in self.state.channels.values() if c.name == bare), None)

    def direct(self, user: str) -> Channel:
        """The direct message between a person and the app, opened if need be."""
        for channel in self.state.channels.values():
            if channel.im_with == user:
                return channel
        channel = Channel(
            id=fresh_id(self.state, "D"),
            im_with=user,
            members=[user, self.seed.app.user_id],
            created=int(self.clock()),
        )
        self.state.channels[channel.id] = channel
        self.feed.publish(Channels())
        return channel

    # Messages

    def stamp(self) -> str:
        """A new message timestamp."""
        return next_ts(self.state, self.clock())

    def bot_message(self, body: Json) -> Json:
        """A message of the app, as its channel keeps it. `body` has text, blocks and the like."""
        return {
            "user": self.seed.app.user_id,
            "type": "message",
            "ts": self.stamp(),
            "bot_id": self.seed.app.bot_id,
            "app_id": self.seed.app.id,
            "text": "",
            "team": self.seed.team_id,
            "bot_profile": objects.bot_profile(self.seed, self.url),
            **body,
        }

    def add(self, channel: Channel, message: Json) -> Json:
        """Put a message into a channel, keep its thread's counters, and tell."""
        channel.messages[message["ts"]] = message
        root = channel.messages.get(message.get("thread_ts", ""))
        if root is not None and root is not message:
            self._count(channel, root)
        self.feed.publish(Posted(channel.id, message["ts"]))
        kind = channel_type(channel)
        self.emit({**message, "channel": channel.id, "event_ts": message["ts"], "channel_type": kind}, channel)
        return message

    def _count(self, channel: Channel, root: Json) -> None:
        replies = [m for m in channel.messages.values() if m.get("thread_ts") == root["ts"] and m["ts"] != root["ts"]]
        for key in ("reply_count", "reply_users_count", "latest_reply", "reply_users"):
            root.pop(key, None)
        if replies:
            users = list(dict.fromkeys(m["user"] for m in replies))
            root |= {"thread_ts": root["ts"], "reply_count": len(replies), "reply_users_count": len(users)}
            root |= {"latest_reply": replies[-1]["ts"], "reply_users": users[:5]}
            root |= {"is_locked": False, "subscribed": False}
        self.feed.publish(Posted(channel.id, root["ts"]))

    def change(self, channel: Channel, message: Json, previous: Json) -> None:
        """Report an edited message; `previous` is a copy from before."""
        self.feed.publish(Posted(channel.id, message["ts"]))
        ts = self.stamp()
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": ts, "event_ts": ts}
        event |= {"message": message, "previous_message": previous, "channel": channel.id}
        self.emit(event | {"channel_type": channel_type(channel)}, channel)

    def remove(self, channel: Channel, ts: str) -> None:
        """Delete a message, and with a root message's last word its thread's counters."""
        gone = channel.messages.pop(ts)
        channel.pins = [pin for pin in channel.pins if pin != ts]
        self.feed.publish(Removed(channel.id, ts))
        root = channel.messages.get(gone.get("thread_ts", ""))
        if root is not None:
            self._count(channel, root)
        stamp = self.stamp()
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "deleted_ts": ts}
        event |= {"channel": channel.id, "previous_message": gone, "ts": stamp, "event_ts": stamp}
        self.emit(event | {"channel_type": channel_type(channel)}, channel)

    def whisper(self, channel: Channel, user: str, message: Json) -> None:
        """Show a message to one person only."""
        self.state.ephemerals.append(Ephemeral(channel=channel.id, user=user, message=message))
        self.feed.publish(Whispered(channel.id, message["ts"], user))

    def whispered(self, user: str, ts: str) -> Ephemeral | None:
        """An ephemeral message by person and ts."""
        return next((e for e in self.state.ephemerals if e.user == user and e.message["ts"] == ts), None)

    def dismiss(self, ephemeral: Ephemeral) -> None:
        """Take an ephemeral message away."""
        self.state.ephemerals = [e for e in self.state.ephemerals if e is not ephemeral]
        self.feed.publish(Removed(ephemeral.channel, ephemeral.message["ts"], ephemeral.user))

    def response_url(self, kind: str, reply: Reply) -> str:
        """A new response_url of the kind `commands` or `actions`."""
        if len(self.state.replies) > 1000:
            now = self.clock()
            self.state.replies = {
                k: r for k, r in self.state.replies.items() if r.expires > now and r.uses < REPLY_USES
            }
        key = f"{self.state.counter + 1}/{secrets.token_urlsafe(18)}"
        self.state.counter += 1
        self.state.replies[key] = reply
        return f"{self.url}/{kind}/{self.seed.team_id}/{key}"


def channel_type(channel: Channel) -> str:
    """Slack's word for the kind of a conversation in events."""
    if channel.im_with:
        return "im"
    return "group" if channel.private else "channel"
