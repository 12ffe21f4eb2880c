"""Names of stacks on a command line or in chat, and which stacks they refer to. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from generator.errors import UsageError

if TYPE_CHECKING:  # a build needs the names alone
    from generator.release.model.platform import PlatformFacts, StackFacts


def environment(facts: "PlatformFacts", name: str) -> str:
    """An environment (or ``home``, or an account) by its name.

    Raises:
        UsageError: there is none; the text has the nearest.
    """
    if name not in facts.environments:
        raise UsageError(unknown("environment", name, list(facts.environments)))
    return name


def stack(facts: "PlatformFacts", env: str, name: str) -> "StackFacts":
    """The stack of an environment that ``name`` stands for: a service, a function, or the stack's own name.

    Raises:
        UsageError: there is none; the text has the nearest.
    """
    environment(facts, env)
    here = {facts_.ref.stack: facts_ for facts_ in facts.stacks.values() if facts_.ref.environment == env}
    by_service = {found.ref.service: found for found in here.values() if found.ref.service}
    # A stack's own name wins: `bot` is both.
    found = here.get(name) or by_service.get(name)
    if found is None:
        raise UsageError(unknown(f"service or stack of {env}", name, [*by_service, *here]))
    return found


def several(facts: "PlatformFacts", env: str, names: tuple[str, ...]) -> "list[StackFacts]":
    """These stacks of an environment, or all of them for no names, in the order of the configuration.

    Raises:
        UsageError: as for :func:`stack`, all of them in one text.
    """
    environment(facts, env)
    wrong, chosen = [], set()
    for name in names:
        try:
            chosen.add(stack(facts, env, name).ref.key)
        except UsageError as error:
            wrong.append(str(error))
    if wrong:
        raise UsageError("\n".join(wrong))
    here = [f for f in facts.stacks.values() if f.ref.environment == env]
    return [f for f in here if not names or f.ref.key in chosen]


def scope(facts: "PlatformFacts", env: str, name: str | None) -> str:
    """``prod/service-app``, or ``prod/*`` for the whole environment: what a lock holds.

    Raises:
        UsageError: as for :func:`stack`.
    """
    if name in {None, "", "*"}:
        return f"{environment(facts, env)}/*"
    return stack(facts, env, str(name)).ref.key


def person(facts: "PlatformFacts", name: str) -> str:
    """A person under ``people:``.

    Raises:
        UsageError: nobody is called so; the text has the nearest.
    """
    if name not in facts.people:
        raise UsageError(unknown("person under people:", name, list(facts.people)))
    return name


def version(text: str | None) -> str | None:
    """A commit in the form in which it may be sent.

    Raises:
        UsageError: it is not a commit.
    """
    if text is not None and not re.fullmatch(r"[0-9a-f]{7,40}", text):
        raise UsageError(f"{text!r} is not a version; write seven to forty hexadecimal digits of a commit")
    return text


def release(text: str) -> str:
    """A release's id in the form in which it may be sent.

    Raises:
        UsageError: it is not an id.
    """
    if not re.fullmatch(r"[a-z0-9-]{1,80}", text):
        raise UsageError(f"{text!r} is not a release; write an id such as prod-app-12, see: slipway status")
    return text


class Selection:
    """``[ENV [STACK ...]]`` on a command line: all stacks for nothing, else those of a group, or some of them.

    Raises:
        UsageError: an unknown group or stack, each with the nearest name.
    """

    def __init__(self, only: Sequence[str], keys: Iterable[str]) -> None:
        self._group = f"{only[0]}/" if only else ""
        self._names = frozenset(only[1:])
        if not only:
            return
        groups: dict[str, None] = {}
        there: list[str] = []
        for key in keys:
            group, _, name = key.partition("/")
            groups[group] = None
            if group == only[0]:
                there.append(name)
        if not there:
            raise UsageError(unknown("environment", only[0], list(groups)))
        wrong = [unknown(f"stack of {only[0]}", name, there) for name in only[1:] if name not in there]
        if wrong:
            raise UsageError("\n".join(wrong))

    def __contains__(self, key: object) -> bool:
        """Whether the stack ``GROUP/STACK`` is selected."""
        return (
            isinstance(key, str)
            and key.startswith(self._group)
            and (not self._names or key.partition("/")[2] in self._names)
        )


def unknown(what: str, name: str, names: Sequence[str]) -> str:
    """``no environment is called 'prd'; did you mean prod?``."""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    return f"no {what} is called {name!r}; {hint}"
