"""What a worker looks after beside releases: one thing at a time, each in time, and first what did not succeed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from generator.release.chain_seals import SEALED_WITHIN
from generator.release.chores import PAUSE, ROUND, Chores
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(("many", "pause"), [(1, PAUSE), (10, PAUSE), (20, PAUSE / 2), (60, PAUSE / 6)])
def test_all_come_round_in_ten_minutes(many: int, pause: float) -> None:
    """Up to ten things are looked after once a minute in turn; where there are more, faster: none waits longer."""
    clock, done = FakeClock(), []  # type: ignore[var-annotated]
    chores = Chores(clock)
    chores.add(*(lambda number=number: done.append((number, clock())) is None for number in range(many)))  # type: ignore[misc]
    chores.turn()
    assert not done, "not at once"
    began = clock()
    while clock() < began + 2 * ROUND + PAUSE:
        clock.sleep(1.0)
        chores.turn()
        chores.turn()
    assert chores.pause == pause
    for number in range(many):
        times = [at for one, at in done if one == number]
        assert max(b - a for a, b in pairwise(times)) <= ROUND + many
    assert ROUND + PAUSE < SEALED_WITHIN


@pytest.mark.parametrize("raises", [False, True])
def test_what_did_not_succeed_comes_first(*, raises: bool) -> None:
    """Whether it says so or breaks: it is tried again at the next look, and the others follow."""
    clock, done = FakeClock(), []  # type: ignore[var-annotated]

    def fails() -> bool:
        done.append("fails")
        if raises and len(done) == 1:
            raise ValueError("unexpected")
        return len(done) > 1

    chores = Chores(clock)
    chores.add(fails, lambda: done.append("other") is None)
    for _ in range(3):
        clock.sleep(PAUSE)
        try:
            chores.turn()
        except ValueError as error:
            assert raises, error
    assert done == ["fails", "fails", "other"]


@pytest.mark.parametrize("many", [1, 2, 3, 10, 60])
def test_what_takes_many_steps_lets_the_others_come_round(many: int) -> None:
    """It takes every fourth look at most, or each one that nobody else wants, and all others are looked after in time."""
    clock, done = FakeClock(), []  # type: ignore[var-annotated]
    chores = Chores(clock)
    chores.add(lambda: done.append((-1, clock())))  # type: ignore[arg-type, func-returns-value]
    chores.add(*(lambda number=number: done.append((number, clock())) is None for number in range(many)))  # type: ignore[misc]
    began = clock()
    while clock() < began + 3 * SEALED_WITHIN:
        clock.sleep(1.0)
        chores.turn()
    for number in range(-1, many):
        times = [at for one, at in done if one == number]
        assert max(b - a for a, b in pairwise(times)) <= SEALED_WITHIN
    steps = sum(number == -1 for number, _ in done)
    assert steps >= len(done) // 4
