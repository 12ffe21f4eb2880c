"""The front, which the listeners use. It reads the log and sends requests. It decides and writes nothing."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace
from slack_sdk import WebClient

from bot.answers import answer_text
from bot.authorization import Authorization, Origin, SeenRequests, UserRequest, origin
from bot.blocks.message import Message
from bot.blocks.text import safe
from bot.evidence import slack_act
from bot.limits import PersonalLimit
from bot.replies import Background, Replies, ReplyTarget
from bot.slack_client import web_client
from bot.slack_directory import SlackLookup
from generator.release.client import Client
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Answer, Decide, RollBack
from generator.release.model.settings import Slack
from generator.release.ports import Queue, Versions

_LOG = logging.getLogger("bot.front")
# Seconds for one question to Slack. A request asks two (person, channel) and sends within one: Slack gives three for all.
LOOK_WITHIN = 1


class FrontParts(NamedTuple):
    """What the front is created from: the configured platform, the log to read, the queue to send to."""

    facts: PlatformFacts
    slack: Slack
    log: Log
    queue: Queue
    versions: Versions
    clock: Callable[[], float]


class Front:
    """The front of one process. ``close`` ends its threads."""

    def __init__(self, reading: FrontParts, client: WebClient, *, local: bool = False) -> None:
        self.facts, self.slack = reading.facts, reading.slack
        self.log, self.versions, self.clock = reading.log, reading.versions, reading.clock
        self.web = client
        self.client = Client(reading.facts, reading.log, reading.queue, lambda _: None)
        # A lookup stands before the acknowledgement: it waits for no limit of Slack, and is not tried twice.
        looks = web_client(client.base_url, client.token, timeout=LOOK_WITHIN, retry_handlers=[])
        self.lookup = SlackLookup(looks, reading.clock)
        self.authorization = Authorization(reading.slack, self.lookup, reading.facts, PersonalLimit(reading.clock))
        self.seen = SeenRequests(reading.clock)
        self.background = Background()
        self.replies = Replies(client, reading.log, self.background, reading.clock, local=local)

    def start(self) -> None:
        """Start to send the worker's answers to people."""
        self.replies.start()

    def close(self) -> None:
        """End every thread."""
        self.replies.close()
        self.background.close()

    def ask(self, request: UserRequest, id_: str, found: Origin, where: ReplyTarget, acknowledgement: str) -> str:
        """Send a request under this id, if its sender may send it from there. Else return what to tell them."""
        why = self.authorization.refuse_request(found, request)
        return f"Refused: {why}." if why else self.send(replace(request, id=id_), where, acknowledgement)

    def send(
        self,
        request: UserRequest,
        where: ReplyTarget,
        acknowledgement: str = "",
        render: Callable[[Answer], Message | str] = answer_text,
    ) -> str:
        """Send one request in somebody's name. Returns what to tell them if that failed, "" if it was sent.

        ``acknowledgement`` is sent to them if the answer takes a while, ``render`` writes the answer.

        The queue's client gives up after a second (``bot.access``): Slack gives three for everything. A thread of its
        own for that would halve the requests that a front takes. The same request again, by a retry or a replay, is
        neither sent nor answered a second time.
        """
        if not self.seen.first(str(request.id)):
            return ""
        self.replies.expect(str(request.id), where, acknowledgement, render)
        release = request.release if isinstance(request, Decide | RollBack) else None
        kind = request.__struct_config__.tag
        _LOG.info("%s of %s as %s", kind, where.user, request.id, extra={"release": release or ""})
        try:
            self.client.send(request, where.user, where.act)
        except ReleaseError as error:
            _LOG.error("the queue refused: %s", error)
            # A lost answer may hide that it arrived.
            return f"The request could not be sent: {safe(str(error), 500)}. See `/deploy status`, then try again."
        return ""

    def whisper(self, body: Mapping[str, Any], found: Origin | None = None) -> ReplyTarget:
        """Where the sender of this request gets the answer."""
        found = found or origin(body)
        event = body.get("event")
        thread = event.get("thread_ts") if isinstance(event, dict) else ""
        url = body.get("response_url")
        return ReplyTarget(
            found.channel, found.user, str(thread or ""), url if isinstance(url, str) else "", slack_act(body)
        )
