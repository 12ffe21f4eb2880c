"""Signatures of HTTP requests: Bolt's check, without its traceback on a malformed time and without its log of bodies."""

import re
from collections.abc import Callable

from slack_bolt.middleware import RequestVerification
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.authorization import SeenRequests

_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class Verification(RequestVerification):
    """Refuses with 401 what is not signed, too old, malformed or a replay of the same signed bytes.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """

    def __init__(self, signing_secret: str, seen: SeenRequests) -> None:
        super().__init__(signing_secret)
        self._seen = seen

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """Go on with what Slack signed a moment ago, once."""
        del resp
        if req.mode == "socket_mode":
            return next()
        at = (req.headers.get("x-slack-request-timestamp") or [""])[0]
        signature = (req.headers.get("x-slack-signature") or [""])[0]
        if not is_signed(self.verifier, req.raw_body, at, signature):
            return _refused()
        return next() if self._seen.first(f"signature {signature}") else _refused()


def is_signed(verifier: SignatureVerifier, body: str, at: str, signature: str) -> bool:
    """Whether Slack signed these bytes within the last five minutes. Nothing is parsed for this."""
    return is_plausible(at, signature) and verifier.is_valid(body, at, signature)


def is_plausible(at: str, signature: str) -> bool:
    """Whether two headers may be a time and a signature: who has none is refused before its body is read."""
    return at.isascii() and at.isdigit() and len(at) <= 12 and bool(_SIGNATURE.fullmatch(signature))


def _refused() -> BoltResponse:
    return BoltResponse(status=401, body="")
