"""Texts from templates, commits, registries and people, made fit to be shown."""

import re

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]|\r"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!@&])")


def plain(text: str) -> str:
    """One line without control characters (terminals obey them) and without marks that turn text around."""
    return _CONTROL.sub("", text.replace("\n", " ").replace("\t", " "))


def markdown(text: str) -> str:
    """The same with everything escaped that Markdown, HTML or a mention would act on."""
    return _MARKDOWN.sub(lambda found: _ESCAPED.get(found.group(1), f"\\{found.group(1)}"), plain(text))


# An entity keeps a mention or a tag from being one; a backslash would not.
_ESCAPED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", "|": "&#124;"}
