"""A request and its answer in a few words, for the person who sent it."""

from typing import assert_never

from bot.authorization import UserRequest
from bot.blocks.text import code, lines, safe
from bot.chat_words import in_chat_words
from generator.release.model.requests import (
    Answer,
    Decide,
    DeleteStack,
    Done,
    Lines,
    Lock,
    Logs,
    Opened,
    Propose,
    Refusal,
    RestartService,
    RollBack,
    Skipped,
    Unlock,
)
from generator.release.scope_names import call_scope


def acknowledgement(request: UserRequest) -> str:  # noqa: PLR0911 - one for each request
    """A request in a few words, for a person whose answer takes a while. Plain text."""
    match request:
        case Propose():
            what = request.version[:12] if request.version else "the newest version"
            origin = f"what {request.promote_from} runs" if request.promote_from else what
            return f"Requested: release {origin} to {call_scope(request.stack)}"
        case RollBack():
            return f"Requested: roll back {call_scope(request.stack)}"
        case RestartService():
            return f"Requested: restart {call_scope(request.stack)}: new tasks of the version that runs"
        case DeleteStack():
            return f"Requested: delete {call_scope(request.stack)}"
        case Logs():
            return f"Reading the logs of {call_scope(request.stack)} …"
        case Decide():
            return f"Requested: {request.verdict} {request.release}"
        case Lock():
            return f"Requested: {'freeze' if request.freeze else 'lock'} {call_scope(request.scope)}"
        case Unlock():
            return f"Requested: unlock {call_scope(request.scope)}"
        case _:
            assert_never(request)


def answer_text(answer: Answer) -> str:
    """An answer as the person reads it, in markup."""
    match answer:
        case Opened():
            passed = lines((f"• skipped: {safe(p, 200)}" for p in answer.passed_over), 1200)
            return f"{code(answer.release)} is open. Its card is in the channel." + (f"\n{passed}" if passed else "")
        case Done():
            return safe(answer.text[:1].upper() + answer.text[1:], 1000) or "Done."
        case Refusal():
            passed = lines((f"• {safe(p, 200)}" for p in answer.passed_over), 1200)
            return f"Not done: {safe(in_chat_words(answer.why), 1500)}" + (f"\n{passed}" if passed else "")
        case Skipped():
            return f"Nothing to release: {safe(in_chat_words(answer.why), 1000)}"
        case Lines():
            return safe(answer.why, 1000) or f"{len(answer.lines)} lines of {code(answer.group)}"
        case _:
            assert_never(answer)


def unlike_the_card(answer: Answer) -> str:
    """The answer to a button of a card: "" where the card shows it anyway."""
    return "" if isinstance(answer, Done | Opened) and not getattr(answer, "passed_over", ()) else answer_text(answer)
