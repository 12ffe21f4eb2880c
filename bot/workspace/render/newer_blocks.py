"""Tables, plans, tasks, cards, alerts and containers as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.render import elements, text_objects
from bot.workspace.render.markup import Html, div, image, join, link, span, tag
from bot.workspace.render.rich_text import rich_text

if TYPE_CHECKING:
    from bot.workspace.render.context import Context

Json = dict[str, Any]
STATUS = {"pending": "○", "in_progress": "◐", "complete": "✓", "error": "✕"}
LEVELS = {"default": "•", "info": "i", "warning": "!", "error": "✕", "success": "✓"}


def word(value: Any, allowed: Any, otherwise: str) -> str:
    """One of some words, or another: what ends up in a class name."""
    return value if isinstance(value, str) and value in allowed else otherwise


def listed(value: Any) -> list[Json]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def alert(block: Json, context: Context) -> Html:
    """A notice with a colour."""
    level = word(block.get("level"), LEVELS, "default")
    icon = span("bk-alert-icon", LEVELS[level], **{"aria-hidden": "true"})
    return div(f"bk-alert is-{level}", icon, div("", text_objects.text_object(block.get("text"), context)), role="note")


def _cell(value: Any, context: Context) -> Html:
    if not isinstance(value, dict):
        return Html("")
    if value.get("type") == "rich_text":
        return rich_text(value, context)
    inner = value.get("text")
    if not isinstance(inner, str):
        inner = value.get("value", "")
    return text_objects.with_emoji(str(inner))


def table(block: Json, context: Context) -> Html:
    """Rows; the first one is the head."""
    rows = block.get("rows")
    settings = block.get("column_settings")
    columns = settings if isinstance(settings, list) else []
    drawn: list[str] = []
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        cells: list[str] = []
        for column, cell in enumerate(row if isinstance(row, list) else []):
            own = columns[column] if column < len(columns) and isinstance(columns[column], dict) else {}
            kind = cell.get("type") if isinstance(cell, dict) else ""
            usual = "right" if kind == "raw_number" else "left"
            align = word(own.get("align"), {"left", "center", "right"}, usual)
            wrapped = " is-wrapped" if own.get("is_wrapped") is True else ""
            cells.append(tag("td" if number else "th", {"class": f"to-{align}{wrapped}"}, _cell(cell, context)))
        drawn.append(tag("tr", None, *cells))
    caption = block.get("caption")
    head = tag("caption", None, caption) if isinstance(caption, str) else Html("")
    # A region that scrolls must be reachable by keyboard.
    return div("bk-table", tag("table", None, head, *drawn), tabindex="0", role="region", **{"aria-label": "Table"})


def task(block: Json, context: Context) -> Html:
    """One task with its state; details and output fold."""
    status = word(block.get("status"), STATUS, "pending")
    mark = span(f"bk-status is-{status}", STATUS[status], title=status.replace("_", " "))
    title = span("bk-task-title", text_objects.with_emoji(text_objects.plain(block.get("title"))))
    parts = [rich_text(block.get(name), context) for name in ("details", "output") if block.get(name)]
    sources = [
        link(source.get("url"), text_objects.plain(source.get("text")) or "source", classes="bk-chip")
        for source in listed(block.get("sources"))
    ]
    if sources:
        parts.append(div("bk-sources", *sources))
    label = status.replace("_", " ")
    attributes = {
        "class": f"bk-task is-{status}",
        "data-task": text_objects.plain(block.get("task_id")),
        "aria-label": label,
    }
    if not parts:
        return tag("div", attributes, div("bk-task-head", mark, title))
    head = tag("summary", {"class": "bk-task-head"}, mark, title)
    key = f"task/{text_objects.plain(block.get('task_id'))}"
    opened = status in {"in_progress", "error"}
    folded = tag("details", {"data-key": key, "open": opened}, head, div("bk-task-body", *parts))
    return tag("div", attributes, folded)


def plan(block: Json, context: Context) -> Html:
    """Tasks below a title, with how many are done."""
    tasks = listed(block.get("tasks"))
    done = sum(1 for entry in tasks if entry.get("status") == "complete")
    title = tag("div", {"class": "bk-plan-title"}, text_objects.with_emoji(text_objects.plain(block.get("title"))))
    count = span("bk-count", f"{done} of {len(tasks)}") if tasks else Html("")
    return div("bk-plan", div("bk-plan-head", title, count), *(task(entry, context) for entry in tasks))


def _headed(block: Json, context: Context, title: Html) -> Html:
    icon = block.get("icon")
    pictured = image(context.source(icon), icon.get("alt_text"), "bk-card-icon") if isinstance(icon, dict) else Html("")
    subtitle = block.get("subtitle")
    below = div("bk-subtitle", text_objects.text_object(subtitle, context)) if subtitle else Html("")
    return div("bk-card-head", pictured, div("", div("bk-card-title", title), below))


def card(block: Json, context: Context) -> Html:
    """A picture, a title, a text and buttons in a frame."""
    hero = block.get("hero_image")
    parts = [image(context.source(hero), hero.get("alt_text"), "bk-hero")] if isinstance(hero, dict) else []
    if block.get("title") or block.get("subtitle") or block.get("icon"):
        parts.append(_headed(block, context, text_objects.text_object(block.get("title"), context)))
    if block.get("body"):
        parts.append(div("bk-card-body", text_objects.text_object(block.get("body"), context)))
    buttons = listed(block.get("actions"))
    if buttons:
        key = text_objects.plain(block.get("block_id"))
        parts.append(div("bk-actions", *(elements.draw(button, key, context) for button in buttons)))
    return div("bk-card", *parts)


def carousel(block: Json, context: Context) -> Html:
    """Cards in a row that scrolls."""
    drawn = [card(entry, context) for entry in listed(block.get("elements"))]
    return div("bk-carousel", *drawn, tabindex="0", role="region", **{"aria-label": "Cards"})


def container(block: Json, context: Context, children: list[Html]) -> Html:
    """Blocks in a frame with a title, which may fold."""
    rich = block.get("rich_text_title")
    title = rich_text(rich, context) if rich else text_objects.text_object(block.get("title"), context)
    width = word(block.get("width"), {"narrow", "standard", "wide", "full"}, "standard")
    ruled = " has-rule" if block.get("has_header_divider") is True else ""
    head, body = _headed(block, context, title), div("bk-container-body", join(children))
    classes = f"bk-container is-{width}{ruled}"
    if block.get("is_collapsible") is not True:
        return div(classes, head, body)
    key = f"container/{text_objects.plain(block.get('block_id'))}"
    opened = block.get("default_collapsed") is not True
    return tag("details", {"class": classes, "data-key": key, "open": opened}, tag("summary", None, head), body)
