"""What arrives over the queue: events that wake, requests, and bytes that are neither."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.release.client import Envelope, envelope, opened
from generator.release.events import concerns
from generator.release.model.requests import Decide, Lock, Opened, Propose, Wake
from generator.release.model.settings import Releases
from generator.release.reception import Senders
from tests.release.fake_platform import FakePlatform

CFN = "arn:aws:cloudformation:eu-west-1:333333333333:stack"
ECS = "arn:aws:ecs:eu-west-1:333333333333"
APP = f"{CFN}/slipway-prod-service-app/1a2b"


@pytest.mark.parametrize(
    ("wake", "keys"),
    [
        ({"resources": (APP,), "name": "UPDATE_IN_PROGRESS"}, [("prod/service-app", False)]),
        ({"resources": (APP,), "name": "UPDATE_COMPLETE"}, [("prod/service-app", True)]),
        ({"resources": (APP,), "name": "UPDATE_ROLLBACK_FAILED"}, [("prod/service-app", True)]),
        ({"resources": (APP,), "name": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}, [("prod/service-app", False)]),
        ({"resources": (f"{CFN}/somebody-elses/1",), "name": "UPDATE_COMPLETE"}, []),
        ({"resources": (f"{CFN}/slipway-prod-service-app-2/1",)}, []),
        ({"resources": (f"{ECS}:service/slipway-prod/app",), "name": "SERVICE_DEPLOYMENT_COMPLETED"}, [("prod/service-app", True)]),
        ({"resources": (f"{ECS}:service/slipway-prod/app",), "name": "SERVICE_DEPLOYMENT_FAILED"}, [("prod/service-app", True)]),
        ({"resources": (f"{ECS}:service/slipway-prod/app",), "name": "SERVICE_DEPLOYMENT_IN_PROGRESS"}, [("prod/service-app", False)]),
        ({"resources": (f"{ECS}:service/slipway-prod/other",), "name": "X"}, []),
        ({"resources": (f"{ECS}:service/other-prod/app",), "name": "X"}, []),
        ({"resources": (f"{ECS}:task/slipway-prod/0a1b",), "group": "service:app", "name": "STOPPED"}, [("prod/service-app", False)]),
        ({"resources": (f"{ECS}:task/slipway-prod/0a1b",), "group": "family:app", "name": "STOPPED"}, []),
        ({"resources": (f"{ECS}:service/app",)}, []),
        ({"resources": (f"{ECS}:service-deployment/slipway-prod/app/ejGvqq2ilnbKT9qj0vLJe",), "name": "HOOK_AWAITING_ACTION"}, [("prod/service-app", True)]),
        ({"resources": (f"{ECS}:service-deployment/slipway-prod/app",), "name": "HOOK_AWAITING_ACTION"}, []),
        ({"resources": (f"{ECS}:service-deployment/other/app/1",), "name": "HOOK_AWAITING_ACTION"}, []),
        ({"resources": (":stack/slipway-prod-service-app/1",), "name": "UPDATE_COMPLETE"}, []),
        ({"resources": ("", ":", "/", ":stack/", "arn", "\x00" * 100)}, []),
        ({"resources": ("x",) * 1000 + (APP,), "name": "UPDATE_COMPLETE"}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_which_stacks_an_event_is_about(wake: dict[str, Any], keys: list[tuple[str, bool]]) -> None:
    """Our stacks and services by their names; whether something is over, so that it is worth a look at once."""
    assert list(concerns(FakePlatform().facts, Wake(**wake))) == keys


REQUEST = Decide(id="req-12345678", release="prod-app-7", verdict="approve", binding="a" * 64)


@pytest.mark.parametrize("request_", [REQUEST, Propose(id="req-12345678", stack="prod/service-app"), Wake(id="e1")])
def test_what_is_sent_is_what_arrives(request_: Any) -> None:
    """A request travels whole, with whom the bot speaks for."""
    assert opened(envelope(request_, "U0000BEN")) == Envelope(request_, "U0000BEN")


def test_an_event_travels_bare() -> None:
    """What the events function sends has no envelope, and fields that we don't know are ignored."""
    found = opened(json.dumps({"kind": "wake-up", "id": "1", "resources": [APP], "token": "t", "reason": "r"}))
    assert found == Envelope(Wake(id="1", resources=(APP,)))


def decide(**more: Any) -> str:
    """A decision with something wrong in it."""
    plain = {"kind": "decide", "id": "req-12345678", "release": "prod-app-7", "verdict": "approve"} | more
    return json.dumps({"request": plain})


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "null", "0", "true", '"text"', "[]", "[[]]", "{", '{"request": null}', '{"request": {}}',
        '{"request": {"kind": "explode", "id": "req-12345678"}}', "[" * 100_000, '{"request":' * 5000,
        "\ud800", "\x00", '{"request": "\udfff"}', decide(id=""), decide(id="a b"), decide(id="x" * 129),
        decide(release="../etc"), decide(release="prod/app"), decide(release="x" * 81), decide(verdict="explode"),
        decide(binding="zz"), decide(binding="a" * 65), decide(reason="x" * 1001), decide(skip=["a b"]),
        decide(skip="Service"), decide(hook="x" * 256), decide(kind="decide", id=5), decide(reason=None),
        json.dumps({"request": {"kind": "lock", "id": "req-12345678", "scope": "prod/*", "reason": ""}}),
        json.dumps({"request": {"kind": "lock", "id": "req-12345678", "scope": "*/*", "reason": "x"}}),
        json.dumps({"request": {"kind": "lock", "id": "req-12345678", "scope": "prod/*", "reason": "x", "hours": -1}}),
        json.dumps({"request": {"kind": "propose", "id": "req-12345678", "stack": "prod"}}),
        json.dumps({"request": {"kind": "propose", "id": "req-12345678", "stack": "prod/a#b"}}),
        json.dumps({"request": {"kind": "propose", "id": "req-12345678", "stack": "prod/app", "version": "HEAD"}}),
        json.dumps({"request": {"kind": "roll-back", "id": "req-12345678", "stack": "prod/app", "release": "A"}}),
        json.dumps({"request": {"kind": "propose", "id": "req-12345678", "stack": "prod/app"}, "actor": 7}),
    ],
)  # fmt: skip
def test_what_is_no_request_is_dropped(text: str) -> None:
    """Anything that is not exactly a request or an event is nothing, and never an error that stops a worker."""
    assert opened(text) is None


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_any_text_is_survived(text: str) -> None:
    """Whatever lies in the queue, a worker goes on."""
    found = opened(text)
    assert found is None or isinstance(found, Envelope)


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "id", "release", "verdict", "stack", "scope", "reason", "resources", "skip", "x"]),
        json_values | st.sampled_from(["decide", "propose", "wake-up", "lock", "req-12345678", "prod/app", "approve"]),
    )
)
def test_any_document_is_survived(document: dict[str, Any]) -> None:
    """Documents that look almost like requests come through as a valid request, or not at all."""
    for text in (json.dumps(document), json.dumps({"request": document})):
        found = opened(text)
        if found is not None and isinstance(found.request, Decide | Lock):
            assert len(found.request.id) >= 8


def test_a_worker_drops_rubbish_and_goes_on() -> None:
    """Rubbish is taken out of the queue and told; the request behind it is answered."""
    platform = FakePlatform()
    platform.created()
    said: list[str] = []
    platform.workers[0].failed = said.append
    for text in ("rubbish", "{}" * 10, "[" * 5000):
        platform.queue.send(text)
    platform.publish(2)
    assert platform.state(platform.deploy()) == "waiting for approval"
    assert len(said) == 3
    assert platform.queue.waiting == []


def test_who_does_not_know_the_bot_leaves_its_messages_to_another() -> None:
    """A worker on somebody's terminal can't tell the bot from an impostor: it refuses nobody, another worker decides."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    knows, does_not = platform.workers[0], platform.worker("terminal")
    does_not.senders = Senders()
    said: list[str] = []
    does_not.failed = said.append
    platform.workers = [does_not]
    request = Propose(id="req-12345678", stack="prod/service-app")
    platform.queue.as_("AROAFRONTFRONTFRONT1:front").send(envelope(request, "U000CLEO"))
    platform.go()
    assert platform.log.answered(request.id) is None
    assert len(said) == 1
    platform.workers = [knows]
    platform.later(61)
    assert isinstance(platform.log.answered(request.id), Opened)


def test_people_speak_for_themselves_to_any_worker() -> None:
    """Somebody of `people:` who pretends to speak for another is heard as who they are, also by a worker without bots."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    platform.workers[0].senders = Senders()
    request = Propose(id="req-12345678", stack="prod/service-app")
    platform.queue.as_("AIDAANAANAANAANAANA1").send(envelope(request, "U0000BEN"))
    platform.go()
    opened_ = platform.log.answered(request.id)
    assert isinstance(opened_, Opened)
    assert platform.release(opened_.release).requester.person == "ana"


def test_events_are_noted_once_a_stack_and_taken_out_together() -> None:
    """Ten messages about two releases: each release is noted once, and all ten leave the queue with one call."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.created()
    platform.publish(2)
    stacks, _ = platform.aws("prod")
    stacks.ticks = 10**6
    platform.decide(platform.deploy(), "approve")
    arn = "arn:aws:cloudformation:eu-west-1:333333333333:stack/slipway-prod-service-{}/1"
    for number in range(10):
        about = arn.format("app" if number % 2 else "web")
        platform.wakes.send(f'{{"kind":"wake-up","id":"{number}","resources":["{about}"],"name":"UPDATE_IN_PROGRESS"}}')
    platform.faults.calls.clear()
    assert platform.workers[0].take_wakes(0.0) == 10
    assert platform.wakes.waiting == []
    assert platform.faults.count("queue.done") == 1
    assert platform.faults.count("table.write") == 1
