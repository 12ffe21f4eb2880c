"""The four delivery measures, computed from the release log alone.

As DORA defines them (dora.dev/guides/dora-metrics-four-keys; "A history of DORA's software delivery metrics"):

- *Deployment frequency*: how often code reaches production. A **deployment** is a release that brought a version
  (``deploy``) to where it was asked about and changed something there. What was rejected, cancelled, superseded or
  refused before anything ran is none, and neither is a rollback or a restart: they bring no new code.
- *Lead time for changes*: from commit to production: from the time of the released commit until its release succeeded.
  The median over deployments. The log names one commit for each release; commits between two releases are not in it.
- *Change failure rate*: the share of deployments that need intervention, "likely resulting in a rollback or a hotfix".
  A deployment **failed** if it ended ``rolled back`` or ``failed`` after it had begun to run, or if it succeeded and a
  rollback release undid it later.
- *Time to restore* (DORA: failed deployment recovery time): from the go-ahead of a deployment that failed until
  production was good again: the end of its own rollback, or the success of the next release of the same stack (a
  rollback, or a new version). The median. A failure that nothing has followed counts as unrestored, not as zero.

A deployment belongs to the period in which it ended. A deployment is one stack in one environment.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from board.models.measures import MeasuresOf, Per
from generator.release.model.log_records import Summary

DAY = 86400.0
MOST_PERIODS = 400


class Deployment(NamedTuple):
    """One deployment, with what became of it. ``lead`` and ``restored`` are seconds, None where unknown or not yet."""

    release: str
    ended: float
    succeeded: bool
    lead: float | None
    failed: bool
    restored: float | None


def deployments(lines: Iterable[Summary]) -> list[Deployment]:
    """The deployments among the releases of any stacks, by their end."""
    by_stack: dict[str, list[Summary]] = {}
    for line in lines:
        if line.closed and line.took > 0:
            by_stack.setdefault(line.key, []).append(line)
    found = [one for stack in by_stack.values() for one in _of_stack(stack)]
    found.sort(key=lambda one: one.ended)
    return found


def _of_stack(lines: list[Summary]) -> Iterable[Deployment]:
    """``lines`` are releases of one stack that ran; any order."""
    lines.sort(key=lambda line: line.closed)
    good_ends = [line.closed for line in lines if line.state == "succeeded"]
    undone = _undone(lines)
    for line in lines:
        if line.purpose != "deploy":
            continue
        by = undone.get(line.id)
        failed = line.state in {"failed", "rolled back"} or by is not None
        began = line.closed - line.took
        yield Deployment(
            release=line.id,
            ended=line.closed,
            succeeded=line.state == "succeeded",
            lead=max(0.0, line.closed - line.committed) if line.state == "succeeded" and line.committed else None,
            failed=failed,
            restored=_restored(line, by, began, good_ends) if failed else None,
        )


def _undone(lines: Sequence[Summary]) -> dict[str, Summary]:
    """Deployments that had succeeded, to the rollback that undid each. ``lines`` stand by their end.

    A rollback names what it undoes. One of a log from before that was recorded, or to a version further back, undoes
    the deployment that ran when it began.
    """
    found: dict[str, Summary] = {}
    runs = ""
    by_id = {line.id: line for line in lines}
    for line in lines:
        if line.state != "succeeded":
            continue
        if line.purpose != "rollback":
            runs = line.id if line.purpose == "deploy" else runs
            continue
        of = by_id.get(line.undoes)
        if of is None and not line.undoes:
            of = by_id.get(runs)
        # What did not succeed is a failure by itself; the rollback only restores it.
        if of is not None and of.state == "succeeded" and of.purpose == "deploy":
            found.setdefault(of.id, line)
        runs = ""
    return found


def _restored(line: Summary, by: Summary | None, began: float, good_ends: Sequence[float]) -> float | None:
    if line.state == "rolled back":
        return line.closed - began
    if by is not None:
        return by.closed - began
    place = bisect_right(good_ends, line.closed)
    return good_ends[place] - began if place < len(good_ends) else None


def measure(found: Sequence[Deployment], begin: float, end: float) -> MeasuresOf:
    """The measures of the deployments that ended from ``begin`` to before ``end``; ``found`` stand by their end."""
    ends = [one.ended for one in found]
    return _measured(found[_from(ends, begin) : _from(ends, end)], begin, end)


def periods(found: Sequence[Deployment], begin: float, end: float, per: Per) -> list[MeasuresOf]:
    """The measures period by period, empty ones too; the first and the last are cut where the whole is."""
    ends = [one.ended for one in found]
    edges = [begin, *_edges(begin, end, per), end]
    return [
        _measured(found[_from(ends, left) : _from(ends, right)], left, right)
        for left, right in pairwise(edges)
        if left < right
    ]


def _from(ends: Sequence[float], at: float) -> int:
    """Where those begin that ended at ``at`` or later."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if ends[middle] < at:
            low = middle + 1
        else:
            high = middle
    return low


def _measured(found: Sequence[Deployment], begin: float, end: float) -> MeasuresOf:
    leads = [one.lead for one in found if one.lead is not None]
    failed = [one for one in found if one.failed]
    restored = [one.restored for one in failed if one.restored is not None]
    return MeasuresOf(
        begin=datetime.fromtimestamp(begin, UTC),
        end=datetime.fromtimestamp(end, UTC),
        deployments=len(found),
        per_day=len(found) / max((end - begin) / DAY, 1e-9),
        lead_seconds=median(leads) if leads else None,
        lead_known=len(leads),
        failed=len(failed),
        failure_rate=len(failed) / len(found) if found else None,
        restore_seconds=median(restored) if restored else None,
        restored=len(restored),
        unrestored=len(failed) - len(restored),
    )


def _edges(begin: float, end: float, per: Per) -> Iterable[float]:
    """Where periods begin inside: midnights, Mondays or firsts of a month, in UTC."""
    day = datetime.fromtimestamp(begin, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "week":
        day -= timedelta(days=day.weekday())
    elif per == "month":
        day = day.replace(day=1)
    while True:
        if per == "month":
            day = (day + timedelta(days=32)).replace(day=1)
        else:
            day += timedelta(days=7 if per == "week" else 1)
        if day.timestamp() >= end:
            return
        yield day.timestamp()
