"""Cross checks: each module looks at one subject and yields a :class:`~generator.config.problems.Problem` a mistake."""

from collections.abc import Iterator

from generator.config.problems import Parts, Problem
from generator.config.rules import (
    edge,
    environments,
    functions,
    listener_rules,
    logins,
    names,
    network_access,
    people,
    regions,
    releases,
    repeated_names,
    repositories,
    services,
    shared_accounts,
    sites,
    slack,
)


def problems(parts: Parts) -> Iterator[Problem]:
    """Everything in ``parts`` that is valid alone but does not fit together."""
    yield from names.check(parts)
    yield from environments.check(parts)
    yield from regions.check(parts)
    yield from repeated_names.check(parts)
    yield from edge.check(parts)
    yield from sites.check(parts)
    yield from shared_accounts.check(parts)
    yield from network_access.check(parts)
    yield from services.check(parts)
    yield from listener_rules.check(parts)
    yield from logins.check(parts)
    yield from functions.check(parts)
    yield from people.check(parts)
    yield from repositories.check(parts)
    yield from releases.check(parts)
    yield from slack.check(parts)
