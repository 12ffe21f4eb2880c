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


class LoggedRelease:
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
def logged() -> LoggedRelease:
    """A log with prod-app-7 open in it."""
    return LoggedRelease()


def transition(due: float | None = None, *events: str, **more: Any) -> Transition:
    """A step to watching."""
    happened = [Event(5.0, actor("ben"), what) for what in events]
    return Transition(release(state=WORKED, chain=1, head="h"), due, happened, **more)


def test_two_workers_one_lease(logged: LoggedRelease) -> None:
    """The second worker gets nothing while the first holds the release, and takes over when it is silent."""
    first = logged.taken("w1")
    assert logged.log.take(logged.record(), "w2") is None
    logged.clock.sleep(LEASE_SECONDS + 1)
    second = logged.taken("w2")
    assert second.fence > first.fence
    assert logged.log.save(first, transition(1.0, "late")) is None
    assert logged.log.save(second, transition(1.0, "in time")) is not None
    assert isinstance(logged.record().release.state, Watching)


def test_two_workers_that_take_at_once(logged: LoggedRelease) -> None:
    """Of two who read the same free lease, one gets it."""
    seen = logged.record()
    assert logged.log.take(seen, "w1") is not None
    assert logged.log.take(seen, "w2") is None


def test_a_lease_is_renewed_when_half_of_it_is_over(logged: LoggedRelease) -> None:
    """Who holds it writes nothing to go on at once, and renews it in time."""
    held = logged.taken("w1")
    writes = logged.table.wrote
    assert logged.log.take(held, "w1") == held
    assert logged.table.wrote == writes
    logged.clock.sleep(LEASE_SECONDS / 2 + 1)
    renewed = logged.log.take(held, "w1")
    assert renewed is not None
    assert renewed.until > held.until


def test_a_release_that_waits_is_free_for_anybody(logged: LoggedRelease) -> None:
    """With nothing to do for long, no lease is kept; with something at once, it is."""
    kept = logged.log.save(logged.taken("w1"), transition(logged.clock(), "goes on"))
    assert kept is not None
    assert logged.log.take(logged.record(), "w2") is None
    freed = logged.log.save(kept, transition(logged.clock() + 3600))
    assert freed is not None
    assert logged.log.take(logged.record(), "w2") is not None


def test_a_wake_up_in_between_is_not_lost(logged: LoggedRelease) -> None:
    """A step that would sleep for an hour sees that somebody woke it meanwhile, and is due at once."""
    held = logged.taken("w1")
    assert logged.log.wake(logged.id)
    saved = logged.log.save(held, transition(logged.clock() + 3600, "sleeps"))
    assert saved is not None
    assert logged.log.due() == [logged.id]


def test_postponing_keeps_an_earlier_wake_up(logged: LoggedRelease) -> None:
    """Who looks again later does not push away what came in between."""
    held = logged.taken("w1")
    assert logged.log.wake(logged.id)
    assert not logged.log.postpone(held, logged.clock() + 3600)
    assert logged.log.due() == [logged.id]
    assert logged.log.postpone(logged.record(), logged.clock() + 3600)
    assert logged.log.due() == []


@pytest.mark.parametrize(("at", "due"), [(50.0, 50.0), (150.0, 100.0), (None, 0.0)])
def test_waking_only_ever_brings_forward(logged: LoggedRelease, at: float | None, due: float) -> None:
    """A wake-up that is later than what is planned changes nothing."""
    now = logged.clock()
    assert logged.log.wake(logged.id, None if at is None else now + at)
    assert logged.record().due == pytest.approx(now + due)


def test_waking_what_is_not_there(logged: LoggedRelease) -> None:
    """An event about a release that nobody knows is nothing."""
    assert not logged.log.wake("prod-app-99")


def ask(number: int) -> Decide:
    """A decision."""
    return Decide(id=f"req-{number:08d}", release="prod-app-7", verdict="approve")


def test_an_ask_counts_once_and_in_order(logged: LoggedRelease) -> None:
    """The same decision delivered twice is one; two at once from the same view both stand, one behind the other."""
    seen = logged.record()
    logged.log.ask(seen, ask(1), actor("ben"), ["releasers"])
    logged.log.ask(seen, ask(2), actor("cleo"), [])
    logged.log.ask(seen, ask(1), actor("ben"), ["releasers"])
    found = logged.record()
    assert [(a.number, a.request.id) for a in found.asks] == [(1, "req-00000001"), (2, "req-00000002")]
    assert found.asks[0].groups == ("releasers",)
    assert logged.log.due() == [logged.id]
    answered = msgspec.structs.replace(found, release=msgspec.structs.replace(found.release, answered=1))
    assert [a.number for a in answered.unanswered] == [2]


def test_an_ask_that_arrives_while_a_step_is_made_is_seen_next(logged: LoggedRelease) -> None:
    """The holder finishes its step, and what was asked meanwhile waits in the log and is due at once."""
    held = logged.taken("w1")
    logged.log.ask(logged.record(), ask(1), actor("ben"), [])
    assert logged.log.save(held, transition(logged.clock() + 3600, "a step")) is not None
    assert len(logged.record().unanswered) == 1
    assert logged.log.due() == [logged.id]


def test_a_step_is_written_whole_or_not_at_all(logged: LoggedRelease) -> None:
    """If another's write to the slot came first, neither state nor audit nor answer of the step is there."""
    held = logged.taken("w1")
    slot = logged.log.put_slot("prod/service-app", 0, Slot(open="other"))
    assert logged.table.write(slot)
    answers = [("req-00000009", Done(text="done"))]
    assert logged.log.save(held, transition(1.0, "x", writes=[slot], answers=answers)) is None
    assert logged.log.answered("req-00000009") is None
    assert len(list(logged.log.entries("release/prod-app-7"))) == 1
    assert not isinstance(logged.record().release.state, Watching)


def test_the_first_answer_stands(logged: LoggedRelease) -> None:
    """A request that is answered twice keeps its first answer, until it is forgotten after two days."""
    logged.log.answer("req-00000001", Done(text="first"))
    logged.log.answer("req-00000001", Refusal(rule="x", why="second"))
    assert logged.log.answered("req-00000001") == Done(text="first")
    logged.table.forget(logged.clock() + 3 * 86400)
    assert logged.log.answered("req-00000001") is None


def test_a_version_is_good_since_the_first_time(logged: LoggedRelease) -> None:
    """Succeeding again does not start the clock of promotion anew."""
    put = logged.log.put_good("prod/service-app", "c" * 40, Good(1.0, "prod-app-1"))
    assert put is not None
    assert logged.table.write(put)
    assert logged.log.put_good("prod/service-app", "c" * 40, Good(2.0, "prod-app-2")) is None
    assert logged.log.good("prod/service-app", "c" * 40) == Good(1.0, "prod-app-1")


def test_history_newest_first_and_in_pages(logged: LoggedRelease) -> None:
    """Releases of a stack, the newest on top, however many digits their numbers have."""
    for number in (8, 9, 10, 11):
        made = release(id=f"prod-app-{number}")
        assert logged.table.write(logged.log.put_summary(made))
        closed = msgspec.structs.replace(made, state=Closed(outcome="rejected", at=1.0))
        assert logged.table.write(logged.log.put_summary(closed))
        assert not logged.table.write(logged.log.put_summary(closed))
    assert [s.id for s in logged.log.history("prod/service-app", 3)] == ["prod-app-11", "prod-app-10", "prod-app-9"]
    assert [s.id for s in logged.log.history("prod/service-app", 9, before="history#00000010")] == [
        "prod-app-9", "prod-app-8", "prod-app-7",
    ]  # fmt: skip


def test_locks_end_are_lifted_and_leave_their_trace(logged: LoggedRelease) -> None:
    """A lock with an end ends; one that is lifted is gone; each is in the chain of its environment."""
    now = logged.clock()
    for index, lock in enumerate([
        LockNow(scope="prod/*", actor=actor("ana"), reason="a", since=now, until=now + 60),
        LockNow(scope="prod/service-app", actor=actor("ben"), reason="b", since=now),
        LockNow(scope="staging/*", actor=actor("ben"), reason="c", since=now),
    ]):  # fmt: skip
        assert logged.log.set_lock(lock, Event(now, lock.actor, "locked"), (f"req-0000000{index}", Done()))
    assert {x.scope for x in logged.log.locks("prod")} == {"prod/*", "prod/service-app"}
    logged.clock.sleep(61)
    assert {x.scope for x in logged.log.locks("prod")} == {"prod/service-app"}
    lifted = LockNow(scope="prod/service-app", actor=actor("ben"), reason="b", since=now, lifted=True)
    assert logged.log.set_lock(lifted, Event(now, actor("ana"), "unlocked"), ("req-00000009", Done()))
    assert logged.log.locks("prod") == []
    assert [e.what for e in logged.log.entries("env/prod")] == ["locked", "locked", "unlocked"]


def test_a_lock_set_twice_at_once_is_set_once(logged: LoggedRelease) -> None:
    """The slower of two is told, and its answer is not written."""
    now = logged.clock()
    lock = LockNow(scope="prod/*", actor=actor("ana"), reason="a", since=now)
    seen = logged.log.head("env/prod")
    assert logged.log.set_lock(lock, Event(now, actor("ana"), "locked"), ("req-00000001", Done()))
    entry = follow("env/prod", seen, Event(now, actor("ben"), "locked"))
    assert not logged.table.write(logged.log._entry(entry))
    assert seen == Head()


@pytest.mark.parametrize(
    ("at", "text"), [(0.0, "0" * 17), (-5.0, "0" * 17), (1.5, "00000000001500000"), (None, "9" * 17)]
)
def test_moments_sort_as_text(at: float | None, text: str) -> None:
    """The index of due times sorts texts: 17 digits of microseconds, and never is last."""
    assert stamp(at) == text
    assert stamp(4e9) < stamp(None)
