"""What a person did in Slack, read from what Slack sent: where, on which message, and which values. Pure.

Source: docs.slack.dev, "block_actions payload", "view_submission payload", "Slash commands", "The Events API".
"""

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from generator.release.model.evidence import SlackAct

Kind = Literal["button", "form", "command", "mention"]


class Act(NamedTuple):
    """An act: ``message`` is the ts of the message that it answers, "" for none; ``action`` and ``value`` are a button's.

    ``action`` of a form is its callback id, and ``value`` the release that its private metadata names.
    """

    kind: Kind
    team: str
    app: str
    channel: str
    message: str = ""
    action: str = ""
    value: str = ""


def payload(act: SlackAct) -> dict[str, Any]:
    """What Slack sent: the JSON of Socket Mode, or the fields of a form. {} if it can't be read or was not stored."""
    try:
        found: Any = json.loads(act.body) if act.body.startswith("{") else _form(act.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read(act: SlackAct) -> Act | None:
    """The act. None for payloads of other kinds, and for those that name no workspace."""
    body = payload(act)
    team = _text(body.get("team_id") or _part(body, "team").get("id"))
    app = _text(body.get("api_app_id"))
    match body.get("type") or ("command" if "command" in body else ""):
        case "block_actions":
            return _button(body, team, app)
        case "view_submission":
            view = _part(body, "view")
            known = _known(view.get("private_metadata"))
            where = known.get("channel", ""), known.get("message", "")
            return Act("form", team, app, *where, _text(view.get("callback_id")), known.get("release", ""))
        case "command":
            return Act("command", team, app, _text(body.get("channel_id")))
        case "event_callback":
            event = _part(body, "event")
            if event.get("type") not in {"app_mention", "message"}:
                return None
            return Act("mention", team, app, _text(event.get("channel")))
        case _:
            return None


def _button(body: Mapping[str, Any], team: str, app: str) -> Act:
    container = _part(body, "container")
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    channel = _text(_part(body, "channel").get("id") or container.get("channel_id"))
    told = _text(first.get("action_id")), _text(first.get("value"))
    return Act("button", team, app, channel, _text(container.get("message_ts")), *told)


def _form(text: str) -> Any:
    fields = dict(urllib.parse.parse_qsl(text))
    return json.loads(fields["payload"]) if "payload" in fields else fields


def _known(text: object) -> dict[str, str]:
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
