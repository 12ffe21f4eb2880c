"""The four delivery measures: what counts, as DORA defines them, and what does not."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from board.models.measures import MeasuresOf, Per
from board.services.measures import deployments, measure, periods
from generator.release.model.log_records import Summary
from tests.app.lines import DAY, HOUR, MONDAY, line

WEEK = 7 * DAY


def measured(*lines: Summary) -> MeasuresOf:
    return measure(deployments(lines), MONDAY, MONDAY + WEEK)


def back(number: int, closed: float, undoes: str = "", **more: object) -> Summary:
    return line(number, closed, purpose="rollback", undoes=undoes, **more)


# Releases, then: deployments, failed, median hours to restore, unrestored.
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([], (0, 0, None, 0), id="nothing was deployed"),
        pytest.param([line(1, 1)], (1, 0, None, 0), id="one that is good"),
        pytest.param([line(1, 1, "rejected", took=0.0)], (0, 0, None, 0), id="rejected before it ran"),
        pytest.param([line(1, 1, "failed", took=0.0)], (0, 0, None, 0), id="failed before it ran"),
        pytest.param([line(1, 1, "waiting for approval", closed=0.0)], (0, 0, None, 0), id="not over"),
        pytest.param([line(1, 1, "rolled back")], (1, 1, 0.25, 0), id="rolled back by itself"),
        pytest.param([line(1, 1, "failed")], (1, 1, None, 1), id="failed, and nothing followed"),
        pytest.param([line(1, 1, "failed"), line(2, 3)], (2, 1, 2.25, 0), id="failed, then a new version"),
        pytest.param([line(1, 1, "failed"), back(2, 2)], (1, 1, 1.25, 0), id="failed, then a rollback"),
        pytest.param([line(1, 1), back(2, 5, "prod-app-1")], (1, 1, 4.25, 0), id="good at first, undone later"),
        pytest.param([line(1, 1), back(2, 5)], (1, 1, 4.25, 0), id="undone, in a log that does not say what"),
        pytest.param([line(1, 1), back(2, 5, "prod-app-1", state="failed")], (1, 0, None, 0), id="a rollback failed"),
        pytest.param([back(2, 5, "prod-app-1")], (0, 0, None, 0), id="what it undoes is older than the log"),
        pytest.param(
            [line(1, 1, "rolled back"), back(2, 1.1, "prod-app-1")], (1, 1, 0.25, 0), id="rolled back by a release"
        ),
        pytest.param(
            [line(1, 1), line(2, 2, "rolled back"), back(3, 2.1, "prod-app-2")],
            (2, 1, 0.25, 0),
            id="what ran before stays good",
        ),
        pytest.param(
            [line(1, 1, "failed"), line(2, 2, "failed"), line(3, 3)], (3, 2, 1.75, 0), id="two failures, one repair"
        ),
        pytest.param(
            [line(1, 1, "failed"), line(2, 2, id="prod-web-2", key="prod/service-web")],
            (2, 1, None, 1),
            id="another service repairs nothing",
        ),
        pytest.param(
            [line(1, 1), line(2, 2, purpose="restart"), back(3, 5)], (1, 1, 4.25, 0), id="a restart brings no code"
        ),
        pytest.param([line(1, 0)], (1, 0, None, 0), id="at the first moment"),
        pytest.param([line(1, 168)], (0, 0, None, 0), id="at the moment after the last"),
    ],
)
def test_what_counts(lines: list[Summary], expected: tuple[int, int, float | None, int]) -> None:
    """Deployments, those that failed, and how long production took to be good again."""
    found = measured(*lines)
    restore = None if found.restore_seconds is None else found.restore_seconds / HOUR
    assert (found.deployments, found.failed, restore, found.unrestored) == expected
    assert found.failure_rate == (expected[1] / expected[0] if expected[0] else None)
    assert found.per_day == pytest.approx(expected[0] / 7)
    assert found.restored + found.unrestored == found.failed


def test_lead_time_is_from_commit_to_success() -> None:
    """The median, of deployments that succeeded and whose commit's time is known; 0 at least where clocks differ."""
    found = measured(
        line(1, 3), line(2, 6, committed=MONDAY), line(3, 9, committed=0.0), line(4, 12, "failed"),
        line(5, 15, committed=MONDAY + 16 * HOUR),
    )  # fmt: skip
    assert (found.lead_known, found.lead_seconds) == (3, 2 * HOUR)
    assert measured(line(1, 1, committed=0.0)).lead_seconds is None


@pytest.mark.parametrize(
    ("per", "begins"),
    [
        ("day", ["2026-01-07", "2026-01-08", "2026-01-09"]),
        ("week", ["2026-01-07"]),
        ("month", ["2026-01-07"]),
    ],
)
def test_periods_begin_at_midnight_on_mondays_and_firsts(per: Per, begins: list[str]) -> None:
    """The first and the last period are cut where the time that was asked for begins and ends."""
    begin, end = MONDAY + 2.5 * DAY, MONDAY + 5 * DAY
    found = periods([], begin, end, per)
    assert [one.begin.date().isoformat() for one in found] == begins
    assert (found[0].begin, found[-1].end) == (datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC))
    assert all(a.end == b.begin for a, b in pairwise(found))


def test_every_deployment_is_in_one_period() -> None:
    """Over a year, the periods together count what the whole counts."""
    found = deployments(line(number, number * 7.5) for number in range(1, 1100))
    begin, end = MONDAY, MONDAY + 365 * DAY
    for per in ("day", "week", "month"):
        some = periods(found, begin, end, per)
        assert sum(one.deployments for one in some) == measure(found, begin, end).deployments
    assert len(periods(found, begin, end, "month")) == 13
