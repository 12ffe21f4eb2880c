"""What is fuzzed: each function takes bytes of anybody, and may refuse them only by its own errors."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.authorization import origin
from bot.blocks import button_values, modals
from bot.blocks import text as blocks
from bot.commands import understand
from bot.workspace.blocks.validate import characters, validate_blocks
from generator.config import yaml_reader
from generator.config.positions import Tree
from generator.lint.template_reader import UnreadableError, refuse_harmful
from generator.preview import bounds, text
from generator.preview.meaning import meaning
from generator.release.client import opened
from generator.release.errors import TooLarge
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.preview import Reading
from generator.release.model.release import StackRef

# What is JSON, and changed as such.
JSON = frozenset({"reading", "template", "queue-message", "payload"})
FACTS = PlatformFacts(
    name="slipway",
    default_branch="main",
    repository="acme/slipway",
    environments={"prod": EnvironmentRules(name="prod", protected=True)},
    stacks={
        "prod/service-app": StackFacts(
            ref=StackRef(
                key="prod/service-app", name="slipway-prod-app", account="1" * 12, region="eu-west-1", service="app"
            )
        )
    },
)
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
    except yaml_reader.SuspectError:
        found = Tree(content)
        found.plain()
        for mistake in found.mistakes:
            assert mistake.line >= 1
            assert mistake.problem


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


def words(content: bytes) -> None:
    """What somebody types after `/deploy` or writes to the app."""
    said = content.decode(errors="replace")
    for command in ("/deploy", "/rollback", ""):
        understand(command, said, FACTS)
    button_values.pressed(said)


def payload(content: bytes) -> None:
    """What Slack sends when somebody clicks, and blocks as the local Slack takes them."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return
    validate_blocks(body)
    characters(body)
    if isinstance(body, dict):
        found = origin(body)
        assert all(isinstance(part, str | bool) for part in found)
        modals.known(body.get("private_metadata"))
        button_values.pressed(body.get("value"))


TARGETS: Mapping[str, Callable[[bytes], Any]] = {
    "reading": reading,
    "template": template,
    "yaml": yaml,
    "block-kit": block_kit,
    "queue-message": queue_message,
    "words": words,
    "payload": payload,
}
