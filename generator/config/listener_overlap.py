"""Which requests a listener rule takes from another one: patterns of hosts and paths, compared without any request.

Source: Elastic Load Balancing User Guide, "Listener rules for your Application Load Balancer": `*` stands for any number
of characters and `?` for one; hosts are compared without case, paths with it; a path begins with `/`.
"""

import re
from collections.abc import Iterable, Iterator
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
    """A listener rule of a service."""

    service: str
    priority: int
    claims: tuple[Claim, ...]


def claims(hosts: Iterable[str], paths: Iterable[str]) -> tuple[Claim, ...]:
    """Every combination of a rule's hosts and paths; without hosts or paths it takes all of them."""
    return tuple(
        Claim(host.lower(), ANY if path == "/*" else path) for host in hosts or (ANY,) for path in paths or (ANY,)
    )


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that `narrow` matches is matched by `wide`, too."""
    pattern = "".join({"*": ".*", "?": "[^*]"}.get(char) or re.escape(char) for char in wide)
    return re.fullmatch(pattern, narrow, re.DOTALL) is not None


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
