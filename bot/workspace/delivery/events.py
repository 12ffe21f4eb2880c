"""The Events API: which events the app gets, in order, and again when it did not acknowledge.

https://docs.slack.dev/apis/events-api/#retries
"""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

from bot.workspace.delivery import payloads
from bot.workspace.delivery.outcome import Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.delivery.outcome import Transport
    from bot.workspace.state import Channel, Json
    from bot.workspace.team import Team

RETRY_SECONDS = (0.0, 60.0, 300.0)  # "nearly immediately", a minute, five minutes
SUBSCRIPTION = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
NEEDS = {
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


class Events:
    """Sends what happened to the app. `emit` may be called for anything; what nobody subscribed to is dropped."""

    def __init__(
        self, team: Team, transport: Callable[[], Transport], retry_seconds: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        self._team = team
        self._transport = transport
        self._retries = retry_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        team.emit = self.emit

    def _wanted(self, event: Json, channel: Channel | None) -> bool:
        app = self._team.seed.app
        if channel is not None and app.user_id not in channel.members:
            return False
        kind = event["type"]
        if kind == "message":
            kind = SUBSCRIPTION[event["channel_type"]]
        return kind in app.events and NEEDS.get(kind, "") in {"", *app.scopes}

    def emit(self, event: Json, channel: Channel | None) -> None:
        """Deliver an event in the background, if the app is subscribed and in the channel."""
        if self._wanted(event, channel):
            body = payloads.event_callback(self._team, copy.deepcopy(event), channel)
            task = asyncio.get_running_loop().create_task(self._send(body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, body: Json) -> None:
        outcome = await self._once(body, None)
        for number, seconds in enumerate(self._retries, 1):
            if outcome.ok or outcome.no_retry:
                return
            await asyncio.sleep(seconds)
            outcome = await self._once(body, Retry(number, outcome.reason))

    async def _once(self, body: Json, retry: Retry | None) -> Outcome:
        return await self._transport().deliver("events_api", body, retry)

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Give up what is still on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
