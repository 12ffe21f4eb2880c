"""Answers that never change end a release; answers that were lost are found; nothing is silent for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.release.client import Unanswered, request_id
from generator.release.errors import Invalid, Unavailable
from generator.release.failures import REFUSED_AFTER
from generator.release.messages import reasons
from generator.release.model.requests import Decide, Done, Opened, Propose
from tests.fakes.faults import Faults
from tests.release.fake_platform import FakePlatform

BUG = "InternalError the type AWS::Batch::JobQueue is not known"


def server_error() -> Unavailable:
    """A refusal that comes as a 5xx."""
    return Unavailable(f"cloudformation did not answer create_change_set ({BUG}); try again", BUG)


def away() -> Unavailable:
    """Nobody answers at all."""
    return Unavailable("cloudformation did not answer create_change_set (timed out); try again")


def changing() -> Callable[[], Unavailable]:
    """Server errors that say something else each time."""
    texts = iter(range(1000))
    return lambda: Unavailable("cloudformation did not answer", f"InternalError {next(texts)}")


def deployed(error: Callable[[], BaseException], times: int) -> tuple[FakePlatform, str]:
    """A deployment to prod whose change set can't be created so many times."""
    faults = Faults()
    platform = FakePlatform(faults=faults, apps=("app",))
    platform.created()
    platform.publish(2)
    faults.fail("stacks.create", times=times, error=error)
    release = platform.deploy()
    platform.later(1800)
    return platform, release


@pytest.mark.parametrize(
    ("error", "times", "state"),
    [
        (server_error, 10, "failed"),
        (server_error, 9, "waiting for approval"),
        (away, 2 * REFUSED_AFTER, "waiting for approval"),
        (changing(), REFUSED_AFTER + 2, "waiting for approval"),
    ],
)
def test_the_same_server_error_again_and_again_is_a_refusal(
    error: Callable[[], BaseException], times: int, state: str
) -> None:
    """Ten times the same ends what is in preparation, with AWS's words; an outage and other errors do not."""
    platform, release = deployed(error, times)
    assert platform.state(release) == state
    if state == "failed":
        assert any(BUG in line for line in reasons(platform.release(release)))
        assert not getattr(platform.release(release).state, "changed", True)
        assert isinstance(platform.ask(Propose(id=request_id(), stack="prod/service-app")), Opened), "the stack is free"


def test_what_aws_does_not_know_ends_at_once() -> None:
    """A 501 or an unknown operation is refused like a wrong template: the first time, with the sentence."""
    sentence = "The sandbox does not support AWS::Batch::JobQueue; leave it out"
    platform, release = deployed(lambda: Invalid(sentence), 1)
    assert platform.state(release) == "failed"
    assert next(iter(reasons(platform.release(release)))) == sentence


def test_what_people_agreed_to_is_not_ended_by_an_outage() -> None:
    """After the approval the same server error is waited out: it has its time to expire."""
    faults = Faults()
    platform = FakePlatform(faults=faults, apps=("app",))
    platform.created()
    platform.publish(2)
    release = platform.deploy()
    faults.fail("stacks.change_set", times=2 * REFUSED_AFTER, error=server_error)
    platform.decide(release, "approve")
    assert platform.end(release, within=3600) == "succeeded"


@pytest.mark.parametrize("lost", [1, 2])
def test_a_request_whose_delivery_was_lost_is_sent_again_by_its_id(lost: int) -> None:
    """SQS hides a message for a minute when the answer to its receipt is lost: the person is answered before that."""
    faults = Faults()
    platform = FakePlatform(faults=faults, apps=("app",))
    platform.created()
    platform.publish(2)
    ana = platform.client_of("ana")
    faults.fail("queue.receive", "after", times=lost)
    begin = platform.clock()
    answer = ana.ask(Propose(id="request-lost", stack="prod/service-app"), meanwhile=lambda: step(platform))
    assert isinstance(answer, Opened)
    assert platform.clock() - begin < 60
    # The messages that were lost come again, and open nothing.
    platform.later(120)
    assert [one.id for one in platform.log.history("prod/service-app")] == [answer.release, "prod-app-1"]

    found = platform.release(answer.release)
    decide = Decide(id="decide-lost", release=answer.release, verdict="approve", binding=found.binding)
    faults.fail("queue.receive", "after", times=lost)
    ben = platform.client_of("ben")
    assert isinstance(ben.ask(decide, meanwhile=lambda: step(platform)), Done)
    platform.later(120)
    assert [a.actor.person for a in platform.release(answer.release).approvals] == ["ben"]


def test_nobody_who_works_is_told() -> None:
    """Without a worker the request stays in the queue, and that is said after a minute, as before."""
    platform = FakePlatform(apps=("app",))
    with pytest.raises(Unanswered, match="no worker answered within 60 s"):
        platform.client_of("ana").ask(Propose(id="request-alone", stack="prod/service-app"))


def step(platform: FakePlatform) -> None:
    """A second passes, and the workers look once."""
    platform.clock.sleep(1)
    platform.go()
