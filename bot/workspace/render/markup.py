"""HTML that can't be broken: tags are built, never pasted, and what is not `Html` is escaped."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Attribute = str | int | bool | None
_VOID = {"img", "input", "br", "hr", "link", "meta"}
# What a browser drops or reads as something else, and lone surrogates, which no encoder takes.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SAFE = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+$", re.IGNORECASE)


class Html(str):
    """Markup that `tag` or `join` made."""

    __slots__ = ()


def text(value: object) -> Html:
    """Characters, escaped."""
    return Html(html.escape(_CONTROL.sub("\ufffd", str(value)), quote=True))


def join(parts: Iterable[str]) -> Html:
    """Markup and texts in a row."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def tag(name: str, attributes: Mapping[str, Attribute] | None = None, *children: str) -> Html:
    """An element. Attributes that are None or False are left out; True stands alone."""
    written = ""
    for key, value in (attributes or {}).items():
        if value is True:
            written += f" {key}"
        elif value is not None and value is not False:
            written += f' {key}="{text(value)}"'
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def div(classes: str, *children: str, **attributes: Attribute) -> Html:
    """A div with classes."""
    return tag("div", {"class": classes, **attributes}, *children)


def span(classes: str, *children: str, **attributes: Attribute) -> Html:
    """A span with classes."""
    return tag("span", {"class": classes, **attributes}, *children)


def safe_url(url: object) -> str | None:
    """An address that may stand in a link, or None: web and mail only, so no `javascript:`."""
    return url if isinstance(url, str) and len(url) <= 3000 and _SAFE.match(url) else None


def link(url: object, *children: str, classes: str = "") -> Html:
    """A link that opens beside the page, or just its text if the address won't do."""
    address = safe_url(url)
    if address is None:
        return span("bk-nolink", *children)
    attributes = {"href": address, "target": "_blank", "rel": "noopener noreferrer", "class": classes or None}
    return tag("a", attributes, *children)


class Own(NamedTuple):
    """A picture on this server: its address, made by it, and width and height in pixels where they are known."""

    address: str
    size: tuple[int, int] | None = None


def image(url: object, alt: object, classes: str) -> Html:
    """A picture from the web or from this server; its alternative text if the address won't do."""
    own = url if isinstance(url, Own) else None
    address = own.address if own else safe_url(url)
    if address is None or address.startswith("mailto:"):
        return span(f"{classes} bk-noimage", str(alt or "image"))
    attributes: dict[str, Attribute] = {"src": address, "alt": str(alt or ""), "class": classes}
    if own and own.size:
        attributes |= {"width": str(own.size[0]), "height": str(own.size[1])}
    return tag("img", {**attributes, "loading": "lazy", "referrerpolicy": "no-referrer"})
