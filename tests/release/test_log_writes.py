"""The release log: anyone who is slower writes nothing and looks again; nothing that arrives in between is lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.audit import Event, Head, follow
from generator.release.log import LEASE_SECONDS, Log
from generator.release.log_items import Good, Transition, stamp
from generator.release.model.log_records import LockNow, Record, Slot
from generator.release.model.requests import Decide, Done, Refusal
from generator.release.model.states import Closed, Watching
from tests.fakes.clock import FakeClock
from tests.fakes.table import FakeTable
from tests.release.values import actor, release

WORKED = Watching(since=1.0, token="t")  # noqa: S106 - a token of a call, no secret


class Desk:
    """A log with one open release."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.table = FakeTable()
        self.log = Log(self.table, self.clock)
        self.id = "prod-app-7"
        self.due = self.clock() + 100
        _, puts = self.log.opening(release(), self.due, [Event(self.clock(), actor("ana"), "proposed")])
        assert self.table.write(*puts)

    def record(self) -> Record:
        found = self.log.record(self.id)
        assert found is not None
        return found

    def taken(self, who: str) -> Record:
        found = self.log.take(self.record(), who)
        assert found is not None
        return found


@pytest.fixture
def desk() -> Desk:
    """A log with prod-app-7 open in it."""
    return Desk()


def transition(due: float | None = None, *events: str, **more: Any) -> Transition:
    """A step to watching."""
    happened = [Event(5.0, actor("ben"), what) for what in events]
    return Transition(release(state=WORKED, chain=1, head="h"), due, happened, **more)


def test_two_workers_one_lease(desk: Desk) -> None:
    """The second worker gets nothing while the first holds the release, and takes over when it is silent."""
    first = desk.taken("w1")
    assert desk.log.take(desk.record(), "w2") is None
    desk.clock.sleep(LEASE_SECONDS + 1)
    second = desk.taken("w2")
    assert second.fence > first.fence
    assert desk.log.save(first, transition(1.0, "late")) is None
    assert desk.log.save(second, transition(1.0, "in time")) is not None
    assert isinstance(desk.record().release.state, Watching)


def test_two_workers_that_take_at_once(desk: Desk) -> None:
    """Of two who read the same free lease, one gets it."""
    seen = desk.record()
    assert desk.log.take(seen, "w1") is not None
    assert desk.log.take(seen, "w2") is None


def test_a_lease_is_renewed_when_half_of_it_is_over(desk: Desk) -> None:
    """Who holds it writes nothing to go on at once, and renews it in time."""
    held = desk.taken("w1")
    writes = desk.table.wrote
    assert desk.log.take(held, "w1") == held
    assert desk.table.wrote == writes
    desk.clock.sleep(LEASE_SECONDS / 2 + 1)
    renewed = desk.log.take(held, "w1")
    assert renewed is not None
    assert renewed.until > held.until


def test_a_release_that_waits_is_free_for_anybody(desk: Desk) -> None:
    """With nothing to do for long, no lease is kept; with something at once, it is."""
    kept = desk.log.save(desk.taken("w1"), transition(desk.clock(), "goes on"))
    assert kept is not None
    assert desk.log.take(desk.record(), "w2") is None
    freed = desk.log.save(kept, transition(desk.clock() + 3600))
    assert freed is not None
    assert desk.log.take(desk.record(), "w2") is not None


def test_a_wake_up_in_between_is_not_lost(desk: Desk) -> None:
    """A step that would sleep for an hour sees that somebody woke it meanwhile, and is due at once."""
    held = desk.taken("w1")
    assert desk.log.wake(desk.id)
    saved = desk.log.save(held, transition(desk.clock() + 3600, "sleeps"))
    assert saved is not None
    assert desk.log.due() == [desk.id]


def test_postponing_keeps_an_earlier_wake_up(desk: Desk) -> None:
    """Who looks again later does not push away what came in between."""
    held = desk.taken("w1")
    assert desk.log.wake(desk.id)
    assert not desk.log.postpone(held, desk.clock() + 3600)
    assert desk.log.due() == [desk.id]
    assert desk.log.postpone(desk.record(), desk.clock() + 3600)
    assert desk.log.due() == []


@pytest.mark.parametrize(("at", "due"), [(50.0, 50.0), (150.0, 100.0), (None, 0.0)])
def test_waking_only_ever_brings_forward(desk: Desk, at: float | None, due: float) -> None:
    """A wake-up that is later than what is planned changes nothing."""
    now = desk.clock()
    assert desk.log.wake(desk.id, None if at is None else now + at)
    assert desk.record().due == pytest.approx(now + due)


def test_waking_what_is_not_there(desk: Desk) -> None:
    """An event about a release that nobody knows is nothing."""
    assert not desk.log.wake("prod-app-99")


def ask(number: int) -> Decide:
    """A decision."""
    return Decide(id=f"req-{number:08d}", release="prod-app-7", verdict="approve")


def test_an_ask_counts_once_and_in_order(desk: Desk) -> None:
    """The same decision delivered twice is one; two at once from the same view both stand, one behind the other."""
    seen = desk.record()
    desk.log.ask(seen, ask(1), actor("ben"), ["releasers"])
    desk.log.ask(seen, ask(2), actor("cleo"), [])
    desk.log.ask(seen, ask(1), actor("ben"), ["releasers"])
    found = desk.record()
    assert [(a.number, a.request.id) for a in found.asks] == [(1, "req-00000001"), (2, "req-00000002")]
    assert found.asks[0].groups == ("releasers",)
    assert desk.log.due() == [desk.id]
    answered = msgspec.structs.replace(found, release=msgspec.structs.replace(found.release, answered=1))
    assert [a.number for a in answered.unanswered] == [2]


def test_an_ask_that_arrives_while_a_step_is_made_is_seen_next(desk: Desk) -> None:
    """The holder finishes its step, and what was asked meanwhile waits in the log and is due at once."""
    held = desk.taken("w1")
    desk.log.ask(desk.record(), ask(1), actor("ben"), [])
    assert desk.log.save(held, transition(desk.clock() + 3600, "a step")) is not None
    assert len(desk.record().unanswered) == 1
    assert desk.log.due() == [desk.id]


def test_a_step_is_written_whole_or_not_at_all(desk: Desk) -> None:
    """If another's write to the slot came first, neither state nor audit nor answer of the step is there."""
    held = desk.taken("w1")
    slot = desk.log.put_slot("prod/service-app", 0, Slot(open="other"))
    assert desk.table.write(slot)
    answers = [("req-00000009", Done(text="done"))]
    assert desk.log.save(held, transition(1.0, "x", writes=[slot], answers=answers)) is None
    assert desk.log.answered("req-00000009") is None
    assert len(list(desk.log.entries("release/prod-app-7"))) == 1
    assert not isinstance(desk.record().release.state, Watching)


def test_the_first_answer_stands(desk: Desk) -> None:
    """A request that is answered twice keeps its first answer, until it is forgotten after two days."""
    desk.log.answer("req-00000001", Done(text="first"))
    desk.log.answer("req-00000001", Refusal(rule="x", why="second"))
    assert desk.log.answered("req-00000001") == Done(text="first")
    desk.table.forget(desk.clock() + 3 * 86400)
    assert desk.log.answered("req-00000001") is None


def test_a_version_is_good_since_the_first_time(desk: Desk) -> None:
    """Succeeding again does not start the clock of promotion anew."""
    put = desk.log.put_good("prod/service-app", "c" * 40, Good(1.0, "prod-app-1"))
    assert put is not None
    assert desk.table.write(put)
    assert desk.log.put_good("prod/service-app", "c" * 40, Good(2.0, "prod-app-2")) is None
    assert desk.log.good("prod/service-app", "c" * 40) == Good(1.0, "prod-app-1")


def test_history_newest_first_and_in_pages(desk: Desk) -> None:
    """Releases of a stack, the newest on top, however many digits their numbers have."""
    for number in (8, 9, 10, 11):
        made = release(id=f"prod-app-{number}")
        assert desk.table.write(desk.log.put_summary(made))
        closed = msgspec.structs.replace(made, state=Closed(outcome="rejected", at=1.0))
        assert desk.table.write(desk.log.put_summary(closed))
        assert not desk.table.write(desk.log.put_summary(closed))
    assert [s.id for s in desk.log.history("prod/service-app", 3)] == ["prod-app-11", "prod-app-10", "prod-app-9"]
    assert [s.id for s in desk.log.history("prod/service-app", 9, before="history#00000010")] == [
        "prod-app-9", "prod-app-8", "prod-app-7",
    ]  # fmt: skip


def test_locks_end_are_lifted_and_leave_their_trace(desk: Desk) -> None:
    """A lock with an end ends; one that is lifted is gone; each is in the chain of its environment."""
    now = desk.clock()
    for index, lock in enumerate([
        LockNow(scope="prod/*", actor=actor("ana"), reason="a", since=now, until=now + 60),
        LockNow(scope="prod/service-app", actor=actor("ben"), reason="b", since=now),
        LockNow(scope="staging/*", actor=actor("ben"), reason="c", since=now),
    ]):  # fmt: skip
        assert desk.log.set_lock(lock, Event(now, lock.actor, "locked"), (f"req-0000000{index}", Done()))
    assert {x.scope for x in desk.log.locks("prod")} == {"prod/*", "prod/service-app"}
    desk.clock.sleep(61)
    assert {x.scope for x in desk.log.locks("prod")} == {"prod/service-app"}
    lifted = LockNow(scope="prod/service-app", actor=actor("ben"), reason="b", since=now, lifted=True)
    assert desk.log.set_lock(lifted, Event(now, actor("ana"), "unlocked"), ("req-00000009", Done()))
    assert desk.log.locks("prod") == []
    assert [e.what for e in desk.log.entries("env/prod")] == ["locked", "locked", "unlocked"]


def test_a_lock_set_twice_at_once_is_set_once(desk: Desk) -> None:
    """The slower of two is told, and its answer is not written."""
    now = desk.clock()
    lock = LockNow(scope="prod/*", actor=actor("ana"), reason="a", since=now)
    seen = desk.log.head("env/prod")
    assert desk.log.set_lock(lock, Event(now, actor("ana"), "locked"), ("req-00000001", Done()))
    entry = follow("env/prod", seen, Event(now, actor("ben"), "locked"))
    assert not desk.table.write(desk.log._entry(entry))
    assert seen == Head()


@pytest.mark.parametrize(
    ("at", "text"), [(0.0, "0" * 17), (-5.0, "0" * 17), (1.5, "00000000001500000"), (None, "9" * 17)]
)
def test_moments_sort_as_text(at: float | None, text: str) -> None:
    """The index of due times sorts texts: 17 digits of microseconds, and never is last."""
    assert stamp(at) == text
    assert stamp(4e9) < stamp(None)
