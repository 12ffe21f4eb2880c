"""The first page: what runs where, what waits, what holds releases back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from board.models.base import Off, instant, moment
from board.models.overview import EnvironmentOverview, FreezeLine, LockLine, Overview, Place
from board.services.read_model import Snapshot
from board.services.records import audit_day
from board.services.release_lines import open_release, version
from board.services.release_search import Filters, matching
from generator.release.freezes import frozen
from generator.release.model.log_records import LockNow, Slot
from generator.release.model.platform import PlatformFacts, StackFacts


def overview(
    facts: PlatformFacts, snapshot: Snapshot, environments: Sequence[str], release: str, off: Iterable[Off]
) -> Overview:
    """Everything that ``environments`` hold; ``release`` is the version of the board itself."""
    waiting = sorted(
        (r for r in snapshot.opened.values() if r.stack.environment in environments), key=lambda r: r.created
    )
    lines = list(matching(snapshot, Filters(environments=frozenset(environments)), str))
    return Overview(
        platform=facts.name,
        release=release,
        at=moment(snapshot.at),
        environments=[environment(facts, snapshot, name) for name in environments],
        waiting=[open_release(r) for r in waiting],
        history_since=instant(lines[-1].created) if lines else None,
        releases=len(lines),
        last_audit_day=audit_day(snapshot.day) if snapshot.day is not None else None,
        off=list(off),
    )


def environment(facts: PlatformFacts, snapshot: Snapshot, name: str) -> EnvironmentOverview:
    """One environment."""
    rules, locks = facts.environments[name], snapshot.locks.get(name, ())
    freeze = frozen(rules.releases.freezes, snapshot.at)
    return EnvironmentOverview(
        name=name,
        protected=rules.protected,
        places=[place(stack, snapshot, locks) for stack in facts.stacks.values() if stack.ref.environment == name],
        locks=[lock_line(lock) for lock in locks],
        freeze=FreezeLine(reason=freeze.reason, until=_end(freeze.until)) if freeze is not None else None,
    )


def place(stack: StackFacts, snapshot: Snapshot, locks: Iterable[LockNow]) -> Place:
    """One stack of an environment."""
    slot = snapshot.slots.get(stack.ref.key, Slot())
    opened = snapshot.opened.get(slot.open)
    running = slot.running
    last = snapshot.by_id.get(running.release) if running is not None else None
    return Place(
        stack=stack.ref.key,
        service=stack.ref.service,
        version=version(running) if running is not None else None,
        release=running.release if running is not None else "",
        since=instant(running.since) if running is not None else None,
        last_release=slot.last,
        last_outcome=slot.outcome,
        last_at=instant(slot.at),
        good_commit=slot.good.commit if slot.good is not None else "",
        open=open_release(opened) if opened is not None else None,
        locked=any(lock.holds(stack.ref.key, snapshot.at) for lock in locks),
        monthly_usd=last.monthly_usd if last is not None else None,
    )


def lock_line(lock: LockNow) -> LockLine:
    """A lock as a list shows it."""
    return LockLine(
        scope=lock.scope,
        person=lock.actor.name,
        reason=lock.reason,
        since=moment(lock.since),
        until=instant(lock.until),
        freeze=lock.freeze,
    )


def _end(until: float) -> datetime | None:
    return None if until == float("inf") else instant(until)
