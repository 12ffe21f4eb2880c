"""What wakes a release: events of AWS and decisions, at their limits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.leases import LEASE_SECONDS
from generator.release.log_items import DueMark, stamp
from tests.release.test_lease_records import APPROVE, close, mark
from tests.release.test_log_writes import Desk
from tests.release.values import actor


@pytest.fixture
def desk() -> Desk:
    """A log with prod-app-7 open in it."""
    return Desk()


@pytest.mark.parametrize("event", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_a_wake_up_notes_an_event_where_it_is_one(event: bool, held: bool, desk: Desk) -> None:
    """Held or free; who only wakes says nothing of AWS's events."""
    if held:
        desk.taken("w1")
    assert desk.log.wake(desk.id, event=event) if event else desk.log.wake(desk.id)
    found, when = mark(desk)
    assert found.last_event == (desk.clock() if event else 0.0)
    assert (found.woken, when) == (
        (True, stamp(desk.clock() + LEASE_SECONDS)) if held else (False, stamp(desk.clock()))
    )


def test_what_needs_no_waking_is_not_written(desk: Desk) -> None:
    """Woken already, or due at that time anyway: answered with yes. A lease that ended in this moment holds nothing."""
    assert desk.log.wake(desk.id, desk.due)
    held = desk.taken("w1")
    assert desk.log.wake(desk.id)
    before = desk.table.wrote
    assert desk.log.wake(desk.id)
    assert desk.table.wrote == before
    desk.clock.sleep(LEASE_SECONDS)
    assert desk.log.wake(desk.id, desk.clock() - 1)
    assert mark(desk) == (DueMark(), stamp(desk.clock() - 1))
    assert held.due_rev < desk.record().due_rev


def test_a_wake_up_is_tried_eight_times(desk: Desk) -> None:
    """Where others write all the time it gives up and says so."""
    tries: list[int] = []

    def lost(*_: Any) -> bool:
        tries.append(1)
        return False

    desk.table.write = lost  # type: ignore[method-assign]
    assert not desk.log.wake(desk.id)
    assert len(tries) == 8


@pytest.mark.parametrize(("later", "noted"), [(0.0, False), (9.0, False), (10.0, True), (11.0, True)])
def test_an_event_is_noted_every_ten_seconds(later: float, noted: bool, desk: Desk) -> None:
    """More often it says nothing new; of a release that is closed or unknown nothing is noted."""
    desk.log.note_event(desk.id)
    first = desk.clock()
    desk.clock.sleep(later)
    desk.log.note_event(desk.id)
    assert mark(desk)[0].last_event == (desk.clock() if noted else first)
    close(desk)
    before = desk.table.wrote
    desk.clock.sleep(60)
    desk.log.note_event(desk.id)
    desk.log.note_event("prod-app-99")
    assert desk.table.wrote == before


@pytest.mark.parametrize(
    ("until", "due", "held"), [(1.0, 1.0, True), (0.0, 1.0, False), (1.0, 0.0, False), (0.0, 0.0, False)]
)
def test_a_decision_wakes_its_holder_or_everybody(until: float, due: float, held: bool, desk: Desk) -> None:
    """A lease and a due time that lie ahead hold it, a second of both is enough; else it is due at once."""
    now = desk.clock()
    record = msgspec.structs.replace(desk.record(), until=now + until, due=now + due)
    desk.log.ask(record, APPROVE, actor("ben"), [])
    assert mark(desk) == (
        (DueMark(held=now + until, woken=True), stamp(now + due)) if held else (DueMark(), stamp(now))
    )
