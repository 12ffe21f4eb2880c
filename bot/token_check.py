"""Checks once a minute that Slack accepts the bot's token: an idle bot would not find out that it was revoked."""

import logging
import threading
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack_client import unreachable
from bot.slack_errors import OURS, code, token_at_fault

EVERY = 60.0  # seconds; auth.test is of a tier of its own, with hundreds a minute
_LOG = logging.getLogger("bot.token_check")


class TokenCheck:
    """Asks auth.test in a thread of its own. ``close`` ends it."""

    def __init__(self, client: WebClient, every: float = EVERY) -> None:
        self._client, self._every = client, every
        self._missing = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="token", daemon=True)

    def start(self) -> None:
        """Ask again and again."""
        self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def missing(self) -> str:
        """Why the token is not valid, by the last answer. "" if it is."""
        return self._missing

    def look(self) -> None:
        """Ask once."""
        before, self._missing = self._missing, self._ask()
        if self._missing != before:
            _LOG.log(
                logging.ERROR if self._missing else logging.INFO, "%s", self._missing or "Slack takes the bot's token"
            )

    def _ask(self) -> str:
        try:
            self._client.auth_test()
        except SlackApiError as error:
            found = code(error)
            # A limit, or a fault of Slack, says nothing about the token.
            return token_at_fault(found) if found in OURS else self._missing
        except Exception as error:  # noqa: BLE001 - urllib's and http.client's, by the way the connection breaks
            return unreachable(self._client, error)
        return ""

    def _run(self, *_: Any) -> None:
        while not self._stop.wait(self._every):
            self.look()
