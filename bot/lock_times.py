"""How long a lock lasts, as people write it: ``2h``, ``for 2 hours``, ``until 18:00``. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from generator.errors import UsageError

MOST = 8760.0  # hours: a year
_UNITS = {
    **dict.fromkeys(("h", "hour", "hours", "hr", "hrs"), 1.0), **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1 / 60), **dict.fromkeys(("w", "week", "weeks"), 168.0),
}  # fmt: skip
_TOGETHER = re.compile(r"([0-9]{1,4}(?:\.[0-9])?)([a-z]+)")
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9])?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def hours(words: Sequence[str], now: float) -> tuple[list[str], float]:
    """The words that name no time, and the hours that the others name. 0.0 means without an end.

    A clock is UTC, today or tomorrow. ``now`` is epoch seconds.

    Raises:
        UsageError: ``for`` or ``until`` is followed by something that is not a time, or there are two times.
    """
    left: list[str] = []
    found: list[float] = []
    rest = [word.strip(",;`'\"").lower() for word in words]
    while rest:
        word = rest.pop(0)
        if word in {"until", "till"}:
            found.append(_until(rest, now))
        elif word == "for":
            found.append(_span(rest.pop(0) if rest else "", rest, wanted=True))
        elif span := _span(word, rest, wanted=False):
            found.append(span)
        else:
            left.append(word)
    if len(found) > 1:
        raise UsageError("names two times; write one, for example: for 2 hours")
    return left, min(found[0], MOST) if found else 0.0


def _span(word: str, rest: list[str], *, wanted: bool) -> float:
    """``2h``, or a number and the unit that follows; the unit is taken from ``rest``."""
    together = _TOGETHER.fullmatch(word)
    if together is not None and together[2] in _UNITS:
        return float(together[1]) * _UNITS[together[2]]
    if _NUMBER.fullmatch(word) and rest and rest[0] in _UNITS:
        return float(word) * _UNITS[rest.pop(0)]
    if wanted:
        raise UsageError(
            f"{f'for {word}'.strip()!r} is not a time that the bot understands; write: for 2 hours, or until 18:00"
        )
    return 0.0


def _until(rest: list[str], now: float) -> float:
    word = rest.pop(0) if rest else ""
    clock = _CLOCK.fullmatch(word)
    if clock is None:
        raise UsageError(
            f"{f'until {word}'.strip()!r} is not a time that the bot understands; write: until 18:00 (UTC), or for 2 "
            "hours"
        )
    if rest and rest[0] == "utc":
        rest.pop(0)
    at = datetime.fromtimestamp(now, UTC)
    end = at.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    end += timedelta(days=1) if end <= at else timedelta()
    return (end - at).total_seconds() / 3600
