"""The release board in the demo: where it can't run, the demo says why and goes on."""

from pathlib import Path

import pytest

from bot.demo import board
from generator.wiring.adapters import Home

HOME = Home("slipway", "333333333333", "eu-west-1", "table", "artifacts", "audit", "key")


def test_a_checkout_without_the_board_is_told(tmp_path: Path) -> None:
    """Nothing is started, and the reason is a sentence's end."""
    with board.running(tmp_path, tmp_path, tmp_path / "stacks", HOME, "http://127.0.0.1:9") as found:
        assert found == board.Board(why="this checkout has no app/backend")


def test_packages_that_are_missing_are_told_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The board needs packages that the demo alone does not install."""
    (tmp_path / "app" / "backend" / "board").mkdir(parents=True)
    monkeypatch.setattr(board, "find_spec", lambda _: None)
    with board.running(tmp_path, tmp_path, tmp_path / "stacks", HOME, "http://127.0.0.1:9") as found:
        assert (found.url, found.why) == ("", "its packages are not installed; run: make setup")


def test_a_board_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    """A process that can't start leaves the demo running, and its log is named."""
    (tmp_path / "app" / "backend" / "board").mkdir(parents=True)
    (tmp_path / "app" / "backend" / "board" / "__main__.py").write_text("raise SystemExit(2)\n")
    with board.running(tmp_path, tmp_path, tmp_path / "stacks", HOME, "http://127.0.0.1:9") as found:
        assert found.why == f"it did not start; see {tmp_path / 'board.log'}"
