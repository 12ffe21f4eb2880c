"""Who sees what: environments by rule, lines of logs for people of the platform alone."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from generator.release.model.platform import PlatformFacts


class Visitor(NamedTuple):
    """Who asks. ``id`` is what was attested and stays the same, ``name`` what people read.

    ``person`` is the name under ``people:``, "" for nobody that is known.

    ``everything`` is true for open access alone: this machine, where identities are not checked.
    """

    id: str
    name: str
    person: str = ""
    teams: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def reads_logs(self) -> bool:
        """Whether lines that tasks printed are shown: they may hold what is nobody else's business."""
        return self.everything or bool(self.person)


class NobodyError(Exception):
    """Nobody is let in with this request; the sentence says why."""


class Door(Protocol):
    """Says who asks, from what the load balancer sends along."""

    def visitor(self, header: Callable[[str], str | None]) -> Visitor:
        """Who asks; ``header`` gives a header of the request.

        Raises:
            NobodyError: nobody that is let in.
        """


class Visibility:
    """Applies ``rules``: an environment to the teams and people who see it. One without a rule is seen by everybody."""

    def __init__(self, facts: PlatformFacts, rules: Mapping[str, tuple[str, ...]]) -> None:
        self._facts, self._rules = facts, rules

    def environments(self, visitor: Visitor) -> tuple[str, ...]:
        """The environments that somebody sees, in the platform's order; ``home`` and accounts are among them."""
        return tuple(name for name in self._facts.environments if self.sees(visitor, name))

    def sees(self, visitor: Visitor, environment: str) -> bool:
        """Whether somebody sees an environment. What is not in the configuration is seen by nobody."""
        if environment not in self._facts.environments:
            return False
        allowed = self._rules.get(environment)
        if allowed is None or visitor.everything:
            return True
        return visitor.person in allowed or bool(visitor.teams & set(allowed))


def mistakes(facts: PlatformFacts, rules: Mapping[str, tuple[str, ...]], people: Mapping[str, str]) -> list[str]:
    """What the settings name and the platform does not have: a rule that is misspelled must not show anything."""
    known = facts.people.keys() | facts.teams.keys()
    found = [
        f"BOARD_VISIBLE names the environment {name!r}, and there is none; write one of {', '.join(facts.environments)}"
        for name in rules
        if name not in facts.environments
    ]
    found += [
        f"BOARD_VISIBLE names {who!r} for {name}, and there is no such team or person; correct it"
        for name, names in rules.items()
        for who in names
        if who not in known
    ]
    return found + [
        f"BOARD_PEOPLE names {name!r}, and nobody under people: is called so; correct it"
        for name in people
        if name not in facts.people
    ]
