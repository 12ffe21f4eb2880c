"""What Block Kit allows, as tables: one block that is fine and one that is not for each rule."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.workspace.blocks.validate import BLOCKS, characters, validate_blocks
from bot.workspace.blocks.views import validate_view
from tests.workspace.app import Json, marked, modal, plain
from tests.workspace.samples import BLOCK_SAMPLES, ELEMENT_SAMPLES, OPTION, RICH


def button(action_id: str = "a", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("x"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def wrapped(element: Json) -> Json:
    """An element in a block that takes it."""
    kind = element["type"]
    if kind in {"feedback_buttons", "icon_button"}:
        return {"type": "context_actions", "elements": [element]}
    if kind == "image":
        return {"type": "context", "elements": [element]}
    if "input" in kind:
        return {"type": "input", "label": plain("l"), "element": element}
    return actions(element)


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_every_block_type_has_a_valid_sample(kind: str) -> None:
    """Each block type is accepted as its documentation shows it, by this validator and by slack_sdk's models."""
    sample = BLOCK_SAMPLES[kind]
    assert validate_blocks([sample]) == ()
    model = Block.parse(copy.deepcopy(sample))
    if model is not None:
        model.validate_json()


@pytest.mark.parametrize("kind", sorted(ELEMENT_SAMPLES))
def test_every_element_type_has_a_valid_sample(kind: str) -> None:
    """Each element type is accepted as its documentation shows it."""
    assert validate_blocks([wrapped(ELEMENT_SAMPLES[kind])]) == ()


# What is refused: the blocks, where, and a word of Slack's message.
REFUSED: list[tuple[str, list[Any], str, str]] = [
    ("51 blocks", [{"type": "divider"}] * 51, "/blocks", "no more than 50 items"),
    ("not an object", ["x"], "/blocks/0", "must be an object"),
    ("no type", [{}], "/blocks/0", "missing required field: type"),
    ("unknown type", [{"type": "shout"}], "/blocks/0/type", "unsupported type: shout"),
    ("type is a list", [{"type": []}], "/blocks/0/type", "unsupported type"),
    ("unknown field", [{"type": "divider", "size": 1}], "/blocks/0", "invalid additional property: size"),
    ("header 151", [{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text", "less than 151"),
    ("header empty", [{"type": "header", "text": plain("")}], "/blocks/0/text/text", "more than 0"),
    ("header mrkdwn", [{"type": "header", "text": marked("x")}], "/blocks/0/text/type", "unsupported type: mrkdwn"),
    ("section 3001", [{"type": "section", "text": marked("x" * 3001)}], "/blocks/0/text/text", "less than 3001"),
    ("section alone", [{"type": "section"}], "/blocks/0", "must define one of: text, fields"),
    ("11 fields", [{"type": "section", "fields": [marked("x")] * 11}], "/blocks/0/fields", "no more than 10"),
    ("field 2001", [{"type": "section", "fields": [marked("x" * 2001)]}], "/blocks/0/fields/0/text", "less than 2001"),
    ("no fields", [{"type": "section", "fields": []}], "/blocks/0/fields", "at least 1 item"),
    (
        "input in section",
        [{"type": "section", "text": marked("x"), "accessory": {"type": "plain_text_input"}}],
        "/blocks/0/accessory/type",
        "unsupported type: plain_text_input",
    ),
    ("26 buttons", [actions(*(button(str(n)) for n in range(26)))], "/blocks/0/elements", "no more than 25"),
    ("button 76", [actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text/text", "less than 76"),
    ("value 2001", [actions(button(value="x" * 2001))], "/blocks/0/elements/0/value", "less than 2001"),
    ("url 3001", [actions(button(url="https://" + "x" * 3000))], "/blocks/0/elements/0/url", "less than 3001"),
    ("url scheme", [actions(button(url="javascript:alert(1)"))], "/blocks/0/elements/0/url", "valid URL"),
    ("button style", [actions(button(style="huge"))], "/blocks/0/elements/0/style", "valid enum value"),
    ("action_id 256", [actions(button("x" * 256))], "/blocks/0/elements/0/action_id", "less than 256"),
    ("block_id 256", [{"type": "divider", "block_id": "x" * 256}], "/blocks/0/block_id", "less than 256"),
    (
        "block_id twice",
        [{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}],
        "/blocks/1/block_id",
        "`block_id` b already exists",
    ),
    (
        "action_id twice",
        [actions(button(), button())],
        "/blocks/0/elements/1/action_id",
        "`action_id` a already exists",
    ),
    (
        "confirm",
        [
            actions(
                button(
                    confirm={"title": plain("x" * 101), "text": plain("x"), "confirm": plain("x"), "deny": plain("x")}
                )
            )
        ],
        "/blocks/0/elements/0/confirm/title/text",
        "less than 101",
    ),
    ("confirm lacks", [actions(button(confirm={"title": plain("x")}))], "/blocks/0/elements/0/confirm", "field: text"),
    (
        "101 options",
        [actions({"type": "static_select", "options": [{"text": plain("x"), "value": str(n)} for n in range(101)]})],
        "/blocks/0/elements/0/options",
        "no more than 100",
    ),
    (
        "options and groups",
        [
            actions(
                {
                    "type": "static_select",
                    "options": [OPTION],
                    "option_groups": [{"label": plain("g"), "options": [OPTION]}],
                }
            )
        ],
        "/blocks/0/elements/0",
        "only one of: options, option_groups",
    ),
    (
        "initial not offered",
        [actions({"type": "static_select", "options": [OPTION], "initial_option": {"text": plain("z"), "value": "z"}})],
        "/blocks/0/elements/0/initial_option",
        "must be present in the options list",
    ),
    (
        "6 in overflow",
        [actions({"type": "overflow", "options": [OPTION] * 6})],
        "/blocks/0/elements/0/options",
        "more than 5",
    ),
    ("11 in context", [{"type": "context", "elements": [marked("x")] * 11}], "/blocks/0/elements", "no more than 10"),
    ("markdown 12001", [{"type": "markdown", "text": "x" * 12_001}], "/blocks/0/text", "less than 12001"),
    ("alert level", [{"type": "alert", "text": plain("x"), "level": "loud"}], "/blocks/0/level", "valid enum value"),
    ("card empty", [{"type": "card", "subtitle": marked("x")}], "/blocks/0", "must define one of"),
    ("card body", [{"type": "card", "body": marked("x" * 201)}], "/blocks/0/body/text", "less than 201"),
    (
        "11 cards",
        [{"type": "carousel", "elements": [BLOCK_SAMPLES["card"]] * 11}],
        "/blocks/0/elements",
        "more than 10",
    ),
    (
        "status completed",
        [{"type": "task_card", "task_id": "t", "title": "x", "status": "completed"}],
        "/blocks/0/status",
        "valid enum value",
    ),
    (
        "51 tasks",
        [
            {
                "type": "plan",
                "title": "x",
                "tasks": [{"type": "task_card", "task_id": str(n), "title": "x"} for n in range(51)],
            }
        ],
        "/blocks/0/tasks",
        "no more than 50",
    ),
    (
        "task twice",
        [{"type": "plan", "title": "x", "tasks": [{"type": "task_card", "task_id": "t", "title": "x"}] * 2}],
        "/blocks/0/tasks/1/task_id",
        "already exists",
    ),
    (
        "plan and task",
        [{"type": "plan", "title": "x"}, {"type": "task_card", "task_id": "t", "title": "x"}],
        "/blocks",
        "plan and task_card can't be in one message",
    ),
    (
        "two tables",
        [BLOCK_SAMPLES["table"], {**BLOCK_SAMPLES["table"], "block_id": "z"}],
        "/blocks/1",
        "only_one_table",
    ),
    (
        "101 rows",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}],
        "/blocks/0/rows",
        "more than 100",
    ),
    (
        "21 cells",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}],
        "/blocks/0/rows/0",
        "more than 20",
    ),
    (
        "empty cell",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}],
        "/blocks/0/rows/0/0/text",
        "more than 0",
    ),
    (
        "ragged rows",
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * n for n in (1, 2)]}],
        "/blocks/0/rows",
        "same number of cells",
    ),
    (
        "container in container",
        [{"type": "container", "title": plain("x"), "child_blocks": [BLOCK_SAMPLES["container"]]}],
        "/blocks/0/child_blocks/0/type",
        "unsupported type: container",
    ),
    (
        "divider of a fold",
        [{**BLOCK_SAMPLES["container"], "is_collapsible": True, "has_header_divider": True}],
        "/blocks/0",
        "has_header_divider",
    ),
    (
        "rich text kind",
        [{"type": "rich_text", "elements": [{"type": "x"}]}],
        "/blocks/0/elements/0/type",
        "unsupported type",
    ),
    ("image without alt", [{"type": "image", "image_url": "https://x.example/i.png"}], "/blocks/0", "field: alt_text"),
    ("text is null", [{"type": "header", "text": None}], "/blocks/0/text", "must not be null"),
    ("emoji is text", [{"type": "header", "text": {**plain("x"), "emoji": "yes"}}], "/blocks/0/text/emoji", "boolean"),
]


@pytest.mark.parametrize(("blocks", "pointer", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused(blocks: list[Any], pointer: str, message: str) -> None:
    """Each rule is reported where it is broken, in Slack's words."""
    problems = validate_blocks(blocks)
    assert [p for p in problems if p.pointer.startswith(pointer) and message in p.message], problems


def test_all_problems_come_at_once() -> None:
    """Three mistakes are three problems."""
    blocks = [{"type": "header", "text": plain("")}, {"type": "nope"}, actions(button(style="x"))]
    assert len(validate_blocks(blocks)) == 3


def test_ids_of_different_blocks_may_repeat() -> None:
    """The same action_id in two blocks is fine: it is unique within a block only."""
    assert validate_blocks([actions(button()), actions(button())]) == ()


def test_length_of_all_blocks() -> None:
    """Text anywhere in blocks counts towards the limit of a message."""
    blocks = [{"type": "section", "text": marked("x" * 100), "fields": [marked("y" * 50)]}, BLOCK_SAMPLES["rich_text"]]
    assert characters(blocks) == 150 + len(RICH["elements"][0]["elements"][0]["text"])


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (modal("x" * 25), "less than 25 characters"),
        ({k: v for k, v in modal().items() if k != "title"}, "missing required field: title"),
        ({k: v for k, v in modal().items() if k != "submit"}, "missing required field: submit"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(callback_id="x" * 256), "less than 256"),
        (modal(blocks=[{"type": "divider"}] * 101), "no more than 100"),
        (modal(blocks=None), "must be an array"),
        (modal(colour="red"), "invalid additional property: colour"),
        ({"type": "sheet", "blocks": []}, "unsupported type: sheet"),
        ("x", "must be an object"),
    ],
)
def test_views_that_are_refused(view: Any, message: str) -> None:
    """A modal or home outside the limits is refused with where and why."""
    assert [p for p in validate_view(view) if message in p.message], validate_view(view)
