"""What the app answers to an interaction: at once in its acknowledgement, or later through response_url.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.workspace.api.call import Call
from bot.workspace.api.chat import content, edit, into_thread
from bot.workspace.api.errors import SlackError
from bot.workspace.change_feed import Whispered
from bot.workspace.state import Reply
from bot.workspace.team import REPLY_SECONDS, REPLY_USES

if TYPE_CHECKING:
    from bot.workspace.state import Json
    from bot.workspace.team import Team


def new_reply(team: Team, kind: str, channel: str, user: str, message: Json | None = None) -> tuple[str, Reply]:
    """A response_url for an interaction in a channel, and what it stands for. `kind` is `commands` or `actions`."""
    reply = Reply(channel=channel, user=user, expires=team.clock() + REPLY_SECONDS)
    if message is not None:
        reply.message_ts = message["ts"]
        reply.ephemeral = bool(message.get("is_ephemeral"))
        root = message.get("thread_ts", "")
        # The root of a thread stands in the channel, so what answers a click there is seen there.
        reply.thread_ts = root if root != message["ts"] else ""
    return team.response_url(kind, reply), reply


def apply(team: Team, reply: Reply, body: Any) -> None:
    """Post, whisper, replace or delete, as a response body says.

    Raises:
        SlackError: Slack would refuse the message.
    """
    given: Json = {"text": body} if isinstance(body, str) else body
    call = Call(team, given, team.seed.app.scopes)
    channel = team.state.channels.get(reply.channel)
    if channel is None:
        raise SlackError("channel_not_found")
    if call.flag("delete_original"):
        _delete(team, reply)
        return
    message = content(call)
    if not any(message.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    if call.flag("replace_original") and reply.message_ts:
        _replace(team, reply, message)
        return
    if call.string("thread_ts"):
        into_thread(channel, message, call.string("thread_ts"), broadcast=call.flag("reply_broadcast"))
    elif reply.thread_ts and reply.thread_ts in channel.messages:
        into_thread(channel, message, reply.thread_ts, broadcast=False)
    if call.string("response_type", "ephemeral") == "in_channel":
        team.add(channel, team.bot_message(message))
    else:
        team.whisper(channel, reply.user, team.bot_message({**message, "is_ephemeral": True}))


def _delete(team: Team, reply: Reply) -> None:
    channel = team.state.channels[reply.channel]
    whispered = team.whispered(reply.user, reply.message_ts)
    if whispered is not None:
        team.dismiss(whispered)
    elif reply.message_ts in channel.messages:
        team.remove(channel, reply.message_ts)


def _replace(team: Team, reply: Reply, body: Json) -> None:
    channel = team.state.channels[reply.channel]
    whispered = team.whispered(reply.user, reply.message_ts)
    if whispered is not None:
        for name in ("text", "blocks", "attachments"):
            whispered.message.pop(name, None)
        whispered.message.update({"text": "", **body})
        team.feed.publish(Whispered(channel.id, reply.message_ts, reply.user))
        return
    message = channel.messages.get(reply.message_ts)
    if message is None:
        raise SlackError("message_not_found")
    edit(team, channel, message, body)


class ResponseUrls:
    """The endpoint behind response_url."""

    def __init__(self, team: Team) -> None:
        self._team = team

    async def answer(self, request: web.Request) -> web.Response:
        """One use: 200 `ok`, 404 `expired_url` or `used_url`, 400 with what Slack refuses."""
        reply = self._team.state.replies.get(f"{request.match_info['number']}/{request.match_info['secret']}")
        if reply is None or self._team.clock() > reply.expires:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if reply.uses >= REPLY_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        try:
            apply(self._team, reply, _body(await request.text()))
        except SlackError as no:
            return web.json_response({"ok": False, "error": no.error, **no.extra}, status=400)
        reply.uses += 1
        return web.Response(text="ok")


def _body(raw: str) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise SlackError("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body
