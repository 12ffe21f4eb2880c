"""The front: what listeners stand on. It reads the log and sends requests; it decides and writes nothing."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from slack_sdk import WebClient

from bot.blocks.text import safe
from bot.guard import Guard, Origin, Seen, origin
from bot.replies import Aside, Replies, Whisper
from bot.roster import Roster
from generator.release.desk import Desk
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Decide, Lock, Propose, RollBack, Unlock
from generator.release.model.settings import Slack
from generator.release.ports import Queue, Versions

SEND_WITHIN = 1.0  # seconds; Slack gives three for everything
_LOG = logging.getLogger("bot.front")
Asked = Propose | RollBack | Decide | Lock | Unlock


class Reading(NamedTuple):
    """What the front was composed of: the platform as configured, the log to read, the queue to send to."""

    facts: PlatformFacts
    slack: Slack
    log: Log
    queue: Queue
    versions: Versions
    clock: Callable[[], float]


class Front:
    """One process's front. ``close`` ends its threads."""

    def __init__(self, reading: Reading, client: WebClient, *, local: bool = False) -> None:
        self.facts, self.slack = reading.facts, reading.slack
        self.log, self.versions, self.clock = reading.log, reading.versions, reading.clock
        self.client = client
        self.desk = Desk(reading.facts, reading.log, reading.queue, lambda _: None)
        self.roster = Roster(client, reading.clock)
        self.guard = Guard(reading.slack, self.roster, reading.facts)
        self.seen = Seen(reading.clock)
        self.aside = Aside()
        self.replies = Replies(client, reading.log, self.aside, reading.clock, local=local)
        self._senders = ThreadPoolExecutor(32, thread_name_prefix="send")

    def start(self) -> None:
        """Begin to tell people what the worker answers."""
        self.replies.start()

    def close(self) -> None:
        """End every thread."""
        self.replies.close()
        self._senders.shutdown(wait=False, cancel_futures=True)
        self.aside.close()

    def send(self, request: Asked, where: Whisper) -> str:
        """Send one request in somebody's name; what to tell them if it could not be, "" if it was.

        The same request again, by a retry or a replay, is neither sent nor answered a second time.
        """
        if not self.seen.first(str(request.id)):
            return ""
        self.replies.expect(str(request.id), where)
        sending = self._senders.submit(self.desk.send, request, where.user)
        try:
            sending.result(SEND_WITHIN)
        except TimeoutError:
            _LOG.error("the queue took longer than %s s", SEND_WITHIN)
            return "The queue does not answer. Perhaps it was asked all the same: look at `/deploy status`, then try again."
        except ReleaseError as error:
            _LOG.error("the queue refused: %s", error)
            return f"It could not be asked: {safe(str(error), 500)}. Try again in a moment."
        return ""

    def whisper(self, body: Mapping[str, Any], found: Origin | None = None) -> Whisper:
        """Where who sent this is answered."""
        found = found or origin(body)
        event = body.get("event")
        thread = event.get("thread_ts") if isinstance(event, dict) else ""
        url = body.get("response_url")
        return Whisper(found.channel, found.user, str(thread or ""), url if isinstance(url, str) else "")
