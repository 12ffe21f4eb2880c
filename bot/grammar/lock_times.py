"""How long a lock lasts, as people write it: ``2h``, ``for 2 hours``, ``until 18:00``, ``until monday``. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from generator.errors import UsageError

MOST = 8760.0  # hours: a year
_UNITS = {
    **dict.fromkeys(("h", "hour", "hours", "hr", "hrs"), 1.0), **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1 / 60), **dict.fromkeys(("w", "week", "weeks"), 168.0),
}  # fmt: skip
_NUMBERS = {word: float(n) for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)} | {  # noqa: SIM905 - read as a row
    "a": 1.0, "an": 1.0, "half": 0.5,
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TOGETHER = re.compile(r"([0-9]{1,4}(?:\.[0-9])?)([a-z]+)")
_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9])?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?:z|utc)?")
_HALF_DAY = re.compile(r"(0?[1-9]|1[0-2])(?::([0-5][0-9]))?(am|pm)")
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")


def hours(words: Sequence[str], now: float) -> tuple[list[str], float]:
    """The words that name no time, and the hours that the others name. 0.0 means without an end.

    A clock is UTC, today or tomorrow; a day begins at midnight UTC. ``now`` is epoch seconds.

    Raises:
        UsageError: ``for`` or ``until`` is followed by something that is not a time, or there are two times.
    """
    left: list[str] = []
    found: list[float] = []
    rest = [word.strip(",;`'\"") for word in words]
    while rest:
        word = rest.pop(0)
        if word.lower() in {"until", "till", "til"}:
            found.append(_until(rest, now))
        elif word.lower() == "for":
            found.append(_span(rest.pop(0) if rest else "", rest, wanted=True))
        elif span := _span(word, rest, wanted=False):
            found.append(span)
        else:
            left.append(word)
    if len(found) > 1:
        raise UsageError("names two times; write one, for example: for 2 hours")
    return left, min(found[0], MOST) if found else 0.0


def is_span(words: Sequence[str]) -> bool:
    """Whether these words begin with a span, such as ``2 hours``."""
    return bool(words) and _span(words[0], list(words[1:]), wanted=False) > 0


def _span(typed: str, rest: list[str], *, wanted: bool) -> float:
    """``2h``, or a number and the unit that follows; the unit is taken from ``rest``."""
    word = typed.lower()
    together = _TOGETHER.fullmatch(word)
    if together is not None and together[2] in _UNITS:
        return float(together[1]) * _UNITS[together[2]]
    unit = 1 if word == "half" and rest[:1] and rest[0].lower() in {"a", "an"} else 0
    many = float(word) if _NUMBER.fullmatch(word) else _NUMBERS.get(word, 0.0)
    if many and len(rest) > unit and rest[unit].lower() in _UNITS:
        many *= _UNITS[rest[unit].lower()]
        del rest[: unit + 1]
        return many
    if wanted:
        raise UsageError(
            f"{f'for {word}'.strip()!r} is not a time that the bot understands; write: for 2 hours, or until 18:00"
        )
    return 0.0


def _until(rest: list[str], now: float) -> float:
    at = datetime.fromtimestamp(now, UTC)
    word = rest.pop(0).lower() if rest else ""
    day = _day(word, at)
    clock = _clock(rest[0].lower()) if day is not None and rest else _clock(word)
    if day is None and clock is None:
        raise UsageError(
            f"{f'until {word}'.strip()!r} is not a time that the bot understands; write: until 18:00 (UTC), until monday, "
            "or for 2 hours"
        )
    if day is not None and clock is not None:
        rest.pop(0)
    if rest and rest[0].lower() == "utc":
        rest.pop(0)
    hour, minute = clock or (0, 0)
    end = (day or at).replace(hour=hour, minute=minute, second=0, microsecond=0)
    end += timedelta(days=1) if day is None and end <= at else timedelta()
    if end <= at:
        raise UsageError(f"'until {word}' is in the past; write a later time, for example: for 2 hours")
    return (end - at).total_seconds() / 3600


def _day(word: str, now: datetime) -> datetime | None:
    """The day that a word names: tomorrow, the next day of that name, or a date."""
    if word == "tomorrow":
        return now + timedelta(days=1)
    if len(word) >= 3 and (named := [n for n, day in enumerate(_DAYS) if day.startswith(word)]):
        return now + timedelta(days=(named[0] - now.weekday() - 1) % 7 + 1)
    try:
        return datetime.fromisoformat(word).replace(tzinfo=UTC) if _DATE.fullmatch(word) else None
    except ValueError:
        return None


def _clock(word: str) -> tuple[int, int] | None:
    if word in {"noon", "midnight"}:
        return (12, 0) if word == "noon" else (0, 0)
    if clock := _CLOCK.fullmatch(word):
        return int(clock[1]), int(clock[2])
    if clock := _HALF_DAY.fullmatch(word):
        return int(clock[1]) % 12 + (12 if clock[3] == "pm" else 0), int(clock[2] or 0)
    return None
