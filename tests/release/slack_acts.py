"""What Slack sends when somebody acts, and what the worker has posted, for tests of who is heard."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import msgspec

from generator.release.log import Log
from generator.release.log_items import item
from generator.release.model.evidence import SlackAct
from generator.release.model.settings import Slack
from generator.release.origins import DirectMessage, PostedMessages
from generator.release.ports import Put

CHANNEL, OTHER = "C0DEPLOYS1", "C0RANDOM01"
CARD, GATE, DIRECT = "1700000000.000100", "1700000000.000200", "1700000000.000300"
SLACK = Slack(team_id="T0WORKSPACE", app_id="A0SLIPWAY01", default=(CHANNEL,))


def kept(body: str) -> SlackAct:
    """A body as the front hands it on."""
    return SlackAct(body=body, sha256=hashlib.sha256(body.encode()).hexdigest(), timestamp="1", signature="v0=0")


def button(user: str, action: str, value: str, message: str = CARD, channel: str = CHANNEL, **more: Any) -> SlackAct:
    """Somebody presses a button of a message."""
    payload = {
        "type": "block_actions", "user": {"id": user}, "team": {"id": SLACK.team_id}, "api_app_id": SLACK.app_id,
        "container": {"type": "message", "message_ts": message}, "channel": {"id": channel},
        "actions": [{"action_id": action, "value": value}],
    }  # fmt: skip
    return kept(urlencode({"payload": json.dumps(payload | more)}))


def form(user: str, callback: str, **known: str) -> SlackAct:
    """Somebody submits a modal that was opened with this."""
    view = {"callback_id": callback, "private_metadata": json.dumps(known)}
    payload = {"type": "view_submission", "user": {"id": user}, "team": {"id": SLACK.team_id}, "view": view}
    return kept(urlencode({"payload": json.dumps(payload | {"api_app_id": SLACK.app_id})}))


def command(user: str, channel: str = CHANNEL, **more: str) -> SlackAct:
    """Somebody types a command."""
    fields = {"command": "/deploy", "team_id": SLACK.team_id, "api_app_id": SLACK.app_id, "user_id": user}
    return kept(urlencode(fields | {"channel_id": channel, "trigger_id": "1.2.3"} | more))


def mention(user: str, channel: str = CHANNEL) -> SlackAct:
    """Somebody mentions the bot."""
    event = {"type": "app_mention", "user": user, "channel": channel}
    return kept(
        json.dumps({"type": "event_callback", "team_id": SLACK.team_id, "api_app_id": SLACK.app_id, "event": event})
    )


def post(log: Log, release: str, **more: Any) -> None:
    """The worker has posted a release's card, a gate and a direct message to cleo."""
    direct = (DirectMessage(person="cleo", channel="D0CLEO0001", ts=DIRECT),)
    posted = PostedMessages(release=release, channel=CHANNEL, ts=CARD, gate="hook", gate_ts=GATE, direct=direct)
    assert log.table.write(Put(item(f"card#{release}", "card", 1, msgspec.structs.replace(posted, **more))))
