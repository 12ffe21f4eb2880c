"""Whether Slack would take this modal or App Home: all problems at once. https://docs.slack.dev/reference/views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.blocks.checks import Check, Problem, Report, Shape, anything, boolean, string, union
from bot.workspace.blocks.composition_objects import KIND, plain
from bot.workspace.blocks.validate import validate_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
MODAL_STACK = 3

VIEW_FIELDS: Mapping[str, Check] = {
    **KIND,
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
VIEWS: dict[str, Check] = {
    "modal": Shape(
        {
            **VIEW_FIELDS,
            "title": plain(24),
            "close": plain(24),
            "submit": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        "title blocks",
    ),
    "home": Shape(VIEW_FIELDS, "blocks"),
}


def validate_view(
    view: Any, *, kinds: tuple[str, ...] = ("modal", "home"), refused: tuple[str, ...] = ()
) -> tuple[Problem, ...]:
    """What Slack would refuse in a view, in order of place; pointers start at `/view`."""
    report = Report(refused)
    union(VIEWS, kinds)(report, view, "/view")
    if not isinstance(view, dict):
        return tuple(report.problems)
    blocks = view.get("blocks")
    found = validate_blocks(blocks, pointer="/view/blocks", most=VIEW_BLOCKS, refused=refused)
    inputs = (
        any(isinstance(b, dict) and b.get("type") == "input" for b in blocks) if isinstance(blocks, list) else False
    )
    if view.get("type") == "modal" and inputs and view.get("submit") is None:
        report.add("/view", "missing required field: submit (a view with inputs needs it)", "missing_field")
    return (*report.problems, *found)
