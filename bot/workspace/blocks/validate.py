"""Whether Slack would take these blocks, this message, this view: all problems at once.

    problems = validate_blocks([{"type": "divider"}])     # () when fine

Limits: https://docs.slack.dev/reference/block-kit/blocks. Some are on no page: `plan` and `task_card` exclude each
other, one table a message, and about 13,200 characters of blocks in all (slackapi/bolt-js issue 2509).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.blocks.checks import (
    Check,
    Problem,
    Report,
    Shape,
    anything,
    as_list,
    boolean,
    enum,
    integer,
    items,
    number,
    string,
    union,
    url,
)
from bot.workspace.blocks.composition_objects import (
    BLOCK_ID,
    ELEMENTS,
    ID,
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    KIND,
    RICH_TEXT,
    plain,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 13_200
TEXT_CHARACTERS = 40_000  # chat.postMessage cuts longer text; msg_too_long is for what it can't cut

BASE: dict[str, Check] = {**KIND, **BLOCK_ID}
TASK = Shape(
    {
        **BASE,
        "task_id": string(255, 1),
        "title": string(3000, 1),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": items(
            union({"url": Shape({**KIND, "url": url(), "text": string(3000, 1)}, "url text")}),
            100,
            0,
        ),
        "status": enum("pending", "in_progress", "complete", "error"),
        "icon": anything,
        "hide_title": boolean,
    },
    "task_id title",
)


def _table_rows(report: Report, value: Any, pointer: str) -> None:
    rows = [row for row in as_list(value.get("rows")) if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        report.add(f"{pointer}/rows", "all rows must have the same number of cells", "invalid_rows")


def _header_divider(report: Report, value: Any, pointer: str) -> None:
    if value.get("is_collapsible") is True and value.get("has_header_divider") is True:
        report.add(pointer, "has_header_divider can't be set when is_collapsible is true", "invalid_combination")
    if value.get("default_collapsed") is True and value.get("is_collapsible") is not True:
        report.add(pointer, "default_collapsed requires is_collapsible", "invalid_combination")


def _only_inputs(report: Report, value: Any, pointer: str) -> None:
    element = value.get("element")
    if value.get("dispatch_action") and isinstance(element, dict) and element.get("type") == "file_input":
        report.add(pointer, "file_input can't dispatch actions", "invalid_combination")


CELLS: dict[str, Check] = {
    "raw_text": Shape({**KIND, "text": string(12_000, 1)}, "text"),
    "raw_number": Shape({**KIND, "value": number, "text": string(255, 1)}, "value text"),
    "rich_text": RICH_TEXT,
}
CELL = union(CELLS)
IMAGE_ELEMENT = union(ELEMENTS, ("image",))
CARD = Shape(
    {
        **BASE,
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": items(union(ELEMENTS, ("button",)), 25),
    },
    any_of="hero_image title actions body",
)
PICTURE_OR_TEXT = union({"image": ELEMENTS["image"], "plain_text": text(2000), "mrkdwn": text(2000)})

BLOCKS: dict[str, Check] = {
    "actions": Shape({**BASE, "elements": items(union(ELEMENTS, IN_ACTIONS), 25)}, "elements"),
    "alert": Shape(
        {**BASE, "text": text(3000), "level": enum("default", "info", "warning", "error", "success")}, "text"
    ),
    "auth_provider": Shape(
        {
            **BASE,
            "value": string(150, 1),
            "name": plain(75),
            "is_connected": boolean,
            "description": plain(150),
            "icon_url": url(),
            "auth_url": url(),
            "disconnect_url": url(),
            "connected_identity": plain(75),
            "connected_context": plain(75),
            "accessory": union(ELEMENTS, ("overflow",)),
            "fallback": anything,
        },
        "value name is_connected",
    ),
    "call": Shape({**BASE, "call_id": ID, "api_decoration_available": boolean, "call": anything}, "call_id"),
    "card": CARD,
    "carousel": Shape({**BASE, "elements": items(union({"card": CARD}), 10)}, "elements"),
    "context": Shape({**BASE, "elements": items(PICTURE_OR_TEXT, 10)}, "elements"),
    "context_actions": Shape(
        {**BASE, "elements": items(union(ELEMENTS, ("feedback_buttons", "icon_button")), 5)}, "elements"
    ),
    "data_table": Shape(
        {
            **BASE,
            "caption": string(255, 1),
            "rows": items(items(CELL, 20), 201, 2),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, 19),
        },
        "caption rows",
        also=_table_rows,
    ),
    "data_visualization": Shape({**BASE, "title": string(50, 1), "chart": anything}, "title chart"),
    "divider": Shape(BASE),
    "file": Shape({**BASE, "external_id": ID, "source": enum("remote")}, "external_id source"),
    "header": Shape({**BASE, "text": plain(150)}, "text"),
    "image": Shape({**BASE, **IMAGE, "title": plain(2000)}, "alt_text", "image_url slack_file"),
    "input": Shape(
        {
            **BASE,
            "label": plain(2000),
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
            "element": union(ELEMENTS, IN_INPUT),
        },
        "label element",
        also=_only_inputs,
    ),
    "markdown": Shape({**BASE, "text": string(12_000, 1)}, "text"),
    "plan": Shape({**BASE, "title": string(3000, 1), "tasks": items(union({"task_card": TASK}), 50, 0)}, "title"),
    "rich_text": RICH_TEXT,
    "section": Shape(
        {
            **BASE,
            "text": text(3000),
            "fields": items(text(2000), 10),
            "accessory": union(ELEMENTS, IN_SECTION),
            "expand": boolean,
        },
        any_of="text fields",
    ),
    "table": Shape(
        {
            **BASE,
            "rows": items(items(CELL, 20), 100),
            "column_settings": items(Shape({"align": enum("left", "center", "right"), "is_wrapped": boolean}), 20, 0),
        },
        "rows",
        also=_table_rows,
    ),
    "task_card": TASK,
    "video": Shape(
        {
            **BASE,
            "video_url": url(),
            "thumbnail_url": url(),
            "alt_text": string(2000, 1),
            "title": plain(199),
            "title_url": url(),
            "author_name": string(49),
            "provider_name": string(255),
            "provider_icon_url": url(),
            "description": plain(2000),
        },
        "video_url thumbnail_url alt_text title",
    ),
}
IN_CONTAINER = (
    "actions",
    "context",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "table",
    "video",
)
BLOCKS["container"] = Shape(
    {
        **BASE,
        "title": plain(150),
        "rich_text_title": RICH_TEXT,
        "subtitle": text(150),
        "child_blocks": items(union(BLOCKS, IN_CONTAINER), 10),
        "width": enum("narrow", "standard", "wide", "full"),
        "icon": IMAGE_ELEMENT,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    "child_blocks",
    "title rich_text_title",
    also=_header_divider,
)


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a JSON value with its pointer, outermost first."""
    if isinstance(value, dict):
        yield pointer, value
        for name, inner in value.items():
            yield from walk(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, f"{pointer}/{index}")


def _across(report: Report, blocks: list[Any], pointer: str) -> None:
    """What concerns several blocks: ids that repeat, blocks that exclude each other."""
    places: dict[str, list[str]] = {}
    for place, value in walk(blocks, pointer):
        kind = value.get("type")
        if isinstance(kind, str):
            places.setdefault(kind, []).append(place)
        report.once("block_id", value.get("block_id"), f"{place}/block_id")
        report.once("action_id", value.get("action_id"), f"{place}/action_id", _block_of(place, pointer))
        if kind == "task_card":
            report.once("task_id", value.get("task_id"), f"{place}/task_id")
    for place in places.get("table", [])[1:]:
        report.add(place, "only_one_table_allowed", "only_one_table_allowed")
    top = {str(b.get("type")) for b in blocks if isinstance(b, dict)}
    if "plan" in top and "task_card" in top:
        report.add(pointer, "plan and task_card can't be in one message", "invalid_combination")


def _block_of(place: str, pointer: str) -> str:
    """The block that an element belongs to: action ids are unique within one."""
    return place[len(pointer) :].split("/")[1] if place != pointer else ""


def validate_blocks(
    blocks: Any, *, pointer: str = "/blocks", most: int = MESSAGE_BLOCKS, refused: tuple[str, ...] = ()
) -> tuple[Problem, ...]:
    """What Slack would refuse in a list of blocks, in order of place."""
    report = Report(refused)
    items(union(BLOCKS), most, 0)(report, blocks, pointer)
    if isinstance(blocks, list):
        _across(report, blocks, pointer)
    return tuple(report.problems)


def characters(blocks: Any) -> int:
    """How much text there is in blocks, as far as `msg_blocks_too_long` counts it."""
    return sum(
        len(value[name]) for _, value in walk(blocks) for name in ("text", "title") if isinstance(value.get(name), str)
    )
