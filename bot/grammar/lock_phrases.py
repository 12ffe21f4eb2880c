"""Locks, freezes and what removes them, as people write them: "lock app prod 2h because …", "lock prod db migration"."""

from collections.abc import Sequence

from bot.grammar import lock_times
from bot.grammar.mentioned import Mentioned, Word, read
from bot.grammar.sentence import Sentence
from bot.grammar.vocabulary import FILLERS, TIMES
from bot.intents import Intent
from generator.catalog import stack_names
from generator.errors import UsageError
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Lock, Unlock

_REASON = 900  # characters


def lock(said: Sentence, facts: PlatformFacts, now: float, *, freeze: bool) -> Intent:
    """Hold back a stack or an environment. Without "because", the words after what is locked are the reason.

    Raises:
        UsageError: nothing or too much is named, there is no reason, or a word may be a time that is not understood.
    """
    words, reason = list(said.words), said.reason
    if not reason:
        words, reason = _reason_behind(words, facts)
    rest, hours = lock_times.hours(words, now)
    named = read(rest, facts)
    example = f"/deploy {'freeze prod' if freeze else 'lock app prod'} for 2 hours because the database is being moved"
    scope = _scope(named, "freeze" if freeze else "lock") if named.words else ""
    if not scope or not reason:
        raise UsageError(f"name what to lock and the reason: {example}")
    return Lock(id="", scope=scope, reason=reason, hours=hours, freeze=freeze)


def _reason_behind(words: Sequence[str], facts: PlatformFacts) -> tuple[list[str], str]:
    """What stands behind the names and the time, as the reason. Words of a time are never taken for a reason."""
    at = 0
    while at < len(words) and _names_scope(words[at], facts):
        at += 1
    end = at
    while end < len(words):
        word = words[end].lower().strip("`'\",;:")
        if lock_times.is_span(words[end:]) or (word == "for" and lock_times.is_span(words[end + 1 :])):
            end += 1 + (word == "for")
            while end < len(words) and words[end].lower() in {
                "hours",
                "hour",
                "minutes",
                "minute",
                "days",
                "day",
                "weeks",
                "week",
                "min",
                "mins",
                "h",
                "d",
                "a",
                "an",
                "hr",
                "hrs",
            }:
                end += 1
        elif word in {"until", "till", "til"}:
            end += 2
            while end < len(words) and (":" in words[end] or words[end].lower() == "utc"):
                end += 1
        else:
            break
    behind = " ".join(words[end:]).strip("`'\"“” ")
    if not at or not behind:
        return list(words), ""
    unsure = [w for w in behind.lower().split() if w.strip(",.!") in TIMES]
    if unsure:
        raise UsageError(
            f"{unsure[0]!r} may be a time or a part of the reason; write: until 18:00, or for 2 hours, then because and the reason"
        )
    first = read(words[end : end + 1], facts)
    if first.words and first.words[0].kind == "unknown" and not _has_environment(words[:at], facts):
        return list(words), ""  # it stands where an environment is to be
    return list(words[:end]), behind.removeprefix("for ")[:_REASON]


def _names_scope(word: str, facts: PlatformFacts) -> bool:
    if word.lower() in FILLERS and word.lower() != "for":
        return True
    found = read([word], facts).words
    return bool(found) and all(w.kind in {"service", "environment", "all"} for w in found)


def _has_environment(words: Sequence[str], facts: PlatformFacts) -> bool:
    return bool(read(words, facts).all("environment"))


def unlock(said: Sentence, named: Mentioned) -> Intent:
    """Remove a lock or a freeze."""
    if not named.words:
        raise UsageError("name what to unlock: /deploy unlock app prod, or /deploy unlock prod")
    return Unlock(id="", scope=_scope(named, "unlock"), reason=said.reason)


def _scope(named: Mentioned, verb: str) -> str:
    """``prod/service-app``, or ``prod/*`` for a whole environment."""
    for word in named.words:
        if word.kind in {"service", "environment", "all"}:
            continue
        if word.kind == "unknown" and not _is_complete(named.words, word):
            named.refuse("service", "environment", "all")
        raise UsageError(
            f"{word.typed!r} is not understood here; write for example: /deploy {verb} app prod"
            + (" for 2 hours because …" if verb != "unlock" else "")
        )
    environment = named.one("environment", f"/deploy {verb} {{}}")
    service = named.one("service", f"/deploy {verb} {{}} {environment or 'prod'}")
    if not environment:
        raise UsageError(f"name an environment, too: /deploy {verb} {service or 'app'} prod")
    return stack_names.scope(named.facts, environment, service or None)


def _is_complete(words: Sequence[Word], before: Word) -> bool:
    """Whether what stands before a word names a scope already, so that the word is too much."""
    return any(w.kind == "environment" for w in words[: list(words).index(before)])
