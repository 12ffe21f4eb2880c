"""``@slipway …``: the same texts as the commands, for threads, in which slash commands can't be used."""

import re
from typing import Any

from msgspec.structs import replace
from slack_bolt import Ack, App, BoltResponse
from slack_sdk.errors import SlackApiError

from bot.answers import acknowledgement
from bot.authorization import origin
from bot.blocks import button_values
from bot.blocks.message import Message
from bot.blocks.text import safe
from bot.commands import understand
from bot.front import Front
from bot.intents import Form, Indirect, Show, Unclear
from bot.listeners.indirect import ask_indirectly
from bot.listeners.queries import ask_logs, show
from bot.message_metadata import release_of
from bot.replies import ReplyTarget
from generator.release.model.requests import Decide

_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")


def register(app: App, front: Front, me: str) -> None:
    """Register the listeners of mentions, and of messages in the direct conversation."""

    def mentioned(body: dict[str, Any], ack: Ack) -> BoltResponse:
        answer_mention(front, body, me)
        return ack()

    def written(body: dict[str, Any], event: dict[str, Any], ack: Ack) -> BoltResponse:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            answer_mention(front, body, me)
        return ack()

    app.event("app_mention")(mentioned)
    app.event("message")(written)


def answer_mention(front: Front, body: dict[str, Any], me: str) -> None:
    """Handle a text once for each event, however often it is delivered. The log is read in another thread."""
    event = body.get("event") or {}
    if event.get("bot_id") or event.get("user") == me or not front.seen.first(f"event {body.get('event_id')}"):
        return
    front.background.do(lambda: _answer(front, body))


def _answer(front: Front, body: dict[str, Any]) -> None:
    event, found = body.get("event") or {}, origin(body)
    where = front.whisper(body, found)
    intent = understand("", _MENTION.sub(" ", str(event.get("text", "")), count=1), front.facts)
    answer: Message | str
    match intent:
        case Unclear(why=why):
            answer = safe(why[:1].upper() + why[1:], 1500)
        case Form():
            answer = safe("Name a service and an environment: `@slipway app prod`", 1500)
        case Show():
            if intent == Show("release"):
                release = _thread(front, found.channel, str(event.get("thread_ts") or ""))
                intent = Show("release" if release else "open", release)
            answer = _look(front, body, intent, where)
        case Indirect() | Decide() if not (intent.release or (isinstance(intent, Indirect) and intent.stack)):
            answer = _decide(front, body, intent, where)
        case Indirect():
            answer = ask_indirectly(front, intent, _id(body, "event"), found, where)
        case _:
            answer = front.ask(intent, _id(body, "event"), found, where, f"{safe(acknowledgement(intent))}.")
    if answer:
        front.replies.tell_now(where, answer)


def _decide(front: Front, body: dict[str, Any], intent: Decide | Indirect, where: ReplyTarget) -> str:
    """A decision that names no release is about the release of its thread."""
    found = origin(body)
    release = _thread(front, found.channel, str((body.get("event") or {}).get("thread_ts") or ""))
    if not release:
        return "Write this in the thread of the release, or name the release: `@slipway undo prod-app-12`."
    if isinstance(intent, Indirect):
        return ask_indirectly(front, intent._replace(release=release), _id(body, "event"), found, where)
    named = replace(intent, release=release)
    return front.ask(named, _id(body, "event"), found, where, f"{safe(acknowledgement(named))}.")


def _look(front: Front, body: dict[str, Any], intent: Show, where: ReplyTarget) -> Message | str:
    found = origin(body)
    why = front.authorization.refuse(found, "look")
    if why:
        return f"Refused: {why}."
    return ask_logs(front, intent.of, _id(body, "logs"), where) if intent.what == "logs" else show(front, intent, found)


def _id(body: dict[str, Any], kind: str) -> str:
    found = origin(body)
    return button_values.request(kind, found.team, found.user, str(body.get("event_id", "")))


def _thread(front: Front, channel: str, thread: str) -> str:
    """The release whose thread this is, by the metadata of its root message, "" for none."""
    if not thread:
        return ""
    try:
        found = front.web.conversations_replies(channel=channel, ts=thread, limit=1, include_all_metadata=True)
    except SlackApiError:
        return ""
    return next((release_of(message) for message in found.get("messages") or ()), "")
