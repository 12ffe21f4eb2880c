"""What is fuzzed: each function takes bytes of anybody, and may refuse them only by its own errors."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from yaml import YAMLError

from bot.blocks import text as blocks
from generator.config import yaml_reader
from generator.lint.template_reader import UnreadableError, refuse_harmful
from generator.preview import bounds, text
from generator.preview.meaning import meaning
from generator.release.client import opened
from generator.release.errors import TooLarge
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Reading

_STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1"


def reading(content: bytes) -> None:
    """A change between two templates, ``[before, after]`` as JSON."""
    try:
        before, after = json.loads(content)
    except (ValueError, TypeError, RecursionError):
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    rows = after.get("Resources")
    changes = tuple(
        ResourceChange(logical_id=name, type=str(row.get("Type", "")), action="Modify")
        for name, row in (rows.items() if isinstance(rows, dict) else ())
        if isinstance(row, dict)
    )
    found = ChangeSet(
        arn="a", name="n", stack_id=_STACK, stack_name="app", kind="UPDATE", changes=changes, parameters={}
    )
    try:
        meant = meaning(found, before, after, region="eu-west-1")
    except TooLarge:
        return
    lines = text.lines(Reading(meaning=meant), verbose=True)
    assert all(line.isprintable() for line in lines), "a line that steers a terminal"
    assert len(text.to_json(Reading(meaning=meant))) < 4 * bounds.MEANING


def template(content: bytes) -> None:
    """A template file as ``lint`` takes it."""
    try:
        refuse_harmful(content)
    except UnreadableError:
        return


def yaml(content: bytes) -> None:
    """A file of ``stacks/``."""
    try:
        yaml_reader.plain(content)
    except (YAMLError, yaml_reader.SuspectError, ValueError):
        return


def block_kit(content: bytes) -> None:
    """Text of anybody, as Slack's blocks show it."""
    said = content.decode(errors="surrogateescape")
    for shown in (
        blocks.safe(said),
        blocks.code(said),
        blocks.pre(said),
        blocks.link(said, said),
        blocks.plain(said, 75),
    ):
        shown.encode()
        assert "\x1b" not in shown
        assert len(shown) <= 3000
    assert not set("<>") & set(blocks.safe(said).replace("&lt;", "").replace("&gt;", ""))


def queue_message(content: bytes) -> None:
    """The body of a message in the worker's queue."""
    opened(content.decode(errors="replace"))


TARGETS: Mapping[str, Callable[[bytes], Any]] = {
    "reading": reading,
    "template": template,
    "yaml": yaml,
    "block-kit": block_kit,
    "queue-message": queue_message,
}
