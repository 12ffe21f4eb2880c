"""What a worker takes over from others: what is overdue, no more than it has threads for, and less where all are late."""

from __future__ import annotations

import random

import pytest

from generator.release.holds import LEASE_SECONDS
from generator.release.log_items import Listed
from generator.release.schedule import Bell, Schedule
from generator.release.takeover import GRACE, LIST_AT_LEAST, LIST_AT_MOST, LIST_SOON, LONGEST_GRACE, Takeover

NOW = 1_800_000_000.0


def listed(*late: float) -> list[Listed]:
    """Releases that are due since so many seconds, in this order."""
    return [Listed(f"prod-app-{number}", NOW - seconds) for number, seconds in enumerate(late)]


@pytest.mark.parametrize(
    ("behind", "late", "taken"),
    [
        (0.0, GRACE - 0.1, False),
        (0.0, GRACE, True),
        (0.3, GRACE + 0.5, False),
        (0.3, GRACE + 0.7, True),
        (60.0, LONGEST_GRACE - 0.1, False),
        (60.0, LONGEST_GRACE, True),
    ],
)
def test_who_is_late_itself_leaves_more_to_others(behind: float, late: float, *, taken: bool) -> None:
    """After a second, after longer where our own are late as well, and after two in any case."""
    found = Takeover(GRACE).choose(listed(late), set(), NOW, free=4, behind=behind)
    assert found == (["prod-app-0"] if taken else [])


def test_who_is_alone_waits_for_nobody() -> None:
    """A command that works for a moment takes what is due, however late it is itself."""
    assert Takeover(0.0).choose(listed(0.0, -0.1), set(), NOW, free=100, behind=9.0) == ["prod-app-0"]


@pytest.mark.parametrize(("free", "many"), [(1, 1), (3, 3), (4, 4), (9, 5)])
def test_no_more_than_there_are_threads_for(free: int, many: int) -> None:
    """What is mine is left out; of more than fits, some are drawn, so that two workers rarely take the same."""
    random.seed(1)
    found = Takeover(GRACE).choose(listed(*[5.0] * 6), {"prod-app-2"}, NOW, free=free, behind=0.0)
    assert len(set(found)) == len(found) == min(free, many)
    assert "prod-app-2" not in found


@pytest.mark.parametrize(
    ("late", "soonest", "latest"),
    [
        ((), LIST_AT_LEAST, LIST_AT_LEAST),  # nothing is open
        ((-100.0,), LIST_AT_LEAST, LIST_AT_LEAST),  # far away
        ((-9.0,), 9.0 + GRACE, 9.0 + GRACE),  # held: listed again when that worker is overdue
        ((-0.5,), 0.75 * LIST_AT_MOST, 1.25 * LIST_AT_MOST),
        ((5.0, 5.0, -1.0), 0.75 * LIST_AT_MOST, 1.25 * LIST_AT_MOST),
        ((5.0, 5.0, 5.0, 5.0), 0.75 * LIST_SOON, 1.25 * LIST_SOON),  # more than there are threads for
    ],
)
def test_it_lists_again_when_something_may_be_overdue(late: tuple[float, ...], soonest: float, latest: float) -> None:
    """Seldom while the next is far, soon while there is more to take over than there are threads for."""
    takeover = Takeover(GRACE)
    takeover.choose(listed(*late), set(), NOW, free=2, behind=0.0)
    assert soonest - 1e-3 <= takeover.list_at - NOW <= latest + 1e-3


def test_a_dead_worker_is_replaced_within_15_seconds() -> None:
    """Its lease, the longest grace, and the longest time until the next list while something is near."""
    assert LEASE_SECONDS + LONGEST_GRACE + 1.25 * LIST_AT_MOST <= 15.0
    assert LIST_AT_LEAST < 15.0


def test_a_schedule_knows_how_late_it_is() -> None:
    """An average of what was taken lately; with nothing left to do it is not late."""
    schedule = Schedule(Bell())
    for number in range(20):
        schedule.add(f"prod-app-{number}", NOW)
        assert schedule.take(NOW + 2.0) is not None
    assert 1.9 < schedule.behind < 2.0
    assert schedule.take(NOW + 3.0) is None
    assert schedule.behind == 0.0
    schedule.add("prod-app-1", NOW)
    schedule.take(NOW + 1e9)
    assert schedule.behind <= 12.0
