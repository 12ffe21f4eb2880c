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
from tests.release.test_log_writes import Desk, transition
from tests.release.values import actor, release

APPROVE = Decide(id="req-00000001", release="prod-app-7", verdict="approve", binding="b")


@pytest.fixture
def desk() -> Desk:
    """A log with prod-app-7 open in it."""
    return Desk()


def mark(desk: Desk) -> tuple[DueMark, str]:
    """What stands beside the due time, and that time as the index sorts it."""
    found = desk.table.items[f"release#{desk.id}", "due"]
    return msgspec.json.decode(found.body, type=DueMark), found.due


def lease(desk: Desk) -> Lease:
    """Who holds it, as stored."""
    return msgspec.json.decode(desk.table.items[f"release#{desk.id}", "lease"].body, type=Lease)


def take(desk: Desk) -> Record | None:
    """Take it."""
    return desk.log.take(desk.record(), "w1")


def renew(desk: Desk) -> Record | None:
    """Take it, and renew after an event and a wake-up."""
    held = desk.taken("w1")
    desk.log.note_event(desk.id)
    desk.log.wake(desk.id)
    desk.clock.sleep(2)
    return desk.log.renew(held)


def save(desk: Desk) -> Record | None:
    """Make a step, and look again in a minute."""
    return desk.log.save(desk.taken("w1"), transition(desk.clock() + 60, "on"))


def save_renewed(desk: Desk) -> Record | None:
    """Make a step with a record whose lease was renewed meanwhile, beside an event."""
    held = desk.taken("w1")
    desk.log.note_event(desk.id)
    assert desk.log.renew(held) is not None
    return desk.log.save(held, transition(desk.clock() + 60, "on"))


def close(desk: Desk) -> Record | None:
    """End it: nobody looks again."""
    ended = Closed(outcome="succeeded", at=1.0)
    return desk.log.save(desk.taken("w1"), Transition(release(state=ended, chain=1, head="h"), None, []))


def ask(desk: Desk) -> Record | None:
    """Decide while nobody holds it."""
    return desk.log.ask(desk.record(), APPROVE, actor("ben"), ["ops", "dev"], refused="no card")


def ask_held(desk: Desk) -> Record | None:
    """Decide while somebody holds it, twice."""
    desk.log.note_event(desk.id)
    desk.taken("w1")
    first = desk.log.ask(desk.record(), APPROVE, actor("ben"), [])
    return desk.log.ask(first, msgspec.structs.replace(APPROVE, id="req-00000002"), actor("cleo"), ["owners"])


@pytest.mark.parametrize(
    "call", [take, renew, save, save_renewed, close, ask, ask_held], ids=lambda call: call.__name__
)
def test_what_a_call_answers_stands_in_the_log(call: Callable[[Desk], Record | None], desk: Desk) -> None:
    """A worker goes on with the record that it holds, without reading it again: every revision in it is right."""
    found, there = call(desk), desk.record()
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
    desk: Desk, call: Callable[[Desk], Record | None], *, held: float, woken: bool, due: float, until: float | None
) -> None:
    """What is held is out of sight until its lease ends and marked where somebody woke it; what is free is due when it says."""
    now = desk.clock()
    call(desk)
    found, when = mark(desk)
    assert (found.held, found.woken) == (now + held if held else 0.0, woken)
    assert when == stamp(now + due)
    if until is not None:
        assert lease(desk) == Lease("w1", now + until if until else 0.0)
    assert found.last_event == (now if call is ask_held else 0.0)


def test_what_goes_on_at_once_stays_with_its_holder(desk: Desk) -> None:
    """A step that is due now keeps the lease for its whole time, with the event that was noted; one second later it is free."""
    desk.log.note_event(desk.id)
    held, now = desk.taken("w1"), desk.clock()
    going = desk.log.save(held, transition(now))
    assert going is not None
    assert (going.until, going.due, going.woken, going.last_event) == (now + LEASE_SECONDS, now, False, now)
    assert mark(desk) == (DueMark(held=now + LEASE_SECONDS, last_event=now), stamp(now + LEASE_SECONDS))
    assert lease(desk) == Lease("w1", now + LEASE_SECONDS)
    free = desk.log.save(going, transition(now + 1))
    assert free is not None
    assert (free.until, free.due) == (0.0, now + 1)
    assert mark(desk) == (DueMark(last_event=now), stamp(now + 1))


def test_a_step_of_what_was_woken_is_due_now_and_free(desk: Desk) -> None:
    """Anyone who comes first sees what woke it."""
    desk.log.wake(desk.id)
    held = msgspec.structs.replace(desk.taken("w1"), woken=True)
    saved = desk.log.save(held, transition(desk.clock() + 3600, "on"))
    assert saved is not None
    assert (saved.until, saved.due, saved.woken) == (0.0, desk.clock(), False)
    assert lease(desk) == Lease("w1", 0.0)


def test_a_release_of_which_only_the_row_is_there(desk: Desk) -> None:
    """Without lease and due time nobody holds it and nobody looks: nothing is made up."""
    for sk in ("lease", "due"):
        desk.table.items.pop((f"release#{desk.id}", sk), None)
        desk.table._parts[f"release#{desk.id}"].pop(sk, None)
    found = desk.record()
    assert found == Record(release=found.release, rev=1)
    assert desk.log.release("prod-app-99") is None
    assert desk.log.release(desk.id) == found.release


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
def test_who_may_take_it_and_when(owner: str, left: float, taken: bool, desk: Desk) -> None:
    """Another from the moment at which the lease ends, its holder once half of it is over; before, nothing is written."""
    desk.taken("w1")
    desk.clock.sleep(LEASE_SECONDS - left)
    before = desk.table.wrote
    desk.log.take(desk.record(), owner)
    assert (desk.table.wrote > before) is taken


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
def test_a_slow_log_makes_leases_longer(took: tuple[float, ...], seconds: float, desk: Desk) -> None:
    """Answers that took over a second count three times; when they are quick again it is forgotten by a tenth each time."""
    write = desk.table.write
    for one in took:

        def slow(*what: Any, one: float = one) -> bool:
            desk.clock.sleep(one)
            return write(*what)

        desk.table.write = slow  # type: ignore[method-assign]
        desk.clock.sleep(100)
        assert take(desk) is not None
    assert desk.log.lease == pytest.approx(seconds)


def test_who_let_it_go_does_not_save(desk: Desk) -> None:
    """Let go, taken by another, or gone: the step is not written."""
    held = desk.taken("w1")
    desk.log.let_go(held)
    assert mark(desk)[1] == stamp(desk.clock())
    assert desk.log.save(held, transition(1.0, "late")) is None
    assert desk.log.renew(held) is None
    again = desk.taken("w1")
    assert desk.log.save(again, transition(1.0, "on")) is not None
    assert desk.log.save(again, transition(1.0, "twice")) is None
    for key in [key for key in desk.table.items if key[0] == f"release#{desk.id}"]:
        del desk.table.items[key], desk.table._parts[key[0]][key[1]]
    assert desk.log.renew(again) is None
    assert desk.log.ask(again, APPROVE, actor("ben"), []).rev == again.rev
    assert not desk.log.postpone(again, 5.0)


def test_postponing_says_when(desk: Desk) -> None:
    """To the second; what was woken before is looked at now, and an event that was noted is kept."""
    desk.log.note_event(desk.id)
    now = desk.clock()
    assert desk.log.postpone(desk.taken("w1"), now + 33)
    assert mark(desk) == (DueMark(last_event=now), stamp(now + 33))
    assert lease(desk) == Lease("w1", 0.0)
    held = desk.taken("w1")
    desk.log.wake(desk.id)
    assert not desk.log.postpone(held, now + 33)
    assert mark(desk)[1] == stamp(now)


def test_a_hundred_due_releases_are_listed_at_once(desk: Desk) -> None:
    """A worker takes no more at a time."""
    for number in range(100, 201):
        _, puts = desk.log.opening(release(id=f"prod-web-{number}"), desk.clock() - 1, [])
        assert desk.table.write(*puts)
    assert len(desk.log.due()) == 100
    assert len(desk.log.open_ids()) == 102


def test_an_answer_is_kept_for_two_days(desk: Desk) -> None:
    """Anyone who asks again in that time reads the same; DynamoDB forgets it after."""
    desk.log.answer("req-1", Done(text="yes"))
    assert desk.table.items["request#req-1", "answer"].expires == int(desk.clock()) + ANSWER_SECONDS
    assert ANSWER_SECONDS == 172_800
