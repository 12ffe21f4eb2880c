"""Parses what people type after ``/deploy``, ``/rollback`` or ``@slipway``. Pure, except for the clock.

Nothing here decides anything: the result is one of the domain's requests, whose id is "" until it is sent, or something
to show, or a sentence that says what was not understood and what to write instead.
"""

import re
import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Literal

from bot import lock_times
from bot.intents import Form, Intent, Show, Unclear
from generator.catalog import stack_names
from generator.errors import UsageError
from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock

_REASON = 900
_MOST = 2000  # characters; Slack allows more, nobody means them
_LABELLED = re.compile(r"<([@#!])([^<>|]{1,60})(?:\|[^<>]{0,80})?>")
_LINK = re.compile(r"<(https?://[^<>|]{1,500})(?:\|([^<>]{0,500}))?>")
_VERSION = re.compile(r"[0-9a-f]{7,40}")
_RELEASE = re.compile(r"[a-z0-9-]{1,70}-[0-9]{1,9}")
_FILLERS = {"to", "in", "on", "into", "from", "please", "→", "->", "=>", "-->", ">", "@", "the", "version", "release"}
_GLASS = re.compile(r"(?:^|\s)(?:--)?break[- ]glass\b", re.IGNORECASE)
_BECAUSE = re.compile(r"\s(?:because|since|reason:|--reason|:)\s", re.IGNORECASE)


def understand(command: str, text: str, facts: PlatformFacts) -> Intent:
    """The meaning of a line. ``command`` is ``/deploy``, ``/rollback``, or "" if the app was mentioned."""
    line = plain_text(text)
    before, reason = _because(line)
    words = [w for w in before.split() if w]
    try:
        return _verb(command, words, reason, facts)
    except UsageError as error:
        return Unclear(f"{error}. See `/deploy help`")


def plain_text(text: str) -> str:
    """The typed text without Slack's markup: entities decoded once, links as their labels, mentions as ids.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    text = _LINK.sub(lambda m: m[2] or m[1], text[:_MOST])
    text = _LABELLED.sub(lambda m: f"{m[1]}{m[2]}", text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(text.split())


def _because(line: str) -> tuple[str, str]:
    found = _BECAUSE.search(f" {line} ")
    if found is None:
        return line, ""
    return line[: max(0, found.start() - 1)].strip(), line[found.end() - 1 :].strip()[:_REASON]


def _verb(command: str, words: list[str], reason: str, facts: PlatformFacts) -> Intent:
    first = words[0].lower() if words else ""
    if command == "/rollback":
        return _roll_back(words, reason, facts) if first != "help" else Show("help")
    known = _VERBS.get(first)
    if known is not None:
        return known(words[1:], reason, facts)
    if not words:
        return Form() if command else Show("help")
    return _propose(words, reason, facts)


# --- asking for releases


def _propose(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    glass = _GLASS.search(" ".join(words))
    names = _names(_GLASS.sub(" ", " ".join(words)).split())
    if not names:
        return Form()
    service, branch = _branch(names[0])
    if len(names) == 1:
        return _half(service, facts)
    if branch and branch != facts.default_branch:
        raise UsageError(
            f"only {facts.default_branch} is released by branch name, not {branch}; write a commit instead"
        )
    environment, rest = names[1], names[2:]
    if service in facts.environments and environment not in facts.environments:
        service, environment = environment, service
    stack = stack_names.stack(facts, environment, service)
    version = _version(rest, "/deploy app prod 3f2a5b6c7d8e")
    if glass and not reason:
        raise UsageError("break glass needs a reason, for example: … break glass because the shop is down")
    return Propose(id="", stack=stack.ref.key, version=version, reason=reason, break_glass=reason if glass else "")


def _half(word: str, facts: PlatformFacts) -> Intent:
    """A service or an environment alone: the modal asks for the rest. For another word, the most similar one is named."""
    if word in facts.environments:
        return Form(environment=word)
    services = {f.ref.label for f in facts.stacks.values()}
    if word in services:
        return Form(service=word)
    near = get_close_matches(word, [*_VERBS, *services, *facts.environments], n=1)
    raise UsageError(
        f"{word!r} is not a command, a service or an environment" + (f"; did you mean {near[0]}?" if near else "")
    )


def _branch(word: str) -> tuple[str, str]:
    """``app/main``, as users of other deploy bots write it."""
    service, _, branch = word.partition("/")
    return service, branch


def _names(words: Sequence[str]) -> list[str]:
    split = " ".join(words).replace("→", " ").replace("->", " ").replace("=>", " ").split()
    return [w.strip(",;`'\"").lower() for w in split if w.lower() not in _FILLERS and w.strip(",;`'\"")]


def _version(rest: Sequence[str], example: str) -> str | None:
    if len(rest) > 1:
        raise UsageError(
            f"{' '.join(rest[1:])!r} is not expected here; write for example: {example}, and a reason after `because`"
        )
    if not rest or rest[0] in {"latest", "newest"}:
        return None
    if not _VERSION.fullmatch(rest[0]):
        raise UsageError(
            f"{rest[0]!r} is not a version; write seven to forty digits of a commit, for example: {example}"
        )
    return rest[0]


def _plan(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    names = _names(words)
    if len(names) < 2:
        raise UsageError("name an environment and a stack: /deploy plan prod network")
    environment, stack = names[0], names[1]
    if environment not in facts.environments and stack in facts.environments:
        environment, stack = stack, environment
    found = stack_names.stack(facts, environment, stack)
    version = _version(names[2:], "/deploy plan prod network 3f2a5b6c7d8e")
    return Propose(id="", stack=found.ref.key, version=version, reason=reason)


def _promote(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    names = _names(words)
    if len(names) != 3:
        raise UsageError("name a service and two environments: /deploy promote app staging prod")
    service, there, here = names
    stack_names.stack(facts, there, service)
    key = stack_names.stack(facts, here, service).ref.key
    return Propose(id="", stack=key, promote_from=there, reason=reason)


def _roll_back(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    names = _names(words)
    if not names:
        return Form(kind="rollback")
    if len(names) == 1:
        half = _half(_branch(names[0])[0], facts)
        return half._replace(kind="rollback") if isinstance(half, Form) else half
    service, environment = _branch(names[0])[0], names[1]
    if service in facts.environments and environment not in facts.environments:
        service, environment = environment, service
    key = stack_names.stack(facts, environment, service).ref.key
    rest = names[2:]
    if len(rest) == 1 and _RELEASE.fullmatch(rest[0]) and not _VERSION.fullmatch(rest[0]):
        return RollBack(id="", stack=key, release=rest[0], reason=reason)
    return RollBack(id="", stack=key, version=_version(rest, "/rollback app prod prod-app-12"), reason=reason)


def _restart(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    glass = _GLASS.search(" ".join(words))
    names = _names(_GLASS.sub(" ", " ".join(words)).split())
    if len(names) < 2:
        raise UsageError("name a service and an environment: /deploy restart app prod")
    service, environment = _branch(names[0])[0], names[1]
    if service in facts.environments and environment not in facts.environments:
        service, environment = environment, service
    if len(names) > 2:
        raise UsageError(
            f"{' '.join(names[2:])!r} is not expected here, because a restart brings no other version; write: "
            "/deploy restart app prod, and a reason after `because`"
        )
    if glass and not reason:
        raise UsageError("break glass needs a reason, for example: … break glass because the shop is down")
    key = stack_names.stack(facts, environment, service).ref.key
    return RestartService(id="", stack=key, reason=reason, break_glass=reason if glass else "")


# --- deciding and locking


def _decide(verdict: Literal["cancel", "undo", "continue"]) -> Callable[[Sequence[str], str, PlatformFacts], Intent]:
    def decide(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
        del facts
        names = _names(words)
        if not names:
            # "" means the release whose thread this is said in.
            return Decide(id="", release="", verdict=verdict, reason=reason)
        why = reason or " ".join(names[1:])[:_REASON]
        return Decide(id="", release=stack_names.release(names[0]), verdict=verdict, reason=why)

    return decide


def _lock(*, freeze: bool) -> Callable[[Sequence[str], str, PlatformFacts], Intent]:
    def lock(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
        rest, hours = lock_times.hours(words, time.time())
        names = _names(rest)
        what = "freeze prod" if freeze else "lock app prod"
        if not names or not reason:
            raise UsageError(f"name what to lock and the reason: /deploy {what} 2h because the database is being moved")
        return Lock(id="", scope=_scope(names, facts), reason=reason, hours=hours, freeze=freeze)

    return lock


def _unlock(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    names = _names(words)
    if not names:
        raise UsageError("name what to unlock: /deploy unlock app prod, or /deploy unlock prod")
    return Unlock(id="", scope=_scope(names, facts), reason=reason)


def _scope(names: Sequence[str], facts: PlatformFacts) -> str:
    if len(names) > 2:
        raise UsageError(
            f"{' '.join(names[2:])!r} is not understood here; write for example: /deploy lock app prod for 2 hours because …"
        )
    if len(names) == 1:
        return stack_names.scope(facts, names[0], None)
    service, environment = names[0], names[1]
    if service in facts.environments and environment not in facts.environments:
        service, environment = environment, service
    return stack_names.scope(facts, environment, service)


# --- looking


def _status(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    del reason
    names = _names(words)
    return Show("status", stack_names.environment(facts, names[0]) if names else "")


def _of(what: str) -> Callable[[Sequence[str], str, PlatformFacts], Intent]:
    def show(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
        del reason
        names = _names(words)
        if len(names) < 2:
            raise UsageError(f"name a service and an environment: /deploy {what} app prod")
        service, environment = names[0], names[1]
        if service in facts.environments and environment not in facts.environments:
            service, environment = environment, service
        return Show(what, stack_names.stack(facts, environment, service).ref.key)

    return show


def _help(words: Sequence[str], reason: str, facts: PlatformFacts) -> Intent:
    del words, reason, facts
    return Show("help")


_VERBS: dict[str, Callable[[Sequence[str], str, PlatformFacts], Intent]] = {
    "deploy": lambda words, reason, facts: _propose(words, reason, facts) if words else Form(),
    "plan": _plan,
    "promote": _promote,
    "rollback": _roll_back,
    "restart": _restart,
    "status": _status,
    "history": _of("history"),
    "diff": _of("diff"),
    "logs": _of("logs"),
    "cancel": _decide("cancel"),
    "undo": _decide("undo"),
    "continue": _decide("continue"),
    "proceed": _decide("continue"),
    "lock": _lock(freeze=False),
    "freeze": _lock(freeze=True),
    "unlock": _unlock,
    "unfreeze": _unlock,
    "help": _help,
}
VERBS = tuple(_VERBS)
