"""The way back, and the way back from a way back: what each button offers, what its question names, and what it asks for."""

from collections.abc import Iterator

import msgspec
import pytest

from bot.blocks import button_values, buttons
from generator.release.model.release import Cause, Release
from generator.release.model.requests import Logs, Propose, RollBack
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


def offered(platform: FakePlatform, release: Release) -> dict[str, str]:
    """The buttons beside Details, each with its question."""
    found = {}
    for one in buttons.after(release, platform.facts):
        row = one.to_dict()
        if row["action_id"] != buttons.DETAILS:
            found[row["text"]["text"]] = row.get("confirm", {}).get("text", {}).get("text", "")
    return found


def test_roll_back_names_both_versions_and_how_long_the_one_before_ran(platform: FakePlatform) -> None:
    """Nobody presses it without knowing what runs afterwards."""
    assert offered(platform, platform.release("prod-app-2")) == {
        "Roll back": "app in prod goes from 222222222222 (Change number 2) back to 111111111111 (Change number 1), "
        "which ran for 2 h."
    }


def test_a_way_back_offers_no_rollback(platform: FakePlatform) -> None:
    """Its button is another verb in another colour: it releases the version that was left, and asks whom a release asks."""
    platform.roll_back()
    assert platform.end("prod-app-3") == "succeeded"
    back = platform.release("prod-app-3")
    (label,) = offered(platform, back)
    assert label == "Release 2222222 again"
    assert (
        "leaves 111111111111 (Change number 1), to which it went back, and runs 222222222222"
        in offered(platform, back)[label]
    )
    assert all(one.to_dict().get("style") != "danger" for one in buttons.after(back, platform.facts))


NEXT = ["Logs", "Compare", "Release again"]


@pytest.mark.parametrize(("outcome", "labels"), [("rolled back", NEXT), ("failed", NEXT), ("rejected", [])])
def test_what_did_not_bring_its_version_offers_no_way_back(
    platform: FakePlatform, outcome: str, labels: list[str]
) -> None:
    """A release that was rolled back left the good version where it is: nothing red stands on its card."""
    release = platform.release("prod-app-2")
    ended = msgspec.structs.replace(release, state=msgspec.structs.replace(release.state, outcome=outcome))
    assert list(offered(platform, ended)) == labels
    assert all(one.to_dict().get("style") != "danger" for one in buttons.after(ended, platform.facts))
    # Where the version stays although it is not healthy, the way back is the first thing to do.
    cause = Cause(stage="verification", sentence="the alarm 5xx fires")
    stays = msgspec.structs.replace(ended, cause=cause)
    assert next(iter(offered(platform, stays)), "") == ("Roll back" if outcome == "failed" else (labels or [""])[0])


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


def test_logs_of_what_failed_are_one_press_away(signed: Signed) -> None:
    """The button on the card asks the worker for the last lines of that service; Compare is an address and asks for nothing."""
    platform = signed.stage.platform
    release = platform.deploy()
    signed.form(signed.press(buttons.LOGS, button_values.value(release)))
    assert signed.form(signed.press(buttons.COMPARE, button_values.value(release))).status == 200
    signed.front.background.close()
    (asked,) = (envelope.request for envelope in signed.sent())
    assert isinstance(asked, Logs)
    assert asked.stack == platform.release(release).stack.key
