"""The Bolt app: signatures, tenants, listeners.

``process_before_response`` runs a listener before its acknowledgement leaves: listeners only check, send and
acknowledge, so that none of them waits for a free thread (facts: Bolt's five threads make the sixth command fail).
"""

import logging
from collections.abc import Callable
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware import Middleware, UrlVerification

from bot.authorization import origin
from bot.evidence import KeepEvidence
from bot.front import Front
from bot.listeners import actions, commands, events, home, views
from bot.signature import Verification
from bot.slack_client import web_client

_LOG = logging.getLogger("bot.app")


class Identity:
    """The identity of the bot, as auth.test returned it at the start."""

    def __init__(self, answer: Any, token: str) -> None:
        self.team = str(answer.get("team_id", ""))
        self.user = str(answer.get("user_id", ""))
        self.bot = str(answer.get("bot_id", ""))
        self.enterprise = str(answer.get("enterprise_id") or "")
        self.token = token


def build(front: Front, identity: Identity, *, signing_secret: str = "") -> App:
    """The app with every listener. Without a signing secret it answers over Socket Mode alone."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=identity.enterprise or None,
            team_id=identity.team,
            bot_token=identity.token,
            bot_id=identity.bot,
            bot_user_id=identity.user,
        )

    app = App(
        signing_secret=signing_secret or "unused over Socket Mode",
        authorize=authorize,
        client=web_client(front.web.base_url),  # without the token, which authorize gives
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    # Bolt runs its own middleware first, but none of it runs a listener: what is not signed ends here.
    app.use(Verification(signing_secret, front.seen) if signing_secret else _only_socket)
    app.use(UrlVerification())
    app.use(_Tenant(front))
    app.use(KeepEvidence())
    app.error(_broke)
    for module in (commands, actions, views, events, home):
        module.register(app, front, identity.user)
    return app


def _only_socket(req: Any, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's name
    return next() if req.mode == "socket_mode" else BoltResponse(status=401, body="")


class _Tenant(Middleware):
    """Refuses requests of other workspaces, apps or organizations, which Bolt itself does not compare."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """Pass on requests that belong to this app."""
        del resp
        why = self._front.authorization.foreign(origin(req.body))
        if not why:
            return next()
        _LOG.warning("refused: %s", why)
        # A refusing middleware has to return a response; anything else answers 404 (facts: slack.md).
        text = f"Refused: {why}." if "command" in req.body else ""
        return BoltResponse(status=200, body=text)


def _broke(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Handle a bug of the bot: log it, tell the person, and write no body of a request anywhere."""
    _LOG.error("a listener failed: %s: %s", type(error).__name__, error, exc_info=error)
    if "command" not in body:
        return BoltResponse(status=500, body="")  # Slack says by its own means that it did not work
    text = (
        "An error occurred in the bot, and no request was sent. Try again; if it fails again, contact the "
        "platform team."
    )
    return BoltResponse(status=200, body=text)
