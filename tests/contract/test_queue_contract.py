"""The release queue: the same promises from memory and from SQS."""

from __future__ import annotations

import pytest

from generator.aws.queue import LIMIT, SqsQueue
from generator.aws.session import Session
from generator.release.errors import Invalid, Unavailable
from generator.release.ports import Queue
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue
from tests.sandbox.conftest import ACCOUNT


def sqs(session: Session) -> SqsQueue:
    """A new queue."""
    api = session.api("sqs")
    return SqsQueue(api, api("create_queue", QueueName=unique("requests"))["QueueUrl"])


@pytest.fixture(params=["fake", "sandbox"])
def queue(request: pytest.FixtureRequest) -> Queue:
    """An empty queue."""
    return FakeQueue(FakeClock()) if request.param == "fake" else sqs(request.getfixturevalue("session"))


def test_a_message_says_who_sent_it_and_is_taken_out_once(queue: Queue) -> None:
    """The sender is what SQS attests; what is done does not come back, and saying so twice is no error."""
    queue.send('{"who":"Jürgen"}')
    [message] = queue.receive(0)
    assert (message.sender, message.body) == (ACCOUNT, '{"who":"Jürgen"}')
    assert queue.receive(0) == []  # hidden while somebody works on it
    queue.done(message.receipt)
    queue.done(message.receipt)
    assert queue.receive(0) == []


def test_ten_messages_at_a_time(queue: Queue) -> None:
    """Up to ten in one call, each once."""
    for number in range(12):
        queue.send(str(number))
    first, second = queue.receive(0), queue.receive(0)
    assert (len(first), len(second)) == (10, 2)
    assert {message.body for message in (*first, *second)} == {str(number) for number in range(12)}


def test_messages_are_taken_out_together(queue: Queue) -> None:
    """Fewer are received where fewer are asked for; eleven go out at once, also one that is out already."""
    for number in range(12):
        queue.send(str(number))
    few = queue.receive(0, 3)
    rest = [*queue.receive(0), *queue.receive(0)]
    assert (len(few), len(rest)) == (3, 9)
    queue.done(few[0].receipt)
    queue.done(*(message.receipt for message in (*few, *rest)))
    assert queue.receive(0) == []


@pytest.mark.parametrize("body", ["", "ä" * (LIMIT // 2) + "x"])
def test_what_does_not_fit_is_refused(queue: Queue, body: str) -> None:
    """An empty message or one above 256 KiB (in bytes) is told before it is sent."""
    with pytest.raises(Invalid, match="256 KiB"):
        queue.send(body)


def test_faults_of_the_queue(control: Control, session: Session) -> None:
    """A lost answer may send a message twice and loses none; an SQS that is down is unavailable."""
    queue = sqs(session)
    control.faults({"service": "sqs", "operation": "SendMessage", "kind": "lost"})
    queue.send("wake up")
    received = queue.receive(0)
    assert {message.body for message in received} == {"wake up"}
    control.faults({"service": "sqs", "operation": "DeleteMessage", "kind": "lost"})
    for message in received:
        queue.done(message.receipt)
    for operation, call in (
        ("SendMessage", lambda: queue.send("x")),
        ("ReceiveMessage", lambda: queue.receive(0)),
        ("DeleteMessage", lambda: queue.done(received[0].receipt)),
    ):
        control.faults({"service": "sqs", "operation": operation, "kind": "throttle", "times": 9}, clear=True)
        with pytest.raises(Unavailable, match="try again"):
            call()
