"""What wakes a release: events of AWS and decisions, at their limits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.leases import LEASE_SECONDS
from generator.release.log_items import DueMark, stamp
from tests.release.test_lease_records import APPROVE, close, mark
from tests.release.test_log_writes import LoggedRelease
from tests.release.values import actor


@pytest.fixture
def logged() -> LoggedRelease:
    """A log with prod-app-7 open in it."""
    return LoggedRelease()


@pytest.mark.parametrize("event", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_a_wake_up_notes_an_event_where_it_is_one(event: bool, held: bool, logged: LoggedRelease) -> None:
    """Held or free; who only wakes says nothing of AWS's events."""
    if held:
        logged.taken("w1")
    assert logged.log.wake(logged.id, event=event) if event else logged.log.wake(logged.id)
    found, when = mark(logged)
    assert found.last_event == (logged.clock() if event else 0.0)
    assert (found.woken, when) == (
        (True, stamp(logged.clock() + LEASE_SECONDS)) if held else (False, stamp(logged.clock()))
    )


def test_what_needs_no_waking_is_not_written(logged: LoggedRelease) -> None:
    """Woken already, or due at that time anyway: answered with yes. A lease that ended in this moment holds nothing."""
    assert logged.log.wake(logged.id, logged.due)
    held = logged.taken("w1")
    assert logged.log.wake(logged.id)
    before = logged.table.wrote
    assert logged.log.wake(logged.id)
    assert logged.table.wrote == before
    logged.clock.sleep(LEASE_SECONDS)
    assert logged.log.wake(logged.id, logged.clock() - 1)
    assert mark(logged) == (DueMark(), stamp(logged.clock() - 1))
    assert held.due_rev < logged.record().due_rev


def test_a_wake_up_is_tried_eight_times(logged: LoggedRelease) -> None:
    """Where others write all the time it gives up and says so."""
    tries: list[int] = []

    def lost(*_: Any) -> bool:
        tries.append(1)
        return False

    logged.table.write = lost  # type: ignore[method-assign]
    assert not logged.log.wake(logged.id)
    assert len(tries) == 8


@pytest.mark.parametrize(("later", "noted"), [(0.0, False), (9.0, False), (10.0, True), (11.0, True)])
def test_an_event_is_noted_every_ten_seconds(later: float, noted: bool, logged: LoggedRelease) -> None:
    """More often it says nothing new; of a release that is closed or unknown nothing is noted."""
    logged.log.note_event(logged.id)
    first = logged.clock()
    logged.clock.sleep(later)
    logged.log.note_event(logged.id)
    assert mark(logged)[0].last_event == (logged.clock() if noted else first)
    close(logged)
    before = logged.table.wrote
    logged.clock.sleep(60)
    logged.log.note_event(logged.id)
    logged.log.note_event("prod-app-99")
    assert logged.table.wrote == before


@pytest.mark.parametrize(
    ("until", "due", "held"), [(1.0, 1.0, True), (0.0, 1.0, False), (1.0, 0.0, False), (0.0, 0.0, False)]
)
def test_a_decision_wakes_its_holder_or_everybody(until: float, due: float, held: bool, logged: LoggedRelease) -> None:
    """A lease and a due time that lie ahead hold it, a second of both is enough; else it is due at once."""
    now = logged.clock()
    record = msgspec.structs.replace(logged.record(), until=now + until, due=now + due)
    logged.log.ask(record, APPROVE, actor("ben"), [])
    assert mark(logged) == (
        (DueMark(held=now + until, woken=True), stamp(now + due)) if held else (DueMark(), stamp(now))
    )
