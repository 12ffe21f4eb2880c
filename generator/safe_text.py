"""Makes texts from templates, commits, registries and people safe to show. The only module that does this.

A terminal obeys control characters; marks of direction and characters without a width let a text read as another one.
"""

import json
import re

# Control characters (C0, C1, DEL), marks of direction, separators of lines, what has no width, tags, half surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
# A whole escape sequence goes, not only its first character: CSI, OSC and the short ones (ECMA-48).
_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?|\x1b[ -/]*[0-~]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!@&])")


class Painted(str):
    """A line whose text is safe and whose colors are ours."""

    __slots__ = ()


def plain(text: str) -> str:
    """One line without control characters, which terminals obey, and without marks that change the direction of text."""
    return lines(text).replace("\n", " ").replace("\t", " ")


def lines(text: str) -> str:
    """The same for text of several lines, which may have tabs."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def painted(text: str, start: str) -> Painted:
    """A line in a color, with safe text. ``start`` is the escape sequence of the color, "" for none."""
    return Painted(f"{start}{plain(text)}\x1b[0m" if start else plain(text))


def terminal(line: str) -> str:
    """Text for one line of a terminal: our own colors as they are, everything else made safe."""
    return line if isinstance(line, Painted) else plain(line)


def json_text(document: str) -> str:
    """A JSON document with such characters as escapes of JSON. A program reads the same values."""
    return _CONTROL.sub(lambda found: json.dumps(found.group())[1:-1], document)


def markdown(text: str) -> str:
    """The same with everything escaped that is special in Markdown or HTML, or that mentions people."""
    return _MARKDOWN.sub(lambda found: _ESCAPED.get(found.group(1), f"\\{found.group(1)}"), plain(text))


# An entity keeps a mention or a tag from being one; a backslash would not.
_ESCAPED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;", "|": "&#124;"}
