"""Stores what Slack sent beside each request, as evidence of the person who acted."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware

from generator.release.acts import MAX_BODY
from generator.release.model.evidence import SlackAct

# Where a listener finds it in the body that Bolt parsed. Nothing that Slack sends is kept under this name.
_KEY = "slipway evidence"


class KeepEvidence(Middleware):
    """Adds the act to the parsed body, from the bytes whose signature was verified before."""

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """Pass the request on."""
        del resp
        req.body[_KEY] = act_of(req)
        return next()


def act_of(req: BoltRequest) -> SlackAct:
    """The received request: over HTTP with its signature headers, over Socket Mode the payload of the envelope."""
    signed = req.mode != "socket_mode"
    # Bolt keeps no text of an envelope's payload, only what it was read into.
    body = req.raw_body if signed else json.dumps({k: v for k, v in req.body.items() if k != _KEY}, sort_keys=True)
    return SlackAct(
        body=body if len(body.encode()) <= MAX_BODY else "",
        sha256=sha256(body.encode()).hexdigest(),
        timestamp=_header(req, "x-slack-request-timestamp") if signed else "",
        signature=_header(req, "x-slack-signature") if signed else "",
    )


def slack_act(body: Mapping[str, Any]) -> SlackAct | None:
    """The act that belongs to a body."""
    found = body.get(_KEY)
    return found if isinstance(found, SlackAct) else None


def _header(req: BoltRequest, name: str) -> str:
    return (req.headers.get(name) or [""])[0]
