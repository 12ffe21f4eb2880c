"""Block Kit as HTML: each block by type, unknown ones as a labelled placeholder.

Never fails, whatever it is given, and never draws a script or a broken tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.workspace.render import elements, newer_blocks, text_objects
from bot.workspace.render.icons import icon
from bot.workspace.render.markdown import markdown
from bot.workspace.render.markup import Html, div, image, join, link, span, tag
from bot.workspace.render.rich_text import rich_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.workspace.render.context import Context

Json = dict[str, Any]
DEEPEST = 4


def _key(block: Json) -> str:
    key = block.get("block_id")
    return key if isinstance(key, str) else ""


def section(block: Json, context: Context) -> Html:
    """Text, fields in two columns, and an element beside."""
    parts: list[str] = []
    if block.get("text"):
        parts.append(div("bk-text", text_objects.text_object(block["text"], context)))
    fields = block.get("fields")
    if isinstance(fields, list):
        drawn = [div("bk-field", text_objects.text_object(entry, context)) for entry in fields]
        parts.append(div("bk-fields", *drawn))
    accessory = block.get("accessory")
    if not accessory:
        return div("bk-section", *parts)
    beside = div("bk-accessory", elements.draw(accessory, _key(block), context))
    return div("bk-section has-accessory", div("bk-main", *parts), beside)


def actions(block: Json, context: Context) -> Html:
    """Elements in a row."""
    inner = block.get("elements")
    drawn = [elements.draw(element, _key(block), context) for element in inner] if isinstance(inner, list) else []
    return div("bk-actions", *drawn)


def context_block(block: Json, context: Context) -> Html:
    """Small texts and images."""
    parts: list[str] = []
    for element in newer_blocks.listed(block.get("elements")):
        if element.get("type") == "image":
            parts.append(image(context.source(element), element.get("alt_text"), "bk-tiny"))
        else:
            parts.append(span("bk-context-text", text_objects.text_object(element, context)))
    return div("bk-context", *parts)


def header(block: Json, context: Context) -> Html:
    """A title."""
    return tag("h3", {"class": "bk-header"}, text_objects.text_object(block.get("text"), context))


def picture(block: Json, context: Context) -> Html:
    """A large image with its title."""
    title = block.get("title")
    caption = tag("figcaption", None, text_objects.text_object(title, context)) if title else Html("")
    drawn = image(context.source(block), block.get("alt_text"), "bk-picture")
    return tag("figure", {"class": "bk-image"}, caption, drawn)


def input_block(block: Json, context: Context) -> Html:
    """A label, an element, a hint, and what is wrong with it."""
    error = context.errors.get(_key(block))
    optional = span("bk-optional", " (optional)") if block.get("optional") is True else Html("")
    label = div("bk-label", text_objects.text_object(block.get("label"), context), optional)
    hint = div("bk-hint", text_objects.text_object(block.get("hint"), context)) if block.get("hint") else Html("")
    wrong = tag("div", {"class": "bk-error", "role": "alert", "hidden": not error}, error or "")
    dispatch = "yes" if block.get("dispatch_action") is True else None
    body = elements.draw(block.get("element"), _key(block), context)
    attributes = {"data-input": _key(block), "data-dispatch": dispatch}
    classes = "bk-input-block" + (" is-wrong" if error else "")
    return tag("div", {"class": classes, **attributes}, label, body, wrong, hint)


def video(block: Json, context: Context) -> Html:
    """A video as its title, picture and address: nothing is embedded here."""
    title = text_objects.text_object(block.get("title"), context)
    heading = link(block.get("title_url") or block.get("video_url"), title)
    still = image(block.get("thumbnail_url"), block.get("alt_text"), "bk-picture")
    about = div("bk-hint", text_objects.text_object(block.get("description"), context))
    return div("bk-video", div("bk-card-title", "▶ ", heading), still, about)


def file_block(block: Json, _context: Context) -> Html:
    """A remote file by its id."""
    return div("bk-file", icon("file"), " ", text_objects.plain(block.get("external_id")) or "remote file")


def auth_provider(block: Json, context: Context) -> Html:
    """A service that one connects to, with the state of the connection."""
    connected = block.get("is_connected") is True
    url = block.get("disconnect_url") if connected else block.get("auth_url")
    act = link(url, "Disconnect" if connected else "Connect", classes="bk-button is-plain")
    identity = text_objects.text_object(block.get("connected_identity"), context) if connected else Html("")
    head = div("bk-card-title", text_objects.text_object(block.get("name"), context))
    about = div("bk-subtitle", text_objects.text_object(block.get("description"), context))
    return div("bk-card", head, about, div("bk-hint", identity), div("bk-actions", act))


def chart(block: Json, _context: Context) -> Html:
    """A chart as its title: drawing it is left to Slack."""
    return unknown("data_visualization", text_objects.plain(block.get("title")))


def unknown(kind: str, title: str = "") -> Html:
    """What this workspace does not draw, with its type."""
    label = f"{title} ({kind})" if title else f"Block of type {kind}"
    return div("bk-placeholder", f"{label} is not shown here")


DRAW: dict[str, Callable[[Json, Context], Html]] = {
    "actions": actions,
    "alert": newer_blocks.alert,
    "auth_provider": auth_provider,
    "card": newer_blocks.card,
    "carousel": newer_blocks.carousel,
    "context": context_block,
    "context_actions": actions,
    "data_table": newer_blocks.table,
    "data_visualization": chart,
    "divider": lambda _block, _context: tag("hr", {"class": "bk-divider"}),
    "file": file_block,
    "header": header,
    "image": picture,
    "input": input_block,
    "markdown": lambda block, _context: markdown(block.get("text")),
    "plan": newer_blocks.plan,
    "rich_text": lambda block, context: div("bk-rich", rich_text(block, context)),
    "section": section,
    "table": newer_blocks.table,
    "task_card": newer_blocks.task,
    "video": video,
}


def draw(block: Any, context: Context, depth: int = 0) -> Html:
    """One block."""
    if not isinstance(block, dict):
        return unknown("nothing")
    kind = block.get("type")
    if kind == "container" and depth < DEEPEST:
        children = [draw(child, context, depth + 1) for child in newer_blocks.listed(block.get("child_blocks"))]
        return newer_blocks.container(block, context, children)
    known = DRAW.get(kind) if isinstance(kind, str) else None
    return known(block, context) if known else unknown(str(kind))


def blocks(given: Any, context: Context) -> Html:
    """A list of blocks."""
    return join([draw(block, context) for block in given]) if isinstance(given, list) else Html("")
