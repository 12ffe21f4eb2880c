"""What a worker does when AWS throttles: it asks less often and lets people go first."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.aws.api_client import Api, CallLimits
from generator.aws.budgets import RATES, Budgets
from generator.aws.clock_skew import ClockSkew
from generator.release.errors import Unavailable
from generator.release.urgency import Urgency, urgent
from tests.fakes.clock import FakeClock

PLACE = "333333333333 eu-west-1"
FIRST = RATES["cloudformation", "describe_stacks"][1]


class Throttles:
    """A client of CloudFormation that throttles the calls of these numbers, as botocore tells of it after its retries."""

    def __init__(self, clock: FakeClock, throttled: range, retry_after: str = "") -> None:
        self.clock, self.throttled, self.retry_after = clock, throttled, retry_after
        self.asked: list[float] = []

    def describe_stacks(self, **parameters: Any) -> dict[str, Any]:
        """The answer, or a ThrottlingException with ``Retry-After``."""
        del parameters
        self.asked.append(self.clock())
        headers = {"retry-after": self.retry_after} if self.retry_after else {}
        if len(self.asked) - 1 in self.throttled:
            said = {"Code": "ThrottlingException", "Message": "Rate exceeded"}
            raise ClientError(
                {"Error": said, "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": headers}},  # type: ignore[typeddict-item]
                "DescribeStacks",
            )
        return {"Stacks": [], "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


def asked_of(throttled: range, retry_after: str = "") -> tuple[Api, Throttles, Budgets, FakeClock]:
    """A client with budgets, in time that passes when somebody waits."""
    clock = FakeClock(1000.0)
    budgets = Budgets(clock, clock.sleep)
    client = Throttles(clock, throttled, retry_after)
    return Api(client, "cloudformation", None, CallLimits(PLACE, budgets, ClockSkew())), client, budgets, clock


def rate(budgets: Budgets) -> float:
    """Calls a second that are allowed now."""
    bucket = budgets.bucket(PLACE, "cloudformation", "describe_stacks")
    assert bucket is not None
    return bucket.rate


@pytest.mark.parametrize("times", [1, 2, 3])
def test_each_throttled_answer_halves_the_rate(times: int) -> None:
    """One ThrottlingException: half of the calls a second; three: an eighth."""
    api, _, budgets, clock = asked_of(range(times))
    for _ in range(times):
        before = rate(budgets)
        with pytest.raises(Unavailable, match="ThrottlingException"):
            api("describe_stacks")
        grown = 0.02 * FIRST.per_second * (clock() - 1000.0)
        assert before / 2 <= rate(budgets) <= (before + grown) / 2 + 1e-9
    assert rate(budgets) < FIRST.per_second / 2**times + 1.0


def test_nobody_asks_before_retry_after() -> None:
    """AWS says ``Retry-After: 7``: the next call, a person's too, comes seven seconds later and not earlier."""
    api, client, _, _ = asked_of(range(1), "7")
    with pytest.raises(Unavailable):
        api("describe_stacks")
    with urgent("first"):
        api("describe_stacks")
    assert 7.0 <= client.asked[1] - client.asked[0] <= 7.2


@pytest.mark.parametrize(("how", "passes"), [("first", True), ("usual", False), ("informs", False)])
def test_the_reserve_is_left_to_decisions_and_rollbacks_after_throttling(how: Urgency, passes: bool) -> None:
    """A second after a throttled answer ten calls are allowed again: a decision or a rollback goes, a poll does not."""
    api, client, _, clock = asked_of(range(1))
    with pytest.raises(Unavailable):
        api("describe_stacks")
    clock.sleep(1.0)
    began = clock()
    with urgent(how):
        if how == "informs":
            with pytest.raises(Unavailable, match="asked too often"):
                api("describe_stacks")
        else:
            api("describe_stacks")
    went = len(client.asked) == 2 and client.asked[1] == began
    assert went is passes
