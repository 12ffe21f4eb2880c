"""Questions to Slack for which a person waits: they never sleep, and report at once that Slack is slow."""

import logging
import math
import threading
from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack_errors import OURS, PASSING, code, retry_after, token_at_fault

PAUSE = 5.0  # seconds in which a method that did not answer, or limits us, is not asked again
AT_ONCE = 16  # questions that may wait for Slack at once: the other threads answer in the meantime
_LOG = logging.getLogger("bot.slack_questions")


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """Slack did not answer, or refused. The person who asked is not let in.

    ``passing``: Slack may answer in a moment. ``ours``: the bot's token is not valid, so it says nothing about the
    person.
    """

    def __init__(self, text: str, *, passing: bool = True, ours: bool = False) -> None:
        super().__init__(text)
        self.passing, self.ours = passing, ours


class SlackQuestions:
    """Asks Slack for a person who waits: never sleeps, and reports at once that Slack is slow.

    A method with a rate limit is not called for as long as Slack asks, and one that does not answer for :data:`PAUSE`
    seconds. At most :data:`AT_ONCE` questions are open at a time.
    """

    def __init__(self, clock: Callable[[], float], at_once: int = AT_ONCE) -> None:
        self._clock = clock
        self._room = threading.Semaphore(at_once)
        self._until: dict[str, float] = {}

    def ask(self, what: str, call: Callable[[], Any]) -> Any:
        """The answer to one question; ``what`` is the method.

        Raises:
            NoAnswer: Slack does not answer.
        """
        left = self._until.get(what, 0.0) - self._clock()
        if left > 0:
            raise NoAnswer(_slow(left))
        if not self._room.acquire(blocking=False):
            raise NoAnswer(_slow(PAUSE))
        try:
            return call().data
        except SlackApiError as error:
            raise self._refused(what, error) from error
        except Exception as error:
            self._until[what] = self._clock() + PAUSE
            _LOG.warning("%s: Slack does not answer: %s", what, type(error).__name__)
            raise NoAnswer(_slow(PAUSE)) from error
        finally:
            self._room.release()

    def _refused(self, what: str, error: SlackApiError) -> NoAnswer:
        found = code(error)
        if found in OURS:
            return NoAnswer(token_at_fault(found), passing=False, ours=True)
        if found and found not in PASSING:
            return NoAnswer(f"Slack answers {found} to {what}", passing=False)
        wait = retry_after(error) or PAUSE
        self._until[what] = self._clock() + wait
        _LOG.warning("%s: Slack answers %s; not asked again for %.0f s", what, found or "an error", wait)
        return NoAnswer(_slow(wait))


def _slow(seconds: float) -> str:
    return f"Slack is slow; try again in {max(1, math.ceil(seconds))} s"
