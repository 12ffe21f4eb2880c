"""Which requests a listener rule takes from another one: patterns of hosts and paths, compared without any request.

Source: Elastic Load Balancing User Guide, "Listener rules for your Application Load Balancer": `*` stands for any number
of characters and `?` for one; hosts are compared without case, paths with it; a path begins with `/`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

ANY = "*"


class Claim(NamedTuple):
    """A host pattern and a path pattern; `*` where the rule names none."""

    host: str
    path: str

    def __str__(self) -> str:
        """As people say it, such as `a.example.com/api/*`."""
        return f"{'every host' if self.host == ANY else self.host}{'' if self.path == ANY else self.path}"


class Rule(NamedTuple):
    """A listener rule of a service; ``place`` is its `route.priority`, if it has one."""

    service: str
    priority: int
    claims: tuple[Claim, ...]
    place: int | None = None


def claims(hosts: Iterable[str], paths: Iterable[str]) -> tuple[Claim, ...]:
    """Every combination of a rule's hosts and paths; without hosts or paths it takes all of them."""
    return tuple(
        Claim(host.lower(), ANY if path == "/*" else path) for host in hosts or (ANY,) for path in paths or (ANY,)
    )


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that `narrow` matches is matched by `wide`, too."""
    pattern = "".join({"*": ".*", "?": "[^*]"}.get(char) or re.escape(char) for char in wide)
    return re.fullmatch(pattern, narrow, re.DOTALL) is not None


def overlaps(one: str, other: str) -> bool:
    """Whether some text is matched by both patterns."""

    @cache
    def meet(i: int, j: int) -> bool:
        left, right = one[i : i + 1], other[j : j + 1]
        if left == ANY:
            return meet(i + 1, j) or (bool(right) and meet(i, j + 1))
        if right == ANY:
            return meet(i, j + 1) or (bool(left) and meet(i + 1, j))
        if not left or not right:
            return left == right
        return (left == right or "?" in {left, right}) and meet(i + 1, j + 1)

    return meet(0, 0)


def shared(one: Rule, other: Rule) -> Claim | None:
    """The first claim of a rule that has requests in common with the other rule."""
    for mine in one.claims:
        if any(overlaps(mine.host, its.host) and overlaps(mine.path, its.path) for its in other.claims):
            return mine
    return None


def shadowed(rules: Iterable[Rule]) -> Iterator[tuple[Rule, Claim, Rule]]:
    """Claims that are never reached, each with its rule and the rule that is asked before it and takes all of them."""
    ordered = sorted(rules, key=lambda rule: rule.priority)
    for at, rule in enumerate(ordered):
        for claim in rule.claims:
            for other in ordered[:at]:
                taken = next((c for c in other.claims if c != claim and _covers(c, claim)), None)
                if taken is not None:
                    yield rule, claim, other
                    break


def _covers(wide: Claim, narrow: Claim) -> bool:
    return covers(wide.host, narrow.host) and covers(wide.path, narrow.path)
