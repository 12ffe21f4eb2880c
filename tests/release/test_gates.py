"""What is known of old and new while a rollout waits for somebody, and that nothing is asked in vain."""

from __future__ import annotations

import pytest

from generator.release import traffic_report
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.observed import Hook, Traffic
from generator.release.model.release import Progress
from tests.fakes.services import FakeServices
from tests.release.fake_platform import FakePlatform


class Gated:
    """Prod's app waits at a gate with version 2; the old version has answered 200 requests, the new one none."""

    def __init__(self) -> None:
        self.platform = FakePlatform(ticks=2)
        self.platform.created()
        self.platform.publish(2)
        self.services: FakeServices = self.platform.aws("prod")[1]
        hook = Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=self.platform.clock() + 86_400)
        self.services.gates.append(hook)
        [service] = self.services.services.values()
        before = self.services.deployments_of[service.arn][-1].group
        self.old, self.new = before, next(group for group in service.target_groups if group != before)
        self.counts(self.old, requests=200, errors=3, latency=0.05)
        self.counts(self.new)

    def counts(self, group: str, **figures_: float) -> None:
        """The load balancer has counted this for a target group."""
        self.services.counted[group] = Traffic(group=group, seconds=0, **figures_)  # type: ignore[arg-type]

    def wait(self) -> str:
        """Release, and come to the gate."""
        release = self.platform.deploy()
        self.platform.decide(release, "approve")
        self.platform.later(60)
        assert self.seen(release).hook == "hook-1"
        return release

    def seen(self, release: str) -> Progress:
        """What people see of it."""
        return self.platform.release(release).progress

    @property
    def asked(self) -> int:
        """How often metrics were asked for."""
        return self.platform.faults.count("services.traffic")


@pytest.fixture
def gated() -> Gated:
    """Version 2 of prod's app will wait at a gate."""
    return Gated()


def test_a_gate_shows_both_sides(gated: Gated) -> None:
    """Errors and latency of the version that serves, and that nobody asked the new one yet."""
    waiting = gated.wait()
    seen = gated.seen(waiting)
    assert seen.old_traffic is not None
    assert seen.new_traffic is not None
    assert (seen.old_traffic.group, seen.new_traffic.group) == (gated.old, gated.new)
    assert (seen.old_traffic.requests, seen.old_traffic.errors) == (200, 3)
    assert seen.new_traffic.requests is None
    assert seen.unmeasured == ""
    said = "111111111111 1.5 % errors, p99 50 ms, 200 requests; 222222222222 no requests yet"
    assert traffic_report.line(gated.platform.release(waiting)) == said


def test_metrics_are_asked_for_at_most_every_thirty_seconds(gated: Gated) -> None:
    """Each look at CloudWatch costs money: one in 30 s at a gate, with what is new, and none before or after."""
    release = gated.platform.deploy()
    gated.platform.later(60)
    assert gated.asked == 0
    gated.platform.decide(release, "approve")
    gated.platform.later(60)
    assert 1 <= gated.asked <= 3
    before = gated.asked
    gated.counts(gated.new, requests=40, errors=0, latency=1.25)
    gated.platform.later(300, every=1)
    assert 9 <= gated.asked - before <= 10
    assert traffic_report.line(gated.platform.release(release)).endswith(
        "; 222222222222 0 % errors, p99 1.2 s, 40 requests"
    )
    gated.platform.decide(release, "continue", hook="hook-1")
    after = gated.asked
    assert gated.platform.end(release) == "succeeded"
    assert gated.asked == after


def test_figures_reach_back_to_the_rollout_and_a_quarter_of_an_hour(gated: Gated) -> None:
    """What the same target group served before this rollout does not count; after long waits, only what is recent does."""
    release = gated.wait()
    first = gated.seen(release)
    assert first.old_traffic is not None
    [began] = [d.started for rows in gated.services.deployments_of.values() for d in rows[-1:]]
    assert first.old_traffic.seconds == first.measured - began
    gated.platform.later(3600, every=10)
    later = gated.seen(release)
    assert later.old_traffic is not None
    assert later.old_traffic.seconds == 900
    assert traffic_report.window(later) == "the last 15 min"


@pytest.mark.parametrize("error", [Denied, Unavailable, Invalid])
def test_metrics_that_cannot_be_had_stop_nothing(gated: Gated, error: type[Exception]) -> None:
    """The gate says that it does not know, and why; the release goes on, and figures come once AWS gives them."""
    gated.platform.faults.fail("services.traffic", times=3, error=lambda: error("no right to GetMetricData; give it"))
    release = gated.wait()
    seen = gated.seen(release)
    assert (seen.old_traffic, seen.new_traffic) == (None, None)
    assert traffic_report.line(gated.platform.release(release)) == "not known: no right to GetMetricData; give it"
    gated.platform.later(120)
    assert gated.seen(release).unmeasured == ""
    assert gated.seen(release).old_traffic is not None
    gated.platform.decide(release, "continue", hook="hook-1")
    assert gated.platform.end(release) == "succeeded"


def test_groups_that_nobody_serves_are_not_known(gated: Gated) -> None:
    """Without a load balancer there is no figure, which is not zero; the reason is told."""
    del gated.services.counted[gated.new]
    release = gated.wait()
    seen = gated.seen(release)
    assert seen.new_traffic is None
    assert "not attached to a load balancer" in seen.unmeasured
    assert traffic_report.line(gated.platform.release(release)).endswith("; 222222222222 not known")


@pytest.mark.parametrize(
    ("old", "new", "why"), [("", "b", "reports no target groups"), ("a", "a", "use the same target group")]
)
def test_sides_that_cannot_be_distinguished_are_not_asked_for(gated: Gated, old: str, new: str, why: str) -> None:
    """Where ECS does not say which group is whose, nothing is guessed and nothing is paid for."""
    release = gated.wait()
    before = gated.asked
    [deployment] = [d for rows in gated.services.deployments_of.values() for d in rows[-1:]]
    gated.services.amend(deployment.arn, old_group=old, group=new)
    gated.platform.later(60)
    assert gated.asked == before
    assert why in gated.seen(release).unmeasured


def test_nobody_is_asked_on_the_way_back(gated: Gated) -> None:
    """Undo answers the gate by itself: no more figures are paid for."""
    release = gated.wait()
    before = gated.asked
    gated.platform.decide(release, "undo")
    assert gated.platform.end(release) == "rolled back"
    assert gated.asked == before


SIDES = {
    "unknown": (None, ("not known", "not known", "not known")),
    "none": ({}, ("no requests yet", "no requests yet", "no requests yet")),
    "good": ({"requests": 1200, "errors": 0, "latency": 0.05}, ("0 % (0)", "50 ms", "1,200")),
    "few": ({"requests": 90_000, "errors": 1, "latency": 0.9996}, ("under 0.1 % (1)", "1.0 s", "90,000")),
    "half": ({"requests": 8, "errors": 4, "latency": 12.34}, ("50 % (4)", "12.3 s", "8")),
    "nearly all": ({"requests": 9999, "errors": 9998, "latency": 0.0}, ("over 99.9 % (9,998)", "0 ms", "9,999")),
    "all": ({"requests": 3, "errors": 3}, ("100 % (3)", "not known", "3")),
}  # fmt: skip


@pytest.mark.parametrize("side", SIDES)
def test_figures_in_words(side: str) -> None:
    """Nothing that was counted reads as nothing, and nothing that was not counted as zero."""
    given, want = SIDES[side]
    traffic = Traffic(group="g", seconds=240, **given) if given is not None else None  # type: ignore[arg-type]
    assert (traffic_report.errors(traffic), traffic_report.latency(traffic), traffic_report.requests(traffic)) == want
    seen = Progress(old_traffic=traffic, new_traffic=traffic, measured=1.0)
    assert (
        [row.old for row in traffic_report.table(seen)] == [row.new for row in traffic_report.table(seen)] == list(want)
    )
    assert traffic_report.table(Progress()) == []
    assert traffic_report.window(Progress()) == ""
