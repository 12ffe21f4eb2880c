"""A card of what failed: why, first and once; what changed; and commands of the place where they are read."""

import json

import msgspec
import pytest

from bot.blocks.card import card
from bot.chat_words import in_chat_words
from generator.cli import release_text
from generator.release.changes import changed
from generator.release.model.preview import ImageDiff, Meaning, Reading, Shown
from generator.release.model.release import Cause, Release
from generator.release.model.states import Closed
from tests.release.fake_platform import FakePlatform

CAUSE = Cause(
    stage="rollout", sentence="the container app ended with exit code 1: KeyError: 'DATABASE_URL'",
    evidence=("ECS: tasks failed to start.",), fix="read the task's last log lines with: slipway logs app prod",
)  # fmt: skip


@pytest.fixture
def failed() -> tuple[FakePlatform, Release]:
    """Version 2 was rolled back in production."""
    platform = FakePlatform(apps=("app",))
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.end(release)
    found = platform.release(release)
    closed = Closed(outcome="rolled back", at=found.closed)
    image = ImageDiff(before="a", after="b", subjects=("Serve orders", "Add items"))
    reading = Reading(meaning=Meaning(level="low", sentence="new tasks"), shown=Shown(image=image))
    return platform, msgspec.structs.replace(found, state=closed, cause=CAUSE, reading=reading)


def test_the_cause_is_the_first_sentence_and_stands_once(failed: tuple[FakePlatform, Release]) -> None:
    """State and cause, then what runs now, then what changed, then the rest; the fix is a command of chat."""
    platform, release = failed
    message = card(release, platform.facts, platform.clock())
    text = json.dumps([block.to_dict() for block in message.classic], ensure_ascii=False)
    head = "*Rolled back: the container app ended with exit code 1: KeyError: 'DATABASE_URL'*"
    order = [head, "runs 111111111111 (Change number 1) again", "Changed in this version: the image (Serve orders; Add items)",
             "ECS: tasks failed to start.", "/deploy logs app prod"]  # fmt: skip
    places = [text.find(said) for said in order]
    assert -1 not in places, text
    assert places == sorted(places)
    read = [block for block in message.classic if block.type != "actions"]  # a question of a button names it too
    assert json.dumps([block.to_dict() for block in read]).count("KeyError") == 1
    assert "slipway logs" not in text


def test_a_terminal_names_the_command_of_its_place(failed: tuple[FakePlatform, Release]) -> None:
    """In the sandbox with --sandbox, in AWS as it is; a command within a sentence is left as it is."""
    _, release = failed
    assert release_text.closed(release, " --sandbox")[-1].endswith("with: slipway logs app prod --sandbox")
    assert release_text.closed(release)[-1].endswith("with: slipway logs app prod")
    assert in_chat_words("see: slipway status, or slipway bootstrap 1") == "see: /deploy status, or slipway bootstrap 1"


def test_what_changed_is_told_where_the_change_failed(failed: tuple[FakePlatform, Release]) -> None:
    """For an image its commits, for a template its resources, and nothing where people or the first release ended it."""
    _, release = failed
    replace = msgspec.structs.replace
    assert changed(release) == "the image (Serve orders; Add items)"
    assert changed(replace(release, reading=None)) == "the image (Change number 2)"
    many = ImageDiff(before="a", after="b", subjects=tuple(f"Change {n}" for n in range(5)))
    shown = Reading(meaning=Meaning(level="low", sentence=""), shown=Shown(image=many))
    assert changed(replace(release, reading=shown)) == "the image (Change 0; Change 1; Change 2; and 2 more)"
    assert release.change_set is not None
    names = ", ".join(sorted(c.logical_id for c in release.change_set.changes))
    assert changed(replace(release, image_only=False)).endswith(f" and {names}")
    assert changed(replace(release, before=None)) == ""
    assert changed(replace(release, cause=replace(CAUSE, stage="people"))) == ""
    assert changed(replace(release, cause=None)) == ""
