"""Texts as HTML: mrkdwn, plain text, emoji, dates, mentions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

from bot.workspace.render import mrkdwn
from bot.workspace.render.emoji import EMOJI, SIGNS
from bot.workspace.render.icons import sign
from bot.workspace.render.markup import Html, join, link, span, tag

if TYPE_CHECKING:
    from bot.workspace.render.context import Context

_SHORT = re.compile(r":([a-z0-9_+'-]{1,60})(?:::skin-tone-[2-6])?:")
_SIGN = re.compile(f"([{''.join(SIGNS)}])\ufe0f?")
_BRACES = re.compile(r"\{([a-z_]+)\}")
# https://docs.slack.dev/messaging/formatting-message-text#date-formatting; `ago` depends on when one looks.
_FORMATS = {
    "date_num": "%Y-%m-%d",
    "date_slash": "%d/%m/%Y",
    "date": "%B %-d, %Y",
    "date_short": "%b %-d, %Y",
    "date_long": "%A, %B %-d, %Y",
    "day_divider_pretty": "%A, %B %-d",
    "time": "%H:%M",
    "time_secs": "%H:%M:%S",
}


def emoji(name: str) -> Html:
    """An emoji by short name."""
    found = EMOJI.get(name.partition("::")[0])
    if found is None:
        return span("emoji-name", f":{name}:")
    drawn = SIGNS.get(found.rstrip("\ufe0f"))
    if drawn is not None:
        return sign(*drawn)
    return span("emoji", found, title=f":{name}:", role="img", **{"aria-label": name.replace("_", " ")})


def with_emoji(text: str) -> Html:
    """Plain text in which short names become emoji, lines stay lines."""
    parts: list[str] = []
    position = 0
    for match in _SHORT.finditer(text):
        if match[1] in EMOJI:
            parts += [_lines(text[position : match.start()]), emoji(match[1])]
            position = match.end()
    return join([*parts, _lines(text[position:])])


def _lines(text: str) -> Html:
    parts: list[str] = []
    for index, line in enumerate(text.split("\n")):
        if index:
            parts.append(tag("br"))
        parts.append(with_signs(line))
    return join(parts)


def with_signs(text: str) -> Html:
    """Text in which squares, circles and the like, which only a font of emoji has, are drawn."""
    return join(sign(*SIGNS[part]) if part in SIGNS else part for part in _SIGN.split(text))


def ago(seconds: float) -> str:
    """How long since, in words."""
    if seconds < 45:
        return "just now"
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = round(seconds / size)
        if seconds >= size * 0.75:
            return f"{max(1, count)} {word}{'s' * (count > 1)} ago"
    return "1 minute ago"


def moment(timestamp: float, pattern: str, fallback: str, context: Context) -> str:
    """A moment in one of Slack's formats, or its fallback if that can't be."""
    try:
        when = datetime.fromtimestamp(timestamp, context.zone)
        now = datetime.fromtimestamp(context.now or timestamp, context.zone)
    except (ValueError, OverflowError, OSError):
        return fallback or str(timestamp)

    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name == "ago":
            return ago(context.now - timestamp) if context.now else match[0]
        bare = name.removesuffix("_pretty")
        days = (now.date() - when.date()).days
        if name != bare and days in {-1, 0, 1}:
            return {0: "today", 1: "yesterday", -1: "tomorrow"}[days]
        return when.strftime(_FORMATS[bare]) if bare in _FORMATS else match[0]

    return _BRACES.sub(one, pattern)


def date(timestamp: float, pattern: str, fallback: str, url: str, context: Context) -> Html:
    """A date with its exact time on hover."""
    shown = moment(timestamp, pattern, fallback, context)
    exact = moment(timestamp, "{date_num} {time_secs}", "", context)
    body = tag("time", {"title": exact, "class": "mk-date"}, shown)
    return link(url, body) if url else body


def user(key: str, label: str, context: Context) -> Html:
    """A mention of a person; louder if it is the one who looks."""
    mine = " is-me" if key == context.viewer else ""
    return span(f"mk-mention{mine}", "@" + (context.user(key) or label.lstrip("@") or key), **{"data-user": key})


def channel(key: str, label: str, context: Context) -> Html:
    """A mention of a channel, which opens it."""
    name = context.channel(key) or label.lstrip("#") or key
    return tag("a", {"class": "mk-channel", "href": f"#{key}", "data-channel": key}, "#" + name)


def group(key: str, label: str, context: Context) -> Html:
    """A mention of a user group."""
    return span("mk-mention", "@" + (context.group(key) or label.lstrip("@") or key))


def nodes(tree: mrkdwn.Nodes, context: Context) -> Html:
    """The tree of a mrkdwn text."""
    return join([_node(node, context) for node in tree])


_STYLE = {"bold": "strong", "italic": "em", "strike": "s"}


def _node(node: mrkdwn.Node, context: Context) -> Html:  # noqa: PLR0911, PLR0912, C901 - one per kind
    match node:
        case mrkdwn.Text():
            return with_signs(node.text)
        case mrkdwn.Break():
            return tag("br")
        case mrkdwn.Styled():
            return tag(_STYLE[node.kind], None, nodes(node.children, context))
        case mrkdwn.Code():
            return tag("code", {"class": "mk-code"}, node.text)
        case mrkdwn.Pre():
            return tag("pre", {"class": "mk-pre"}, node.text)
        case mrkdwn.Quote():
            return tag("blockquote", {"class": "mk-quote"}, nodes(node.children, context))
        case mrkdwn.Link():
            return link(node.url, node.label or node.url)
        case mrkdwn.User():
            return user(node.id, node.label, context)
        case mrkdwn.ChannelLink():
            return channel(node.id, node.label, context)
        case mrkdwn.Group():
            return group(node.id, node.label, context)
        case mrkdwn.Broadcast():
            return span("mk-mention is-me", f"@{node.range}")
        case mrkdwn.Emoji():
            return emoji(node.name)
        case mrkdwn.Date():
            return date(node.timestamp, node.format, node.fallback, node.link, context)
        case _:
            assert_never(node)


def marked(text: object, context: Context) -> Html:
    """A mrkdwn text."""
    return nodes(mrkdwn.parse(text), context) if isinstance(text, str) else Html("")


def text_object(value: Any, context: Context) -> Html:
    """A text object of either kind, or a bare string; nothing for anything else."""
    if isinstance(value, str):
        return with_emoji(value)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return Html("")
    if value.get("type") == "mrkdwn":
        return marked(value["text"], context)
    return with_emoji(value["text"])


def plain(value: Any) -> str:
    """The characters of a text object, for attributes and options."""
    inner = value.get("text") if isinstance(value, dict) else value
    if not isinstance(inner, str):
        return ""
    return _SHORT.sub(lambda match: EMOJI.get(match[1], match[0]), inner)
