"""A worker acts only on what it surely holds: renewed as long as a step takes, and trusted no longer than its lease."""

from __future__ import annotations

import pytest

from generator.release.errors import LeaseLost
from generator.release.holds import Holds
from generator.release.leases import LEASE_SECONDS
from tests.release.test_log_writes import LoggedRelease


@pytest.fixture
def logged() -> LoggedRelease:
    """A log with prod-app-7 open in it."""
    return LoggedRelease()


@pytest.mark.parametrize(("passed", "acts"), [(0.0, True), (LEASE_SECONDS - 1.1, True), (LEASE_SECONDS - 1.0, False)])
def test_who_could_not_renew_stops_a_second_before_its_lease_ends(
    logged: LoggedRelease, passed: float, *, acts: bool
) -> None:
    """Neither the table nor the clock has to say so: what can't be taken back is not begun any more."""
    hold = Holds(logged.log, logged.clock).hold(logged.taken("w1"))
    logged.clock.sleep(passed)
    if acts:
        hold.check()
        return
    with pytest.raises(LeaseLost):
        hold.check()


@pytest.mark.parametrize("beats", [1, 20])
def test_who_renews_acts_however_long_its_step_takes(logged: LoggedRelease, beats: int) -> None:
    """A beat every three seconds, also where some of them do not get through."""
    holds = Holds(logged.log, logged.clock)
    hold = holds.hold(logged.taken("w1"))
    for beat in range(beats):
        logged.clock.sleep(3.0)
        if beat % 3 == 1:
            logged.table.faults.fail("table.write")
        holds.renew()
    hold.check()
    assert logged.log.take(logged.record(), "w2") is None


def test_who_hears_that_another_has_it_stops_at_once(logged: LoggedRelease) -> None:
    """A worker that stood still renews too late: it learns that the release is somebody else's, and acts no more."""
    holds = Holds(logged.log, logged.clock)
    hold = holds.hold(logged.taken("w1"))
    logged.clock.sleep(LEASE_SECONDS)
    logged.taken("w2")
    assert holds.renew() == 0
    assert hold.lost
    with pytest.raises(LeaseLost):
        hold.check()
