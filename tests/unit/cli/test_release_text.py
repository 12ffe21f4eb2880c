"""How releases are put into words and bars: short, exact, never misleading."""

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cli import live_display, release_text
from generator.cli.output import Output
from generator.release.messages import age, duration, outcome, since, state
from generator.release.model.observed import Traffic
from generator.release.model.release import Progress, Release
from generator.release.model.states import RollingBack, Watching
from tests.release.fake_platform import FakePlatform


@pytest.fixture
def release() -> Release:
    """A release of a platform that exists."""
    platform = FakePlatform()
    platform.created()
    return platform.release("prod-app-1")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (599.4, "9 min 59 s"),
        (599.6, "10 min"),
        (1000, "17 min"),
        (3569, "59 min"),
        (3599, "1 h"),
        (7200, "2 h"),
        (4 * 3600 - 31, "3 h 59 min"),
        (4 * 3600 - 29, "4 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_as_exact_as_people_need(seconds: float, text: str) -> None:
    """Seconds matter for minutes, not for hours."""
    assert duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(5, "just now"), (120, "2 min"), (3600 * 5, "5 h"), (86400 * 3, "3 d")])
def test_ages_are_coarse(seconds: float, text: str) -> None:
    """How long ago, and nothing for what never happened."""
    assert age(seconds) == text
    assert since(1000, 1000 + seconds) == (text if text == "just now" else f"{text} ago")
    assert since(0, 5) == ""


@given(st.integers(-5, 1000), st.integers(-5, 1000), st.integers(1, 40))
def test_bars_keep_their_width_and_show_every_something(part: int, whole: int, width: int) -> None:
    """A bar is as wide as it should be; something is never shown as nothing, nothing never as something."""
    bar = release_text.bar(part, whole, width)
    assert len(bar) == width
    assert ("█" in bar) == (part > 0 and whole > 0)


def test_a_rollout_is_reported_with_both_sides(release: Release) -> None:
    """Tasks and traffic of each version by its commit, what failed, and what the stack and its targets are at."""
    progress = Progress(
        stack_status="UPDATE_IN_PROGRESS", resource="Service", done=1, total=2, deployment_status="IN_PROGRESS",
        stage="SCALE_UP", old_tasks=2, new_tasks=1, desired_tasks=2, failed_tasks=3, traffic_percent=10.0, healthy=3, targets=4,
        hook="h", hook_stage="POST_SCALE_UP", hook_expires=1100.0,
    )  # fmt: skip
    before = msgspec.structs.replace(release.after, commit="0" * 40)
    seen = msgspec.structs.replace(
        release, state=Watching(since=1000, token="x" * 8), progress=progress, closed=0.0, before=before
    )
    assert {row.label: row.text for row in release_text.rows(seen, 1000)} == {
        "change set": f"{release.change_set.name if release.change_set else ''}: 2 changes",
        "stack": "UPDATE_IN_PROGRESS 1 of 2: Service",
        "rollout": "IN_PROGRESS SCALE_UP: 000000000000 ██████████ 2, 111111111111 █████░░░░░ 1 of 2, 3 failed, "
        "traffic 90 % to 000000000000, 10 % to 111111111111",
        "targets": "████████░░ 3 of 4 healthy",
        "gate": "waits for a decision at the gate POST_SCALE_UP; 1:40 left; "
        "continue: slipway continue prod-app-1, or roll back: slipway undo prod-app-1",
    }


def test_a_gate_shows_what_both_versions_answer(release: Release) -> None:
    """While somebody is waited for, one compact line says errors, latency and requests of old and new."""
    progress = Progress(
        deployment_status="IN_PROGRESS", desired_tasks=2, hook="h", hook_stage="POST_SCALE_UP", measured=1000.0,
        old_traffic=Traffic(group="a", seconds=60, requests=120, errors=0, latency=0.05),
        new_traffic=Traffic(group="b", seconds=60),
    )  # fmt: skip
    seen = msgspec.structs.replace(release, state=Watching(since=1000, token="x" * 8), progress=progress, closed=0.0)
    line = "old tasks 0 % errors, p99 50 ms, 120 requests; new tasks no requests yet"
    assert {row.label: row.text for row in release_text.rows(seen, 1000)}["traffic"] == line
    err = io.StringIO()
    plain = live_display.Plain(Output(stdout=io.StringIO(), stderr=err), seen)
    plain.show([seen], 1000)
    plain.show([seen], 1030)
    assert err.getvalue().count(f"gate: {line}") == 1


def test_every_way_back_is_named(release: Release) -> None:
    """What undoes a release, and where it is stuck."""
    assert state(RollingBack(since=0, how="operation")) == "AWS is rolling its operation back"
    assert (
        state(RollingBack(since=0, how="release", release="prod-app-3"))
        == "prod-app-3 is restoring the last good version"
    )
    assert state(RollingBack(since=0, how="stuck", stuck=("Service",))) == "the rollback is stuck at Service"
    assert outcome(release).startswith("succeeded in ")
