"""Times in which nothing is released."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from generator.release.model.settings import Freeze

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Frozen(NamedTuple):
    """A freeze that holds now: why, and until when (epoch seconds)."""

    reason: str
    until: float


def frozen(freezes: Sequence[Freeze], now: float) -> Frozen | None:
    """The freeze that lasts longest among those that hold at ``now``; None if none does."""
    holding = [Frozen(f.reason, end) for f in freezes if (end := _end(f, now)) is not None]
    return max(holding, key=lambda f: f.until, default=None)


def _end(freeze: Freeze, now: float) -> float | None:
    zone = ZoneInfo(freeze.zone)
    moment = datetime.fromtimestamp(now, zone)
    if freeze.start or freeze.end:
        start = _local(freeze.start, zone) if freeze.start else None
        end = _local(freeze.end, zone) if freeze.end else None
        if (start is None or start <= moment) and (end is None or moment < end):
            return end.timestamp() if end else float("inf")
        return None
    return _weekly(freeze, moment)


def _weekly(freeze: Freeze, moment: datetime) -> float | None:
    """A window ``after`` to ``before`` on each of ``days``; one that ends before it begins runs past midnight."""
    after = time.fromisoformat(freeze.after) if freeze.after else time.min
    before = time.fromisoformat(freeze.before) if freeze.before else None
    days = freeze.days or _DAYS
    for back in (0, 1):
        day = moment.date() - timedelta(days=back)
        if _DAYS[day.weekday()] not in days:
            continue
        start = datetime.combine(day, after, moment.tzinfo)
        past = before is None or before <= after
        last = day + timedelta(days=1) if past else day
        end = datetime.combine(last, before or time.min, moment.tzinfo)
        if start <= moment < end:
            return end.timestamp()
    return None


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)
