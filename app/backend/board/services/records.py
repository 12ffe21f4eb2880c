"""Audit entries, cost and drift, as the worker recorded them."""

from collections.abc import Callable, Iterable, Sequence

from board.models.base import instant, moment
from board.models.records import (
    AuditDay,
    AuditEntry,
    ChangedByHand,
    CostLane,
    CostPoint,
    Costs,
    Drift,
    DriftCheck,
    DriftLine,
    Verification,
)
from generator.release.acts import EVIDENCE
from generator.release.audit import Entry
from generator.release.daily_heads import DayRecord, heads_in
from generator.release.daily_verification import Verification as Verified
from generator.release.drift_watch import DriftRecord
from generator.release.model.log_records import Summary


def audit_entry(entry: Entry) -> AuditEntry:
    """An entry of a chain."""
    return AuditEntry(
        chain=entry.chain,
        number=entry.number,
        at=moment(entry.at),
        who=entry.actor.name,
        channel=entry.actor.channel,
        attested=entry.actor.attested,
        what=entry.what,
        detail={key: value for key, value in entry.detail.items() if key != EVIDENCE},
        evidence=entry.detail.get(EVIDENCE, ""),
        hash=entry.hash,
        previous=entry.previous,
    )


def audit_day(record: DayRecord) -> AuditDay:
    """The head of a day."""
    return AuditDay(
        date=record.date, digest=record.digest, chains=len(heads_in(record.text)), posted=list(record.posted)
    )


def verification(record: Verified) -> Verification:
    """What the worker recorded of the last day that it verified."""
    return Verification(
        at=moment(record.at), day=record.date, chains=record.chains, entries=record.entries, faults=list(record.faults)
    )


def costs(lines: Iterable[Summary], label: Callable[[str], str]) -> Costs:
    """Cost by stack; ``lines`` are releases, newest first. A release that did not succeed changed no cost."""
    by_stack: dict[str, list[CostPoint]] = {}
    for line in lines:
        points = by_stack.setdefault(line.key, [])
        if line.monthly_usd is not None and line.state == "succeeded":
            points.append(CostPoint(at=moment(line.closed), release=line.id, monthly_usd=line.monthly_usd))
    lanes = [
        CostLane(environment=key.partition("/")[0], service=label(key), stack=key, points=points[::-1])
        for key, points in sorted(by_stack.items())
        if points
    ]
    return Costs(
        monthly_usd=sum(lane.points[-1].monthly_usd for lane in lanes),
        lanes=lanes,
        unknown=sorted(key for key, points in by_stack.items() if not points),
    )


def drift(records: Sequence[DriftRecord], lines: Iterable[Summary], label: Callable[[str], str]) -> Drift:
    """Drift by environment as the worker found it, and by stack from its newest release whose preview was read.

    ``lines`` are releases, newest first.
    """
    found: dict[str, DriftLine] = {}
    seen: set[str] = set()
    for line in lines:
        seen.add(line.key)
        if line.key not in found and line.drifted is not None:
            found[line.key] = DriftLine(
                environment=line.key.partition("/")[0],
                service=label(line.key),
                stack=line.key,
                release=line.id,
                at=moment(line.created),
                properties=line.drifted,
            )
    checks = [_check(record, label) for record in records]
    return Drift(checks=checks, stacks=[found[key] for key in sorted(found)], unknown=sorted(seen - found.keys()))


def _check(record: DriftRecord, label: Callable[[str], str]) -> DriftCheck:
    rows = [
        ChangedByHand(
            stack=stack.stack,
            service=label(stack.stack),
            resource=row.logical_id,
            type=row.type,
            path=row.path,
            expected=row.expected,
            actual=row.actual,
            who=row.who,
            when=row.when,
        )
        for stack in record.found
        for row in stack.properties
    ]
    return DriftCheck(
        environment=record.environment,
        at=moment(record.at),
        since=instant(record.since),
        found=rows,
        unknown=list(record.unknown),
    )
