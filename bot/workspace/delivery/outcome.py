"""What came of a delivery, and what a transport is."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

Json = dict[str, Any]
ACK_SECONDS = 3.0
TIMEOUT, FAILED = "operation_timeout", "dispatch_failed"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The app's answer, or why there is none.

    Attributes:
        error: "" when the app acknowledged, else `operation_timeout` or `dispatch_failed`, as Slack names them.
        reason: For a retried event, what `X-Slack-Retry-Reason` says.
        body: What the app sent back: an object, a text, or None.
    """

    error: str = ""
    reason: str = ""
    body: Json | str | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged."""
        return not self.error


class NotAllowedError(Exception):
    """Slack's client would not let the person do that; the text says why."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the person sees of what they did.

    Attributes:
        error: "" or Slack's name for what went wrong (`operation_timeout`, `dispatch_failed`).
        text: What Slack tells the person about it.
        errors: By block id, what is wrong with the inputs of a modal.
    """

    error: str = ""
    text: str = ""
    errors: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        """Whether it went through."""
        return not self.error and not self.errors


class Retry(msgspec.Struct, frozen=True):
    """Which attempt this is, from 1, and why the one before failed."""

    number: int
    reason: str


class Transport(Protocol):
    """A way to the app. `kind` is `slash_commands`, `interactive` or `events_api`."""

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Outcome:
        """Send one payload and wait for the acknowledgement, at most 3 s."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
