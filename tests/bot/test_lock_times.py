"""How long a lock holds, as people say it, at both sides of each limit."""

from datetime import UTC, datetime

import pytest

from bot.grammar.lock_times import MOST, hours

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("said", "left", "found"),
    [
        ("app prod", ["app", "prod"], 0.0),
        ("app prod 2h", ["app", "prod"], 2.0),
        ("app prod 1.5h", ["app", "prod"], 1.5),
        ("app prod for 2 hours", ["app", "prod"], 2.0),
        ("for 30 minutes app prod", ["app", "prod"], 0.5),
        ("app prod 3d", ["app", "prod"], 72.0),
        ("app prod until 18:00", ["app", "prod"], 6.0),
        ("app prod until 18:30 UTC", ["app", "prod"], 6.5),
        ("app prod until 12:00", ["app", "prod"], 24.0),
        ("app prod until 12:01", ["app", "prod"], 1 / 60),
        ("app prod until 9:00", ["app", "prod"], 21.0),
        ("app prod for 9999 days", ["app", "prod"], MOST),
        ("app prod for two hours", ["app", "prod"], 2.0),
        ("app prod for half an hour", ["app", "prod"], 0.5),
        ("app prod until 6pm", ["app", "prod"], 6.0),
        ("app prod until tomorrow", ["app", "prod"], 12.0),
        ("app prod until monday", ["app", "prod"], 7 * 24 - 12.0),
        ("app prod until tue 9:00 UTC", ["app", "prod"], 21.0),
        ("app prod until 2026-12-01", ["app", "prod"], 12.0),
        ("App prod until noon", ["App", "prod"], 24.0),
        ("app2 prod", ["app2", "prod"], 0.0),
        ("app prod 2", ["app", "prod", "2"], 0.0),
    ],
)
def test_a_time_means_what_people_say(said: str, left: list[str], found: float) -> None:
    """Spans in words and short, a clock today or tomorrow, a year at most; what is no time is left for others to refuse."""
    assert hours(said.split(), NOON) == (left, pytest.approx(found))
