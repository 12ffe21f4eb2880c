"""What a person types, as Slack turns it into a message: entities, mentions, links, and rich text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from bot.workspace.blocks.defaults import new_id
from bot.workspace.render import mrkdwn

if TYPE_CHECKING:
    from bot.workspace.state import Json
    from bot.workspace.team import Team

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WORD = re.compile(r"https?://[^\s<>|]+[^\s<>|.,:;!?)\]}'\"]|(?<![\w.])[@#][A-Za-z0-9._-]+[A-Za-z0-9_-]|[&<>]")


def escaped(text: str) -> str:
    """Text with Slack's three entities: `&`, `<`, `>`."""
    return re.sub("[&<>]", lambda match: _ESCAPED[match[0]], text)


def encoded(team: Team, text: str, *, labelled: bool, links: bool = True) -> str:
    """What was typed, as Slack stores it: `@ana` becomes `<@U…>`, `#deploys` becomes `<#C…|deploys>`.

    `labelled` writes `<@U…|ana>`, as slash commands get it.
    """

    def one(match: re.Match[str]) -> str:
        word = match[0]
        if word in _ESCAPED:
            return _ESCAPED[word]
        if word[0] == "@":
            return _mention(team, word[1:], labelled=labelled)
        if word[0] == "#":
            channel = team.channel_named(word[1:])
            return f"<#{channel.id}|{channel.name}>" if channel else word
        return f"<{escaped(word)}>" if links else escaped(word)

    return _WORD.sub(one, text)


def _mention(team: Team, handle: str, *, labelled: bool) -> str:
    if handle in {"here", "channel", "everyone"}:
        return f"<!{handle}>"
    person = team.named(handle)
    user = person.id if person else team.seed.app.user_id if handle == team.seed.app.handle else ""
    if user:
        return f"<@{user}|{handle}>" if labelled else f"<@{user}>"
    group = next((g for g in team.seed.groups if g.handle == handle), None)
    return f"<!subteam^{group.id}|@{handle}>" if group else f"@{handle}"


def rich_text(text: str) -> list[Json]:
    """The rich text block that a person's message carries beside its text."""
    elements: list[Json] = []
    line: list[Json] = []

    def close() -> None:
        if line:
            elements.append({"type": "rich_text_section", "elements": list(line)})
            line.clear()

    for node in mrkdwn.parse(text):
        match node:
            case mrkdwn.Pre():
                close()
                inner = [{"type": "text", "text": node.text}] if node.text else []
                elements.append({"type": "rich_text_preformatted", "elements": inner})
            case mrkdwn.Quote():
                close()
                inner = [e for child in node.children for e in _element(child, {})]
                elements.append({"type": "rich_text_quote", "elements": inner})
            case _:
                line += _element(node, {})
    close()
    return [{"type": "rich_text", "block_id": new_id(), "elements": elements}]


def _element(node: mrkdwn.Node, style: dict[str, bool]) -> list[Json]:  # noqa: PLR0911, PLR0912, C901 - one per kind
    marked: Json = {"style": style} if style else {}
    match node:
        case mrkdwn.Text():
            return [{"type": "text", "text": node.text, **marked}]
        case mrkdwn.Break():
            return [{"type": "text", "text": "\n", **marked}]
        case mrkdwn.Styled():
            return [e for child in node.children for e in _element(child, {**style, node.kind: True})]
        case mrkdwn.Code():
            return [{"type": "text", "text": node.text, "style": {**style, "code": True}}]
        case mrkdwn.Link():
            return [{"type": "link", "url": node.url, **({"text": node.label} if node.label else {}), **marked}]
        case mrkdwn.User():
            return [{"type": "user", "user_id": node.id, **marked}]
        case mrkdwn.ChannelLink():
            return [{"type": "channel", "channel_id": node.id, **marked}]
        case mrkdwn.Group():
            return [{"type": "usergroup", "usergroup_id": node.id, **marked}]
        case mrkdwn.Broadcast():
            return [{"type": "broadcast", "range": node.range, **marked}]
        case mrkdwn.Emoji():
            return [{"type": "emoji", "name": node.name, **marked}]
        case mrkdwn.Date():
            return [{"type": "text", "text": node.fallback, **marked}]
        case mrkdwn.Pre() | mrkdwn.Quote():
            return []
        case _:
            assert_never(node)
