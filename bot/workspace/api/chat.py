"""chat.*: posting, editing, deleting, whispering, scheduling.

https://docs.slack.dev/reference/methods?family=chat
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bot.workspace import image_files
from bot.workspace.api.call import Call, method
from bot.workspace.api.errors import SlackError, refused
from bot.workspace.blocks.defaults import filled
from bot.workspace.blocks.validate import MESSAGE_CHARACTERS, TEXT_CHARACTERS, characters, validate_blocks
from bot.workspace.state import fresh_id

if TYPE_CHECKING:
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

FUTURE = 120 * 24 * 3600  # seconds ahead that a message may be scheduled


def destination(call: Call) -> Channel:
    """Where a message goes: a channel id, a name, or a user id for a direct message."""
    (given,) = call.required("channel")
    team, bot = call.team, call.team.seed.app.user_id
    if given.startswith("U") and team.person(given):
        return team.direct(given)
    channel = team.state.channels.get(given) or team.channel_named(given)
    inside = channel is not None and bot in channel.members
    if channel is None or ((channel.private or channel.im_with) and not inside):
        raise SlackError("channel_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if not inside and "chat:write.public" not in call.scopes:
        raise SlackError("not_in_channel")
    return channel


def checked_blocks(team: Team, blocks: Any) -> list[Json]:
    """Blocks as a message keeps them, with the ids that Slack gives.

    Raises:
        SlackError: `invalid_blocks` with all problems, or `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    app = team.seed.app
    problems = validate_blocks(blocks, refused=app.refused_blocks) or image_files.problems(team, blocks, app.user_id)
    if problems:
        raise refused("invalid_blocks", problems)
    if characters(blocks) > MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return filled(blocks)


def content(args: Call) -> Json:
    """Text, blocks, attachments and metadata of a message; only what was given.

    Raises:
        SlackError: Slack would refuse them.
    """
    body: Json = {}
    text, marked = args.string("text"), args.string("markdown_text")
    blocks = args.structure("blocks", "invalid_blocks_format")
    attachments = args.structure("attachments", "invalid_attachments")
    if marked and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(text) > TEXT_CHARACTERS or len(marked) > 12_000:
        raise SlackError("msg_too_long")
    if text or marked:
        body["text"] = text or marked
    if marked:
        blocks = [{"type": "markdown", "text": marked}]
    if blocks:
        body["blocks"] = checked_blocks(args.team, blocks)
    if attachments:
        body["attachments"] = _attachments(args.team, attachments)
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is not None:
        body["metadata"] = _metadata(metadata)
    return body


def _attachments(team: Team, given: Any) -> list[Json]:
    if not isinstance(given, list) or not all(isinstance(a, dict) for a in given):
        raise SlackError("invalid_attachments")
    if len(given) > 100:
        raise SlackError("too_many_attachments")
    result = []
    for number, attachment in enumerate(given, 1):
        attached = {"id": number, "fallback": "[no preview available]", **attachment}
        if "blocks" in attachment:
            attached["blocks"] = checked_blocks(team, attachment["blocks"])
        result.append(attached)
    return result


def _metadata(given: Any) -> Json:
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str) or not given["event_type"]:
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def into_thread(channel: Channel, body: Json, thread_ts: str, *, broadcast: bool) -> None:
    """Make a body a reply.

    Raises:
        SlackError: There is no such message.
    """
    root = channel.messages.get(thread_ts)
    if root is None:
        raise SlackError("thread_not_found")
    body["thread_ts"] = root.get("thread_ts", thread_ts)
    body["parent_user_id"] = channel.messages.get(body["thread_ts"], root).get("user", "")
    if broadcast:
        body["subtype"] = "thread_broadcast"
        body["root"] = copy.deepcopy(root)


def _worded(body: Json) -> Json:
    if not body.get("text") and not body.get("blocks") and not body.get("attachments"):
        raise SlackError("no_text")
    return body


def shown(message: Json) -> Json:
    """A message as an answer shows it: metadata is the app's own business."""
    return {name: value for name, value in message.items() if name != "metadata"}


@method("chat.postMessage", "chat:write", tier=0)
def post(call: Call) -> Json:
    """Post a message to a conversation or a thread."""
    channel = destination(call)
    body = _worded(content(call))
    if call.string("thread_ts"):
        into_thread(channel, body, call.string("thread_ts"), broadcast=call.flag("reply_broadcast"))
    message = call.team.add(channel, call.team.bot_message(body))
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.update", "chat:write", tier=3)
def update(call: Call) -> Json:
    """Edit a message of the app. Text without blocks drops the blocks; blocks show no "(edited)" mark."""
    (ts,) = call.required("ts")
    channel, message = own_message(call, ts, "cant_update_message")
    body = _worded(content(call))
    edit(call.team, channel, message, body)
    return {"channel": channel.id, "ts": ts, "text": message["text"], "message": message}


def edit(team: Team, channel: Channel, message: Json, body: Json) -> None:
    """Replace what a message says."""
    previous = copy.deepcopy(message)
    attached = {name: message[name] for name in ("text",) if "text" not in body}
    for name in ("blocks", "attachments", "edited"):
        message.pop(name, None)
    message.update({**attached, **body})
    if not body.get("blocks"):
        message["edited"] = {"user": message["user"], "ts": f"{int(team.clock())}.000000"}
    team.change(channel, message, previous)


def own_message(call: Call, ts: str, otherwise: str) -> tuple[Channel, Json]:
    """A message of the app by channel and ts.

    Raises:
        SlackError: There is none, or it is somebody else's (`otherwise`).
    """
    channel = call.channel()
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("bot_id") != call.team.seed.app.bot_id:
        raise SlackError(otherwise)
    if channel.archived:
        raise SlackError("is_archived")
    return channel, message


@method("chat.delete", "chat:write", tier=3)
def delete(call: Call) -> Json:
    """Delete a message of the app."""
    (ts,) = call.required("ts")
    channel, _ = own_message(call, ts, "cant_delete_message")
    call.team.remove(channel, ts)
    return {"channel": channel.id, "ts": ts}


@method("chat.postEphemeral", "chat:write", tier=4)
def whisper(call: Call) -> Json:
    """Show a message to one person of a conversation."""
    channel = destination(call)
    (user,) = call.required("user")
    if call.team.person(user) is None:
        raise SlackError("user_not_found")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    body = _worded(content(call))
    if call.string("thread_ts"):
        into_thread(channel, body, call.string("thread_ts"), broadcast=False)
    message = call.team.bot_message({**body, "is_ephemeral": True})
    call.team.whisper(channel, user, message)
    return {"message_ts": message["ts"]}


@method("chat.getPermalink", tier=0)
def permalink(call: Call) -> Json:
    """The address of a message, on this server."""
    (ts,) = call.required("message_ts")
    channel = call.channel()
    message = channel.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    link = f"{call.team.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    root = message.get("thread_ts", ts)
    return {"channel": channel.id, "permalink": link + (f"?thread_ts={root}&cid={channel.id}" if root != ts else "")}


@method("chat.scheduleMessage", "chat:write", tier=3)
def schedule(call: Call) -> Json:
    """Post a message later."""
    channel = destination(call)
    (when,) = call.required("post_at")
    body = _worded(content(call))
    if not when.isdecimal():
        raise SlackError("invalid_time")
    now = call.team.clock()
    if int(when) <= now:
        raise SlackError("time_in_past")
    if int(when) > now + FUTURE:
        raise SlackError("time_too_far")
    key = fresh_id(call.team.state, "Q")
    call.team.state.scheduled[key] = {"id": key, "channel_id": channel.id, "post_at": int(when), "body": body}
    message = {"text": body.get("text", ""), "type": "delayed_message", "bot_id": call.team.seed.app.bot_id}
    return {"channel": channel.id, "scheduled_message_id": key, "post_at": int(when), "message": message}


@method("chat.scheduledMessages.list", tier=3)
def scheduled(call: Call) -> Json:
    """What is still to be posted."""
    channel_id = call.string("channel")
    entries = [
        {"id": e["id"], "channel_id": e["channel_id"], "post_at": e["post_at"], "text": e["body"].get("text", "")}
        for e in call.team.state.scheduled.values()
        if not channel_id or e["channel_id"] == channel_id
    ]
    page, more = call.page(entries)
    return {"scheduled_messages": page, **more}


@method("chat.deleteScheduledMessage", "chat:write", tier=3)
def unschedule(call: Call) -> Json:
    """Take a scheduled message back."""
    (key,) = call.required("scheduled_message_id")
    call.channel()
    if call.team.state.scheduled.pop(key, None) is None:
        raise SlackError("invalid_scheduled_message_id")
    return {}


def post_due(team: Team) -> None:
    """Post the scheduled messages whose time has come."""
    for key, entry in list(team.state.scheduled.items()):
        channel = team.state.channels.get(entry["channel_id"])
        if entry["post_at"] <= team.clock():
            del team.state.scheduled[key]
            if channel is not None:
                team.add(channel, team.bot_message(entry["body"]))
