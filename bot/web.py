"""The front as a process: ``python -m bot web``. Reads the log, sends to the queue, talks to Slack."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.app import Identity, build
from bot.front import Front, FrontParts
from bot.settings import Settings
from bot.slack_client import unreachable, web_client
from bot.token_check import TokenCheck
from bot.transport import Http, Socket, Transport

_LOG = logging.getLogger("bot.web")
TIMEOUT = 10  # seconds for one call of the Web API


class NoSlack(Exception):  # noqa: N818 - it says what happened
    """Slack does not accept the bot's token, or can't be reached. The text says what to do."""


def client(settings: Settings, *, retries: int = 1) -> WebClient:
    """Slack's Web API as the bot. Without the second handler, the SDK repeats requests only after lost connections."""
    made = web_client(settings.api_url, settings.bot_token, timeout=TIMEOUT)
    if retries:
        made.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=retries))
    return made


def identify(slack: WebClient, token: str) -> Identity:
    """The identity of the bot.

    Raises:
        NoSlack: the token is not valid, or Slack does not answer.
    """
    try:
        return Identity(slack.auth_test().data, token)
    except SlackApiError as error:
        code = error.response.get("error", "an error")
        raise NoSlack(f"Slack answers {code} to the bot token; fill in the one from OAuth & Permissions") from error
    except Exception as error:
        raise NoSlack(unreachable(slack, error)) from error


class BotFront:
    """A front that receives what Slack sends."""

    def __init__(self, settings: Settings, reading: FrontParts) -> None:
        # What is answered in the background waits for a limit there (``bot.replies``): a thread that sleeps answers nobody.
        slack = client(settings, retries=0)
        identity = identify(slack, settings.bot_token)
        if identity.team != reading.slack.team_id:
            raise NoSlack(
                f"the bot token belongs to the workspace {identity.team}, and platform.yaml names "
                f"{reading.slack.team_id}; correct one of them"
            )
        self.front = Front(reading, slack, local=settings.local)
        over_http = settings.transport == "http"
        self._token = TokenCheck(client(settings, retries=0))
        self.app = build(self.front, identity, signing_secret=settings.signing_secret if over_http else "")
        self.transport: Transport = (
            Http(self.app, settings.signing_secret, settings.host, settings.port)
            if over_http
            else Socket(self.app, settings.app_token)
        )

    def start(self) -> None:
        """Start to receive requests from Slack."""
        self.front.start()
        self.transport.start()
        self._token.start()
        _LOG.info("the front is ready")

    def close(self) -> None:
        """Stop receiving requests."""
        self._token.close()
        self.transport.close()
        self.front.close()

    def missing(self) -> dict[str, str]:
        """What is not ready: names, each with the reason."""
        found = {"token": self._token.missing(), "slack": self.transport.missing()}
        return {name: why for name, why in found.items() if why}

    def warnings(self) -> dict[str, str]:
        """Faults of a process that is ready. Strangers can cause some of them."""
        why = self.transport.trouble()
        return {"signatures": why} if why else {}
