"""Leases at their limits: what a call answers is what the log holds, marks and revisions included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from generator.release.leases import ANSWER_SECONDS, LEASE_SECONDS
from generator.release.log_items import DueMark, Lease, Transition, stamp
from generator.release.model.log_records import Record
from generator.release.model.requests import Decide, Done
from generator.release.model.states import Closed
from tests.release.test_log_writes import LoggedRelease, transition
from tests.release.values import actor, release

APPROVE = Decide(id="req-00000001", release="prod-app-7", verdict="approve", binding="b")


@pytest.fixture
def logged() -> LoggedRelease:
    """A log with prod-app-7 open in it."""
    return LoggedRelease()


def mark(logged: LoggedRelease) -> tuple[DueMark, str]:
    """What stands beside the due time, and that time as the index sorts it."""
    found = logged.table.items[f"release#{logged.id}", "due"]
    return msgspec.json.decode(found.body, type=DueMark), found.due


def lease(logged: LoggedRelease) -> Lease:
    """Who holds it, as stored."""
    return msgspec.json.decode(logged.table.items[f"release#{logged.id}", "lease"].body, type=Lease)


def take(logged: LoggedRelease) -> Record | None:
    """Take it."""
    return logged.log.take(logged.record(), "w1")


def renew(logged: LoggedRelease) -> Record | None:
    """Take it, and renew after an event and a wake-up."""
    held = logged.taken("w1")
    logged.log.note_event(logged.id)
    logged.log.wake(logged.id)
    logged.clock.sleep(2)
    return logged.log.renew(held)


def save(logged: LoggedRelease) -> Record | None:
    """Make a step, and look again in a minute."""
    return logged.log.save(logged.taken("w1"), transition(logged.clock() + 60, "on"))


def save_renewed(logged: LoggedRelease) -> Record | None:
    """Make a step with a record whose lease was renewed meanwhile, beside an event."""
    held = logged.taken("w1")
    logged.log.note_event(logged.id)
    assert logged.log.renew(held) is not None
    return logged.log.save(held, transition(logged.clock() + 60, "on"))


def close(logged: LoggedRelease) -> Record | None:
    """End it: nobody looks again."""
    ended = Closed(outcome="succeeded", at=1.0)
    return logged.log.save(logged.taken("w1"), Transition(release(state=ended, chain=1, head="h"), None, []))


def ask(logged: LoggedRelease) -> Record | None:
    """Decide while nobody holds it."""
    return logged.log.ask(logged.record(), APPROVE, actor("ben"), ["ops", "dev"], refused="no card")


def ask_held(logged: LoggedRelease) -> Record | None:
    """Decide while somebody holds it, twice."""
    logged.log.note_event(logged.id)
    logged.taken("w1")
    first = logged.log.ask(logged.record(), APPROVE, actor("ben"), [])
    return logged.log.ask(first, msgspec.structs.replace(APPROVE, id="req-00000002"), actor("cleo"), ["owners"])


@pytest.mark.parametrize(
    "call", [take, renew, save, save_renewed, close, ask, ask_held], ids=lambda call: call.__name__
)
def test_what_a_call_answers_stands_in_the_log(
    call: Callable[[LoggedRelease], Record | None], logged: LoggedRelease
) -> None:
    """A worker goes on with the record that it holds, without reading it again: every revision in it is right."""
    found, there = call(logged), logged.record()
    assert found is not None
    hidden = {"until": 0.0, "due": 0.0, "woken": False}  # of these the answer says what the caller asked for
    if call is ask_held:
        there, found = (msgspec.structs.replace(one, **hidden) for one in (there, found))
    if call in {take, renew}:
        there, found = (msgspec.structs.replace(one, due=0.0, last_event=0.0) for one in (there, found))
    if call is close:
        found = msgspec.structs.replace(found, partition="")
    if call is ask:
        there, found = (msgspec.structs.replace(one, due=0.0) for one in (there, found))
    assert found == there


@pytest.mark.parametrize(
    ("call", "held", "woken", "due", "until"),
    [
        (take, LEASE_SECONDS, False, LEASE_SECONDS, LEASE_SECONDS),
        (save, 0.0, False, 60.0, 0.0),
        (ask, 0.0, False, 0.0, None),
        (ask_held, LEASE_SECONDS, True, LEASE_SECONDS, LEASE_SECONDS),
    ],
    ids=["take", "save", "ask", "ask while it is held"],
)
def test_marks_say_until_when_somebody_holds_it(
    logged: LoggedRelease,
    call: Callable[[LoggedRelease], Record | None],
    *,
    held: float,
    woken: bool,
    due: float,
    until: float | None,
) -> None:
    """What is held is out of sight until its lease ends and marked where somebody woke it; what is free is due when it says."""
    now = logged.clock()
    call(logged)
    found, when = mark(logged)
    assert (found.held, found.woken) == (now + held if held else 0.0, woken)
    assert when == stamp(now + due)
    if until is not None:
        assert lease(logged) == Lease("w1", now + until if until else 0.0)
    assert found.last_event == (now if call is ask_held else 0.0)


def test_what_goes_on_at_once_stays_with_its_holder(logged: LoggedRelease) -> None:
    """A step that is due now keeps the lease for its whole time, with the event that was noted; one second later it is free."""
    logged.log.note_event(logged.id)
    held, now = logged.taken("w1"), logged.clock()
    going = logged.log.save(held, transition(now))
    assert going is not None
    assert (going.until, going.due, going.woken, going.last_event) == (now + LEASE_SECONDS, now, False, now)
    assert mark(logged) == (DueMark(held=now + LEASE_SECONDS, last_event=now), stamp(now + LEASE_SECONDS))
    assert lease(logged) == Lease("w1", now + LEASE_SECONDS)
    free = logged.log.save(going, transition(now + 1))
    assert free is not None
    assert (free.until, free.due) == (0.0, now + 1)
    assert mark(logged) == (DueMark(last_event=now), stamp(now + 1))


def test_a_step_of_what_was_woken_is_due_now_and_free(logged: LoggedRelease) -> None:
    """Anyone who comes first sees what woke it."""
    logged.log.wake(logged.id)
    held = msgspec.structs.replace(logged.taken("w1"), woken=True)
    saved = logged.log.save(held, transition(logged.clock() + 3600, "on"))
    assert saved is not None
    assert (saved.until, saved.due, saved.woken) == (0.0, logged.clock(), False)
    assert lease(logged) == Lease("w1", 0.0)


def test_a_release_of_which_only_the_row_is_there(logged: LoggedRelease) -> None:
    """Without lease and due time nobody holds it and nobody looks: nothing is made up."""
    for sk in ("lease", "due"):
        logged.table.items.pop((f"release#{logged.id}", sk), None)
        logged.table._parts[f"release#{logged.id}"].pop(sk, None)
    found = logged.record()
    assert found == Record(release=found.release, rev=1)
    assert logged.log.release("prod-app-99") is None
    assert logged.log.release(logged.id) == found.release


@pytest.mark.parametrize(
    ("owner", "left", "taken"),
    [
        ("w2", 1.0, False),
        ("w2", 0.5, False),
        ("w2", 0.0, True),
        ("w2", -1.0, True),
        ("w1", LEASE_SECONDS / 2, True),
        ("w1", LEASE_SECONDS / 2 + 1, False),
    ],
)
def test_who_may_take_it_and_when(owner: str, left: float, taken: bool, logged: LoggedRelease) -> None:
    """Another from the moment at which the lease ends, its holder once half of it is over; before, nothing is written."""
    logged.taken("w1")
    logged.clock.sleep(LEASE_SECONDS - left)
    before = logged.table.wrote
    logged.log.take(logged.record(), owner)
    assert (logged.table.wrote > before) is taken


@pytest.mark.parametrize(
    ("took", "seconds"),
    [
        ((0.0,), 9.0),
        ((1.0,), 9.0),
        ((1.5,), 13.5),
        ((2.0,), 15.0),
        ((4.0, 0.0), 19.8),
        ((4.0, 3.0), 19.8),
        ((4.0, 5.0), 24.0),
    ],
)
def test_a_slow_log_makes_leases_longer(took: tuple[float, ...], seconds: float, logged: LoggedRelease) -> None:
    """Answers that took over a second count three times; when they are quick again it is forgotten by a tenth each time."""
    write = logged.table.write
    for one in took:

        def slow(*what: Any, one: float = one) -> bool:
            logged.clock.sleep(one)
            return write(*what)

        logged.table.write = slow  # type: ignore[method-assign]
        logged.clock.sleep(100)
        assert take(logged) is not None
    assert logged.log.lease == pytest.approx(seconds)


def test_who_let_it_go_does_not_save(logged: LoggedRelease) -> None:
    """Let go, taken by another, or gone: the step is not written."""
    held = logged.taken("w1")
    logged.log.let_go(held)
    assert mark(logged)[1] == stamp(logged.clock())
    assert logged.log.save(held, transition(1.0, "late")) is None
    assert logged.log.renew(held) is None
    again = logged.taken("w1")
    assert logged.log.save(again, transition(1.0, "on")) is not None
    assert logged.log.save(again, transition(1.0, "twice")) is None
    for key in [key for key in logged.table.items if key[0] == f"release#{logged.id}"]:
        del logged.table.items[key], logged.table._parts[key[0]][key[1]]
    assert logged.log.renew(again) is None
    assert logged.log.ask(again, APPROVE, actor("ben"), []).rev == again.rev
    assert not logged.log.postpone(again, 5.0)


def test_postponing_says_when(logged: LoggedRelease) -> None:
    """To the second; what was woken before is looked at now, and an event that was noted is kept."""
    logged.log.note_event(logged.id)
    now = logged.clock()
    assert logged.log.postpone(logged.taken("w1"), now + 33)
    assert mark(logged) == (DueMark(last_event=now), stamp(now + 33))
    assert lease(logged) == Lease("w1", 0.0)
    held = logged.taken("w1")
    logged.log.wake(logged.id)
    assert not logged.log.postpone(held, now + 33)
    assert mark(logged)[1] == stamp(now)


def test_a_hundred_due_releases_are_listed_at_once(logged: LoggedRelease) -> None:
    """A worker takes no more at a time."""
    for number in range(100, 201):
        _, puts = logged.log.opening(release(id=f"prod-web-{number}"), logged.clock() - 1, [])
        assert logged.table.write(*puts)
    assert len(logged.log.due()) == 100
    assert len(logged.log.open_ids()) == 102


def test_an_answer_is_kept_for_two_days(logged: LoggedRelease) -> None:
    """Anyone who asks again in that time reads the same; DynamoDB forgets it after."""
    logged.log.answer("req-1", Done(text="yes"))
    assert logged.table.items["request#req-1", "answer"].expires == int(logged.clock()) + ANSWER_SECONDS
    assert ANSWER_SECONDS == 172_800
