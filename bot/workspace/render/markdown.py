"""The `markdown` block: CommonMark with tables, raw HTML shown as text, links to the web only.

https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bot.workspace.render.markup import Html, safe_url, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": 40})
    parser.enable(["table", "strikethrough"])
    # Its own check lets `file:` and a few others through.
    parser.validateLink = lambda url: safe_url(url) is not None  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("image", _image)
    return parser


def _link_open(_renderer: Any, tokens: Sequence[Any], index: int, _options: Any, _env: Any) -> str:
    address = safe_url(tokens[index].attrGet("href")) or "#"
    return f'<a href="{text(address)}" target="_blank" rel="noopener noreferrer">'


def _image(_renderer: Any, tokens: Sequence[Any], index: int, _options: Any, _env: Any) -> str:
    """Slack shows an image in markdown as a link to it."""
    address = safe_url(tokens[index].attrGet("src")) or "#"
    return f'<a href="{text(address)}" target="_blank" rel="noopener noreferrer">{text(tokens[index].content)}</a>'


def markdown(source: object) -> Html:
    """The HTML of a markdown text."""
    if not isinstance(source, str):
        return Html("")
    cleaned = source.encode("utf-8", "replace").decode()
    return Html(f'<div class="bk-markdown">{_parser().render(cleaned)}</div>')
