"""The way back, and the way back from a way back: what each button offers, what its question names, and what it asks for."""

from collections.abc import Iterator

import msgspec
import pytest

from bot.blocks import button_values, buttons
from generator.release.model.release import Release
from generator.release.model.requests import Propose, RollBack
from tests.bot.stage import workspace
from tests.bot.test_requests import Signed
from tests.release.fake_platform import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    """Prod, where version 1 ran for two hours before version 2."""
    platform = FakePlatform(ticks=2)
    platform.created()
    platform.publish(2)
    platform.later(7200, every=600)
    release = platform.deploy()
    platform.decide(release, "approve")
    assert platform.end(release) == "succeeded"
    return platform


def offered(release: Release) -> dict[str, str]:
    """The buttons beside Details, each with its question."""
    found = {}
    for one in buttons.after(release):
        row = one.to_dict()
        if row["action_id"] != buttons.DETAILS:
            found[row["text"]["text"]] = row["confirm"]["text"]["text"]
    return found


def test_roll_back_names_both_versions_and_how_long_the_one_before_ran(platform: FakePlatform) -> None:
    """Nobody presses it without knowing what runs afterwards."""
    assert offered(platform.release("prod-app-2")) == {
        "Roll back": "app in prod goes from 222222222222 (Change number 2) back to 111111111111 (Change number 1), "
        "which ran for 2 h."
    }


def test_a_way_back_offers_no_rollback(platform: FakePlatform) -> None:
    """Its button is another verb in another colour: it releases the version that was left, and asks whom a release asks."""
    platform.roll_back()
    assert platform.end("prod-app-3") == "succeeded"
    back = platform.release("prod-app-3")
    (label,) = offered(back)
    assert label == "Release 2222222 again"
    assert "leaves 111111111111 (Change number 1), to which it went back, and runs 222222222222" in offered(back)[label]
    assert all(one.to_dict().get("style") != "danger" for one in buttons.after(back))


@pytest.mark.parametrize("outcome", ["rolled back", "failed", "rejected"])
def test_what_did_not_bring_its_version_offers_no_way_back(platform: FakePlatform, outcome: str) -> None:
    """A release that was rolled back left the good version where it is: nothing red stands on its card."""
    release = platform.release("prod-app-2")
    ended = msgspec.structs.replace(release, state=msgspec.structs.replace(release.state, outcome=outcome))
    assert offered(ended) == {}


@pytest.fixture
def signed() -> Iterator[Signed]:
    """The app over a local workspace."""
    with workspace() as slack:
        made = Signed(slack)
        yield made
        made.front.close()


def test_each_button_asks_for_the_version_that_it_named(signed: Signed) -> None:
    """Roll back asks for the version before, by name; Release again proposes the one that was left; old cards do neither."""
    platform = signed.stage.platform
    release = platform.deploy()
    platform.decide(release, "approve", "ben")
    platform.end(release)
    signed.form(signed.press(buttons.ROLL_BACK, button_values.value(release)))
    (back,) = (envelope.request for envelope in signed.sent())
    assert isinstance(back, RollBack)
    assert back.version == "1" * 40
    platform.queue.waiting.clear()
    platform.roll_back()
    platform.end("prod-app-3")
    signed.form(signed.press(buttons.AGAIN, button_values.value("prod-app-3")))
    (again,) = (envelope.request for envelope in signed.sent())
    assert isinstance(again, Propose)
    assert again.version == "2" * 40
    signed.form(signed.press(buttons.ROLL_BACK, button_values.value(release)))
    assert len(signed.sent()) == 1, "what that card brought no longer runs"
