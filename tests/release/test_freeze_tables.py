"""Freezes: once and every week, in their own time zone, across midnight and across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.release.freezes import frozen
from generator.release.model.settings import Freeze

BERLIN = "Europe/Berlin"


def at(text: str) -> float:
    """A moment of UTC in epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


ONCE = Freeze(reason="holidays", zone=BERLIN, start="2026-12-20T18:00", end="2027-01-04T08:00")
NIGHT = Freeze(reason="night", zone=BERLIN, after="22:00", before="06:00")
FRIDAY = Freeze(reason="friday", zone="UTC", days=("fri",), after="16:00")
WEEKEND = Freeze(reason="weekend", zone="UTC", days=("sat", "sun"))
FRIDAY_NIGHT = Freeze(reason="party", zone="UTC", days=("fri",), after="22:00", before="02:00")
LUNCH = Freeze(reason="lunch", zone="America/New_York", days=("mon",), after="12:00", before="13:00")
# Berlin 2026: 29 March 02:00 to 03:00 is left out, 25 October 02:00 to 03:00 comes twice.
FALL = Freeze(reason="fall", zone=BERLIN, start="2026-10-25T02:15", end="2026-10-25T02:45")
SPRING = Freeze(reason="spring", zone=BERLIN, start="2026-03-29T02:30", end="2026-03-29T04:00")
FALL_NIGHT = Freeze(reason="fall night", zone=BERLIN, days=("sun",), after="01:00", before="02:30")
SPAN = Freeze(reason="weekend", zone=BERLIN, weekly="fri 16:00 to mon 08:00")
ALWAYS = Freeze(reason="always", weekly="mon 08:00 to mon 08:00")
MORNING = Freeze(reason="morning", weekly="mon 08:00 to mon 12:00")
OPEN_END = Freeze(reason="for good", start="2026-01-01T00:00")
OPEN_START = Freeze(reason="not yet", end="2026-01-01T00:00")


def test_the_end_is_told_in_the_zone_in_which_it_was_written() -> None:
    """A refusal, a card and a status say the day, the date, the time and the zone."""
    found = frozen((SPAN,), at("2026-07-05T12:00"))
    assert found is not None
    assert found.end == "until Mon 2026-07-06 08:00 Europe/Berlin"
    for freeze in (OPEN_END, ONCE):
        assert frozen((freeze,), at("2026-12-24T12:00")) is not None
    for ever in (OPEN_END, ALWAYS):
        assert frozen((ever,), at("2026-07-05T12:00")) is not None
    endless = frozen((OPEN_END,), at("2026-07-05T12:00"))
    assert endless is not None
    assert endless.end == "without an end"


@pytest.mark.parametrize(
    ("freeze", "moment", "until"),
    [
        (ONCE, "2026-12-20T16:59:59", None),
        (ONCE, "2026-12-20T17:00:00", "2027-01-04T07:00"),
        (ONCE, "2027-01-04T06:59:59", "2027-01-04T07:00"),
        (ONCE, "2027-01-04T07:00:00", None),
        (NIGHT, "2026-07-01T19:59", None),
        (NIGHT, "2026-07-01T20:00", "2026-07-02T04:00"),
        (NIGHT, "2026-07-02T03:59", "2026-07-02T04:00"),
        (NIGHT, "2026-07-02T04:00", None),
        (NIGHT, "2026-12-01T21:00", "2026-12-02T05:00"),
        (FRIDAY, "2026-07-03T15:59", None),
        (FRIDAY, "2026-07-03T16:00", "2026-07-04T00:00"),
        (FRIDAY, "2026-07-04T00:00", None),
        (WEEKEND, "2026-07-04T12:00", "2026-07-06T00:00"),
        (WEEKEND, "2026-07-05T23:59", "2026-07-06T00:00"),
        (WEEKEND, "2026-07-06T00:00", None),
        (SPAN, "2026-07-03T13:59", None),
        (SPAN, "2026-07-03T14:00", "2026-07-06T06:00"),
        (SPAN, "2026-07-05T12:00", "2026-07-06T06:00"),
        (SPAN, "2026-07-06T05:59", "2026-07-06T06:00"),
        (SPAN, "2026-07-06T06:00", None),
        (SPAN, "2026-12-04T15:00", "2026-12-07T07:00"),
        (MORNING, "2026-07-06T07:59", None),
        (MORNING, "2026-07-06T08:00", "2026-07-06T12:00"),
        (MORNING, "2026-07-07T09:00", None),
        (FRIDAY_NIGHT, "2026-07-03T23:00", "2026-07-04T02:00"),
        (FRIDAY_NIGHT, "2026-07-04T01:59", "2026-07-04T02:00"),
        (FRIDAY_NIGHT, "2026-07-03T01:00", None),
        (FRIDAY_NIGHT, "2026-07-04T22:30", None),
        (LUNCH, "2026-07-06T16:30", "2026-07-06T17:00"),
        (LUNCH, "2026-12-07T16:30", None),
        (LUNCH, "2026-12-07T17:30", "2026-12-07T18:00"),
        (FALL, "2026-10-25T00:14", None),
        (FALL, "2026-10-25T00:15", "2026-10-25T01:45"),
        (FALL, "2026-10-25T00:50", "2026-10-25T01:45"),
        (FALL, "2026-10-25T01:44", "2026-10-25T01:45"),
        (FALL, "2026-10-25T01:45", None),
        (SPRING, "2026-03-29T00:29", None),
        (SPRING, "2026-03-29T01:30", "2026-03-29T02:00"),
        (SPRING, "2026-03-29T02:00", None),
        (FALL_NIGHT, "2026-10-24T23:30", "2026-10-25T01:30"),
        (FALL_NIGHT, "2026-10-25T01:29", "2026-10-25T01:30"),
        (FALL_NIGHT, "2026-10-25T01:30", None),
        (OPEN_START, "2025-12-31T23:59", "2026-01-01T00:00"),
        (OPEN_START, "2026-01-01T00:00", None),
    ],
)  # fmt: skip
def test_when_it_is_frozen_and_until_when(freeze: Freeze, moment: str, until: str | None) -> None:
    """Begins and ends to the second, on the clocks of its zone; a local time that comes twice counts both times."""
    found = frozen([freeze], at(moment))
    assert (found.until if found else None) == (at(until) if until else None)
    if found:
        assert found.reason == freeze.reason


def test_an_open_end_never_ends() -> None:
    """A freeze without an end holds until somebody writes one."""
    found = frozen([OPEN_END], at("2026-06-01T00:00"))
    assert found is not None
    assert found.until == float("inf")
    assert frozen([OPEN_END], at("2025-12-31T23:59")) is None


def test_windows_that_touch_are_one_wait() -> None:
    """Friday from four, then the weekend: told on Friday, it is free again on Monday, with the reason that holds now."""
    found = frozen([FRIDAY, WEEKEND], at("2026-07-03T17:00"))
    assert found is not None
    assert (found.reason, found.until) == ("friday", at("2026-07-06T00:00"))


def test_the_longest_of_several_is_reported() -> None:
    """Where two hold, who waits reads the one that ends last."""
    found = frozen([FRIDAY_NIGHT, ONCE, WEEKEND], at("2026-12-26T12:00"))
    assert found is not None
    assert found.reason == "holidays"


def test_no_freeze_holds_nothing() -> None:
    """An environment without freezes is never frozen."""
    assert frozen([], at("2026-07-04T12:00")) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.sampled_from([NIGHT, FRIDAY, WEEKEND, FRIDAY_NIGHT, LUNCH, FALL_NIGHT, ONCE, FALL, SPRING]),
)
def test_what_is_frozen_ends_when_it_says(moment: datetime, freeze: Freeze) -> None:
    """Just before ``until`` it is frozen still, at ``until`` it is free, and ``until`` is always ahead."""
    now = moment.replace(tzinfo=UTC).timestamp()
    found = frozen([freeze], now)
    if found is not None:
        assert found.until > now
        assert frozen([freeze], found.until - 1) is not None
        assert frozen([freeze], found.until) is None
        assert found.until - now <= timedelta(days=16).total_seconds()


def test_a_window_that_ends_when_it_begins_lasts_a_day() -> None:
    """From ten to ten is until tomorrow at ten, and not nothing."""
    window = Freeze(reason="audit", days=("mon",), after="10:00", before="10:00", zone="UTC")
    monday = at("2026-11-30T10:00")
    found = frozen([window], monday)
    assert found is not None
    assert found.until == monday + 24 * 3600
    assert frozen([window], monday - 1) is None


def test_an_end_that_the_clocks_skip_is_the_later_reading() -> None:
    """02:30 does not exist when summer time begins in Berlin: the freeze lasts until 01:30 UTC, not until 00:30."""
    freeze = Freeze(reason="audit", start="2027-03-27T00:00", end="2027-03-28T02:30", zone=BERLIN)
    end = at("2027-03-28T01:30")
    found = frozen([freeze], end - 1)
    assert found is not None
    assert found.until == end
    assert frozen([freeze], end) is None


def test_beside_a_freeze_without_an_end_the_weekly_ones_do_not_matter() -> None:
    """Nothing comes after never: no calendar is asked what follows."""
    found = frozen(
        [Freeze(reason="closed", start="2020-01-01T00:00", zone="UTC"), FRIDAY, WEEKEND], at("2026-12-04T17:00")
    )
    assert found is not None
    assert (found.reason, found.until) == ("closed", float("inf"))
