"""Which names of the platform a line contains: services, environments, versions, releases; and what is none of them. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Literal, NamedTuple

from bot.grammar.vocabulary import ALL, FILLERS, LAST, NEWEST, SYNONYMS, TIMES, VERBS
from generator.errors import UsageError
from generator.release.model.platform import PlatformFacts

Kind = Literal[
    "service", "environment", "commit", "release", "pull", "branch", "tag", "newest", "last", "all", "region", "number",
    "flag", "unknown",
]  # fmt: skip
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_RELEASE = re.compile(r"[a-z0-9-]{1,70}-[0-9]{1,9}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-[0-9]")
_TAG = re.compile(r"v?[0-9]+(\.[0-9]+){1,3}([-+][0-9a-z.]+)?")
_PULL = re.compile(r"(?:(?:pr|pull|pull-request)[-#/]?|#)([0-9]{1,9})")
_GITHUB = re.compile(
    r"https?://(?:www\.)?github\.com/([\w.-]+/[\w.-]+)/(?:(?:commits?|tree|pull/[0-9]+/commits)/([0-9a-f]{7,40})|pull/([0-9]{1,9}))"
    r"(?:[/?#].*)?",
    re.IGNORECASE,
)
_JOINED = re.compile(r"([a-z0-9-]+)([@:#/])(.+)")
_CLOCK = re.compile(r"[0-9]{1,2}(:[0-9]{2})?(am|pm)?")
_EDGE = "`'\"“”,;!()[]<>"


class Word(NamedTuple):
    """A word and what it names. ``value`` is the name of the platform, ``after`` the filler before it (``from``, ``to``)."""

    kind: Kind
    value: str
    typed: str
    after: str = ""


class Mentioned(NamedTuple):
    """The words of a line that are no fillers, in order."""

    words: tuple[Word, ...]
    facts: PlatformFacts

    def all(self, *kinds: Kind) -> list[Word]:
        """The words of these kinds, each once."""
        return list({(w.kind, w.value): w for w in self.words if w.kind in kinds}.values())

    def one(self, kind: Kind, example: str) -> str:
        """The only word of a kind. "" for none.

        Raises:
            UsageError: there are several; ``example`` says what to write, with ``{}`` for each of them.
        """
        found = self.all(kind)
        if len(found) > 1:
            each = " and ".join(f"`{example.format(word.value)}`" for word in found)
            raise UsageError(f"names {len(found)} {kind}s; write one request for each: {each}")
        return found[0].value if found else ""

    def refuse(self, *allowed: Kind, why: str = "is not expected here") -> None:
        """Refuse what is of no allowed kind.

        Raises:
            UsageError: the text names the first such word, with the nearest name.
        """
        for word in self.words:
            if word.kind == "unknown":
                raise UsageError(unknown(word, self.facts))
        for word in self.words:
            if word.kind not in allowed:
                raise UsageError(f"{word.typed!r} {why}")


def unknown(word: Word, facts: PlatformFacts) -> str:
    """A sentence about a word that is not understood, with the nearest name or verb."""
    if word.value in TIMES or _CLOCK.fullmatch(word.value):
        return f"{word.typed!r}: a release starts when it is requested and approved; ask at the time at which it is to start"
    names = [*facts.environments, *labels(facts)]
    near = get_close_matches(word.value, [*names, *VERBS], n=1, cutoff=0.65) or get_close_matches(
        word.value, names, n=1
    )
    if near:
        return f"{word.typed!r} is not a command, a service or an environment; did you mean {near[0]}?"
    return (
        f"{word.typed!r} is not a command, a service or an environment; there are "
        f"{_some(sorted({f.ref.label for f in facts.stacks.values() if f.ref.service}))} in {_some(list(facts.environments))}"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def labels(facts: PlatformFacts) -> set[str]:
    """How people call stacks: by service, or by the stack's own name."""
    return {f.ref.label for f in facts.stacks.values()} | {f.ref.stack for f in facts.stacks.values()}


def read(typed: Sequence[str], facts: PlatformFacts) -> Mentioned:
    """The names in these words. ``app@3f2a5b6``, ``app/main`` and ``app,web`` are several."""
    known = labels(facts)
    found: list[Word] = []
    after = ""
    pieces = list(_split(typed, known | set(facts.environments)))
    while pieces:
        text = pieces.pop(0)
        if text.lower() in {"pr", "pull", "pull-request", "#"} and pieces and pieces[0].lstrip("#").isdecimal():
            number = pieces.pop(0)
            found.append(Word("pull", number.lstrip("#"), f"{text} {number}", after))
        elif text.lower() in FILLERS and text.lower() not in known | set(facts.environments):
            after = text.lower()
            continue
        else:
            found.append(_word(text, after, facts, known))
        after = ""
    return Mentioned(tuple(found), facts)


def _split(typed: Sequence[str], names: set[str]) -> Iterator[str]:
    """The words without punctuation, those that are joined apart. An arrow means ``to``."""
    for token in typed:
        if "://" in token:
            yield token.strip(_EDGE)
            continue
        for arrow in ("→", "-->", "->", "=>"):
            token = token.replace(arrow, " to ")  # noqa: PLW2901 - the same word, read further
        for part in token.replace(",", " and ").replace(";", " ").split():
            text = part.strip(_EDGE).rstrip(".:?").removesuffix("'s").strip(_EDGE)
            joined = _JOINED.fullmatch(text.lower())
            if joined is not None and joined[1] in names:
                yield joined[1]
                right = text[len(joined[1]) + 1 :]
                yield f"#{right}" if joined[2] == "#" else f"/{right}" if joined[2] == "/" else right
            elif text and not re.fullmatch(r":[a-z0-9_+-]+", text):  # an emoji
                yield text


def _word(typed: str, after: str, facts: PlatformFacts, known: set[str]) -> Word:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    text = typed.lower()
    is_branch = text.startswith("/")
    text = text.removeprefix("/")
    if text in facts.environments:
        return Word("environment", text, typed.removeprefix("/"), after)
    if text in known:
        return Word("service", text, typed.removeprefix("/"), after)
    if text in NEWEST or text == facts.default_branch:
        return Word("newest", text, typed, after)
    if is_branch:
        return Word("branch", typed.removeprefix("/"), typed.removeprefix("/"), after)
    if link := _GITHUB.fullmatch(typed):
        if facts.repository and link[1].lower() != facts.repository.lower():
            raise UsageError(f"this link is to {link[1]}, and {facts.repository} is released; write a commit of it")
        return Word("commit", link[2].lower(), typed, after) if link[2] else Word("pull", link[3], typed, after)
    if _COMMIT.fullmatch(text):
        return Word("commit", text, typed, after)
    if _RELEASE.fullmatch(text) and any(text.startswith(f"{name}-") for name in facts.environments):
        return Word("release", text, typed, after)
    if pull := _PULL.fullmatch(text):
        return Word("pull", pull[1], typed, after)
    for kind, words in (("all", ALL), ("last", LAST)):
        if text in words:
            return Word(kind, text, typed, after)  # type: ignore[arg-type]
    for row in SYNONYMS:
        named = [name for name in row if name in facts.environments]
        if text in row and len(named) == 1:
            return Word("environment", named[0], typed, after)
    if text.isdecimal():
        return Word("number", text, typed, after)
    for kind, pattern in (("region", _REGION), ("tag", _TAG)):
        if pattern.fullmatch(text):
            return Word(kind, text, typed, after)  # type: ignore[arg-type]
    if text.startswith("-"):
        return Word("flag", text, typed, after)
    return Word("unknown", text, typed, after)
