"""The client of the release engine: sends requests over the queue, reads answers and releases from the log.

The CLI and the bot's front both stand here. They may read the log and send to the queue, and that is all.
"""

from collections.abc import Callable, Iterator, Sequence
from secrets import token_hex
from typing import Any, NamedTuple

import msgspec

from generator.release.decoders import decode
from generator.release.log import Log
from generator.release.model.evidence import SlackAct
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Request, Wake
from generator.release.model.states import Closed, Waiting
from generator.release.ports import Queue

ANSWER_WITHIN = 60.0  # seconds; a worker that runs answers within one or two
# A message whose delivery was lost is hidden for a minute: the same request is sent again after so many seconds, and a
# worker that sees it twice does it once.
_SEND_AGAIN = (10.0, 30.0)
_LOOK_EVERY = 0.5
_AT_ONCE = 100  # items that one call reads


class StackStatus(NamedTuple):
    """One stack's state: its key, its slot, and its open release if there is one."""

    key: str
    slot: Slot
    open: Release | None


class Unanswered(Exception):  # noqa: N818 - it says what happened
    """No worker answered in time. The request stays in the queue and is handled when a worker runs."""


def request_id() -> str:
    """A new request's id. A request that is sent again with the same id changes nothing."""
    return f"req-{token_hex(12)}"


class Client:
    """Sends requests and reads the log. ``clock`` gives epoch seconds, ``sleep`` takes seconds."""

    def __init__(
        self,
        facts: PlatformFacts,
        log: Log,
        queue: Queue,
        sleep: Callable[[float], None],
        *,
        actor: str = "",
    ) -> None:
        """``actor`` is the Slack user id of the person for whom a sender speaks, if it speaks for others."""
        self.facts = facts
        self.log = log
        self.queue = queue
        self.sleep = sleep
        self.actor = actor
        self.asked: Request | None = (
            None  # the last one that :meth:`ask` sent: it continues, whether somebody waits for it or not
        )

    def send(self, request: Request, actor: str = "", act: SlackAct | None = None) -> None:
        """Put a request into the queue.

        ``actor`` is as in the constructor; ``act`` is what that person sent to Slack.
        """
        self.queue.send(envelope(request, actor or self.actor, act))

    def ask(
        self, request: Request, *, within: float = ANSWER_WITHIN, meanwhile: Callable[[], object] | None = None
    ) -> Answer:
        """Send a request and wait for its answer.

        ``meanwhile`` is called between two reads of the log, for example to let a worker of this process work.

        Raises:
            Unanswered: nobody answered within that many seconds.
        """
        if not isinstance(request.id, str) or not request.id:
            raise ValueError("a request without an id can't be answered")
        self.asked = request
        self.send(request)
        begin = self.log.clock()
        again = [begin + seconds for seconds in _SEND_AGAIN if seconds < within]
        while True:
            if meanwhile is not None:
                meanwhile()
            answer = self.log.answered(request.id)
            if answer is not None:
                return answer
            if again and self.log.clock() >= again[0]:
                again.pop(0)
                self.send(request)
            if self.log.clock() >= begin + within:
                raise Unanswered(
                    f"no worker answered within {within:.0f} s; the request stays in the queue. "
                    "Check that a worker is running with: slipway status"
                )
            if meanwhile is None:
                self.sleep(_LOOK_EVERY)

    # --- reading

    def release(self, release_id: str) -> Release | None:
        """A release by its id."""
        return self.log.release(release_id)

    def status(self, keys: Sequence[str]) -> list[StackStatus]:
        """Running versions and open releases. Two reads for a hundred stacks."""
        slots = self.log.slots(keys)
        found = self.log.table.many([(f"release#{s.open}", "state") for s in slots.values() if s.open])
        by_id = {pk.partition("#")[2]: decode(i.body, Release) for (pk, _), i in found.items()}
        return [
            StackStatus(key, slots.get(key, Slot()), by_id.get(slots[key].open) if key in slots else None)
            for key in keys
        ]

    def history(self, key: str, limit: int = 20) -> list[Summary]:
        """Releases of a stack, newest first."""
        return self.log.history(key, limit)

    def locks(self, environment: str) -> list[LockNow]:
        """Locks of an environment and its stacks."""
        return self.log.locks(environment)

    def waiting(self) -> Iterator[Release]:
        """Open releases that wait for people."""
        return (release for release in self.open() if isinstance(release.state, Waiting))

    def open(self) -> Iterator[Release]:
        """All open releases, read a hundred at a time."""
        ids = self.log.open_ids()
        for start in range(0, len(ids), _AT_ONCE):
            keys = [(f"release#{id_}", "state") for id_ in ids[start : start + _AT_ONCE]]
            found = self.log.table.many(keys)
            for key in keys:
                if key in found:
                    release = decode(found[key].body, Release)
                    if not isinstance(release.state, Closed):
                        yield release


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request as a message. ``actor`` and ``act`` count only from the bot's front, whose sender id is known."""

    request: Request
    actor: str = ""
    act: SlackAct | None = None


def envelope(request: Request, actor: str, act: SlackAct | None = None) -> str:
    """A request as the text of a message."""
    return msgspec.json.encode(Envelope(request, actor, act)).decode()


def opened(text: str) -> Envelope | None:
    """A message as a request. None if it is neither a request nor a wake-up; such a message is dropped."""
    # What the events function sends has no envelope. Read as one of all requests, it must say what it is.
    for kind in (Envelope, Request):
        try:
            found: Any = decode(text, kind)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        if isinstance(found, Envelope):
            return found
        if isinstance(found, Wake):
            return Envelope(found)
    return None
