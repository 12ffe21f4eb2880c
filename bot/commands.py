"""Parses what people type after ``/deploy``, ``/rollback`` or ``@slipway``. Pure, except for the clock.

Nothing here decides anything: the result is one of the domain's requests, whose id is "" until it is sent, or something
to show, or a sentence that says what was not understood and what to write instead.
"""

import time
from collections.abc import Callable
from typing import Any

from bot.grammar import lock_phrases, questions, release_phrases, sentence
from bot.grammar.mentioned import Mentioned, read
from bot.grammar.sentence import Sentence, plain_text
from bot.grammar.vocabulary import ELSEWHERE, NEGATIONS
from bot.intents import Form, Indirect, Intent, Show, Unclear
from generator.errors import UsageError
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Decide

__all__ = ["VERBS", "plain_text", "understand"]

_OPENS = {"", "deploy", "apply", "promote", "rollback", "restart"}
_Make = Callable[[Sentence, Mentioned], Intent]
_LINES = "Chat shows the last 20 lines of the last ten minutes. For others, in a terminal: `slipway logs {} --since 1h`"

_ASKED = (
    "A question requests nothing. To request it, write it without the question mark, for example: `/deploy app prod`"
)


def understand(command: str, text: str, facts: PlatformFacts) -> Intent:
    """The meaning of a line. ``command`` is ``/deploy``, ``/rollback``, or "" if the app was mentioned."""
    try:
        return _meaning(
            command, sentence.read(plain_text(text), facts, "rollback" if command == "/rollback" else ""), facts
        )
    except UsageError as error:
        why = str(error)
        return Unclear(f"{why}{'' if why.endswith('?') else '.'} See `/deploy help`")


def _meaning(command: str, said: Sentence, facts: PlatformFacts) -> Intent:  # noqa: PLR0911 - one for each kind of line
    words = said.words
    if said.verb in _OPENS and [w.lower() for w in words[:2]] == ["do", "not"]:
        raise UsageError("'do not' is not understood here, so nothing is requested")
    if not said.verb and not words:
        return Form() if command else Show("help")
    if questions.is_question(said, facts):
        return _answer(said, facts)
    first = words[0].lower() if words else ""
    if not said.verb and first in ELSEWHERE and first not in facts.environments:
        raise UsageError(f"{first!r} is not done in chat: {ELSEWHERE[first].format(first)}")
    if said.verb in _OPENS and (no := next((w for w in words if w.lower() in NEGATIONS), "")):
        raise UsageError(f"{no!r} is not understood here, so nothing is requested")
    if said.verb in {"lock", "freeze"}:
        return lock_phrases.lock(said, facts, time.time(), freeze=said.verb == "freeze")
    if said.verb == "help":
        return Show("help", first if first in VERBS else "")
    if said.verb == "thanks":
        return Show("thanks")
    if said.verb == "where":
        return questions.answer(("where", *words), facts)
    return _MAKES[said.verb or "deploy"](said, read(words, facts))


def _answer(said: Sentence, facts: PlatformFacts) -> Show:
    """What a question shows. Where it may have been meant as a request, that is said."""
    about = (said.verb,) if said.verb in {"locks", "open", "diff", "logs", "history"} else ()
    shown = questions.answer([w for w in (*about, *said.words) if w != "?"], facts)
    lower = {w.lower() for w in said.words}
    acts = said.verb in {"deploy", "rollback", "restart", "promote"} or lower & {
        "deploy",
        "release",
        "rollback",
        "roll",
    }
    is_wish = shown.what == "status" and (acts or not lower & questions.FIRST)
    return shown._replace(note=_ASKED) if is_wish else shown


def _show(what: str) -> _Make:
    def make(said: Sentence, named: Mentioned) -> Intent:
        del said
        return questions.show(what, named)

    return make


def _logs(said: Sentence, named: Mentioned) -> Intent:
    """More lines than chat shows are named with the command that shows them."""
    del said
    spans = [
        w
        for w in named.words
        if w.kind in {"number", "flag"} or w.typed.lower() in {"since", "lines"} or _is_span(w.typed)
    ]
    found = questions.show("logs", named._replace(words=tuple(w for w in named.words if w not in spans)))
    if not spans:
        return found
    environment, _, stack = found.of.partition("/")
    return found._replace(note=_LINES.format(f"{stack.removeprefix('service-')} {environment}"))


def _is_span(word: str) -> bool:
    return word[:-1].isdecimal() and word[-1:] in "smhd"


def _decide(verdict: Any) -> _Make:
    """A decision about a release by its id, about what is open of a stack, or in the thread of a release."""

    def decide(said: Sentence, named: Mentioned) -> Intent:
        found = release_phrases.about(said, named, verdict)
        direct = verdict in {"cancel", "undo", "continue", "reject"} and not found.stack
        return Decide(id="", release=found.release, verdict=verdict, reason=found.reason) if direct else found

    return decide


def _abort(verb: Any) -> _Make:
    def make(said: Sentence, named: Mentioned) -> Indirect:
        return release_phrases.about(said, named, verb)

    return make


_MAKES: dict[str, _Make] = {
    "deploy": release_phrases.propose,
    "apply": release_phrases.apply,
    "plan": _show("plan"),
    "promote": release_phrases.promote,
    "rollback": release_phrases.roll_back,
    "restart": release_phrases.restart,
    "status": _show("status"),
    "history": _show("history"),
    "diff": _show("diff"),
    "logs": _logs,
    "locks": _show("locks"),
    "open": _show("open"),
    "environments": _show("environments"),
    "cancel": _decide("cancel"),
    "undo": _decide("undo"),
    "continue": _decide("continue"),
    "reject": _decide("reject"),
    "abort": _abort("abort"),
    "approve": _abort("approve"),
    "retry": _abort("retry"),
    "unlock": lock_phrases.unlock,
    "unfreeze": lock_phrases.unlock,
}
# What can be written in chat as it is in a terminal: ``slipway status`` and ``/deploy status``.
VERBS = (
    "deploy", "plan", "promote", "rollback", "restart", "status", "history", "diff", "logs", "cancel", "undo", "continue",
    "proceed", "lock", "freeze", "unlock", "unfreeze", "help",
)  # fmt: skip
