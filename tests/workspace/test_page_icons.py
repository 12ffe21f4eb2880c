"""The local Slack's page draws its own icons: a machine without a font of emoji shows no boxes."""

import re
from pathlib import Path

import pytest

from bot.workspace.render.emoji import SIGNS
from bot.workspace.render.icons import PATHS, icon, shape
from bot.workspace.render.text_objects import with_emoji

ROOT = Path(__file__).parents[2]
# What every font of a desktop has is text; these are pictures that only a font of emoji has.
_SIGNS = re.compile("[\U0001f000-\U0001faff\u2b1b\u2b1c\u26a0\u26aa\u26ab\u2705\u274c]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u26f0-\u26ff]")


@pytest.mark.parametrize("name", PATHS)
def test_an_icon_is_a_picture_that_screen_readers_leave_out(name: str) -> None:
    """It takes the text's color and size, and has no words of its own."""
    assert icon(name).startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M')
    assert 'stroke="#fff"' in shape(name, 28, "#fff")


def test_the_page_itself_needs_no_font_of_emoji() -> None:
    """Emoji stand where people or apps wrote them, by Slack's names, and nowhere in the page around them."""
    sources = [*(ROOT / "bot" / "workspace").rglob("*.py"), *(ROOT / "bot" / "workspace" / "static").rglob("*.*")]
    assert sources
    found = [str(path) for path in sources if path.name != "emoji.py" and path.suffix in {".py", ".css", ".js"}
             and _EMOJI.search(path.read_text())]  # fmt: skip
    assert found == []


def test_every_sign_of_a_card_is_drawn() -> None:
    """Squares and circles before states have their color on a machine without a font of emoji."""
    sources = [*(ROOT / "bot" / "blocks").rglob("*.py"), *(ROOT / "generator" / "release").rglob("*.py")]
    used = set("".join("".join(_SIGNS.findall(path.read_text())) for path in sources))
    assert len(used) > 3
    assert sorted(used - set(SIGNS)) == []
    drawn = with_emoji("⬜ 9c3ef13  🟩 4a1b2c3  ⚠️ mind\n:x: no")
    assert not _SIGNS.search(drawn)
    assert "\ufe0f" not in drawn
    assert re.findall(r'aria-label="([^"]+)"', drawn) == ["gray square", "green square", "orange warning", "red cross"]


def test_other_emoji_stay_what_they_are() -> None:
    """What people write is not redrawn, nor is text around a sign."""
    assert with_emoji("a < b 🎉") == "a &lt; b 🎉"
