"""What ran where over time, and when releases were under way."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from board.models.base import moment
from board.models.measures import TimelineEntry, TimelineLane
from board.services.read_model import Snapshot, state_of
from generator.release.model.log_records import Summary

MOST = 2000


def lanes(
    lines: Iterable[Summary], snapshot: Snapshot, begin: float, end: float, label: Callable[[str], str]
) -> tuple[list[TimelineLane], bool]:
    """A lane for each stack, and whether entries were left out: at most :data:`MOST` of the newest are shown."""
    by_stack: dict[str, list[Summary]] = {}
    for line in lines:
        by_stack.setdefault(line.key, []).append(line)
    found = {key: list(_entries(stack, snapshot, begin, end)) for key, stack in sorted(by_stack.items())}
    every = sorted((entry for entries in found.values() for entry in entries), key=lambda e: e.begin, reverse=True)
    kept = {id(entry) for entry in every[:MOST]}
    return [
        TimelineLane(
            environment=key.partition("/")[0],
            service=label(key),
            stack=key,
            entries=[entry for entry in entries if id(entry) in kept],
        )
        for key, entries in found.items()
        if entries
    ], len(every) > MOST


def _entries(lines: list[Summary], snapshot: Snapshot, begin: float, end: float) -> Iterable[TimelineEntry]:
    """Releases as they were under way, and what the ones that succeeded left running until the next of them."""
    lines.sort(key=lambda line: line.created)
    # A restart leaves what runs, and the release that brought it, as they are.
    succeeded = [line for line in lines if line.state == "succeeded" and line.purpose != "restart"]
    ran = {line.id for line in succeeded}
    until = {line.id: later.closed for line, later in pairwise(succeeded)}
    for line in lines:
        state = state_of(line, snapshot)
        if line.created < end and (line.closed or end) >= begin:
            yield _entry(line, "release", state, (line.created, line.closed))
        if line.id in ran and line.closed < end and until.get(line.id, end) >= begin:
            yield _entry(line, "runs", state, (line.closed, until.get(line.id, 0.0)))


def _entry(line: Summary, kind: str, state: str, span: tuple[float, float]) -> TimelineEntry:
    return TimelineEntry(
        kind="runs" if kind == "runs" else "release",
        release=line.id,
        commit=line.commit,
        subject=line.subject,
        state=state,
        begin=moment(span[0]),
        end=moment(span[1]) if span[1] else None,
    )
