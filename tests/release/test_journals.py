"""Whole releases, word for word: what the log stores, what AWS is asked, when each is looked at again.

``python -m tests.release.test_journals`` writes the journals again; review the difference as you review golden templates.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.release import (
    journal_causes,
    journal_deletions,
    journal_executions,
    journal_last_looks,
    journal_purposes,
    journal_refusals,
    journal_rollouts,
    journal_stories,
    journal_verification,
)
from tests.release.journal import Journal

FOLDER = Path(__file__).with_name("journals")
STORIES: dict[str, Callable[[], Journal]] = {
    name: story
    for module in (
        journal_stories,
        journal_refusals,
        journal_executions,
        journal_rollouts,
        journal_verification,
        journal_purposes,
        journal_last_looks,
        journal_deletions,
        journal_causes,
    )
    for name, story in vars(module).items()
    if inspect.isfunction(story) and story.__module__ == module.__name__
    if not inspect.signature(story).parameters and story.__annotations__["return"] == "Journal"
}


@pytest.mark.parametrize("name", STORIES)
def test_a_release_is_recorded_word_for_word(name: str) -> None:
    """Who reads the log, a card or history later finds each step, cause and time; AWS is asked for this and no more."""
    recorded, told = (FOLDER / f"{name}.txt").read_text(), STORIES[name]().text()
    if told != recorded:
        difference = difflib.unified_diff(recorded.splitlines(), told.splitlines(), "recorded", "now", lineterm="", n=1)
        pytest.fail("\n".join([*difference, "If this is meant: python -m tests.release.test_journals"]), pytrace=False)


def test_each_journal_has_its_story() -> None:
    """No file stays behind when a story goes."""
    assert {path.stem for path in FOLDER.iterdir()} == set(STORIES)


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    for name, story in STORIES.items():
        (FOLDER / f"{name}.txt").write_text(story().text())


if __name__ == "__main__":
    main()
