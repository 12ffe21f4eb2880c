"""A place that keeps daily heads: the same promises from memory and from SNS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from generator.aws.alerts_topic import AlertsTopic
from generator.aws.queue import SqsQueue
from generator.aws.session import Session
from generator.release.daily_post import Witness
from generator.release.errors import Invalid, Unavailable
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.small_ports import FakeWitness

DATE, LINE = "2026-11-30", "Audit log of slipway on 2026-11-30 (UTC): head sha256 " + "5f" * 32


class Place(NamedTuple):
    """A witness, what arrived there, and how to take the place away."""

    witness: Witness
    arrived: Callable[[], list[str]]
    remove: Callable[[], object]


def of_sns(session: Session) -> Place:
    """A topic with a queue as its subscriber."""
    sqs, sns, name = session.api("sqs"), session.api("sns"), unique("alerts")
    url = sqs("create_queue", QueueName=name)["QueueUrl"]
    arn = sqs("get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns("create_topic", Name=name)["TopicArn"]
    sns("subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)
    queue = SqsQueue(sqs, url)

    def arrived() -> list[str]:
        return [json.loads(message.body)["Message"] for message in queue.receive(0)]

    return Place(AlertsTopic(sns, topic), arrived, lambda: sns("delete_topic", TopicArn=topic))


def of_memory() -> Place:
    """The fake."""
    witness = FakeWitness()

    def arrived() -> list[str]:
        lines, witness.posted = [line for _, line in witness.posted], []
        return lines

    return Place(witness, arrived, lambda: setattr(witness, "gone", True))


@pytest.fixture(params=["fake", "sandbox"])
def place(request: pytest.FixtureRequest) -> Place:
    """A new place."""
    return of_memory() if request.param == "fake" else of_sns(request.getfixturevalue("session"))


def test_what_is_posted_arrives_and_a_second_time_is_no_harm(place: Place) -> None:
    """The line arrives as it is; posted again, it is there again."""
    place.witness.post(DATE, LINE)
    assert place.arrived() == [LINE]
    place.witness.post(DATE, LINE)
    assert place.arrived() == [LINE]


def test_a_place_that_is_gone_is_told(place: Place) -> None:
    """Without the topic the sentence says what to release."""
    place.remove()
    with pytest.raises(Invalid, match="does not exist; release the environment's alerts stack"):
        place.witness.post(DATE, LINE)


def test_faults_of_the_topic(control: Control, session: Session) -> None:
    """An SNS that does not answer is unavailable, and the line is posted later."""
    place = of_sns(session)
    control.faults({"service": "sns", "operation": "Publish", "kind": "throttle", "times": 9})
    with pytest.raises(Unavailable, match="try again"):
        place.witness.post(DATE, LINE)
    control.faults(clear=True)
    place.witness.post(DATE, LINE)
    assert place.arrived() == [LINE]
