"""Pictures in blocks that are files of the workspace: which file is meant, who may post it, who sees it.

Who posts the blocks must have access to the file, and it must be a png, jpg or gif
(https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object). Anyone who sees the message sees the
picture, though the file stays private (https://slack.com/blog/developers/uploading-private-images-blockkit).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from bot.workspace.blocks.checks import Problem
from bot.workspace.blocks.validate import walk
from bot.workspace.objects import permalink, url_private
from bot.workspace.render.markup import Own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.workspace.state import StoredFile
    from bot.workspace.team import Team

WIDEST, HIGHEST = 360, 320  # pixels of the page, as the style sheet has them
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def kind(content: bytes) -> str:
    """The content type of a picture by its first bytes, whatever its name says; "" for what is none."""
    return next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), "")


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height at which a png is shown: Slack makes pictures fit, and a page keeps room for them."""
    if kind(content) != "image/png" or len(content) < 24:
        return None
    wide, high = struct.unpack_from(">II", content, 16)
    if not wide or not high:
        return None
    part = min(1.0, WIDEST / wide, HIGHEST / high)
    return max(1, round(wide * part)), max(1, round(high * part))


def meant(team: Team, given: Any) -> StoredFile | None:
    """The file that a `slack_file` names by id, or by its `url_private` or permalink."""
    if not isinstance(given, dict):
        return None
    files = team.state.files
    if isinstance(given.get("id"), str):
        return files.get(given["id"])
    url = given.get("url")
    own = (
        (file, (url_private(file, team.seed, team.url), permalink(file, team.seed, team.url)))
        for file in files.values()
    )
    return next((file for file, addresses in own if url in addresses), None)


def address(team: Team, user: str, given: Any) -> Own | None:
    """Where somebody's page gets the file that a `slack_file` names; None for an unknown one."""
    file, person = meant(team, given), team.person(user)
    if file is None or person is None:
        return None
    return Own(f"/client/{person.handle}/files/{file.id}", size(file.content))


def problems(team: Team, blocks: Any, poster: str, pointer: str = "/blocks") -> tuple[Problem, ...]:
    """What Slack says of files that are not pictures, not there yet, or not the poster's to show.

    The words are Slack's (https://github.com/slackapi/python-slack-sdk/issues/1658).
    """
    found = []
    for place, value in walk(blocks, pointer):
        if value.get("slack_file") is None:
            continue
        file = meant(team, value["slack_file"])
        if file is None or not file.complete or not kind(file.content) or not _has(team, poster, file):
            found.append(
                Problem(pointer=f"{place}/slack_file", code="invalid_slack_file", message="invalid slack file")
            )
    return tuple(found)


def _has(team: Team, user: str, file: StoredFile) -> bool:
    """Whether somebody has access to a file by themselves: it is theirs, or it is shared where they are."""
    places = (team.state.channels.get(key) for key in file.shared)
    return user == (file.user or team.seed.app.user_id) or any(
        place is not None and team.sees(user, place) for place in places
    )


def visible(team: Team, user: str, file: StoredFile) -> bool:
    """Whether somebody sees a file: they have access to it, or something that they see shows it."""
    return _has(team, user, file) or any(
        meant(team, value.get("slack_file")) is file for blocks in _seen(team, user) for _, value in walk(blocks)
    )


def _seen(team: Team, user: str) -> Iterator[Any]:
    state = team.state
    for channel in state.channels.values():
        if team.sees(user, channel):
            yield from ([m.get("blocks"), m.get("attachments")] for m in channel.messages.values())
    yield from (e.message.get("blocks") for e in state.ephemerals if e.user == user)
    yield from (v.view.get("blocks") for v in state.views.values() if v.user == user)
