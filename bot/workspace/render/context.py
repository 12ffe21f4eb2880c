"""What drawing needs to know besides the blocks: names, who looks, and what they already chose."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.workspace.render.markup import Own

Choice = tuple[str, str]  # id or value, and its label


def nobody(_id: str) -> str | None:
    """Knows no names."""
    return None


def nowhere(_file: object) -> Own | None:
    """Knows no files."""
    return None


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """How to draw for one person.

    Attributes:
        user, channel, group: Names by id, or None for unknown ones.
        file: The address of a file by its `slack_file` object, or None for unknown ones.
        people, channels: What users_select and the like offer.
        values: By (block id, action id), what the person chose before.
        errors: By block id, what is wrong with an input.
        inputs: Whether elements work; False draws them disabled.
    """

    user: Callable[[str], str | None] = nobody
    channel: Callable[[str], str | None] = nobody
    group: Callable[[str], str | None] = nobody
    file: Callable[[object], Own | None] = nowhere
    viewer: str = ""
    people: tuple[Choice, ...] = ()
    channels: tuple[Choice, ...] = ()
    zone: tzinfo = UTC
    now: float = 0.0
    values: Mapping[tuple[str, str], str | list[str] | None] = {}
    errors: Mapping[str, str] = {}
    inputs: bool = True

    def source(self, element: Mapping[str, object]) -> object:
        """The address of an image: from the web, or of a file of the workspace."""
        return element.get("image_url") or self.file(element.get("slack_file"))
