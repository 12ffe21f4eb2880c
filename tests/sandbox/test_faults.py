"""Faults happen where they are asked for, as often as they are asked for, and nowhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

if TYPE_CHECKING:
    from generator.sandbox.process import Control


def test_throttling_is_in_the_words_of_each_service(aws: Any, control: Control) -> None:
    """API References, "Common errors": each service says throttling its own way, in its own protocol."""
    calls = {
        "sqs": ("list_queues", "ThrottlingException"),
        "s3": ("list_buckets", "SlowDown"),
        "ec2": ("describe_vpcs", "RequestLimitExceeded"),
        "sts": ("get_caller_identity", "Throttling"),
        "cloudwatch": ("describe_alarms", "Throttling"),
        "cloudformation": ("list_stacks", "Throttling"),
    }
    control.faults({"kind": "throttle", "times": len(calls)})
    for service, (operation, code) in calls.items():
        with pytest.raises(ClientError) as caught:
            getattr(aws(service), operation)()
        assert caught.value.response["Error"] == {"Code": code, "Message": "Rate exceeded"} | (
            {"Type": "Sender"} if "Type" in caught.value.response["Error"] else {}
        )
    assert control.faults(clear=True) == [len(calls)]


def test_a_client_that_retries_gets_through(aws: Any, control: Control) -> None:
    """Two failures and a client that tries three times: the caller sees nothing."""
    control.faults({"service": "sqs", "operation": "CreateQueue", "kind": "error", "status": 503, "times": 2})
    assert aws("sqs", retries=2).create_queue(QueueName="work")["ResponseMetadata"]["RetryAttempts"] == 2


def test_only_the_chosen_calls_fail(aws: Any, control: Control) -> None:
    """Service, operation and how many calls pass before are held; other calls do not count."""
    control.faults({"service": "sqs", "operation": "List*", "kind": "error", "after": 1})
    aws("sqs").create_queue(QueueName="work")
    aws("sns").list_topics()
    aws("sqs").list_queues()
    with pytest.raises(ClientError) as caught:
        aws("sqs").list_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    aws("sqs").list_queues()


def test_probability_with_a_seed_repeats(aws: Any, control: Control) -> None:
    """The same seed lets the same calls fail, so that a failing test fails again."""

    def draws() -> list[bool]:
        control.faults({"service": "sqs", "kind": "throttle", "probability": 0.5, "seed": 7}, clear=True)
        found = []
        for _ in range(12):
            try:
                aws("sqs").list_queues()
                found.append(True)
            except ClientError:
                found.append(False)
        return found

    first = draws()
    assert first == draws()
    assert {True, False} == set(first)


def test_latency_is_late_but_right(aws: Any, control: Control) -> None:
    """The answer comes, after the time that was asked for."""
    control.faults({"service": "sqs", "kind": "latency", "seconds": 0.3})
    before = time.monotonic()
    aws("sqs").create_queue(QueueName="work")
    assert time.monotonic() - before >= 0.3


def test_a_reset_happens_before_the_act(aws: Any, control: Control) -> None:
    """The connection is gone, and so is the request."""
    control.faults({"service": "sqs", "operation": "CreateQueue", "kind": "reset"})
    with pytest.raises(ConnectionClosedError):
        aws("sqs").create_queue(QueueName="work")
    assert not aws("sqs").list_queues().get("QueueUrls")


def test_a_timeout_never_answers(aws: Any, control: Control) -> None:
    """The client gives up; nothing was done."""
    control.faults({"service": "sqs", "operation": "CreateQueue", "kind": "timeout"})
    with pytest.raises(ReadTimeoutError):
        aws("sqs", read_timeout=0.3).create_queue(QueueName="work")
    assert not aws("sqs").list_queues().get("QueueUrls")


@pytest.mark.parametrize(
    ("how", "error"), [("reset", ConnectionClosedError), ("timeout", ReadTimeoutError), ("error", ClientError)]
)
def test_a_lost_answer_hides_an_act_that_was_done(aws: Any, control: Control, how: str, error: type[Exception]) -> None:
    """The case that breaks naive retries: AWS did it, and the caller never hears."""
    control.faults({"service": "sqs", "operation": "CreateQueue", "kind": "lost", "how": how})
    with pytest.raises(error):
        aws("sqs", read_timeout=0.5).create_queue(QueueName="work")
    assert aws("sqs").list_queues()["QueueUrls"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"kind": "meteor"}, "write one of throttle, error"),
        ({"kind": "error", "probability": 2}, "not from 0 to 1"),
        ({"kind": "lost", "how": "pigeon"}, "write reset, timeout or error"),
        ({"kind": "error", "servcie": "ecs"}, "servcie"),
    ],
)
def test_a_rule_that_makes_no_sense_says_what_to_write(control: Control, rule: dict[str, Any], says: str) -> None:
    """A typo in a rule is an error, not a fault that never comes."""
    with pytest.raises(ValueError, match=says):
        control.faults(rule)
