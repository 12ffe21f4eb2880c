"""Signatures of HTTP requests, checked over the received bytes before anything is parsed or decoded.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hmac
import logging
import re
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Literal

from slack_bolt.middleware import Middleware
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse

from bot.authorization import SeenRequests

TIME_HEADER, SIGNATURE_HEADER = "x-slack-request-timestamp", "x-slack-signature"
WINDOW = 300  # seconds that a request may be away from our clock, before or after it
Refusal = Literal["", "unsigned", "forged", "other time"]
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_MINUTE = 60.0
_RECENT = 600.0  # seconds in which refusals count as what is wrong now
_LOG = logging.getLogger("bot.signature")


def is_plausible(at: str, signature: str) -> bool:
    """Whether two headers may be a time and a signature. A request without them is refused before its body is read."""
    return at.isascii() and at.isdigit() and len(at) <= 12 and bool(_SIGNATURE.fullmatch(signature))


def sign(secret: str, at: str, body: bytes) -> str:
    """Slack's signature of these bytes at this time (epoch seconds)."""
    return f"v0={hmac.new(secret.encode(), b'v0:%s:%s' % (at.encode(), body), sha256).hexdigest()}"


class Signatures:
    """Checks signatures, and finds out when all of them are wrong, which means a wrong secret or clock of the bot."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._clock = secret, clock
        self._lock = threading.Lock()
        self._accepted = 0.0
        self._refused = {"forged": 0, "other time": 0}  # since something was accepted
        self._last, self._logged, self._ahead = 0.0, -_MINUTE, 0.0

    def check(self, body: bytes, at: str, signature: str) -> Refusal:
        """Why a request is refused. "" for what Slack signed within the last five minutes."""
        if not is_plausible(at, signature):
            return "unsigned"
        now = self._clock()
        if not hmac.compare_digest(sign(self._secret, at, body), signature):
            self._note("forged", now)
            return "forged"
        if abs(now - int(at)) > WINDOW:
            self._ahead = now - int(at)
            self._note("other time", now)
            return "other time"
        with self._lock:
            self._accepted = now
            self._refused = dict.fromkeys(self._refused, 0)
        return ""

    def trouble(self) -> str:
        """What is wrong with the secret or the clock, with what to do. "" while right signatures arrive, or none."""
        now = self._clock()
        with self._lock:
            forged, other = self._refused["forged"], self._refused["other time"]
            if not forged + other or now - self._last > _RECENT:
                return ""
            ahead = self._ahead
        if other:
            way = "ahead of" if ahead > 0 else "behind"
            return (
                f"Slack signed {_requests(other)} {abs(ahead):.0f} s {'before' if ahead > 0 else 'after'} the time of this "
                f"machine, whose clock seems to be {way} Slack's; synchronize the clock (NTP)"
            )
        return (
            f"{_requests(forged)} had another signature than SLACK_SIGNING_SECRET gives, and none had the right one; compare "
            "it with the signing secret under Basic Information of the app"
        )

    def _note(self, why: Literal["forged", "other time"], now: float) -> None:
        """Count a refusal, and log once a minute that there are some. Strangers can cause it, so it is not an error yet."""
        with self._lock:
            self._refused[why] += 1
            self._last = now
            if now - self._logged < _MINUTE:
                return
            self._logged = now
            count = self._refused[why]
        what = (
            self.trouble() if why == "other time" or not self._accepted else f"{_requests(count)} had a wrong signature"
        )
        _LOG.warning("%s", what)


def _requests(count: int) -> str:
    return f"{count} request{'' if count == 1 else 's'}"


class Verification(Middleware):
    """Refuses with 401 what is not signed, too old, malformed or a replay of the same signed bytes."""

    def __init__(self, secret: str, seen: SeenRequests) -> None:
        self._signatures = Signatures(secret)
        self._seen = seen

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """Pass on, once, what Slack signed a moment ago."""
        del resp
        if req.mode == "socket_mode":
            return next()
        at, signature = (header(req.headers, name) for name in (TIME_HEADER, SIGNATURE_HEADER))
        if self._signatures.check(req.raw_body.encode(), at, signature):
            return refused()
        return next() if self._seen.first(f"signature {signature}") else refused()


def header(headers: object, name: str) -> str:
    """A header of a request. "" for none. Bolt stores lists."""
    found = headers.get(name) if isinstance(headers, dict) else None
    return (found[0] if found else "") if isinstance(found, list | tuple) else str(found or "")


def refused() -> BoltResponse:
    """The answer to a request that Slack did not sign: an empty one."""
    return BoltResponse(status=401, body="")
