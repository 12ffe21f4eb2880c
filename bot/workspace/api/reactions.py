"""reactions.*, pins.*, bookmarks.*, emoji.list: what people and apps stick on messages and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.api.call import Call, method
from bot.workspace.api.errors import SlackError
from bot.workspace.change_feed import Channels, Posted
from bot.workspace.render.emoji import EMOJI
from bot.workspace.state import fresh_id

if TYPE_CHECKING:
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team


def react(team: Team, channel: Channel, message: Json, name: str, user: str) -> bool:
    """Add somebody's reaction; False if it was there."""
    reactions = message.setdefault("reactions", [])
    entry = next((r for r in reactions if r["name"] == name), None)
    if entry is None:
        entry = {"name": name, "users": [], "count": 0}
        reactions.append(entry)
    if user in entry["users"]:
        return False
    entry["users"].append(user)
    entry["count"] += 1
    _told(team, channel, message, name, ("reaction_added", user))
    return True


def unreact(team: Team, channel: Channel, message: Json, name: str, user: str) -> bool:
    """Take somebody's reaction away; False if there was none."""
    reactions = message.get("reactions", [])
    entry = next((r for r in reactions if r["name"] == name and user in r["users"]), None)
    if entry is None:
        return False
    entry["users"].remove(user)
    entry["count"] -= 1
    message["reactions"] = [r for r in reactions if r["count"]]
    if not message["reactions"]:
        del message["reactions"]
    _told(team, channel, message, name, ("reaction_removed", user))
    return True


def _told(team: Team, channel: Channel, message: Json, name: str, what: tuple[str, str]) -> None:
    kind, user = what
    team.feed.publish(Posted(channel.id, message["ts"]))
    item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
    event = {"type": kind, "user": user, "reaction": name, "item": item, "event_ts": team.stamp()}
    team.emit({**event, "item_user": message.get("user", "")}, channel)


def _target(call: Call) -> tuple[Channel, Json]:
    channel = call.channel()
    (ts,) = call.required("timestamp")
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    return channel, message


def _emoji(call: Call) -> str:
    (name,) = call.required("name")
    bare = name.strip(":")
    if bare.partition("::")[0] not in EMOJI:
        raise SlackError("invalid_name")
    return bare


@method("reactions.add", "reactions:write", tier=3)
def add_reaction(call: Call) -> Json:
    """React to a message."""
    name = _emoji(call)
    channel, message = _target(call)
    if call.team.seed.app.user_id not in channel.members:
        raise SlackError("not_in_channel")
    if not react(call.team, channel, message, name, call.team.seed.app.user_id):
        raise SlackError("already_reacted")
    return {}


@method("reactions.remove", "reactions:write", tier=2)
def remove_reaction(call: Call) -> Json:
    """Take a reaction back."""
    name = _emoji(call)
    channel, message = _target(call)
    if not unreact(call.team, channel, message, name, call.team.seed.app.user_id):
        raise SlackError("no_reaction")
    return {}


@method("reactions.get", "reactions:read", tier=3)
def get_reactions(call: Call) -> Json:
    """A message with its reactions."""
    channel, message = _target(call)
    return {"type": "message", "channel": channel.id, "message": message}


@method("pins.add", "pins:write", tier=2)
def pin(call: Call) -> Json:
    """Pin a message to its channel."""
    channel, message = _target(call)
    if message["ts"] in channel.pins:
        raise SlackError("already_pinned")
    channel.pins.append(message["ts"])
    message.setdefault("pinned_to", []).append(channel.id)
    call.team.feed.publish(Posted(channel.id, message["ts"]))
    return {}


@method("pins.remove", "pins:write", tier=2)
def unpin(call: Call) -> Json:
    """Unpin a message."""
    channel, message = _target(call)
    if message["ts"] not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(message["ts"])
    message.pop("pinned_to", None)
    call.team.feed.publish(Posted(channel.id, message["ts"]))
    return {}


@method("pins.list", "pins:read", tier=2)
def pins(call: Call) -> Json:
    """What is pinned to a channel."""
    channel = call.channel()
    bot = call.team.seed.app.user_id
    items = [
        {"type": "message", "channel": channel.id, "message": channel.messages[ts], "created_by": bot, "created": 0}
        for ts in channel.pins
    ]
    return {"items": items}


@method("bookmarks.add", "bookmarks:write", tier=2)
def add_bookmark(call: Call) -> Json:
    """Put a link at the top of a channel."""
    channel = call.channel("channel_id")
    title, kind = call.required("title", "type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    link = call.string("link")
    if not link.startswith(("https://", "http://")):
        raise SlackError("invalid_link")
    if len(channel.bookmarks) >= 100:
        raise SlackError("too_many_bookmarks")
    now = int(call.team.clock())
    bookmark: Json = {
        "id": fresh_id(call.team.state, "Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": call.string("emoji") or None,
        "icon_url": None,
        "type": "link",
        "entity_id": None,
        "date_created": now,
        "date_updated": 0,
        "rank": chr(ord("a") + len(channel.bookmarks) % 26),
        "last_updated_by_user_id": call.team.seed.app.user_id,
        "last_updated_by_team_id": call.team.seed.team_id,
        "shortcut_id": None,
        "app_id": call.team.seed.app.id,
    }
    channel.bookmarks.append(bookmark)
    call.team.feed.publish(Channels())
    return {"bookmark": bookmark}


def _bookmark(call: Call) -> tuple[Channel, Json]:
    channel = call.channel("channel_id")
    (key,) = call.required("bookmark_id")
    found = next((b for b in channel.bookmarks if b["id"] == key), None)
    if found is None:
        raise SlackError("not_found")
    return channel, found


@method("bookmarks.edit", "bookmarks:write", tier=2)
def edit_bookmark(call: Call) -> Json:
    """Change a link at the top of a channel."""
    _, bookmark = _bookmark(call)
    link = call.string("link")
    if link and not link.startswith(("https://", "http://")):
        raise SlackError("invalid_link")
    bookmark |= {name: call.string(name) for name in ("title", "link", "emoji") if call.string(name)}
    bookmark["date_updated"] = int(call.team.clock())
    call.team.feed.publish(Channels())
    return {"bookmark": bookmark}


@method("bookmarks.remove", "bookmarks:write", tier=2)
def remove_bookmark(call: Call) -> Json:
    """Take a link away from a channel."""
    channel, bookmark = _bookmark(call)
    channel.bookmarks.remove(bookmark)
    call.team.feed.publish(Channels())
    return {}


@method("bookmarks.list", "bookmarks:read", tier=3)
def bookmarks(call: Call) -> Json:
    """The links of a channel."""
    return {"bookmarks": call.channel("channel_id").bookmarks}


@method("emoji.list", "emoji:read", tier=2)
def emoji(call: Call) -> Json:
    """There are no emoji of the workspace's own."""
    return {"emoji": {}, "cache_ts": str(call.team.clock())}
