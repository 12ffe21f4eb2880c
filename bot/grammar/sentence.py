"""A line as a sentence: its verb, its words, the reason, and whether it asks. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.grammar.mentioned import labels
from bot.grammar.vocabulary import LATER, LEADING, LOOKING, NOUNS, POLITE, SHOWING, VERBS
from generator.release.model.platform import PlatformFacts

_REASON = 900  # characters
_MOST = 2000  # characters; Slack allows more, nobody means them
_LABELLED = re.compile(r"<([@#!])([^<>|]{1,60})(?:\|[^<>]{0,80})?>")
_LINK = re.compile(r"<(https?://[^<>|]{1,500})(?:\|([^<>]{0,500}))?>")
_GLASS = re.compile(r"(?:^|\s)(?:--)?break[- ]glass\b", re.IGNORECASE)
_BECAUSE = re.compile(r"\s(?:because|since|bc|due to|reason:|--reason|:)\s", re.IGNORECASE)
_LOOKING_BECAUSE = re.compile(r"\s(?:because|reason:|--reason)\s", re.IGNORECASE)
_LONGEST = 4  # words of a phrase


class Sentence(NamedTuple):
    """``verb`` is the verb's own word, "" if there is none; ``words`` are the others before the reason, as typed.

    ``polite`` is whether it begins with "can you" or the like; ``asks`` whether it ends with a question mark.
    """

    verb: str
    words: tuple[str, ...]
    reason: str = ""
    glass: bool = False
    polite: bool = False
    asks: bool = False


def plain_text(text: str) -> str:
    """The typed text without Slack's markup: entities decoded once, links as their labels, mentions as ids.

    A link to GitHub stays an address, because its label may be shortened.
    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    text = _LINK.sub(lambda m: m[1] if "github.com/" in m[1] else m[2] or m[1], text[:_MOST])
    text = _LABELLED.sub(lambda m: f"{m[1]}{m[2]}", text)
    text = (
        text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return " ".join(text.split())


def read(line: str, facts: PlatformFacts, verb: str = "") -> Sentence:
    """A line as a sentence. ``verb`` is what the command itself means, for a line without a verb."""
    before, reason = _because(line, _BECAUSE)
    found, words, polite = _verb(before.split(), facts)
    if (found or verb) in LOOKING:
        before, reason = _because(line, _LOOKING_BECAUSE)
        found, words, polite = _verb(before.split(), facts)
    rest = " ".join(words)
    glass = _GLASS.search(rest) is not None
    words = _GLASS.sub(" ", rest).split() if glass else list(words)
    return Sentence(found or verb, tuple(words), reason, glass, polite, before.rstrip("!. ").endswith("?"))


def _because(line: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    found = pattern.search(f" {line} ")
    if found is None:
        return line, ""
    return line[: max(0, found.start() - 1)].strip(), line[found.end() - 1 :].strip()[:_REASON]


def _verb(typed: Sequence[str], facts: PlatformFacts) -> tuple[str, list[str], bool]:
    """The verb, the other words, and whether the line began politely."""
    words, polite = _after_politeness(list(typed))
    names = {*facts.environments, *labels(facts)}
    verb, size = _phrase(words, names)
    # "show the logs", "deploy status", "the last deployments": the second word says what is looked at.
    rest = words[max(size, 1) :] if verb or (words and _clean(words[0]) in LEADING - names) else []
    while rest and _clean(rest[0]) in LEADING - names:
        rest = rest[1:]
    second, length = _phrase(rest, names)
    if second in LOOKING and not (verb in LOOKING and words[0].lower() not in SHOWING):
        return second, _without_verb(rest[length:], second, names), polite
    if verb in LOOKING:
        return verb, _without_verb(words[size:], verb, names), polite
    if verb:
        return verb, _without_noun(words[size:]), polite
    # "app prod restart": a verb after the names.
    if words and (_clean(words[0]) in names or words[0][:1] in "`'\""):
        for at in range(1, len(words)):
            later, length = _phrase(words[at:], names)
            if later and " ".join(_clean(w) for w in words[at : at + length]) in LATER:
                return later, [*words[:at], *words[at + length :]], polite
    return "", words, polite


def _after_politeness(words: list[str]) -> tuple[list[str], bool]:
    polite = False
    again = len(words) > 1
    while again and len(words) > 1:
        again = False
        for phrase in POLITE:
            size = len(phrase.split())
            if len(words) > size and [_clean(w) for w in words[:size]] == phrase.split():
                words, again = words[size:], True
                polite = polite or size > 1
    return words, polite


def _phrase(words: Sequence[str], names: set[str]) -> tuple[str, int]:
    """The verb that these words begin with, and how many of them it takes."""
    for size in range(min(_LONGEST, len(words)), 0, -1):
        text = " ".join(_clean(w) for w in words[:size])
        if size == 1 and words[0] == "?":
            return "help", 1
        if text in names:
            return "", 0
        if text in VERBS:
            return VERBS[text], size
        if size == 1 and text in SHOWING:
            return "status", 1
    return "", 0


def _without_verb(rest: Sequence[str], verb: str, names: set[str]) -> list[str]:
    """``pending approvals`` is one thing to look at, said twice."""
    return [w for w in rest if _clean(w) in names or VERBS.get(_clean(w)) != verb or w == "?"]


def _without_noun(rest: Sequence[str]) -> list[str]:
    """``the last deploy of app`` is ``app``: what a verb is about may be said as well."""
    skipped = [w for w in rest if w.lower() in {"the", "last", "current", "this"}]
    at = len(skipped) if list(rest[: len(skipped)]) == skipped else 0
    if at < len(rest) and _clean(rest[at]) in NOUNS:
        return list(rest[at + 1 :])
    return list(rest)


def _clean(word: str) -> str:
    return word.strip("`'\"“”,;!.").rstrip("?:").lower()
