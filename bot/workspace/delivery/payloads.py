"""The bodies that Slack sends: slash commands, interactions, events.

Shapes: https://docs.slack.dev/reference/interaction-payloads, …/interactivity/implementing-slash-commands and the
types of @slack/bolt. `token` is Slack's retired verification token; apps check signatures instead.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.workspace.seed import PersonSeed
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team


def spoken_name(channel: Channel) -> str:
    """The channel name in payloads: Slack hides the names of private conversations."""
    if channel.im_with:
        return "directmessage"
    return "privategroup" if channel.private else channel.name


def slash(team: Team, person: PersonSeed, channel: Channel, command: str, text: str) -> dict[str, str]:
    """A slash command without its `response_url` and `trigger_id`: a form, so every value is a string."""
    return {
        "token": team.seed.verification_token,
        "team_id": team.seed.team_id,
        "team_domain": team.seed.domain,
        "channel_id": channel.id,
        "channel_name": spoken_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": text,
        "api_app_id": team.seed.app.id,
        "is_enterprise_install": "false",
    }


def interaction(team: Team, person: PersonSeed, kind: str) -> Json:
    """What every interaction says: who, where from, which app."""
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.handle,
            "name": person.handle,
            "team_id": team.seed.team_of(person),
        },
        "api_app_id": team.seed.app.id,
        "token": team.seed.verification_token,
        "team": {"id": team.seed.team_id, "domain": team.seed.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(channel: Channel, message: Json) -> Json:
    """Where an interaction with a message happened. Ephemeral messages are not sent along."""
    whispered = bool(message.get("is_ephemeral"))
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": whispered,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    where: Json = {"container": container, "channel": {"id": channel.id, "name": spoken_name(channel)}}
    return where if whispered else {**where, "message": message}


def in_view(view: Json, values: Json) -> Json:
    """Where an interaction with a modal or an App Home happened."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": {**view, "state": {"values": values}}}


def event_callback(team: Team, event: Json, channel: Channel | None) -> Json:
    """An event in its envelope. https://docs.slack.dev/apis/events-api/#callback-field."""
    seed = team.seed
    authorization = {
        "enterprise_id": None,
        "team_id": seed.team_id,
        "user_id": seed.app.user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    place = f"-{channel.id}" if channel else ""
    return {
        "token": seed.verification_token,
        "team_id": seed.team_id,
        "context_team_id": seed.team_id,
        "context_enterprise_id": None,
        "api_app_id": seed.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(5).upper()}",
        "event_time": int(team.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(channel and channel.shared_with),
        "event_context": f"4-{event['type']}-{seed.team_id}-{seed.app.id}{place}",
    }
