"""Random pairs of configurations, and what becomes of an account that gets one after the other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from generator.config.model import Configuration
from tests.convergence.account import Account, Ended, Target
from tests.unit.build.test_combinations import configurations


class Pair(NamedTuple):
    """An account that had ``first`` and got ``second``: how that ended, and what differs from ``second`` on an empty account."""

    first: int
    second: int
    ended: Ended
    differs: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What is wrong with it; "" where the account ended as it should, or `plan` said why it can't."""
        who = f"configurations {self.first} and {self.second}"
        if not self.is_refused:
            wrong = [f"{', '.join(self.differs)} is not what an empty account gets"] if self.differs else []
            return f"{who}: {'; '.join((*wrong, *self.ended.unlike))}" if wrong or self.ended.unlike else ""
        if self.ended.touched:
            return f"{who}: apply failed half way: {self.ended.failed} {self.ended.text[-600:]}"
        unsaid = {key for key, _ in self.ended.failed} - self.ended.refused
        if unsaid or not self.ended.refused:
            return f"{who}: plan did not say what is refused: {self.ended.failed} {self.ended.text[-600:]}"
        return ""

    @property
    def is_refused(self) -> bool:
        """Whether the account stays as it was."""
        return bool(self.ended.code or self.ended.failed)


def pool(count: int, number: int) -> list[Target]:
    """So many configurations from the generator of configurations, the same for the same number."""
    found: list[Configuration] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(configurations())
    def collect(config: Configuration) -> None:
        found.append(config)

    collect()
    return [Target(config, place) for place, config in enumerate(found)]


def run(pairs: int, configurations_: int, number: int, first_pair: int = 0, compare: int = 1) -> Iterator[Pair]:
    """Each pair of a random choice from a pool; what each configuration is on an empty account is found out once.

    The same ``number`` chooses the same pairs, so that a run goes on at ``first_pair`` where another one ended.
    `plan` is compared with what `apply` does for one of so many pairs as ``compare`` says.
    """
    targets = pool(configurations_, number)
    empty: dict[int, Account] = {}
    choose = random.Random(number)  # noqa: S311 - no secret

    def alone(place: int) -> Account:
        if place not in empty:
            empty[place] = Account()
            ended = empty[place].apply(targets[place])
            assert ended.code == 0, ended
        return empty[place]

    chosen = [(choose.randrange(len(targets)), choose.randrange(len(targets))) for _ in range(pairs)]
    for place, (first, second) in enumerate(chosen[first_pair:]):
        account = alone(first).copy()
        ended = account.apply(targets[second], compare=place % compare == 0)
        expected = alone(second).end_state(targets[second])
        yield Pair(first, second, ended, tuple(_differences(expected, account.end_state(targets[second]))))


def _differences(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            yield name
