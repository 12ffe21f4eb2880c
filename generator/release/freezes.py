"""Times in which nothing is released."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from generator.release.model.settings import Freeze

_NEVER = float("inf")
# How many windows may follow each other: two weeks of whole days.
_CHAINED = 14
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Frozen(NamedTuple):
    """A freeze that applies now: why, until when (epoch seconds), and the time zone in which people wrote it."""

    reason: str
    until: float
    zone: str = "UTC"

    @property
    def end(self) -> str:
        """``until Mon 2026-12-07 08:00 Europe/Berlin``, or ``without an end``."""
        if self.until == _NEVER:
            return "without an end"
        return f"until {datetime.fromtimestamp(self.until, ZoneInfo(self.zone)):%a %Y-%m-%d %H:%M} {self.zone}"


def frozen(freezes: Sequence[Freeze], now: float) -> Frozen | None:
    """The freeze that lasts longest among those that apply at ``now``. None if none does.

    ``until`` is when no freeze applies any more: windows that follow each other without a gap count as one.
    """
    holding = [Frozen(f.reason, end, f.zone) for f in freezes if (end := _end(f, now)) is not None]
    longest = max(holding, key=lambda f: f.until, default=None)
    if longest is None:
        return None
    until = longest.until
    for _ in range(_CHAINED):
        later = max((e for f in freezes if until < _NEVER and (e := _end(f, until)) is not None), default=until)
        if later <= until:
            break
        until = later
    return longest._replace(until=until)


def _end(freeze: Freeze, now: float) -> float | None:
    zone = ZoneInfo(freeze.zone)
    if freeze.start or freeze.end:
        start = _first(datetime.fromisoformat(freeze.start).replace(tzinfo=zone)) if freeze.start else -_NEVER
        end = _last(datetime.fromisoformat(freeze.end).replace(tzinfo=zone)) if freeze.end else _NEVER
        return end if start <= now < end else None
    if freeze.weekly:
        return _span(freeze.weekly, now, zone)
    return _weekly(freeze, now, zone)


def _span(text: str, now: float, zone: ZoneInfo) -> float | None:
    """``fri 16:00 to mon 08:00``: one span of each week. One that ends when it begins lasts the whole week."""
    first, last = (
        (_DAYS.index(day), time.fromisoformat(at)) for day, _, at in (p.partition(" ") for p in text.split(" to "))
    )
    today = datetime.fromtimestamp(now, zone).date()
    for back in range(8):
        day = today - timedelta(days=back)
        if day.weekday() != first[0]:
            continue
        days = (last[0] - first[0]) % 7 or (7 if last[1] <= first[1] else 0)
        start = _first(datetime.combine(day, first[1], zone))
        end = _last(datetime.combine(day + timedelta(days=days), last[1], zone))
        if start <= now < end:
            return end
    return None


def _weekly(freeze: Freeze, now: float, zone: ZoneInfo) -> float | None:
    """A window ``after`` to ``before`` on each of ``days``; one that ends before it begins runs past midnight."""
    moment = datetime.fromtimestamp(now, zone)
    after = time.fromisoformat(freeze.after) if freeze.after else time.min
    before = time.fromisoformat(freeze.before) if freeze.before else None
    days = freeze.days or _DAYS
    for back in (0, 1):
        day = moment.date() - timedelta(days=back)
        if _DAYS[day.weekday()] not in days:
            continue
        start = _first(datetime.combine(day, after, zone))
        past = before is None or before <= after
        last = day + timedelta(days=1) if past else day
        end = _last(datetime.combine(last, before or time.min, zone))
        if start <= now < end:
            return end
    return None


# Where clocks go back, a local time comes twice: a freeze begins at the first and ends at the last of them.
def _first(local: datetime) -> float:
    return min(local.replace(fold=fold).timestamp() for fold in (0, 1))


def _last(local: datetime) -> float:
    return max(local.replace(fold=fold).timestamp() for fold in (0, 1))
