"""People in front of the page: what they type and press in Chromium, and what they see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}
# What is waited for comes when it comes: Slack alone may ask a card to wait 30 s. These end a wait that is in vain.
SOON, LONG = 90_000, 240_000  # ms


class Someone:
    """One person with a browser of their own. ``complaints`` are what the browser's console said."""

    def __init__(self, browser: Browser, url: str, handle: str, **more: object) -> None:
        self.handle, self.url = handle, url
        self.context = browser.new_context(**{"viewport": WIDE, "color_scheme": "light", **more})  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("dialog", lambda dialog: self.complaints.append(f"a dialog: {dialog.message}"))
        self.page.goto(f"{url}/client/{handle}")

    def types(self, line: str) -> None:
        """Type a line into the channel and press Enter."""
        area = self.page.locator("#main .composer textarea").first
        area.fill(line)
        area.press("Enter")

    def card(self, release: str) -> Locator:
        """The card of a release."""
        return (
            self.page.locator("#messages > .message:not(.is-whisper)")
            .filter(has=self.page.locator("code", has_text=re.compile(f"^{release}$")))
            .last
        )

    def presses(self, release: str, label: str) -> None:
        """Press a button of a card; a question that comes with it is answered with yes."""
        self.asks(release, label)
        self.agrees()

    def asks(self, release: str, label: str) -> None:
        """Press a button, up to the question that comes with it."""
        self.card(release).get_by_role("button", name=label, exact=True).click(timeout=SOON)

    def agrees(self) -> None:
        """Answer the question with yes."""
        self.page.locator("#confirm .modal-foot .bk-button").last.click(timeout=SOON)

    def sees(self, release: str, text: str | re.Pattern[str], within: int = LONG) -> None:
        """Wait until a card says this."""
        expect(self.card(release)).to_contain_text(text, timeout=within)

    def hears(self, text: str | re.Pattern[str], within: int = SOON) -> None:
        """Wait until something is said to this person alone."""
        expect(self.page.locator("#messages > .is-whisper").filter(has_text=text).last).to_be_visible(timeout=within)

    def picture(self, path: Path) -> None:
        """Take a screenshot."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        # A container's root has no user namespace for Chromium's own sandbox; the page is ours.
        made = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield made
        finally:
            made.close()
