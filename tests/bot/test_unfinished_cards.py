"""Cards that nobody finished are found by looking at stacks in turn, and what is finished is not looked at again."""

from __future__ import annotations

import pytest

from bot.unfinished_cards import UnfinishedCards
from generator.release.model.settings import Releases
from tests.bot.card_stage import Drawn

STACK = "prod/service-app"


@pytest.fixture
def drawn() -> Drawn:
    """Version 1 runs in prod, version 2 is published."""
    return Drawn(prod=Releases(bake_minutes=0))


def asked(drawn: Drawn, unfinished: UnfinishedCards) -> tuple[list[str], int]:
    """What is found, and in how many calls."""
    drawn.platform.faults.calls.clear()
    found = list(unfinished.of([STACK], drawn.platform.clock()))
    return found, drawn.platform.faults.count("table.many")


def test_a_finished_stack_costs_one_look_until_it_has_another_release(drawn: Drawn) -> None:
    """Its slot says that nothing is new; with the next release its cards are looked at again."""
    unfinished = UnfinishedCards(drawn.platform.log)
    assert asked(drawn, unfinished) == ([], 2)
    assert asked(drawn, unfinished) == ([], 1)
    release = drawn.platform.deploy()
    assert asked(drawn, unfinished) == ([release], 1), "it is open"
    drawn.platform.decide(release, "reject")
    for _ in range(2):
        assert asked(drawn, unfinished) == ([release], 2), "it is closed, and nobody has drawn its card"
    for _ in range(4):
        drawn.platform.clock.sleep(4)
        drawn.cards.turn()
    assert asked(drawn, unfinished) == ([], 2)
    assert asked(drawn, unfinished) == ([], 1)


def test_a_look_that_failed_is_repeated_whole(drawn: Drawn) -> None:
    """The table answers no more after the slots were read: nothing counts as finished, and the chore says so."""
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "reject")
    found: list[str] = []
    (look,) = UnfinishedCards(drawn.platform.log).chores([STACK], drawn.platform.clock, found.extend)
    drawn.platform.faults.fail("table.many", skip=1)
    assert not look()
    assert not found
    assert look()
    assert found == [release]
