"""YAML text to plain values: the YAML 1.2 core schema, read event by event through libyaml.

PyYAML's own loaders are not used, for three reasons: they read YAML 1.1 (``no`` is a boolean there and ``017`` is 15,
while editors read 1.2), they keep the last of two equal keys in silence, and their recursion lets a file of brackets
crash the process.
"""

from typing import Any

from yaml import (
    AliasEvent,
    CBaseLoader,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)

MAX_DEPTH = 32
_WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
}  # fmt: skip
# What a number can start with; everything else is decided without trying.
_NUMERIC = frozenset("0123456789+-.")
# What a value without a tag carries.
NO_TAG = (None, "!")


class SuspectError(Exception):
    """The text needs the second reading, which knows positions: it is wrong, or it uses anchors."""


def scalar(text: str) -> str | float | bool | None:
    """What an unquoted scalar means in the YAML 1.2 core schema, without ``.inf``, ``.nan``, octal and hexadecimal.

    Raises:
        SuspectError: the text is a number in one version of YAML and something else in another, such as ``017``.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    digits = text[1:] if text[0] in "+-" else text
    if digits.isascii() and digits.isdigit():
        if len(digits) > 1 and digits[0] == "0":
            raise SuspectError
        # Anything longer is not a number that a field takes, and Python refuses to parse very long ones.
        return int(text) if len(digits) < 19 else text
    if len(text) < 40 and "_" not in text and any(c in digits for c in ".eE") and digits[:1] in _NUMERIC:
        try:
            number = float(text)
        except ValueError:
            return text
        # 1e999 is infinite, which JSON can't say.
        return number if number - number == 0 else text
    return text


def plain(data: bytes) -> Any:  # noqa: C901, PLR0912, PLR0915 - a call an event would double the time
    """Read one document into dicts, lists and scalars, as fast as possible. Mapping keys are always text.

    Raises:
        SuspectError: read it again with :func:`generator.config.positions.read_tree`, which tells what is wrong.
    """
    events = CBaseLoader(data)
    get = events.get_event
    stack: list[Any] = []
    keys: list[str | None] = []
    top: Any = None
    try:
        get()  # stream start
        if type(get()).__name__ != "DocumentStartEvent":
            raise SuspectError
        while True:
            event: Any = get()
            kind = type(event)
            if kind is ScalarEvent:
                if event.anchor is not None or event.tag not in NO_TAG:
                    raise SuspectError
                value: Any = event.value
                if stack and keys[-1] is None and type(stack[-1]) is dict:
                    if value in stack[-1] or value == "<<":
                        raise SuspectError
                    keys[-1] = value
                    continue
                if event.implicit[0]:
                    value = scalar(value)
                elif value[-1:] == "\n":
                    raise SuspectError
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if event.anchor is not None or event.tag not in NO_TAG or len(stack) >= MAX_DEPTH:
                    raise SuspectError
                if stack and keys[-1] is None and type(stack[-1]) is dict:
                    raise SuspectError
                stack.append({} if kind is MappingStartEvent else [])
                keys.append(None)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = stack.pop()
                keys.pop()
            elif kind is AliasEvent:
                raise SuspectError
            else:  # document end: whatever follows must be the stream's end
                if type(get()).__name__ != "StreamEndEvent":
                    raise SuspectError
                return top
            if not stack:
                top = value
            elif type(stack[-1]) is dict:
                stack[-1][keys[-1]] = value
                keys[-1] = None
            else:
                stack[-1].append(value)
    except (YAMLError, ValueError) as error:
        raise SuspectError from error
