"""The metadata of a root message that says which release's card it is. Only the app can set it."""

from collections.abc import Mapping
from typing import Any

from generator.release.model.people import ENGINE

EVENT = "slipway_release"
_BOT = ENGINE.id


def mark(release: str) -> dict[str, Any]:
    """Metadata of a card. https://docs.slack.dev/messaging/message-metadata."""
    return {"event_type": EVENT, "event_payload": {"release": release, "by": _BOT}}


def release_of(message: Mapping[str, Any]) -> str:
    """The release whose root message this is, "" for none."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT:
        return ""
    payload = metadata.get("event_payload")
    found = payload.get("release") if isinstance(payload, dict) else ""
    return found if isinstance(found, str) else ""
