"""Who moves a release: out of sight while somebody does, renewed while a step lasts, found in every partition."""

from __future__ import annotations

import msgspec
import pytest

from generator.release.leases import LEASE_SECONDS
from tests.release.test_log_writes import WORKED, Desk, transition
from tests.release.values import release


@pytest.fixture
def desk() -> Desk:
    """A log with prod-app-7 open in it."""
    return Desk()


def test_open_releases_are_listed_in_order(desk: Desk) -> None:
    """The longest waiting first, until when one asks."""
    desk.clock.sleep(200)
    ids = [f"prod-app-{number}" for number in range(10, 30)]
    for number, release_id in enumerate(ids):
        _, puts = desk.log.opening(release(id=release_id), desk.clock() - 50 + number, [])
        assert desk.table.write(*puts)
    assert desk.log.due() == [desk.id, *ids]
    assert [one.due for one in desk.log.listed(4)[1:]] == pytest.approx([desk.clock() - 50 + n for n in range(3)])


def test_who_renews_keeps_its_release_and_what_woke_it(desk: Desk) -> None:
    """A step that outlasts its lease renews it: nobody else gets it, its save holds, and a wake-up meanwhile counts."""
    held = desk.taken("w1")
    desk.clock.sleep(LEASE_SECONDS - 1)
    assert desk.log.wake(desk.id)
    renewed = desk.log.renew(held)
    assert renewed is not None
    assert (renewed.woken, renewed.until > held.until, renewed.fence) == (True, True, held.fence + 1)
    desk.clock.sleep(2)
    assert desk.log.take(desk.record(), "w2") is None
    assert desk.log.due() == []
    assert desk.log.save(renewed, transition(desk.clock() + 3600, "slow")) is not None
    assert desk.log.due() == [desk.id]


def test_who_was_away_can_not_renew(desk: Desk) -> None:
    """After a pause that outlasted its lease a worker's renewal does nothing: another holds the release."""
    held = desk.taken("w1")
    desk.clock.sleep(LEASE_SECONDS + 1)
    assert desk.taken("w2").lease_owner == "w2"
    assert desk.log.renew(held) is None
    assert not desk.log.postpone(held, desk.clock() + 5)
    assert desk.record().lease_owner == "w2"


def test_a_claim_is_out_of_sight_until_its_lease_ends(desk: Desk) -> None:
    """Other workers don't even see what somebody moves; when that one dies it is due again."""
    desk.log.wake(desk.id)
    assert desk.log.due() == [desk.id]
    desk.taken("w1")
    assert desk.log.due() == []
    assert [one.id for one in desk.log.listed(10)] == [desk.id]
    desk.clock.sleep(LEASE_SECONDS)
    assert desk.log.due() == [desk.id]


def test_events_are_noted_without_a_lease(desk: Desk) -> None:
    """An event says that polling may pause; it neither wakes anybody nor takes the release from who holds it."""
    held = desk.taken("w1")
    desk.log.note_event(desk.id)
    desk.log.note_event(desk.id)
    assert desk.record().last_event == desk.clock()
    assert desk.log.save(held, transition(desk.clock() + 3600, "on")) is not None
    assert desk.log.due() == []
    assert desk.record().with_last_event.state == msgspec.structs.replace(WORKED, last_event=desk.clock())
