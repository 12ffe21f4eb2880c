"""rich_text as HTML. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.render import text_objects
from bot.workspace.render.markup import Html, join, link, span, tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.render.context import Context

Json = dict[str, Any]
_MARKS = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u", "code": "code", "highlight": "mark"}


def _string(value: Any, name: str) -> str:
    inner = value.get(name)
    return inner if isinstance(inner, str) else ""


def _text(element: Json, _context: Context) -> Html:
    return text_objects.with_emoji(_string(element, "text"))


def _link(element: Json, _context: Context) -> Html:
    url = _string(element, "url")
    return link(url, _string(element, "text") or url)


def _date(element: Json, context: Context) -> Html:
    stamp = element.get("timestamp")
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return join([_string(element, "fallback")])
    pattern, url = _string(element, "format"), _string(element, "url")
    return text_objects.date(stamp, pattern, _string(element, "fallback"), url, context)


INLINE: dict[str, Callable[[Json, Context], Html]] = {
    "text": _text,
    "link": _link,
    "user": lambda e, c: text_objects.user(_string(e, "user_id"), "", c),
    "channel": lambda e, c: text_objects.channel(_string(e, "channel_id"), "", c),
    "usergroup": lambda e, c: text_objects.group(_string(e, "usergroup_id"), "", c),
    "team": lambda e, _: span("mk-mention", "@" + _string(e, "team_id")),
    "emoji": lambda e, _: text_objects.emoji(_string(e, "name")),
    "broadcast": lambda e, _: span("mk-mention is-me", "@" + _string(e, "range")),
    "date": _date,
    "color": lambda e, _: span("mk-color", _string(e, "value")),
}


def inline(elements: Any, context: Context) -> Html:
    """A row of inline elements with their styles."""
    parts: list[str] = []
    for element in elements if isinstance(elements, list) else []:
        if not isinstance(element, dict):
            continue
        kind = element.get("type")
        draw = INLINE.get(kind) if isinstance(kind, str) else None
        body = draw(element, context) if draw else span("bk-unknown", f"[{kind}]")
        style = element.get("style")
        for name, mark in _MARKS.items():
            if isinstance(style, dict) and style.get(name) is True:
                body = tag(mark, {"class": "mk-code"} if name == "code" else None, body)
        parts.append(body)
    return join(parts)


def _list(element: Json, context: Context) -> Html:
    kind = "ol" if element.get("style") == "ordered" else "ul"
    indent = element.get("indent")
    level = indent if isinstance(indent, int) and 0 <= indent <= 8 else 0
    offset = element.get("offset")
    start = offset + 1 if kind == "ol" and isinstance(offset, int) and 0 < offset < 10_000 else None
    inner = element.get("elements")
    items = [e for e in inner if isinstance(e, dict)] if isinstance(inner, list) else []
    drawn = [tag("li", None, inline(item.get("elements"), context)) for item in items]
    return tag(kind, {"class": f"mk-list indent-{level}", "start": start}, *drawn)


PARTS: dict[str, Callable[[Json, Context], Html]] = {
    "rich_text_section": lambda e, c: tag("div", {"class": "mk-section"}, inline(e.get("elements"), c)),
    "rich_text_preformatted": lambda e, c: tag("pre", {"class": "mk-pre"}, inline(e.get("elements"), c)),
    "rich_text_quote": lambda e, c: tag("blockquote", {"class": "mk-quote"}, inline(e.get("elements"), c)),
    "rich_text_list": _list,
}


def rich_text(block: Any, context: Context) -> Html:
    """A rich_text block or value; nothing for anything else."""
    inner = block.get("elements") if isinstance(block, dict) else None
    parts: list[str] = []
    for element in inner if isinstance(inner, list) else []:
        if isinstance(element, dict):
            kind = element.get("type")
            draw = PARTS.get(kind) if isinstance(kind, str) else None
            parts.append(draw(element, context) if draw else span("bk-unknown", f"[{kind}]"))
    return join(parts)
