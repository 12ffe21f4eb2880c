"""What strangers and single members can take of the front: memory, threads and Slack's limits stay there for the others."""

import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient

from bot.authorization import Authorization, Origin
from bot.limits import AT_ONCE, LARGEST_BODY, ByteBudget, PersonalLimit
from bot.replies import Background, Replies, ReplyTarget
from bot.signature import Signatures, sign
from bot.slack_directory import Cache
from bot.slack_questions import NoAnswer
from bot.transport import Http, answer
from bot.workspace.server import Workspace
from tests.bot.stage import workspace
from tests.bot.test_authorization import APP, ORG, PROD, SLACK, TEAM, FakeRoster
from tests.bot.test_requests import Signed
from tests.fakes.clock import FakeClock
from tests.release.fake_platform import FakePlatform

FORM = "application/x-www-form-urlencoded"
UNSIGNED: dict[str, str] = {}
FORGED = {"X-Slack-Signature": f"v0={'0' * 64}"}


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    """A workspace to speak for."""
    with workspace() as found:
        yield found


@pytest.fixture
def listening(slack: Workspace) -> Iterator[tuple[Signed, Http]]:
    """The app behind HTTP, and who signs for it."""
    signed = Signed(slack)
    http_ = Http(signed.app, slack.signing_secret, "127.0.0.1", 0)
    http_.start()
    yield signed, http_
    http_.close()


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of one request; 0 where the connection was closed while the body was sent."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": FORM, **headers})
        return connection.getresponse().status
    except (ConnectionError, TimeoutError):
        return 0
    finally:
        connection.close()


def stamped(signed: Signed, body: str) -> dict[str, str]:
    """What Slack's headers would be."""
    at = str(int(time.time()))
    return {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": sign(signed.stage.workspace.signing_secret, at, body.encode()),
    }


@pytest.mark.parametrize(
    ("size", "headers", "status"),
    [
        (10, UNSIGNED, {401}),
        (LARGEST_BODY * 2, UNSIGNED, {401, 0}),
        (10, FORGED, {401}),
        (LARGEST_BODY, FORGED, {401}),
        (LARGEST_BODY + 1, FORGED, {413, 0}),
    ],
)
def test_who_is_not_slack_is_refused_before_anything_is_parsed(
    listening: tuple[Signed, Http], size: int, headers: dict[str, str], status: set[int]
) -> None:
    """Without a signature nothing is read, above the bound neither, and forged bytes end at the check."""
    _, http_ = listening
    stamp = {"X-Slack-Request-Timestamp": str(int(time.time()))} if headers else {}
    assert post(http_.url, b"x" * size, headers | stamp) in status


def test_a_body_without_a_length_is_refused(listening: tuple[Signed, Http]) -> None:
    """Slack says how long its bodies are; a stream without an end is not read."""
    signed, http_ = listening
    parts = urlsplit(http_.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=120) as one:
        head = [f"POST {parts.path} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"]
        head += [f"{k}: {v}" for k, v in stamped(signed, "").items()]
        one.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        assert one.recv(1000).startswith(b"HTTP/1.1 411")


@pytest.mark.parametrize("headers", [UNSIGNED, FORGED], ids=["unsigned", "forged"])
def test_large_forms_of_strangers_are_not_kept_and_signed_commands_are_answered_meanwhile(
    listening: tuple[Signed, Http], headers: dict[str, str]
) -> None:
    """Forty forms of half a megabyte stand half sent: unsigned none is kept, forged so many as the bound allows."""
    signed, http_ = listening
    parts = urlsplit(http_.url)
    stamp = {"X-Slack-Request-Timestamp": str(int(time.time()))} if headers else {}
    lines = [f"POST {parts.path} HTTP/1.1", "Host: x", f"Content-Length: {LARGEST_BODY}"]
    lines += [f"{name}: {value}" for name, value in (headers | stamp).items()]
    begun = ("\r\n".join(lines) + "\r\n\r\n").encode() + b"x" * 1000
    strangers = [socket.create_connection((parts.hostname, parts.port), timeout=120) for _ in range(40)]
    for one in strangers:
        one.sendall(begun)
    ends = [] if headers else [one.recv(12) for one in strangers]
    status = post(http_.url, (body := signed.command("/deploy", "nonsense")).encode(), stamped(signed, body))
    held = AT_ONCE - http_._budget._left
    for one in strangers:
        one.close()
    assert set(ends) <= {b"HTTP/1.1 401"}
    assert held <= (40 * 1000 if headers else 0)
    assert status == 200


def test_a_body_beyond_the_bound_is_told_to_come_again(listening: tuple[Signed, Http]) -> None:
    """There is room for ten bytes more: Slack hears 503, and what was taken is free again."""
    signed, http_ = listening
    http_._budget._left = 10
    status = post(http_.url, (body := signed.command("/deploy", "nonsense")).encode(), stamped(signed, body))
    assert status == 503
    assert http_._budget._left == 10


def test_bodies_together_have_a_bound() -> None:
    """Up to the bound there is room, one byte more has to wait, and what was given back may be taken again."""
    budget = ByteBudget(100)
    assert budget.take(60)
    assert budget.take(40)
    assert not budget.take(1)
    budget.give(40)
    assert budget.take(40)


@pytest.mark.parametrize(
    "body", ['{"type":"event_callback","event":[]}', '{"event":[]}', "[]", "null", '{"event":"x"}']
)
def test_a_body_of_another_shape_ends_in_no_traceback(
    slack: Workspace, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    """Unsigned it is refused unread; signed it is an answer, and in neither case does the log show a traceback."""
    signed = Signed(slack)
    signatures = Signatures(slack.signing_secret)
    headers: dict[str, Any] = {"content-type": ["application/json"]}
    with caplog.at_level(logging.DEBUG):
        assert answer(signed.app, signatures, body.encode(), headers).status == 401
        assert signed.dispatch(body, "application/json").status == 400
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


def test_one_person_who_floods_waits_and_the_others_do_not() -> None:
    """The thirty-first request within a minute is refused without a question to Slack; ben is heard meanwhile."""
    clock = FakeClock()
    limit = PersonalLimit(clock)
    assert [limit.refuse("U1") for _ in range(30)] == [""] * 30
    assert "wait a moment" in limit.refuse("U1")
    assert limit.refuse("U2") == ""
    clock.sleep(59.9)
    assert limit.refuse("U1") != ""
    clock.sleep(0.2)
    assert limit.refuse("U1") == ""


class Counted(FakeRoster):
    """Counts the questions that reach Slack."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def place(self, channel: str) -> Any:
        self.asked += 1
        return super().place(channel)


def test_commands_in_a_channel_without_the_bot_cost_nobody_else_anything() -> None:
    """Fifty commands in a private channel: it is none of prod's, which is known without asking Slack even once."""
    roster = Counted()
    authorization = Authorization(SLACK, roster, FakePlatform().facts, PersonalLimit(lambda: 0.0))
    here = Origin(TEAM, ORG, APP, user="member", channel="C0000000077")
    refused = [authorization.refuse(here, "ask", ("prod",)) for _ in range(50)]
    assert all(refused)
    assert roster.asked == 0
    assert "prod is released from" in refused[0]
    assert "wait a moment" in refused[-1]
    assert authorization.refuse(here._replace(channel=PROD), "ask", ("prod",)) != "", "the same person waits"


@pytest.mark.parametrize(("passing", "asked"), [(False, 1), (True, 5)])
def test_that_slack_refuses_is_asked_once_a_minute(passing: bool, asked: int) -> None:
    """`channel_not_found` stays so for a while; what may pass in a moment is asked again."""
    count = []

    def ask() -> str:
        count.append(1)
        raise NoAnswer("Slack answers channel_not_found", passing=passing)

    clock = FakeClock()
    cache: Cache[str] = Cache(clock)
    for _ in range(5):
        with pytest.raises(NoAnswer):
            cache.get("C1", ask)
    assert len(count) == asked
    clock.sleep(61)
    with pytest.raises(NoAnswer):
        cache.get("C1", ask)
    assert len(count) == asked + 1


def test_no_lookup_before_an_acknowledgement_waits_for_a_limit(slack: Workspace) -> None:
    """The client that asks Slack about people and channels tries once and gives up after a second."""
    client: WebClient = Signed(slack).front.lookup._client
    assert client.retry_handlers == []
    assert client.timeout == 1


def test_who_can_not_be_answered_in_a_channel_is_answered_in_their_own(slack: Workspace) -> None:
    """The bot is not in that channel: the answer comes in the person's conversation with the app."""
    signed = Signed(slack)
    background = Background(1, 1)
    replies = Replies(signed.front.web, signed.front.log, background, signed.stage.clock, local=True)
    replies.tell_now(ReplyTarget("C0000000077", signed.users["ana"]), "You asked for it.")
    background.close()
    assert "You asked for it." in json.dumps(slack.person("ana").messages("slipway"))
