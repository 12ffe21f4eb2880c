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
    """What stacks tell of, and in how many calls."""
    drawn.platform.faults.calls.clear()
    found = unfinished.of([STACK], drawn.platform.clock())
    return found, drawn.platform.faults.count("table.many")


def test_a_stack_tells_of_a_release_that_nobody_drew(drawn: Drawn) -> None:
    """It is open, or has closed a moment ago; with a final card, or after a while, it costs one look."""
    unfinished = UnfinishedCards(drawn.platform.log)
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
    drawn.platform.clock.sleep(901)
    asked(drawn, unfinished)
    assert asked(drawn, unfinished) == ([], 1)


@pytest.mark.parametrize(("looked", "found"), [(True, True), (False, False)])
def test_a_release_that_closed_since_the_last_look_gets_its_card(drawn: Drawn, looked: bool, found: bool) -> None:
    """On a large platform a stack's turn comes after hours: what closed in them counts, what closed before nobody looked does not."""
    unfinished = UnfinishedCards(drawn.platform.log)
    if looked:
        asked(drawn, unfinished)
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "reject")
    drawn.platform.clock.sleep(4 * 3600)
    assert asked(drawn, unfinished)[0] == ([release] if found else [])


def test_a_card_that_was_begun_is_found_whatever_the_number_of_stacks(drawn: Drawn) -> None:
    """One call lists those that are not final; a worker that begins finishes the card of another one that died."""
    unfinished = UnfinishedCards(drawn.platform.log)
    release = drawn.platform.deploy()
    assert unfinished.begun() == []
    drawn.cards.turn()
    assert unfinished.begun() == [release]
    drawn.platform.decide(release, "reject")
    drawn.platform.clock.sleep(7200)
    other = drawn.worker("w2")
    for _ in range(4):
        drawn.platform.clock.sleep(40)
        other.turn()
    assert drawn.card(release).final
    assert unfinished.begun() == []


def test_stacks_are_looked_at_in_turn_and_a_look_that_failed_is_repeated(drawn: Drawn) -> None:
    """The table answers no more after the slots were read: the same hundred stacks are looked at again, then the next."""
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "reject")
    found: list[str] = []
    stacks = [*(f"prod/service-{number}" for number in range(100)), STACK]
    begun, missing = UnfinishedCards(drawn.platform.log).chores(stacks, drawn.platform.clock, found.extend)
    assert begun()
    assert missing()
    drawn.platform.faults.fail("table.many", skip=1)
    assert not missing()
    assert not found
    assert missing()
    assert found == [release]
    assert missing()
    assert found == [release]
