"""``/deploy`` and ``/rollback``."""

from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.answers import acknowledgement
from bot.authorization import origin
from bot.blocks import button_values
from bot.blocks.text import channel, safe
from bot.commands import understand
from bot.front import Front
from bot.intents import Form, Indirect, Show, Unclear
from bot.listeners.indirect import ask_indirectly
from bot.listeners.queries import ask_logs, show
from bot.listeners.views.deploy_form import open_form
from generator.release.model.requests import Decide

COMMANDS = ("/deploy", "/rollback")


def register(app: App, front: Front, me: str) -> None:
    """Register the listeners of ``/deploy`` and ``/rollback``."""
    del me

    def run(body: dict[str, Any], ack: Ack) -> BoltResponse:
        text = command(front, body) if _speaks(front, body) else ""
        return ack(response_type="ephemeral", text=text) if text else ack()

    for name in COMMANDS:
        app.command(name)(run)


def _speaks(front: Front, body: dict[str, Any]) -> bool:
    """Whether the acknowledgement contains a text. A repeated delivery is acknowledged without one."""
    return front.seen.first(f"command {body.get('trigger_id')}")


def command(front: Front, body: dict[str, Any]) -> str:  # noqa: PLR0911 - one for each reason to stop
    """Handle one command. Returns what to tell at once, "" if the answer follows in a moment."""
    found = origin(body)
    where = front.whisper(body, found)
    intent = understand(str(body.get("command", "")), str(body.get("text", "")), front.facts)
    match intent:
        case Unclear():
            return safe(intent.why[:1].upper() + intent.why[1:], 1500)
        case Show():
            shown = Show("open") if intent == Show("release") else intent
            why = front.authorization.refuse(found, "look")
            if why:
                return f"Refused: {why}."
            if intent.what == "logs":
                id_ = button_values.request("logs", found.team, found.user, str(body.get("trigger_id", "")))
                return ask_logs(front, intent.of, id_, where)
            front.background.do(lambda: front.replies.tell_now(where, show(front, shown, found)))
            return ""
        case Form():
            named = (intent.environment,) if intent.environment else ()
            why = (
                front.authorization.refuse(found, "ask", named) if named else front.authorization.refuse(found, "look")
            )
            if why:
                return f"Refused: {why}."
            return open_form(front, str(body.get("trigger_id", "")), where, found.channel, intent)
    id_ = button_values.request("command", found.team, found.user, str(body.get("trigger_id", "")))
    if isinstance(intent, Decide) and not intent.release:
        intent = Indirect(intent.verdict, reason=intent.reason)
    if isinstance(intent, Indirect):
        return ask_indirectly(front, intent, id_, found, where)
    environment = front.authorization.environments(intent)[0]
    card = () if isinstance(intent, Decide) else front.slack.allowed(environment)[:1]
    there = f" The card is posted in {channel(card[0])}." if card else ""
    return front.ask(intent, id_, found, where, f"{safe(acknowledgement(intent))}.{there}")
