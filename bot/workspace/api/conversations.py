"""conversations.*: finding channels, reading them, joining them, opening direct messages.

https://docs.slack.dev/reference/methods?family=conversations
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace import objects
from bot.workspace.api.call import Call, method
from bot.workspace.api.errors import SlackError, invalid_arguments, missing
from bot.workspace.change_feed import Channels
from bot.workspace.state import roots, thread
from bot.workspace.team import channel_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.workspace.state import Channel, Json

KINDS = ("public_channel", "private_channel", "mpim", "im")
FAMILY = {"channel": "channels", "group": "groups", "im": "im"}
READ = tuple(f"{family}:read" for family in ("channels", "groups", "im", "mpim"))
HISTORY = tuple(f"{family}:history" for family in ("channels", "groups", "im", "mpim"))


def readable(call: Call, right: str) -> Channel:
    """The channel of a call, if the token has `channels:…`, `groups:…` or `im:…` for it."""
    channel = call.channel()
    call.need(f"{FAMILY[channel_type(channel)]}:{right}")
    return channel


def _inside(call: Call, channel: Channel) -> None:
    if call.team.seed.app.user_id not in channel.members:
        raise SlackError("not_in_channel")


def kind_of(channel: Channel) -> str:
    """The word for a conversation in `types`."""
    if channel.im_with:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def listed(call: Call, channels: Iterable[Channel]) -> list[Json]:
    """Conversations of the asked types that the token may see.

    Raises:
        SlackError: A type is unknown, or its scope is missing.
    """
    kinds = [t.strip() for t in call.string("types", "public_channel").split(",") if t.strip()]
    if not set(kinds) <= set(KINDS):
        raise SlackError("invalid_types")
    scopes = dict(zip(KINDS, ("channels:read", "groups:read", "mpim:read", "im:read"), strict=True))
    for kind in kinds:
        call.need(scopes[kind])
    bot = call.team.seed.app.user_id
    return [
        objects.channel_object(channel, call.team.seed, members=not channel.im_with)
        for channel in channels
        if kind_of(channel) in kinds
        and (bot in channel.members or not (channel.private or channel.im_with))
        and not (channel.archived and call.flag("exclude_archived"))
    ]


@method("conversations.list", *READ, tier=2)
def conversations_list(call: Call) -> Json:
    """The conversations that the app may know of."""
    page, more = call.page(listed(call, call.team.state.channels.values()))
    return {"channels": page, **more}


@method("conversations.info", *READ, tier=3)
def conversations_info(call: Call) -> Json:
    """One conversation."""
    channel = readable(call, "read")
    return {
        "channel": objects.channel_object(channel, call.team.seed, members=call.flag("include_num_members")),
    }


def _between(call: Call, messages: Iterable[Json]) -> list[Json]:
    oldest, latest = call.string("oldest", "0"), call.string("latest")
    try:
        low, high = float(oldest), float(latest) if latest else float("inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    whole = call.flag("inclusive")
    return [m for m in messages if low < float(m["ts"]) < high or (whole and float(m["ts"]) in {low, high})]


def _as_read(call: Call, messages: list[Json]) -> list[Json]:
    if call.flag("include_all_metadata"):
        return messages
    return [{k: v for k, v in m.items() if k != "metadata"} for m in messages]


@method("conversations.history", *HISTORY, tier=3)
def history(call: Call) -> Json:
    """Messages of a channel, newest first, without replies."""
    channel = readable(call, "history")
    _inside(call, channel)
    found = list(reversed(_between(call, roots(channel))))
    page, more = call.page(_as_read(call, found), most=999)
    following = more["response_metadata"]["next_cursor"]
    head = {"messages": page, "has_more": bool(following), "pin_count": len(channel.pins)}
    return {**head, "channel_actions_ts": None, "channel_actions_count": 0, **(more if following else {})}


@method("conversations.replies", *HISTORY, tier=3)
def replies(call: Call) -> Json:
    """A thread, oldest first; the first message is its root."""
    (ts,) = call.required("ts")
    channel = readable(call, "history")
    _inside(call, channel)
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError("thread_not_found")
    everything = thread(channel, message.get("thread_ts", ts))
    found = [everything[0], *_between(call, everything[1:])]
    page, more = call.page(_as_read(call, found), default=1000)
    following = more["response_metadata"]["next_cursor"]
    return {"messages": page, "has_more": bool(following), **(more if following else {})}


@method("conversations.members", *READ, tier=4)
def members(call: Call) -> Json:
    """The user ids of a conversation."""
    channel = readable(call, "read")
    page, more = call.page(list(channel.members))
    return {"members": page, **more}


@method("conversations.open", "im:write", "mpim:write", tier=3)
def conversations_open(call: Call) -> Json:
    """Open the direct message with one person."""
    users = [user for user in call.string("users").split(",") if user]
    if not users and not call.string("channel"):
        raise missing("users")
    if not users:
        channel = call.channel()
    elif len(users) > 1:
        raise invalid_arguments("this workspace opens direct messages with one person [json-pointer:/users]")
    else:
        person = call.team.person(users[0])
        if person is None:
            raise SlackError("user_not_found")
        if person.deleted:
            raise SlackError("user_disabled")
        before = set(call.team.state.channels)
        channel = call.team.direct(users[0])
        if channel.id in before:
            return {"no_op": True, "already_open": True, "channel": _opened(call, channel)}
    return {"channel": _opened(call, channel)}


def _opened(call: Call, channel: Channel) -> Json:
    return objects.channel_object(channel, call.team.seed) if call.flag("return_im") else {"id": channel.id}


@method("conversations.close", "im:write", "mpim:write", "groups:write", tier=2)
def conversations_close(call: Call) -> Json:
    """Close a direct message; its messages stay."""
    if not call.channel().im_with:
        raise SlackError("method_not_supported_for_channel_type")
    return {}


@method("conversations.join", "channels:join", tier=3)
def join(call: Call) -> Json:
    """Join a public channel."""
    channel = call.channel()
    if channel.private or channel.im_with:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    bot = call.team.seed.app.user_id
    if bot in channel.members:
        shown = objects.channel_object(channel, call.team.seed)
        meta = {"response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": shown, "warning": "already_in_channel", **meta}
    channel.members.append(bot)
    call.team.feed.publish(Channels())
    event = {"type": "member_joined_channel", "user": bot, "channel": channel.id, "team": call.team.seed.team_id}
    letter = "G" if channel.private else "C"
    call.team.emit({**event, "channel_type": letter, "event_ts": call.team.stamp()}, channel)
    return {"channel": objects.channel_object(channel, call.team.seed)}


@method("conversations.leave", "channels:write", "channels:manage", "groups:write", tier=3)
def leave(call: Call) -> Json:
    """Leave a channel."""
    channel = call.channel()
    bot = call.team.seed.app.user_id
    if bot not in channel.members:
        return {"not_in_channel": True}
    channel.members.remove(bot)
    call.team.feed.publish(Channels())
    return {}
