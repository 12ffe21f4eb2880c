"""The figures of a gate as text: the answers of the old and the new version side by side. Pure text.

What nobody counted is never a zero.
"""

from typing import NamedTuple

from generator.release.model.observed import Traffic
from generator.release.model.release import Progress, Release

NOT_KNOWN = "not known"
NONE_YET = "no requests yet"


class Row(NamedTuple):
    """One figure of both sides."""

    what: str
    old: str
    new: str


def table(seen: Progress) -> list[Row]:
    """Errors, latency and requests of both sides. [] while nothing was measured."""
    if not seen.measured:
        return []
    rows = (("Errors", errors), ("Latency", latency), ("Requests", requests))
    return [Row(what, say(seen.old_traffic), say(seen.new_traffic)) for what, say in rows]


def line(release: Release) -> str:
    """``9c3ef1304a2b 0 % errors, p99 50 ms, 240 requests; 210f5c6a7b8c no requests yet``: the sides by their versions.

    Why it is not known, where nobody can tell; "" before it was measured.
    """
    seen = release.progress
    if not seen.measured:
        return ""
    if seen.old_traffic is None and seen.new_traffic is None:
        return f"{NOT_KNOWN}: {seen.unmeasured}" if seen.unmeasured else NOT_KNOWN
    versions = {"before": release.before, "after": release.after}
    old, new = versions[seen.old_runs], versions[seen.new_runs]
    if old is None or new is None or old.commit == new.commit:
        return f"old tasks {_side(seen.old_traffic)}; new tasks {_side(seen.new_traffic)}"
    return f"{old.commit[:12]} {_side(seen.old_traffic)}; {new.commit[:12]} {_side(seen.new_traffic)}"


def errors(traffic: Traffic | None) -> str:
    """``0.4 % (3)``: the share of 5xx, and how many."""
    if traffic is None:
        return NOT_KNOWN
    if not traffic.requests:
        return NONE_YET
    if traffic.errors is None:
        return NOT_KNOWN
    return f"{_percent(traffic.errors, traffic.requests)} ({traffic.errors:,})"


def latency(traffic: Traffic | None) -> str:
    """``50 ms``, ``1.2 s``: the p99 of the slowest minute."""
    if traffic is None:
        return NOT_KNOWN
    if not traffic.requests:
        return NONE_YET
    if traffic.latency is None:
        return NOT_KNOWN
    milliseconds = traffic.latency * 1000
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{traffic.latency:.1f} s"


def requests(traffic: Traffic | None) -> str:
    """``1,204``."""
    if traffic is None:
        return NOT_KNOWN
    return f"{traffic.requests:,}" if traffic.requests else NONE_YET


def window(seen: Progress) -> str:
    """``the last 4 min``: the time that the figures cover. "" if there are none."""
    found = seen.old_traffic or seen.new_traffic
    if found is None:
        return ""
    return f"the last {found.seconds / 60:.0f} min" if found.seconds >= 90 else f"the last {found.seconds:.0f} s"


def _side(traffic: Traffic | None) -> str:
    if traffic is None or not traffic.requests:
        return requests(traffic)
    share = _percent(traffic.errors, traffic.requests) if traffic.errors is not None else NOT_KNOWN
    return f"{share} errors, p99 {latency(traffic)}, {requests(traffic)} requests"


def _percent(part: int, whole: int) -> str:
    """One decimal place. A small share is never shown as 0 %, and a share below 100 % never as 100 %."""
    share = 100.0 * part / whole
    if 0 < share < 0.05:
        return "under 0.1 %"
    if share >= 99.95 and part < whole:
        return "over 99.9 %"
    return f"{share:.1f}".removesuffix(".0") + " %"
