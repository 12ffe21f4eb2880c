"""Whose clock is wrong: AWS's ``Date`` tells, however long an answer took."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from generator.aws.clock_skew import ClockSkew
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("ahead", "took", "expected"),
    [
        (0.0, 0.1, 0.0), (0.0, 60.0, 0.0), (31.0, 0.1, 30.0), (-31.0, 0.1, -31.0), (86_400.0, 0.2, 86_399.0),
        (-86_400.0, 0.2, -86_400.0), (40.0, 60.0, 0.0), (21_600.0, 60.0, 21_539.0),
    ],
)  # fmt: skip
def test_how_far_a_clock_is_off(ahead: float, took: float, expected: float) -> None:
    """Within what an answer took nothing can be told; a clock that is a day or six hours off is found by one answer."""
    clock = FakeClock(1_800_000_000.0 + ahead)
    skew = ClockSkew(clock, lambda: 100.0)
    asked = clock()
    clock.sleep(took)
    skew.record(asked, {"date": formatdate(1_800_000_000.0 + took, usegmt=True)})
    assert skew() == pytest.approx(expected, abs=1.2)


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "yesterday"}])
def test_an_answer_without_a_date_says_nothing(headers: dict[str, str]) -> None:
    """What is no date is no reason to stop, and none to go on where the clock was wrong."""
    clock = FakeClock()
    steady = [0.0]
    skew = ClockSkew(clock, lambda: steady[0])
    skew.record(clock(), {"date": formatdate(clock() - 100, usegmt=True)})
    steady[0] = 5.0
    skew.record(clock(), headers)
    assert skew() == pytest.approx(99.0, abs=1.0)
