"""Messages that only one person sees, and the answers of a worker to requests."""

import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.answers import answer_text
from bot.blocks.message import Message, simple
from bot.slack_errors import code as code_of
from bot.slack_errors import retry_after
from generator.release.decoders import decode
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.model.evidence import SlackAct
from generator.release.model.requests import Answer

_LOG = logging.getLogger("bot.replies")
SOON = 1.0  # seconds in which an answer comes alone; later, the person got an acknowledgement before
PATIENCE = 30.0  # seconds until somebody is told that no worker answers
GIVE_UP = 600.0
_NOT_THERE = {"channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived"}
_HOOKS = "https://hooks.slack.com/"


Later = Callable[[float, Callable[[], None]], None]


def _after(seconds: float, do: Callable[[], None]) -> None:
    """Call a function after that many seconds, unless the process has ended by then."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()


class ReplyTarget(NamedTuple):
    """Where a person gets the answer: through a response_url if there is one, else in a channel or thread.

    ``act`` is what they sent.
    """

    channel: str
    user: str
    thread: str = ""
    response_url: str = ""
    act: SlackAct | None = None


class ExpectedAnswer(NamedTuple):
    """An answer that a person waits for. ``acknowledgement`` is sent first if it takes longer than a moment."""

    where: ReplyTarget
    since: float
    acknowledgement: str
    render: Callable[[Answer], Message | str]
    late: bool = False


class Background:
    """Runs tasks that no acknowledgement waits for. If too many wait, more are refused; cards are updated all the same.

    What Slack limits is done once more when Slack says so. It holds no thread meanwhile, so that it keeps nobody
    waiting.
    """

    def __init__(self, threads: int = 8, most: int = 500, later: Later = _after) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="background")
        self._room = threading.Semaphore(most)
        self._later = later

    def do(self, work: Callable[[], object]) -> bool:
        """Run it soon. False if too much waits already."""
        if not self._room.acquire(blocking=False):
            _LOG.warning("too many answers are waiting; one is left out")
            return False
        self._pool.submit(self._done, work)
        return True

    def _done(self, work: Callable[[], object], *, again: bool = True) -> None:
        wait = 0.0
        try:
            work()
        except SlackApiError as error:
            wait = retry_after(error) if again and code_of(error) == "ratelimited" else 0.0
            if not wait:
                _LOG.warning("could not answer: %s", code_of(error) or "Slack answers an error")
        except Exception as error:  # noqa: BLE001 - nobody waits for it; it must not take the thread along
            _LOG.warning("could not answer: %s: %s", type(error).__name__, error)
        if wait:
            self._later(wait, lambda: self._again(work))
        else:
            self._room.release()

    def _again(self, work: Callable[[], object]) -> None:
        """Run it a second and last time. Nothing after the pool has ended."""
        with suppress(RuntimeError):
            self._pool.submit(lambda: self._done(work, again=False))

    def close(self) -> None:
        """End when everything has run. Tasks that wait because of Slack's limits are left out."""
        self._pool.shutdown(wait=True)


class Replies:
    """Sends answers to people. One read of the log covers all answers that are waited for."""

    def __init__(
        self, client: WebClient, log: Log, background: Background, clock: Callable[[], float], *, local: bool
    ) -> None:
        self._client, self._log, self._background, self._clock, self._local = client, log, background, clock, local
        self._pending: dict[str, ExpectedAnswer] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, where: ReplyTarget, message: Message | str) -> None:
        """Send a message to one person, on a thread of its own."""
        self._background.do(lambda: self.tell_now(where, message))

    def tell_now(self, where: ReplyTarget, message: Message | str) -> None:
        """Send a text to one person, by any available way."""
        whole = simple(message) if isinstance(message, str) else message
        if where.response_url.startswith(_HOOKS) or (where.response_url and self._local):
            body = {
                "response_type": "ephemeral",
                "replace_original": False,
                "text": whole.text,
                "blocks": whole.rendered(),
            }
            request = urllib.request.Request(  # noqa: S310 - the address is Slack's, or this machine's workspace
                where.response_url, json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                answer.read()
        elif where.channel.startswith("D"):
            self._client.chat_postMessage(
                channel=where.channel, text=whole.text, blocks=whole.rendered(), unfurl_links=False
            )
        else:
            try:
                self._client.chat_postEphemeral(
                    channel=where.channel,
                    user=where.user,
                    text=whole.text,
                    blocks=whole.rendered(),
                    thread_ts=where.thread or None,
                )
            except SlackApiError as error:
                if error.response.get("error") not in _NOT_THERE:
                    raise
                # The bot can't speak in that channel: the person is told in their conversation with the app.
                self._client.chat_postMessage(channel=where.user, text=whole.text, blocks=whole.rendered())

    def expect(
        self,
        request: str,
        where: ReplyTarget,
        acknowledgement: str = "",
        render: Callable[[Answer], Message | str] = answer_text,
    ) -> None:
        """Tell this person what the worker answers to a request, and ``acknowledgement`` before, if that takes a while.

        A slash command's acknowledgement can't be replaced later: its response_url posts again (Slack: Responding to
        slash commands). So it says nothing where the answer is there at once.
        """
        with self._lock:
            self._pending[request] = ExpectedAnswer(where, self._clock(), acknowledgement, render)

    def look(self) -> int:
        """Read the log once for every answer that is waited for. Returns how many came."""
        with self._lock:
            waiting = dict(self._pending)
        came = 0
        for request, answer in self._answers(tuple(waiting)).items():
            with self._lock:
                found = self._pending.pop(request, None)
            if found is not None:
                said = found.render(answer)
                if said:
                    self.tell(found.where, said)
                came += 1
        self._late(waiting)
        return came

    def _answers(self, requests: Sequence[str]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for start in range(0, len(requests), 100):
            keys = [(f"request#{request}", "answer") for request in requests[start : start + 100]]
            for (pk, _), item in self._log.table.many(keys).items():
                found[pk.partition("#")[2]] = decode(item.body, Answer)
        return found

    def _late(self, waiting: Mapping[str, ExpectedAnswer]) -> None:
        now = self._clock()
        for request, asked in waiting.items():
            waited = now - asked.since
            if waited > GIVE_UP:
                with self._lock:
                    self._pending.pop(request, None)
            elif waited > PATIENCE and not asked.late:
                text = "No worker has answered yet. Your request waits in the queue; see `/deploy status`."
                self._amend(request, asked._replace(late=True, acknowledgement=""), text)
            elif waited > SOON and asked.acknowledgement:
                self._amend(request, asked._replace(acknowledgement=""), asked.acknowledgement)

    def _amend(self, request: str, asked: ExpectedAnswer, text: str) -> None:
        """Tell once that it takes longer. Nothing if the answer has just come."""
        with self._lock:
            if request not in self._pending:
                return
            self._pending[request] = asked
        self.tell(asked.where, text)

    def start(self, every: float = 0.4) -> None:
        """Read again and again, in a thread of its own."""

        def run() -> None:
            while not self._stop.wait(every):
                if not self._pending:
                    continue
                try:
                    self.look()
                except ReleaseError as error:
                    _LOG.warning("%s", error)

        self._thread = threading.Thread(target=run, name="replies", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop waiting for answers."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
