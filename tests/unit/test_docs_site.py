"""The documentation as a site: each page is in its menu, and each link leads somewhere."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import docs_site

ROOT = Path(__file__).parents[2]


def pages(menu: Any) -> list[str]:
    """The pages of a menu, in order."""
    if isinstance(menu, str):
        return [menu]
    parts = menu.values() if isinstance(menu, dict) else menu
    return [page for part in parts for page in pages(part)]


def test_every_page_is_in_the_menu() -> None:
    """A reader of the site finds what a reader of the repository finds."""
    menu = pages(tomllib.loads(docs_site.CONFIG.read_text())["project"]["nav"])
    there = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(page for page in menu if page.startswith("docs/")) == sorted(there)
    assert len(menu) == len(set(menu))


def test_the_site_is_built_and_fetches_nothing(tmp_path: Path) -> None:
    """Every link between pages and to headings, every picture; nothing of a page comes from another host."""
    site = docs_site.build(tmp_path)
    assert "Two commands" in (site / "index.html").read_text()
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert '<script src="http' not in text, page
        assert "fonts.googleapis" not in text, page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[lost](nowhere.md)", "page does not exist"),
        ("[lost](lint.md#nowhere)", "anchor does not exist"),
        ("![lost](nowhere.png)", "nowhere.png is not there"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    """A page, a heading or a picture that is gone; the message names the page."""
    write = docs_site.write_source

    def with_a_lost_link(folder: Path) -> None:
        write(folder)
        page = folder / "docs" / "cost.md"
        page.write_text(f"{page.read_text()}\n{line}\n")

    monkeypatch.setattr(docs_site, "write_source", with_a_lost_link)
    with pytest.raises(SystemExit) as refused:
        docs_site.build(tmp_path)
    assert said in str(refused.value)
    assert "cost" in str(refused.value)
