"""The board in a real browser, behind its nginx, over a log that workers wrote. Pictures go to build/screenshots."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.stage import Stage
from tests.demo.browser import PHONE, WIDE, browser
from tests.demo.checkout import ROOT, chromium
from tests.frontend.site import FRONTEND, Site, served, story

# Shorter tests cover what this runs, and measuring takes as long again.
pytestmark = pytest.mark.no_cover

SHOTS = ROOT / "build" / "screenshots"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
# `PICTURES=docs pytest tests/frontend` makes those of the docs again.
DOCS = os.environ.get("PICTURES", "")
SOON = 60_000  # ms; what is waited for comes when it comes
expect.set_options(timeout=SOON)
PAGES = {
    "/": "Overview",
    "/releases": "Releases",
    "/releases/prod-app-5": "prod-app-5",
    "/releases/prod-app-3": "prod-app-3",
    "/timeline": "Timeline",
    "/measures": "Measures",
    "/audit?chain=release/prod-app-3": "Audit",
    "/costs": "Costs",
    "/drift": "Drift",
    "/nowhere": "Not found",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The board of the story."""
    stage = Stage(story(), refresh=3600.0)
    with served(stage, tmp_path_factory.mktemp("site")) as found:
        found.look()
        yield found


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    """The browser, or a skipped test."""
    with browser(chromium()) as found:
        yield found


class Reader:
    """Somebody who reads the board. ``complaints`` are what the browser's console said."""

    def __init__(self, opened: Browser, site: Site, **more: Any) -> None:
        self.site = site
        self.context = opened.new_context(
            **{"viewport": WIDE, "color_scheme": "light", "timezone_id": "Europe/Berlin"} | more
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(SOON)
        self.page.clock.set_fixed_time(datetime.fromtimestamp(site.stage.platform.clock(), UTC))
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def open(self, path: str) -> Page:
        """Go to an address and wait for its heading."""
        self.page.goto(f"{self.site.url}{path}")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(PAGES.get(path, ""))
        expect(self.page.locator("main .loading")).to_have_count(0)
        return self.page

    def picture(self, name: str) -> None:
        """Take a screenshot, and put it into the docs if that is wanted."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.fonts.ready")
        self.page.screenshot(path=SHOTS / name)
        if DOCS and name in {"board-light.png", "board-dark.png", "board-phone.png"}:
            shutil.copyfile(SHOTS / name, ROOT / "docs" / name)

    def barriers(self) -> list[str]:
        """What axe-core finds: rules that are broken, with the first place."""
        # Not a script element: the page's policy would refuse it, as it should.
        self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then((result) => result.violations)")
        return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", WIDE), ("dark", WIDE), ("light", PHONE)], ids=["light", "dark", "phone"]
)
def test_every_page_is_for_everybody(opened: Browser, site: Site, scheme: str, viewport: dict[str, int]) -> None:
    """axe-core finds nothing on any page, in light, dark and on a phone; nothing is wider than the screen."""
    reader = Reader(opened, site, color_scheme=scheme, viewport=viewport)
    for path in PAGES:
        page = reader.open(path)
        assert (path, reader.barriers()) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        if path == "/":
            expect(page.locator(".matrix").first).to_contain_text("Say which shop has it in stock")
            name = "phone" if viewport is PHONE else scheme
            reader.picture(f"board-{name}.png")
        elif viewport is WIDE:
            reader.picture(f"board{path.partition('?')[0].replace('/', '-')}-{scheme}.png")
    # Notes are off: there is no database here, and the page says so. Chromium logs each 503 and 404 by itself.
    assert [line for line in reader.complaints if "503" not in line] == []


def test_a_new_step_appears_without_a_reload(opened: Browser, site: Site) -> None:
    """Somebody approves elsewhere: the page that is open shows it, says that it is live, and was loaded once."""
    reader = Reader(opened, site)
    page = reader.open("/releases/prod-app-5")
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.get_by_role("heading", level=1)).to_contain_text("waiting for approval")
    page.evaluate("window.neverReloaded = true")
    platform = site.stage.platform
    platform.decide("prod-app-5", "approve", "ben")
    site.look()
    expect(page.locator(".approval")).to_contain_text("ben")
    platform.end("prod-app-5")
    site.look()
    expect(page.get_by_role("heading", level=1)).to_contain_text("succeeded")
    expect(page.locator(".summary")).to_contain_text("runs, and proved itself")
    assert page.evaluate("window.neverReloaded") is True


def test_it_says_when_it_is_not_live_and_comes_back(opened: Browser, site: Site) -> None:
    """The connection breaks: the page says so and tries again by itself; the reader can hurry it."""
    reader = Reader(opened, site)
    reader.page.route("**/api/events", lambda route: route.abort())
    page = reader.open("/")
    expect(page.locator(".live")).to_contain_text("Not live")
    reader.page.unroute("**/api/events")
    page.get_by_role("button", name="Connect now").click()
    expect(page.locator(".live")).to_have_text("Live")


def test_the_keyboard_is_enough(opened: Browser, site: Site) -> None:
    """From the skip link over the menu to a filtered list: each focus is seen, and the address holds the filter."""
    reader = Reader(opened, site)
    page = reader.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.get_by_role("navigation").get_by_role("link", name="Releases").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_label("Search").focus()
    page.keyboard.type("receipt")
    expect(page.get_by_label("Search")).to_have_value("receipt")
    expect(page).to_have_url(f"{site.url}/releases?q=receipt")
    expect(page.locator(".list tbody tr")).to_have_count(3)
    page.get_by_role("link", name="prod-app-4").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("prod-app-4")
    page.go_back()
    expect(page.get_by_label("Search")).to_have_value("receipt")


def test_dark_is_the_readers_choice_and_stays(opened: Browser, site: Site) -> None:
    """The switch beats the system, also after a reload."""
    reader = Reader(opened, site)
    page = reader.open("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(ground)
    assert dark != light
    reader.open("/")
    assert page.evaluate(ground) == dark


def test_times_are_the_readers_with_utc_on_hover(opened: Browser, site: Site) -> None:
    """Berlin is an hour ahead in November; hovering tells the exact moment in UTC."""
    reader = Reader(opened, site)
    page = reader.open("/releases/prod-app-3")
    first = page.locator(".steps time").first
    utc = (first.get_attribute("title") or "")[11:16]
    own = datetime.strptime(utc, "%H:%M").replace(tzinfo=UTC).hour + 1
    expect(first).to_contain_text(f"{own % 24:02}:{utc[3:]}")
    page.get_by_role("button", name="Show UTC").click()
    expect(first).to_contain_text(utc)


def test_the_cause_of_what_went_back_is_first(opened: Browser, site: Site) -> None:
    """Who follows a link from a card sees why before anything else, and charts are drawn under the strict policy."""
    reader = Reader(opened, site)
    page = reader.open("/releases/prod-app-3")
    expect(page.locator(".part").first).to_contain_text("tasks failed to start")
    reader.open("/measures")
    expect(page.locator(".chart canvas")).to_have_count(4)
    assert [line for line in reader.complaints if "Content Security Policy" in line] == []
