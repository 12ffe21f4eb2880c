"""What a newcomer does, in a real browser on the running demo. Pictures of it go to build/screenshots."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.demo.folder import Folder
from bot.demo.system import Demo, DemoOptions, running
from bot.demo.welcome import Welcome
from bot.workspace.server import Workspace
from tests.demo.browser import LONG, PHONE, SOON, WIDE, Someone, browser
from tests.demo.checkout import ROOT, checkout, chromium
from tests.integration.without_coverage import unmeasured

SHOTS = ROOT / "build" / "screenshots"
# `PICTURES=docs pytest tests/demo/test_demo_browser.py` makes those of the README anew.
DOCS = os.environ.get("PICTURES", "")
# Of AWS's time: while somebody looks at what a release does, at a way back (which is short), and while nobody does.
SLOW, SLOWER, QUICK = 0.015, 0.06, 0.002


@pytest.fixture
def opened() -> Iterator[Browser]:
    """The browser, or a skipped test."""
    with browser(chromium()) as found:
        yield found


def test_a_newcomer_releases_to_production_in_a_browser(
    opened: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that the welcome offers, by clicks; a second start goes on from there, on another port if it must."""
    # Cards wait for Slack's sake before each edit; here as little as its 50 edits a minute of a workspace let them.
    monkeypatch.setattr("bot.cards.EVERY", 1.3)
    folder, welcome = Folder(checkout(tmp_path)), Welcome()

    def looks(workspace: Workspace) -> None:
        welcome.opened(workspace)
        expect(Someone(opened, workspace.url, "ana").page.locator("#messages")).to_contain_text("is being set up")

    first = DemoOptions(port=0, fresh=True, speed=SLOW, opened=looks, show=welcome.show)
    with unmeasured(), running(folder, first) as demo:
        welcome.ready(demo)
        _day(opened, demo)
        port = demo.workspace.port
    later = Welcome()
    second = DemoOptions(port=port, opened=later.opened, show=later.show)
    with socket.create_server(("127.0.0.1", port)), unmeasured(), running(folder, second) as again:
        later.ready(again)
        assert again.resumed
        assert again.workspace.port != port
        ana = Someone(opened, again.url, "ana")
        ana.sees("prod-app-2", "Succeeded", SOON)
        expect(ana.page.get_by_text("Welcome. Here you release to production")).to_have_count(1)
        ana.types("/deploy app prod")
        ana.hears("already runs the newest version that can be released there")


def _day(opened: Browser, demo: Demo) -> None:
    ana, ben = (Someone(opened, demo.url, who) for who in ("ana", "ben"))
    expect(ana.page.locator("#messages")).to_contain_text("/deploy app prod")
    ana.picture(SHOTS / "welcome.png")
    _deploys(ana, ben, demo)
    _goes_back_by_itself(ana, ben, demo)
    _races(opened, ana, ben, demo)
    _rolls_back(ben)
    _refuses_the_guest(opened, demo)
    _shows_hostile_text(ana, ben, demo)
    _home_dark_and_phone(opened, ben, demo)
    assert [*ana.complaints, *ben.complaints] == []


def _deploys(ana: Someone, ben: Someone, demo: Demo) -> None:
    """The whole way of a good version, and what the cloud shows meanwhile."""
    ana.types("/deploy app prod because customers wait")
    ana.sees("prod-app-2", "customers wait", SOON * 2)
    ana.sees("prod-app-2", "Risk: low")
    expect(ana.card("prod-app-2").get_by_role("button", name="Approve", exact=True)).to_be_visible()
    rollout = ana.card("prod-app-2").get_by_alt_text("A rollout of about")
    expect(rollout).to_have_js_property("naturalWidth", 960, timeout=SOON)
    ana.picture(SHOTS / "asked.png")
    ana.page.set_viewport_size({"width": 1280, "height": 1000})
    ana.card("prod-app-2").locator(".head").scroll_into_view_if_needed()
    _copy(ana, "demo-chat.png")
    ana.page.set_viewport_size(WIDE)
    ana.presses("prod-app-2", "Approve")
    ana.hears("you requested this release, so you can't approve it")
    ben.asks("prod-app-2", "Details")
    modal = ben.page.locator("#modal")
    expect(modal).to_contain_text("TaskDefinition", timeout=SOON)
    expect(modal).to_contain_text("@sha256:")
    ben.picture(SHOTS / "details.png")
    ben.page.keyboard.press("Escape")
    expect(modal).not_to_be_visible()
    ben.presses("prod-app-2", "Approve")
    ana.sees("prod-app-2", "Approved by")
    ana.sees("prod-app-2", re.compile("Rollout|Verify"))
    ana.picture(SHOTS / "progress.png")
    ana.page.goto(f"{ana.url}/cloud/ana")
    cloud = ana.page.locator(".cloud")
    expect(cloud.locator("#cloud-services")).to_contain_text("2 of 2", timeout=SOON)
    demo.control.speed(QUICK)
    expect(cloud.locator("#cloud-log tr", has_text="prod-app-2")).to_contain_text("succeeded", timeout=LONG)
    expect(cloud.locator("#cloud-log tr", has_text="prod-app-2")).to_contain_text("ana → ben")
    expect(cloud.locator("#cloud-chain")).to_contain_text("signed heads", timeout=SOON)
    ana.picture(SHOTS / "cloud.png")
    ana.page.goto(f"{ana.url}/client/ana")
    ana.sees("prod-app-2", "Succeeded")


def _goes_back_by_itself(ana: Someone, ben: Someone, demo: Demo) -> None:
    """A version that crashes: ECS stops it, and the card says what the container said."""
    demo.control.speed(SLOWER)
    ana.types(f"/deploy app prod {demo.short('crashes')}")
    ben.presses("prod-app-3", "Approve")
    ben.page.goto(f"{ben.url}/cloud/ben/prod")
    services = ben.page.locator("#cloud-services")
    expect(services).to_contain_text("exit code 1", timeout=LONG)
    # On a fast machine the way back may be over when the page is looked at.
    expect(services).to_contain_text(re.compile("(going|went) back to"), timeout=LONG)
    assert "% to the new" not in services.inner_text()
    ben.picture(SHOTS / "cloud-rollback.png")
    _copy(ben, "demo-cloud.png")
    demo.control.speed(QUICK)
    ben.page.goto(f"{ben.url}/client/ben")
    ana.sees("prod-app-3", "Rolled back")
    ana.sees("prod-app-3", "exit code 1")
    ana.sees("prod-app-3", "KeyError: 'DATABASE_URL'")
    ana.picture(SHOTS / "rolled-back.png")


def _races(opened: Browser, ana: Someone, ben: Someone, demo: Demo) -> None:
    """Two approvers press at once: one decides, the other is told, and it is released once."""
    cleo = Someone(opened, demo.url, "cleo")
    ana.types(f"/deploy app prod {demo.short('template')}")
    for who in (ben, cleo):
        who.asks("prod-app-4", "Approve")
    for who in (ben, cleo):
        who.page.locator("#confirm .modal-foot .bk-button").last.dispatch_event("click")
    ana.sees("prod-app-4", "Approved by")
    ana.sees("prod-app-4", "Succeeded")
    found = demo.log.release("prod-app-4")
    assert found is not None
    assert len(found.approvals) == 1
    assert cleo.complaints == []
    cleo.context.close()


def _rolls_back(ben: Someone) -> None:
    """One person takes a good version back with a button."""
    ben.presses("prod-app-4", "Roll back")
    ben.sees("prod-app-5", "Back: app → prod", SOON * 2)
    ben.sees("prod-app-5", "Succeeded")
    ben.picture(SHOTS / "rolled-back-by-hand.png")


def _refuses_the_guest(opened: Browser, demo: Demo) -> None:
    """A guest is told why, and nothing is asked."""
    gus = Someone(opened, demo.url, "gus")
    gus.types("/deploy app prod")
    gus.hears("guests can't use this bot")
    gus.picture(SHOTS / "guest.png")
    gus.context.close()


def _shows_hostile_text(ana: Someone, ben: Someone, demo: Demo) -> None:
    """A commit message with a script and a mention is text for everybody, on both pages."""
    ana.types(f"/deploy app prod {demo.short('slow')}")
    ana.sees("prod-app-6", "Escape <script>alert(1)</script> & <!channel> in names", SOON * 2)
    ana.picture(SHOTS / "hostile.png")
    ben.asks("prod-app-6", "Reject …")
    ben.page.locator("#modal textarea").fill("<img src=x onerror=alert(1)> not today")
    ben.page.locator("#modal [data-submit]").click()
    ana.sees("prod-app-6", re.compile("<img src=x onerror=alert\\(1\\)> not today|Rejected"))


def _home_dark_and_phone(opened: Browser, ben: Someone, demo: Demo) -> None:
    """App Home; the dark theme; and a phone, on which nothing is wider than the screen."""
    ben.page.goto(f"{ben.url}/client/ben/home")
    home = ben.page.locator("#home")
    expect(home).to_contain_text("Last releases", timeout=SOON)
    expect(home).to_contain_text("prod-app-6")
    ben.picture(SHOTS / "home.png")
    dark = Someone(opened, demo.url, "ana", color_scheme="dark")
    expect(dark.page.locator("#messages")).to_contain_text("prod-app-5", timeout=SOON)
    ground = dark.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(26, 29, 33)"
    dark.picture(SHOTS / "dark.png")
    dark.page.goto(f"{dark.url}/cloud/ana")
    expect(dark.page.locator("#cloud-log")).to_contain_text("prod-app-5", timeout=SOON)
    dark.picture(SHOTS / "cloud-dark.png")
    phone = Someone(opened, demo.url, "cleo", viewport=PHONE, has_touch=True)
    expect(phone.page.locator("#messages")).to_contain_text("prod-app-5", timeout=SOON)
    phone.picture(SHOTS / "phone.png")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.page.goto(f"{phone.url}/cloud/cleo")
    expect(phone.page.locator("#cloud-services")).to_contain_text("2 of 2", timeout=SOON)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.picture(SHOTS / "cloud-phone.png")
    assert [*dark.complaints, *phone.complaints] == []


def _copy(who: Someone, name: str) -> None:
    if DOCS:
        who.picture(ROOT / DOCS / name)
