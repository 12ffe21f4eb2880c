"""The built page, served by the board itself: for a demo and a developer, where there is no nginx."""

from pathlib import Path

import pytest

from board.settings import SettingsError, read
from tests.app.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A board with a page of two files."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>Board</title>")
    (tmp_path / "assets" / "app.js").write_text("start()")
    return Stage(page=tmp_path)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/", 200, "text/html"),
        ("/releases/prod-app-2", 200, "text/html"),
        ("/assets/app.js", 200, "javascript"),
        ("/api/overview", 200, "application/json"),
        ("/api/nothing", 404, "application/json"),
        ("/health", 200, "application/json"),
        ("/%2e%2e/secret", 200, "text/html"),
    ],
)
def test_addresses_of_the_page_and_of_the_api(stage: Stage, path: str, status: int, kind: str) -> None:
    """Permalinks open the page, files are files, and a wrong address of the API is an error; nothing else is reached."""
    answer = stage.web.get(path)
    assert (answer.status_code, kind in answer.headers["content-type"]) == (status, True)
    assert "default-src 'self'" in answer.headers.get("Content-Security-Policy", "") or kind == "application/json"


def test_a_page_that_is_not_built_is_told(tmp_path: Path) -> None:
    """At the start, with the command that builds it."""
    with pytest.raises(SettingsError, match="make frontend"):
        read({"BOARD_PAGE": str(tmp_path)})
    assert read({}).page is None
