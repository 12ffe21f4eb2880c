"""trigger_id: what an interaction hands to the app so that it may open a modal. Lives 3 s and opens one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from bot.workspace.api.errors import SlackError

if TYPE_CHECKING:
    from bot.workspace.state import Clock

SECONDS = 3.0


class Trigger(msgspec.Struct):
    """Who interacted, where, and until when that may open a modal."""

    user: str
    channel: str
    view: str
    expires: float
    used: bool = False


class Triggers:
    """Hands out trigger ids and redeems them.

    https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Trigger] = {}

    def issue(self, user: str, channel: str = "", view: str = "") -> str:
        """A new trigger id; `view` is the modal that the person interacted in."""
        now = self._clock()
        self._open = {key: trigger for key, trigger in self._open.items() if trigger.expires > now - 600}
        key = f"{secrets.randbelow(10**13):013}.{secrets.randbelow(10**12):012}.{secrets.token_hex(16)}"
        self._open[key] = Trigger(user, channel, view, now + SECONDS)
        return key

    def redeem(self, key: str) -> Trigger:
        """Use a trigger id up.

        Raises:
            SlackError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        trigger = self._open.get(key)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger
