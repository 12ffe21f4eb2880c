"""A whole message: its blocks, a version in classic blocks, and the text of its notification."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.blocks.text import clip, plain

MOST_BLOCKS = 50
MOST_CHARACTERS = 13_000  # Slack answers msg_blocks_too_long somewhat above (bolt-js issue 2509)
TEXT = 3000


class Message(NamedTuple):
    """``text`` is the notification, and what a client without blocks shows.

    On ``invalid_blocks`` the next rendering is sent: first ``pictured``, whose files Slack may not have ready, then
    ``blocks``, then ``classic``.
    """

    text: str
    blocks: Sequence[Block]
    classic: Sequence[Block] | None = None
    pictured: Sequence[Block] | None = None

    def rendered(self, *, classic: bool = False, pictured: bool = False) -> list[dict[str, Any]]:
        """The blocks as JSON, each checked by its own model.

        Raises:
            slack_sdk.errors.SlackObjectFormationError: a block breaks a limit: a bug of ours.
        """
        chosen: Sequence[Block] = self.blocks
        if classic and self.classic is not None:
            chosen = self.classic
        elif pictured and self.pictured is not None:
            chosen = self.pictured
        return [block.to_dict() for block in chosen]

    def unpictured(self) -> "Message":
        """The same message without its pictures."""
        return self._replace(pictured=None)


def header(text: str) -> HeaderBlock:
    """A heading: 150 characters at most."""
    return HeaderBlock(text=PlainTextObject(text=plain(text, 150), emoji=False))


def marked(text: str, most: int = TEXT) -> MarkdownTextObject:
    """Markup that is already escaped. ``verbatim`` keeps Slack from turning names and addresses into links."""
    return MarkdownTextObject(text=clip(text, most) or "-", verbatim=True)


def section(text: str = "", fields: Sequence[str] = (), block_id: str | None = None) -> SectionBlock:
    """A paragraph, or up to ten short fields in two columns."""
    return SectionBlock(
        text=marked(text) if text or not fields else None,
        fields=[marked(field, 2000) for field in fields[:10]] or None,
        block_id=block_id,
    )


def context(*texts: str) -> ContextBlock:
    """Small print."""
    return ContextBlock(elements=[marked(text, 1000) for text in texts[:10] if text] or [marked("-")])


class Confirmation(NamedTuple):
    """The question that a person must confirm before a button acts."""

    title: str
    text: str
    yes: str
    no: str = "Go back"


def button(  # noqa: PLR0913 - what a button is made of
    label: str,
    action: str,
    value: str,
    *,
    style: str | None = None,
    sure: Confirmation | None = None,
    url: str | None = None,
) -> ButtonElement:
    """A button. ``value`` is an opaque id: the effect of the button follows from the log alone."""
    confirm = None
    if sure is not None:
        confirm = ConfirmObject(
            title=plain(sure.title, 100),
            text=PlainTextObject(text=plain(sure.text, 300)),
            confirm=plain(sure.yes, 30),
            deny=plain(sure.no, 30),
            style="danger" if style == "danger" else None,
        )
    return ButtonElement(
        text=plain(label, 75), action_id=action, value=value[:2000], style=style, confirm=confirm, url=url
    )


def actions(*buttons: ButtonElement, block_id: str | None = None) -> ActionsBlock:
    """A row of buttons."""
    return ActionsBlock(elements=list(buttons[:25]), block_id=block_id)


def simple(text: str, *blocks: Block) -> Message:
    """A message of classic blocks only. Without blocks it is one paragraph with ``text``."""
    return Message(clip(text, TEXT), blocks or (section(text),))
