"""Signed HTTP: Slack posts to the app's request URL. https://docs.slack.dev/authentication/verifying-requests-from-slack."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from bot.workspace.delivery.outcome import ACK_SECONDS, FAILED, TIMEOUT, Outcome, Retry

if TYPE_CHECKING:
    from bot.workspace.state import Clock, Json

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


def signature(secret: str, timestamp: str, body: str) -> str:
    """The `X-Slack-Signature` of a body: `v0=` and an HMAC-SHA256 over version, timestamp and body."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(kind: str, payload: Json) -> tuple[str, str]:
    """Body and content type: events are JSON, commands a form, interactions a form with JSON in `payload`."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


class HttpTransport:
    """Posts to one address, as an app with one request URL for everything has it."""

    def __init__(self, url: str, secret: str, clock: Clock, ack_seconds: float = ACK_SECONDS) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Outcome:
        """Post one payload. A status other than 200 is not an acknowledgement; redirects are not followed."""
        body, content_type = encoded(kind, payload)
        timestamp = str(int(self._clock()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": AGENT,
            "Accept": "application/json,*/*",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=self._seconds)
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
        except TimeoutError:
            return Outcome(error=TIMEOUT, reason="http_timeout")
        except aiohttp.ClientError:
            return Outcome(error=FAILED, reason="connection_failed")
        no_retry = response.headers.get("X-Slack-No-Retry") == "1"
        if response.status != 200:
            return Outcome(error=FAILED, reason="http_error", no_retry=no_retry)
        return Outcome(body=answer(text))

    async def challenge(self) -> str:
        """Send `url_verification`, as saving a request URL does; "" if the app answered well, else what is wrong."""
        sent = {
            "token": "",
            "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
            "type": "url_verification",
        }
        outcome = await self.deliver("events_api", sent)
        if not outcome.ok:
            return outcome.reason or outcome.error
        body = outcome.body
        said = body.get("challenge") if isinstance(body, dict) else body
        return "" if said == sent["challenge"] else "the challenge was not returned"

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()


def answer(text: str) -> Json | str | None:
    """The body of an acknowledgement: JSON if it is an object, else text."""
    if not text.strip():
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return parsed if isinstance(parsed, dict) else text
