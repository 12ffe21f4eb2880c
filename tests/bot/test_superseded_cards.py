"""Only the card of what runs now offers the way back; a release that brings something takes it from the card before."""

import json
from typing import Any

import pytest

from bot.cards import pk
from generator.release.model.settings import Releases
from tests.bot.card_stage import Drawn


@pytest.fixture
def drawn() -> Drawn:
    """Prod deployed, one more version published."""
    return Drawn(prod=Releases(bake_minutes=0))


def released(drawn: Drawn, number: int) -> str:
    """A version is published and released, and its card drawn to the end."""
    drawn.platform.publish(number)
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "approve")
    drawn.later(90)
    assert drawn.platform.state(release) == "succeeded"
    assert drawn.card(release).final
    return release


def shown(drawn: Drawn, release: str) -> dict[str, Any]:
    """The root message of a release as it stands in the channel."""
    card = drawn.card(release)
    return drawn.voice.messages[card.channel, card.ts]


def offers(drawn: Drawn, release: str) -> bool:
    """Whether the card has the button that goes back."""
    return '"roll-back"' in json.dumps(shown(drawn, release)["blocks"], default=str)


def test_the_card_before_loses_its_way_back(drawn: Drawn) -> None:
    """It says what has been released since; older cards are not touched again, and lost their button before."""
    first = released(drawn, 2)
    assert offers(drawn, first)
    second = released(drawn, 3)
    assert (offers(drawn, first), offers(drawn, second)) == (False, True)
    assert second in json.dumps(shown(drawn, first)["blocks"], default=str)
    third = released(drawn, 4)
    assert [offers(drawn, one) for one in (first, second, third)] == [False, False, True]
    edits = [args["ts"] for method, args in drawn.voice.calls if method == "chat.update"]
    last = max(index for index, ts in enumerate(edits) if ts == drawn.card(first).ts)
    assert drawn.card(third).ts in edits[last:], "the first card was left alone once it was past"


def test_what_was_not_released_leaves_the_card_as_it_is(drawn: Drawn) -> None:
    """A rejected release brings nothing: what runs is still that of the card before."""
    first = released(drawn, 2)
    drawn.platform.publish(3)
    release = drawn.platform.deploy()
    drawn.later(10)
    drawn.platform.decide(release, "reject")
    drawn.later(30)
    assert drawn.card(release).final
    assert offers(drawn, first)


def test_a_card_that_somebody_deleted_is_not_posted_again(drawn: Drawn) -> None:
    """The message of before is gone: the newer card is as it would be, and ends."""
    first = released(drawn, 2)
    before = len(drawn.voice.roots())
    there = drawn.card(first)
    drawn.platform.publish(3)
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "approve")
    drawn.voice.gone.add(there.ts)
    drawn.later(90)
    assert drawn.card(release).final
    assert len(drawn.voice.roots()) == before + 1


def test_a_release_without_a_card_before_it_ends_as_well(drawn: Drawn) -> None:
    """The version before came while nobody drew cards."""
    drawn.platform.publish(3)
    assert drawn.platform.table.get(pk("prod-app-1"), "card") is None
    release = released(drawn, 4)
    assert offers(drawn, release)
