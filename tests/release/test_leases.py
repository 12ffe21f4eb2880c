"""Who moves a release: out of sight while somebody does, renewed while a step lasts, found in every partition."""

from __future__ import annotations

import msgspec
import pytest

from generator.release.leases import LEASE_SECONDS
from tests.release.test_log_writes import WORKED, LoggedRelease, transition
from tests.release.values import release


@pytest.fixture
def logged() -> LoggedRelease:
    """A log with prod-app-7 open in it."""
    return LoggedRelease()


def test_open_releases_are_listed_in_order(logged: LoggedRelease) -> None:
    """The longest waiting first, until when one asks."""
    logged.clock.sleep(200)
    ids = [f"prod-app-{number}" for number in range(10, 30)]
    for number, release_id in enumerate(ids):
        _, puts = logged.log.opening(release(id=release_id), logged.clock() - 50 + number, [])
        assert logged.table.write(*puts)
    assert logged.log.due() == [logged.id, *ids]
    assert [one.due for one in logged.log.listed(4)[1:]] == pytest.approx([logged.clock() - 50 + n for n in range(3)])


def test_who_renews_keeps_its_release_and_what_woke_it(logged: LoggedRelease) -> None:
    """A step that outlasts its lease renews it: nobody else gets it, its save holds, and a wake-up meanwhile counts."""
    held = logged.taken("w1")
    logged.clock.sleep(LEASE_SECONDS - 1)
    assert logged.log.wake(logged.id)
    renewed = logged.log.renew(held)
    assert renewed is not None
    assert (renewed.woken, renewed.until > held.until, renewed.fence) == (True, True, held.fence + 1)
    logged.clock.sleep(2)
    assert logged.log.take(logged.record(), "w2") is None
    assert logged.log.due() == []
    assert logged.log.save(renewed, transition(logged.clock() + 3600, "slow")) is not None
    assert logged.log.due() == [logged.id]


def test_who_was_away_can_not_renew(logged: LoggedRelease) -> None:
    """After a pause that outlasted its lease a worker's renewal does nothing: another holds the release."""
    held = logged.taken("w1")
    logged.clock.sleep(LEASE_SECONDS + 1)
    assert logged.taken("w2").lease_owner == "w2"
    assert logged.log.renew(held) is None
    assert not logged.log.postpone(held, logged.clock() + 5)
    assert logged.record().lease_owner == "w2"


def test_a_claim_is_out_of_sight_until_its_lease_ends(logged: LoggedRelease) -> None:
    """Other workers don't even see what somebody moves; when that one dies it is due again."""
    logged.log.wake(logged.id)
    assert logged.log.due() == [logged.id]
    logged.taken("w1")
    assert logged.log.due() == []
    assert [one.id for one in logged.log.listed(10)] == [logged.id]
    logged.clock.sleep(LEASE_SECONDS)
    assert logged.log.due() == [logged.id]


def test_events_are_noted_without_a_lease(logged: LoggedRelease) -> None:
    """An event says that polling may pause; it neither wakes anybody nor takes the release from who holds it."""
    held = logged.taken("w1")
    logged.log.note_event(logged.id)
    logged.log.note_event(logged.id)
    assert logged.record().last_event == logged.clock()
    assert logged.log.save(held, transition(logged.clock() + 3600, "on")) is not None
    assert logged.log.due() == []
    assert logged.record().with_last_event.state == msgspec.structs.replace(WORKED, last_event=logged.clock())
