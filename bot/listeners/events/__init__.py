"""``@slipway …``: the same words as the commands, for threads, in which slash commands don't run."""

import re
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_sdk.errors import SlackApiError

from bot.authorization import origin
from bot.blocks import button_values
from bot.blocks.text import safe
from bot.commands import understand
from bot.front import Front
from bot.intents import Act, Form, Show, Unclear
from bot.listeners.queries import ask_logs, show
from bot.listeners.sending import described, environments, request
from bot.message_metadata import release_of

_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")


def register(app: App, front: Front, me: str) -> None:
    """Listen to mentions, and to messages in the direct conversation."""

    def mentioned(body: dict[str, Any], ack: Ack) -> BoltResponse:
        hear(front, body, me)
        return ack()

    def written(body: dict[str, Any], event: dict[str, Any], ack: Ack) -> BoltResponse:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            hear(front, body, me)
        return ack()

    app.event("app_mention")(mentioned)
    app.event("message")(written)


def hear(front: Front, body: dict[str, Any], me: str) -> None:
    """Deal with what was said, once for each event however often it is delivered; the reading is done aside."""
    event = body.get("event") or {}
    if event.get("bot_id") or event.get("user") == me or not front.seen.first(f"event {body.get('event_id')}"):
        return
    front.aside.do(lambda: _hear(front, body))


def _hear(front: Front, body: dict[str, Any]) -> None:
    event, found = body.get("event") or {}, origin(body)
    where = front.whisper(body, found)
    wanted = understand("", _MENTION.sub(" ", str(event.get("text", "")), count=1), front.facts)
    if isinstance(wanted, Act) and not wanted.release:
        wanted = wanted._replace(release=_thread(front, found.channel, str(event.get("thread_ts") or "")))
    if isinstance(wanted, Unclear | Form):
        text = wanted.why if isinstance(wanted, Unclear) else "Say which service and environment: `@slipway app prod`"
        front.replies.tell_now(where, safe(text[:1].upper() + text[1:], 1500))
        return
    if isinstance(wanted, Act) and not wanted.release:
        front.replies.tell_now(where, "Say it in the release's thread, or name it: `@slipway undo prod-app-12`.")
        return
    look = isinstance(wanted, Show)
    act = wanted.release if isinstance(wanted, Act) else ""
    touched = (
        ()
        if isinstance(wanted, Show)
        else environments(wanted, front.authorization.environments_of(act) if act else ())
    )
    why = front.authorization.refuse(found, "look" if look else "decide" if act else "ask", touched)
    if why:
        front.replies.tell_now(where, f"Refused: {why}.")
    elif isinstance(wanted, Show) and wanted.what == "logs":
        id_ = button_values.request("logs", found.team, found.user, str(body.get("event_id", "")))
        failed = ask_logs(front, wanted.of, id_, where)
        if failed:
            front.replies.tell_now(where, failed)
    elif isinstance(wanted, Show):
        front.replies.tell_now(where, show(front, wanted, found))
    else:
        id_ = button_values.request("event", found.team, found.user, str(body.get("event_id", "")))
        failed = front.send(request(wanted, id_), where, f"{safe(described(wanted))}.")
        if failed:
            front.replies.tell_now(where, failed)


def _thread(front: Front, channel: str, thread: str) -> str:
    """The release whose thread this is, by the metadata of its root message, "" for none."""
    if not thread:
        return ""
    try:
        found = front.web.conversations_replies(channel=channel, ts=thread, limit=1, include_all_metadata=True)
    except SlackApiError:
        return ""
    return next((release_of(message) for message in found.get("messages") or ()), "")
