"""200 services in three environments, over the real protocol: nothing is left out without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from bot.blocks import home
from bot.workspace.delivery.outcome import NotAllowedError
from bot.workspace.user_driver import UserDriver
from tests.bot.many_services import ENVIRONMENTS, FAILED, NEVER, SERVICES, WAITING, large_stage
from tests.bot.stage import Stage

# Shorter tests cover what this runs, and measuring takes as long again.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The bot in front of a large platform."""
    with large_stage() as made:
        yield made


def sections(view: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The blocks below each header."""
    found: dict[str, list[dict[str, Any]]] = {}
    under = ""
    for block in view["blocks"]:
        under = block["text"]["text"] if block["type"] == "header" else under
        found.setdefault(under, []).append(block)
    return found


def pages(stage: Stage, ben: UserDriver, environment: str) -> Iterator[str]:
    """What each page of an environment says, turned by its button."""
    ben.open_home()
    text = stage.until(partial(_page, ben, environment, 0))
    while True:
        yield text
        buttons = [button for block in json.loads(text) if block["type"] == "actions" for button in block["elements"]]
        more = next((button["value"] for button in buttons if button["action_id"] == home.AFTER), "")
        if not more:
            return
        text = _turned(stage, ben, environment, more)


def _turned(stage: Stage, ben: UserDriver, environment: str, more: str) -> str:
    """The next page. It is turned to again where a page that was drawn late has taken its place."""
    for _ in range(12):
        stage.until(partial(_turns, ben, more))
        with suppress(AssertionError):
            return str(stage.until(partial(_page, ben, environment, home.page(more).first), seconds=10))
    raise AssertionError(f"{environment} never shows {more}")


def _page(ben: UserDriver, environment: str, first: int) -> str:
    """The environment as the home shows it, once that is the page which begins with this row."""
    view = ben.home()
    text = json.dumps(sections(view).get(environment, ""), ensure_ascii=False) if view else ""
    return text if re.search(rf'"{first + 1} to ', text) else ""


def _turns(ben: UserDriver, to: str) -> bool:
    """Whether the button was pressed: the home may be drawn anew at that moment."""
    try:
        return not ben.click(ben.home() or {}, home.AFTER, to).error
    except NotAllowedError:
        return False


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_service_is_on_a_page_of_the_home(stage: Stage, environment: str) -> None:
    """Slack takes each page, the first shows what failed on top, and no row is lost between or within pages."""
    seen = list(pages(stage, stage.workspace.person("ben"), environment))
    assert "more" not in "".join(seen).replace("More", "").replace(home.AFTER, "")
    rows = re.findall(r"\*([a-z-]+(?:-\d{3})?)\*", seen[0])
    assert rows[0] == FAILED
    shown = {name for page in seen for name in re.findall(r"\*((?:app|checkout-[a-z-]+)(?:-\d{3})?)\*", page)}
    assert shown == {name for name in SERVICES if name not in {NEVER, *(() if environment == "prod" else ("app",))}}
    assert "without a release" in seen[0]


def _waiting(ben: UserDriver) -> list[dict[str, Any]]:
    """What waits for ben, once he may ask again: who turned many pages waits a moment."""
    ben.open_home()
    view = ben.home()
    return sections(view).get("Waiting for you", []) if view else []


def test_what_waits_for_a_person_is_counted(stage: Stage) -> None:
    """Ten are shown with their buttons; of the others the home says how many, and where they are."""
    blocks = stage.until(partial(_waiting, stage.workspace.person("ben")))
    assert sum(block["type"] == "actions" for block in blocks) == 10
    assert f"{WAITING - 10} more wait for you" in json.dumps(blocks)


def test_the_form_offers_every_service(stage: Stage) -> None:
    """A choice of more than a hundred is grouped: the last service is released as the first is."""
    ana = stage.workspace.person("ana")
    ana.command("#deploys", "/deploy")
    view = stage.until(lambda: next((v for v in ana.views() if "222222222222" in str(v)), None))
    groups = next(block["element"]["option_groups"] for block in view["blocks"] if block["block_id"] == "service")
    assert [option["value"] for group in groups for option in group["options"]] == [*SERVICES, "network"]
    assert not ana.submit(view, {"service": NEVER, "environment": "prod", "version": "newest", "reason": ""}).error
    stage.until(lambda: any(f"prod/service-{NEVER}" in text for text in stage.platform.queue.waiting))


@pytest.mark.parametrize(("asked", "where"), [("status", "name an environment"), ("status prod", "in my App Home")])
def test_a_list_that_is_too_long_says_where_the_rest_is(stage: Stage, asked: str, where: str) -> None:
    """Forty rows of the worst, then how many more there are."""
    stage.workspace.person("cleo").command("#deploys", f"/deploy {asked}")
    said = stage.whispers("cleo", where)
    assert FAILED in said
    assert re.search(r"\d+ more", said)
