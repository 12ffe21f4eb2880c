"""The value of a button: a release and a few digits of what its reader saw. Slack does not interpret it."""

import re
from hashlib import sha256
from typing import NamedTuple

_VALUE = re.compile(r"([a-z0-9-]{1,80})(?:\.([0-9a-f]{0,64}))?(?:\.([0-9]{1,4}))?")
_SEEN = 20  # digits of a binding; the engine wants at least twelve


class Pressed(NamedTuple):
    """A parsed button value. ``seen`` is the start of a binding, or of the digits of a list that was shown."""

    release: str
    seen: str = ""
    page: int = 0


def value(release: str, seen: str = "", page: int = 0) -> str:
    """``prod-app-12.3fa9…``."""
    shown = f"{release}.{seen[:_SEEN]}"
    return f"{shown}.{page}" if page else shown


def pressed(text: object) -> Pressed | None:
    """A parsed button value. None for values that this module did not write."""
    match = _VALUE.fullmatch(text) if isinstance(text, str) else None
    return Pressed(match[1], match[2] or "", int(match[3] or 0)) if match else None


def mark(*texts: str) -> str:
    """A few digits that identify what was shown."""
    return sha256("\n".join(texts).encode(errors="replace")).hexdigest()[:_SEEN]


def request(kind: str, *parts: str) -> str:
    """The id of a request, computed from Slack's ids: a retry, a replay and a second replica compute the same one."""
    digest = sha256("\0".join(parts).encode(errors="replace")).hexdigest()
    return f"slack-{kind}-{digest[:40]}"
