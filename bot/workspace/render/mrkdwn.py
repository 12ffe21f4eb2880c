"""Slack's mrkdwn as a tree. https://docs.slack.dev/messaging/formatting-message-text.

parse("*up* <@U012> `x`")  ->  (Styled("bold", (Text("up"),)), Text(" "), User("U012", ""), Text(" "), Code("x"))
"""

from __future__ import annotations

import html
import re

import msgspec


class Text(msgspec.Struct, frozen=True):
    """Plain characters, entities already undone."""

    text: str


class Styled(msgspec.Struct, frozen=True):
    """`kind` is bold, italic or strike."""

    kind: str
    children: tuple[Node, ...]


class Code(msgspec.Struct, frozen=True):
    """Code within a line."""

    text: str


class Pre(msgspec.Struct, frozen=True):
    """A block of code."""

    text: str


class Quote(msgspec.Struct, frozen=True):
    """Lines that somebody said."""

    children: tuple[Node, ...]


class Link(msgspec.Struct, frozen=True):
    """An address with an optional label."""

    url: str
    label: str


class User(msgspec.Struct, frozen=True):
    """A mention of a person."""

    id: str
    label: str


class ChannelLink(msgspec.Struct, frozen=True):
    """A mention of a channel."""

    id: str
    label: str


class Group(msgspec.Struct, frozen=True):
    """A mention of a user group."""

    id: str
    label: str


class Broadcast(msgspec.Struct, frozen=True):
    """@here, @channel or @everyone."""

    range: str


class Date(msgspec.Struct, frozen=True):
    """A moment in a format of Slack's, with what to show if it can't be read."""

    timestamp: int
    format: str
    link: str
    fallback: str


class Emoji(msgspec.Struct, frozen=True):
    """A short name without colons."""

    name: str


class Break(msgspec.Struct, frozen=True):
    """The end of a line."""


Node = Text | Styled | Code | Pre | Quote | Link | User | ChannelLink | Group | Broadcast | Date | Emoji | Break
Nodes = tuple[Node, ...]

_FENCE = re.compile(r"```(.*?)```", re.DOTALL)
_DATE = re.compile(r"date\^(\d{1,12})\^([^^|]*)(?:\^([^|]*))?$")
# A style opens after the start, a space or punctuation, hugs its text, and closes before the same.
_EDGE = r"(?<![\w{mark}\\]){mark}(?=[^\s{mark}])"
_BODY = r"([^\n{mark}]*[^\s{mark}]){mark}(?![\w{mark}])"
_TOKEN = re.compile(
    "|".join(
        (
            r"<(?P<angle>[^<>\n]{1,3000})>",
            r"`(?P<code>[^`\n]+)`",
            r":(?P<emoji>[a-z0-9_+'-]{1,60}(?:::skin-tone-[2-6])?):",
            *(
                f"(?P<{name}>{_EDGE.format(mark=mark)}{_BODY.format(mark=mark)})"
                for name, mark in (("bold", r"\*"), ("italic", "_"), ("strike", "~"))
            ),
        )
    )
)
_STYLES = ("bold", "italic", "strike")
DEEPEST = 6


def plain_nodes(text: str) -> Nodes:
    """Text in which only line ends mean something."""
    nodes: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        if index:
            nodes.append(Break())
        if line:
            nodes.append(Text(line))
    return tuple(nodes)


def _angle(inner: str) -> Node:
    """What stands between < and >."""
    target, _, label = inner.partition("|")
    label = html.unescape(label)
    match target[:1]:
        case "@":
            return User(target[1:], label)
        case "#":
            return ChannelLink(target[1:], label)
        case "!":
            return _special(inner[1:], label)
        case _:
            return Link(html.unescape(target), label)


def _special(inner: str, label: str) -> Node:
    head = inner.partition("|")[0]
    if head in {"here", "channel", "everyone"}:
        return Broadcast(head)
    if head.startswith("subteam^"):
        return Group(head.removeprefix("subteam^"), label)
    date = _DATE.match(head)
    if date:
        return Date(int(date[1]), html.unescape(date[2]), html.unescape(date[3] or ""), label)
    return Text(label or f"<!{html.unescape(inner)}>")


def _inline(text: str, depth: int) -> list[Node]:
    """One line, without its end."""
    nodes: list[Node] = []
    position = 0
    while match := _TOKEN.search(text, position):
        if match.start() > position:
            nodes.append(Text(html.unescape(text[position : match.start()])))
        kind = match.lastgroup or ""
        # The group inside a style has no name, so lastgroup may be the outer one: take whichever style matched.
        style = next((name for name in _STYLES if match[name]), "")
        if style:
            inner = match[0][1:-1]
            children = _inline(inner, depth + 1) if depth < DEEPEST else [Text(html.unescape(inner))]
            nodes.append(Styled(style, tuple(children)))
        elif kind == "angle":
            nodes.append(_angle(match["angle"]))
        elif kind == "code":
            nodes.append(Code(html.unescape(match["code"])))
        else:
            nodes.append(Emoji(match["emoji"]))
        position = match.end()
    if position < len(text):
        nodes.append(Text(html.unescape(text[position:])))
    return nodes


def _lines(text: str) -> list[Node]:
    nodes: list[Node] = []
    quoted: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        mark = "&gt;" if line.startswith("&gt;") else ">" if line.startswith(">") else ""
        if mark:
            if quoted:
                quoted.append(Break())
            quoted += _inline(line.removeprefix(mark).lstrip(" "), 0)
            continue
        if quoted:
            nodes.append(Quote(tuple(quoted)))
            quoted = []
        elif index:
            nodes.append(Break())
        nodes += _inline(line, 0)
    if quoted:
        nodes.append(Quote(tuple(quoted)))
    return nodes


def parse(text: str) -> Nodes:
    """The tree of a text. Never fails; what means nothing stays text."""
    nodes: list[Node] = []
    position = 0
    for match in _FENCE.finditer(text):
        before = text[position : match.start()].removesuffix("\n")
        nodes += _lines(before) if before else []
        nodes.append(Pre(html.unescape(match[1].strip("\n"))))
        position = match.end() + (text[match.end() : match.end() + 1] == "\n")
    rest = text[position:]
    nodes += _lines(rest) if rest else []
    return tuple(nodes)
