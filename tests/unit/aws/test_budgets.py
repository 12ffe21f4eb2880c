"""How often AWS may be asked: budgets that adapt, leave room for what is urgent, and never block what only informs."""

from __future__ import annotations

import pytest

from generator.aws.budgets import Bucket, Budgets, Rate
from generator.release.errors import Unavailable
from generator.release.urgency import Urgency, urgency, urgent
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(("how", "many"), [("first", 8), ("usual", 6), ("informs", 6)])
def test_a_part_is_left_to_what_is_urgent(how: Urgency, many: int) -> None:
    """Of a burst of eight, polls get six; a decision still passes when they got all of theirs."""
    bucket = Bucket(Rate(1.0, 8.0), FakeClock())
    taken = 0
    while not bucket.take(how):
        taken += 1
    assert taken == many
    if how != "first":
        assert not bucket.take("first")


def test_a_rate_halves_when_aws_throttles_and_grows_again() -> None:
    """Throttled twice it is a quarter, and it takes most of a minute to be what it was."""
    clock = FakeClock()
    bucket = Bucket(Rate(20.0, 40.0), clock)
    bucket.throttled()
    bucket.throttled()
    assert bucket.rate == 5.0
    assert bucket.take("first") > 0
    clock.sleep(10)
    bucket.take("usual")
    assert 8.9 < bucket.rate < 9.1
    clock.sleep(60)
    bucket.take("usual")
    assert bucket.rate == 20.0


def test_retry_after_is_waited_for() -> None:
    """AWS says when it may be asked again: not a moment earlier, whatever tokens there are."""
    clock = FakeClock()
    bucket = Bucket(Rate(20.0, 40.0), clock)
    bucket.throttled(7.0)
    assert bucket.take("first") == 7.0
    clock.sleep(6.9)
    assert bucket.take("first") > 0
    clock.sleep(0.2)
    assert bucket.take("first") == 0.0


def budgets() -> tuple[Budgets, FakeClock, list[float]]:
    """Budgets in time that passes when somebody waits, and how long they waited."""
    clock, waited = FakeClock(), []  # type: ignore[var-annotated]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.sleep(seconds)

    return Budgets(clock, sleep), clock, waited


def test_a_merge_train_slows_evenly() -> None:
    """Fifty look-ups at two a second take half a minute, in even steps, and other accounts do not notice."""
    found, clock, waited = budgets()
    began = clock()
    for _ in range(50):
        found.wait("111111111111 eu-west-1", "cloudtrail", "lookup_events")
    assert 23 < clock() - began < 26
    assert max(waited) < 1.0
    found.wait("222222222222 eu-west-1", "cloudtrail", "lookup_events")
    assert clock() - began < 26


def test_what_informs_never_waits() -> None:
    """Who changed it by hand is left out rather than holding a release up."""
    found, clock, waited = budgets()
    began = clock()
    with urgent("informs"):
        assert urgency() == "informs"
        found.wait("111111111111 eu-west-1", "cloudtrail", "lookup_events")
        with pytest.raises(Unavailable, match="asked too often"):
            found.wait("111111111111 eu-west-1", "cloudtrail", "lookup_events")
    assert (clock() - began, waited) == (0.0, [])
    assert urgency() == "usual"


def test_a_step_is_put_off_rather_than_blocking_its_thread() -> None:
    """Where the next token is further away than ten seconds the release is tried again later."""
    found, clock, _ = budgets()
    bucket = found.bucket("a b", "ecs", "describe_services")
    assert bucket is not None
    bucket.throttled(60.0)
    with pytest.raises(Unavailable, match="try again"):
        found.wait("a b", "ecs", "describe_services")
    assert found.bucket("a b", "sqs", "send_message") is None
    assert clock() == FakeClock()()


def test_what_is_left_to_wait_is_never_too_short_for_the_clock() -> None:
    """Epoch seconds are exact to 0.2 microseconds: what remains after a rounded sleep is waited for, not spun on."""
    found, clock, waited = budgets()
    began = clock()
    for _ in range(60):
        found.wait("111111111111 eu-west-1", "service-quotas", "get_service_quota")
        assert len(waited) <= 120
    assert 10 < clock() - began < 13


def test_a_clock_that_stands_still_ends_the_wait() -> None:
    """Time that does not pass brings no token: the step is put off as after any long wait."""
    naps: list[float] = []
    found = Budgets(FakeClock(), naps.append)
    for _ in range(3):
        found.wait("111111111111 eu-west-1", "service-quotas", "get_service_quota")
    with pytest.raises(Unavailable, match="asked too often"):
        found.wait("111111111111 eu-west-1", "service-quotas", "get_service_quota")
    assert len(naps) <= 1000
