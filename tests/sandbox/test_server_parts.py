"""The sandbox's parts that need no process: protocols, routes, clock, stores, signatures."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.server import wire
from generator.sandbox.server.clock import Clock, Interrupted
from generator.sandbox.server.control import loopback, refusal
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.routes import action_of

NAMES = st.text("abcXYZ", min_size=1, max_size=6).filter(lambda n: n not in {"Action", "Version", "member", "entry"})
VALUES = st.recursive(
    st.text(max_size=8),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=8,
)


def request(**changes: Any) -> wire.Request:
    """A call."""
    return wire.Request(
        "cloudformation", "DescribeStacks", "query", {}, "111122223333", "eu-west-1", "111122223333", "POST", "/", {}, {}, b"", "id",
    )._replace(**changes)  # fmt: skip


def flatten(value: Any, prefix: str) -> list[tuple[str, str]]:
    """What botocore sends for a value under the Query protocol."""
    if isinstance(value, dict):
        return [pair for name, below in value.items() for pair in flatten(below, f"{prefix}.{name}")]
    if isinstance(value, list):
        return [pair for i, item in enumerate(value, 1) for pair in flatten(item, f"{prefix}.member.{i}")]
    return [(prefix, value)]


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_query_members_nest_as_they_were(params: dict[str, Any]) -> None:
    """AWS Query protocol: lists as `member.N`, structures by their names; what a client sends comes out whole."""
    assert wire.unflatten([pair for name, value in params.items() for pair in flatten(value, name)]) == params


def test_query_maps_and_order() -> None:
    """Maps come as entries; the tenth member stands after the ninth."""
    pairs = [("M.entry.1.key", "a"), ("M.entry.1.value", "b"), *[(f"L.member.{i}", str(i)) for i in (10, 9, 2)]]
    assert wire.unflatten(pairs) == {"M": {"a": "b"}, "L": ["2", "9", "10"]}


@given(st.text(max_size=40))
def test_answers_survive_any_text(text: str) -> None:
    """Control characters and markup in a reason break no XML answer."""
    reply = wire.render(request(), {"Stacks": [{"StackName": text, "None": None, "Flag": True}]})
    root = ET.fromstring(reply.body)  # noqa: S314 - our own
    found = root.findtext(".//{*}StackName") or ""
    assert found.replace("\r", "\n").split() == wire.NOT_XML.sub("", text).replace("\r", "\n").split()
    assert root.findtext(".//{*}Flag") == "true"


def test_times_in_both_protocols() -> None:
    """Query writes ISO 8601 with milliseconds, JSON seconds since 1970."""
    when = dt.datetime(2026, 11, 23, 15, 4, 5, 678_000, tzinfo=dt.UTC)
    assert b"<T>2026-11-23T15:04:05.678Z</T>" in wire.render(request(), {"T": when}).body
    assert json.loads(wire.render(request(protocol="json"), {"T": when, "n": None}).body) == {"T": when.timestamp()}


@pytest.mark.parametrize("protocol", ["query", "ec2", "json", "rest-json", "rest-xml", "cbor"])
def test_errors_in_every_protocol_are_read_by_botocore(protocol: wire.Protocol) -> None:
    """boto3 finds the code and the text of an error in each protocol."""
    from botocore.parsers import create_parser

    service = {
        "query": "cloudformation",
        "ec2": "ec2",
        "json": "ecs",
        "rest-json": "fis",
        "rest-xml": "s3",
        "cbor": "cloudwatch",
    }
    model = get_session().get_service_model(service[protocol])
    reply = wire.render_error(
        request(protocol=protocol, service=service[protocol]), AwsError("Throttling", "Rate <exceeded>")
    )
    parser = create_parser("smithy-rpc-v2-cbor" if protocol == "cbor" else protocol)
    operation = model.operation_model(model.operation_names[0])
    found = parser.parse(
        {"body": reply.body, "headers": dict(reply.headers), "status_code": 400}, operation.output_shape
    )
    assert (found["Error"]["Code"], found["Error"]["Message"]) == ("Throttling", "Rate <exceeded>")


def test_scalars_of_a_call() -> None:
    """Query sends text: flags and numbers are read from it, and a wrong number is AWS's error."""
    call = request(params={"Flag": "true", "Count": "3", "Bad": "x"})
    assert (call.flag("Flag"), call.flag("None"), call.flag("None", default=True)) == (True, False, True)
    assert (call.number("Count"), call.number("None", 7), call.text("None", "z")) == (3, 7, "z")
    with pytest.raises(AwsError, match="Bad must be a number"):
        call.number("Bad")


def test_a_body_that_is_no_json_is_refused() -> None:
    """awsJson1: SerializationException."""
    with pytest.raises(AwsError) as caught:
        wire.params_of("json", {}, b"{")
    assert caught.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("service", "call", "query", "headers", "action"),
    [
        ("s3", "PUT /b/k/with/slashes", {}, {}, "PutObject"),
        ("s3", "PUT /b/k", {}, {"x-amz-copy-source": "b/other"}, "CopyObject"),
        ("s3", "PUT /b/k", {"uploadId": "u", "partNumber": "1"}, {}, "UploadPart"),
        ("s3", "GET /b", {"list-type": "2"}, {}, "ListObjectsV2"),
        ("s3", "GET /b", {}, {}, "ListObjects"),
        ("s3", "PUT /b", {"versioning": ""}, {}, "PutBucketVersioning"),
        ("s3", "GET /", {}, {}, "ListBuckets"),
        ("s3", "HEAD /b/k", {}, {}, "HeadObject"),
        ("lambda", "POST /2015-03-31/functions/f/invocations", {}, {}, "Invoke"),
        ("fis", "POST /experimentTemplates", {}, {}, "CreateExperimentTemplate"),
        ("fis", "PATCH /nothing/here", {}, {}, ""),
        ("sqs", "POST /", {}, {}, ""),
    ],
)
def test_rest_calls_are_named(
    service: str, call: str, query: dict[str, str], headers: dict[str, str], action: str
) -> None:
    """The operation of a REST call is found from method, path, parameters and headers."""
    assert action_of(service, *call.split(), query, headers)[0] == action


def test_members_in_the_path_are_read() -> None:
    """A key with slashes and escapes comes out whole."""
    assert action_of("s3", "GET", "/b/a/b%20c", {}, {})[1] == {"Bucket": "b", "Key": "a/b c"}


def test_sleep_takes_what_the_speed_says() -> None:
    """Instant is instant; a hundredth of AWS's time is a hundredth."""
    for speed, seconds in ((0.0, 3600.0), (1e-6, 86400.0)):
        thread = threading.Thread(target=Clock(speed).sleep, args=[seconds], daemon=True)
        thread.start()
        thread.join(120)
        assert not thread.is_alive()
    before = time.monotonic()
    Clock(0.01).sleep(10)
    assert time.monotonic() - before >= 0.1


def test_a_sleeper_hears_of_a_new_speed_and_of_the_end() -> None:
    """Setting the speed to instant ends a realistic sleep; the end of the sandbox interrupts it."""
    for act, outcome in ((lambda c: c.set_speed(0), "slept"), (lambda c: c.interrupt(), "interrupted")):
        clock, heard = Clock(1), []

        def sleep(clock: Clock = clock, heard: list[str] = heard) -> None:
            try:
                clock.sleep(3600)
                heard.append("slept")
            except Interrupted:
                heard.append("interrupted")

        thread = threading.Thread(target=sleep)
        thread.start()
        time.sleep(0.05)
        act(clock)
        thread.join(120)
        assert heard == [outcome]


def test_a_wait_ends_when_its_condition_holds() -> None:
    """Waking makes waiters ask again; a condition that holds already is not waited for."""
    clock, done = Clock(1), threading.Event()
    assert clock.wait(lambda: True, 0)
    thread = threading.Timer(0.05, lambda: (done.set(), clock.wake()))
    thread.start()
    assert clock.wait(done.is_set, 3600)
    thread.join()
    assert not Clock(0).wait(lambda: False, 3600)
    with pytest.raises(ValueError, match="from 0"):
        clock.set_speed(-1)
    assert clock.now().tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1:4566", True), ("localhost", True), ("b.localhost:1", True), ("[::1]:80", True), ("127.evil.example", False),
     ("evil.example:4566", False), ("localhost.evil.example", False), ("", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_which_hosts_are_this_machine(host: str, here: bool) -> None:
    """A name that a foreign name server can point at us is not ours."""
    assert loopback(host) is here


def test_aws_names_are_answered() -> None:
    """A client that was sent here by its proxy or hosts file calls AWS's own names."""
    assert not refusal("/", "127.0.0.1", {"host": "sqs.eu-west-1.amazonaws.com"})
    assert refusal("/_slipway/stop", "10.0.0.1", {"host": "127.0.0.1", "x-slipway-control": "1"})
