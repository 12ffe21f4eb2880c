"""What ran where over time, and when releases were under way."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal, NamedTuple

from board.models.base import moment
from board.models.measures import TimelineEntry, TimelineLane
from board.services.read_model import Snapshot, state_of
from generator.release.model.log_records import Summary

MOST = 1500


class _Span(NamedTuple):
    """A stretch of a lane, in epoch seconds; ``end`` is 0 for one that continues."""

    begin: float
    end: float
    kind: Literal["runs", "release"]
    line: Summary


def lanes(
    lines: Iterable[Summary], snapshot: Snapshot, begin: float, end: float, label: Callable[[str], str]
) -> tuple[list[TimelineLane], bool]:
    """A lane for each stack, and whether entries were left out: at most :data:`MOST` of the newest are shown."""
    by_stack: dict[str, list[Summary]] = {}
    for line in lines:
        by_stack.setdefault(line.key, []).append(line)
    spans = [span for stack in by_stack.values() for span in _spans(stack, begin, end)]
    spans.sort(key=lambda span: (span.begin, span.kind == "release"))
    found: dict[str, list[TimelineEntry]] = {}
    for span in spans[-MOST:]:
        found.setdefault(span.line.key, []).append(_entry(span, snapshot))
    return [
        TimelineLane(environment=key.partition("/")[0], service=label(key), stack=key, entries=entries)
        for key, entries in sorted(found.items())
    ], len(spans) > MOST


def _spans(lines: list[Summary], begin: float, end: float) -> Iterable[_Span]:
    """Releases as they were under way, and what the ones that succeeded left running until the next of them."""
    lines.sort(key=lambda line: line.created)
    # A restart leaves what runs, and the release that brought it, as they are.
    succeeded = [line for line in lines if line.state == "succeeded" and line.purpose != "restart"]
    until = {line.id: later.closed for line, later in pairwise(succeeded)}
    for line in lines:
        if line.created < end and (line.closed or end) >= begin:
            yield _Span(line.created, line.closed, "release", line)
    for line in succeeded:
        if line.closed < end and until.get(line.id, end) >= begin:
            yield _Span(line.closed, until.get(line.id, 0.0), "runs", line)


def _entry(span: _Span, snapshot: Snapshot) -> TimelineEntry:
    line = span.line
    return TimelineEntry(
        kind=span.kind,
        release=line.id,
        commit=line.commit,
        subject=line.subject,
        state=state_of(line, snapshot),
        begin=moment(span.begin),
        end=moment(span.end) if span.end else None,
    )
