"""What Slack adds to blocks that it accepted: ids, and the flags of text objects."""

from __future__ import annotations

import copy
import secrets
from typing import Any

from bot.workspace.blocks.composition_objects import ELEMENTS
from bot.workspace.blocks.validate import BLOCKS

INTERACTIVE = frozenset(ELEMENTS) - {"image"}


def new_id() -> str:
    """An id as Slack makes them up: five characters."""
    return secrets.token_urlsafe(4)[:5]


def filled(blocks: list[Any]) -> list[Any]:
    """A copy of valid blocks with each `block_id` and `action_id`, `emoji` and `verbatim` in place."""
    result = copy.deepcopy(blocks)
    for block in result:
        _fill(block, top=True)
    return result


def _fill(value: Any, *, top: bool = False) -> None:
    if isinstance(value, list):
        for inner in value:
            _fill(inner)
        return
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if (top or (kind in BLOCKS and kind not in {"image", "rich_text"})) and not value.get("block_id"):
        value["block_id"] = new_id()
    if kind in INTERACTIVE and not top and not value.get("action_id"):
        value["action_id"] = new_id()
    if kind == "plain_text" and isinstance(value.get("text"), str):
        value.setdefault("emoji", True)
    if kind == "mrkdwn" and isinstance(value.get("text"), str):
        value.setdefault("verbatim", False)
    for name, inner in value.items():
        if name not in {"metadata", "fallback"}:
            _fill(inner)
