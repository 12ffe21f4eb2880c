"""Posts each day's head of the audit log to a channel: Slack keeps it outside the account."""

from collections.abc import Callable

from bot.blocks.message import Message, section
from bot.blocks.text import safe
from bot.messenger import MessageGone, Messenger, RateLimited, SlackRefused
from generator.release.context import Context
from generator.release.daily_post import DailyPost, Witness
from generator.release.errors import Unavailable
from generator.release.model.settings import Slack
from generator.wiring.worker import Access


def audit_channel(slack: Slack, environment: str) -> str:
    """The channel for the heads: that of the environment's results, else that of its releases. "" for none."""
    return slack.notify.get(environment) or next(iter(slack.allowed(environment)), "")


class AuditChannel:
    """A ``Witness`` of :mod:`generator.release.daily_post`."""

    def __init__(self, messenger: Messenger, channel: str) -> None:
        self._messenger = messenger
        self._channel = channel

    def post(self, date: str, line: str) -> None:
        """Post the line, unless a worker that ended before it could record that has posted it.

        Raises:
            Unavailable: Slack does not answer, or refuses.
        """
        mark = f"audit-{date}"
        try:
            if not self._messenger.find(self._channel, mark):
                self._messenger.post(self._channel, Message(line, [section(safe(line, 1000))]), release=mark)
        except (RateLimited, SlackRefused, MessageGone) as error:
            raise Unavailable(f"{self._channel} in Slack: {error}") from error
        except Exception as error:
            # urllib's and http.client's, by the way the connection breaks.
            raise Unavailable(f"Slack did not answer ({type(error).__name__}: {error}); try again") from error


def daily_post(
    context: Context, found: Access, messenger: Messenger | None, failed: Callable[[str], None], *, worker: str
) -> DailyPost:
    """The places for daily heads: the alerts topic, and the channel if there are a ``messenger`` and a channel."""
    witnesses: dict[str, Witness] = {}
    channel = audit_channel(found.slack, found.config.platform.bot.environment) if found.slack else ""
    if messenger is not None and channel:
        witnesses["channel"] = AuditChannel(messenger, channel)
    witnesses["alerts topic"] = found.adapters.alerts
    return DailyPost(context, worker, witnesses, failed)
