"""Sentences of the engine in the form that chat uses."""

import re

from bot.commands import VERBS

_SLIPWAY = re.compile(rf"slipway ({'|'.join(VERBS)})\b")


def in_chat_words(text: str) -> str:
    """``slipway status`` becomes ``/deploy status``."""
    return _SLIPWAY.sub(r"/deploy \1", text)
