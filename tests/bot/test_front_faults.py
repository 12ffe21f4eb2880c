"""A slow Slack, a revoked token, a wrong secret, a wrong clock: each is told for what it is, at once, and found by the doctor."""

import logging
from collections.abc import Callable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.authorization import Authorization
from bot.doctor import of_clock, of_front
from bot.health import Health, Readiness
from bot.limits import PersonalLimit
from bot.replies import Background
from bot.settings import Settings
from bot.signature import Signatures, sign
from bot.slack_questions import NoAnswer, SlackQuestions
from bot.token_check import TokenCheck
from bot.web import client
from generator.release.client import Client
from generator.release.errors import NobodyIdentified
from generator.release.model.requests import Propose, Refusal
from generator.release.reception import Senders
from generator.release.service import ReleaseService
from generator.release.worker import Worker
from tests.bot.stage import FRONT, Stage, workspace
from tests.bot.test_authorization import PROD, SLACK, WHENCE, Asked, FakeRoster, directory
from tests.fakes.clock import FakeClock
from tests.release.fake_platform import FakePlatform

SECRET = "ab" * 16
NOW = 1_800_000_000


def refusal(code: str, **headers: str) -> SlackApiError:
    """An error of Slack."""
    response = SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": code}, headers=headers, status_code=200,
    )  # fmt: skip
    return SlackApiError("refused", response)


def raises(error: Exception) -> Callable[[], Any]:
    """A call that fails."""

    def call() -> Any:
        raise error

    return call


# --- a slow Slack


FAULTS = [
    (refusal("ratelimited", **{"Retry-After": "30"}), 30, "Slack is slow; try again in 30 s"),
    (refusal("ratelimited", **{"Retry-After": "9999"}), 120, "Slack is slow; try again in 120 s"),
    (refusal("ratelimited"), 5, "Slack is slow; try again in 5 s"),
    (refusal("internal_error"), 5, "Slack is slow; try again in 5 s"),
    (TimeoutError(), 5, "Slack is slow; try again in 5 s"),
]


@pytest.mark.parametrize(("error", "pause", "told"), FAULTS)
def test_a_slow_slack_is_told_at_once_and_left_alone(error: Exception, pause: int, told: str) -> None:
    """The first question learns it; until the pause is over nobody else waits, and then it is asked again."""
    clock = FakeClock()
    questions = SlackQuestions(clock)
    with pytest.raises(NoAnswer, match=told) as caught:
        questions.ask("users.info", raises(error))
    assert (caught.value.passing, caught.value.ours) == (True, False)
    clock.sleep(pause - 1)
    with pytest.raises(NoAnswer, match="try again in 1 s"):
        questions.ask("users.info", raises(AssertionError("it was asked")))
    assert questions.ask("conversations.info", lambda: SimpleNamespace(data=7)) == 7, "another method is not limited"
    clock.sleep(1)
    assert questions.ask("users.info", lambda: SimpleNamespace(data=8)) == 8


def test_only_so_many_questions_wait_for_slack_at_once() -> None:
    """The next one hears at once that Slack is slow; when one is answered there is room again."""
    questions = SlackQuestions(FakeClock(), at_once=1)

    def inside() -> Any:
        with pytest.raises(NoAnswer, match="Slack is slow"):
            questions.ask("users.info", raises(AssertionError("it was asked")))
        return SimpleNamespace(data=1)

    assert questions.ask("users.info", inside) == 1
    assert questions.ask("users.info", lambda: SimpleNamespace(data=2)) == 2


def test_an_answer_that_slack_limits_comes_later_and_holds_no_thread() -> None:
    """It is done once more when Slack says so; meanwhile the one thread answers others, and a third time is left out."""
    waiting: list[tuple[float, Callable[[], None]]] = []
    done: list[str] = []
    background = Background(1, 1, later=lambda seconds, again: waiting.append((seconds, again)))

    def limited() -> None:
        done.append("limited")
        raise refusal("ratelimited", **{"Retry-After": "60"})

    assert background.do(limited)
    background._pool.submit(lambda: done.append("another")).result(30)
    ((seconds, again),) = waiting
    again()
    background.close()
    assert seconds == 60
    assert done == ["limited", "another", "limited"]
    assert len(waiting) == 1


# --- a token that was revoked


def test_a_revoked_token_is_missing_from_readiness_until_slack_takes_it_again() -> None:
    """`/readyz` says which answer Slack gave and what to do; a front that starts has it in what is missing."""
    with workspace() as slack:
        stage = Stage(slack)
        web = stage.open()
        try:
            assert web.missing() == {}
            asks = web._token._client
            good, asks.token = asks.token, "xoxb-revoked-revoked"
            web._token.look()
            assert "Slack refuses the bot's token (invalid_auth); fill in" in web.missing()["token"]
            asks.token = good
            web._token.look()
            assert web.missing() == {}
        finally:
            stage.close()
    gone = TokenCheck(client(stage.settings, retries=0))
    gone.look()
    assert "Slack does not answer" in gone.missing()


REVOKED = NoAnswer("Slack refuses the bot's token (token_revoked); fill in another", passing=False, ours=True)


class Revoked(FakeRoster):
    """Slack, to a token that it no longer takes."""

    def person(self, user: str) -> Any:
        del user
        raise REVOKED


def test_a_revoked_token_is_nobodys_fault_but_the_bots() -> None:
    """Neither the front nor the worker tells somebody that they are unknown: both name the token."""
    front = Authorization(SLACK, Revoked(), FakePlatform().facts, PersonalLimit(lambda: 0.0))
    told = front.refuse(WHENCE["ours"]._replace(user="member", channel=PROD), "ask", ("prod",))
    assert told.startswith("Slack refuses the bot's token (token_revoked)")
    silent = directory(Asked(person=REVOKED, group=REVOKED))
    for ask in (lambda: silent.person("slack", "U0000ANA"), lambda: silent.groups("ana")):
        with pytest.raises(NobodyIdentified, match="token_revoked"):
            ask()
    platform = FakePlatform()
    failed: list[str] = []
    service = ReleaseService(platform.context(), worker="w1")
    worker = Worker(service, platform.queue, silent, Senders(fronts=(FRONT,)), failed=failed.append)
    Client(platform.facts, platform.log, platform.queue.as_(f"{FRONT}:front"), platform.clock.sleep).send(
        Propose(id="req-00000001", stack="prod/service-app"), "U0000ANA"
    )
    worker.turn(0.0)
    answer = platform.log.answered("req-00000001")
    assert isinstance(answer, Refusal)
    assert "token_revoked" in answer.why
    assert "people:" not in answer.why
    assert failed == [answer.why]
    assert platform.queue.waiting == []


# --- a wrong secret, a wrong clock


def arrive(signatures: Signatures, secret: str = SECRET, at: int = NOW) -> str:
    """One request that was signed with a secret at a time."""
    return signatures.check(b"a=\xff", str(at), sign(secret, str(at), b"a=\xff"))


SIGNED = [
    (SECRET, 0, "", ""),
    (SECRET, 300, "", ""),
    (SECRET, -300, "", ""),
    (SECRET, 301, "other time", "behind Slack's"),
    (SECRET, -301, "other time", "ahead of Slack's"),
    ("cd" * 16, 0, "forged", "SLACK_SIGNING_SECRET"),
    ("cd" * 16, 900, "forged", "SLACK_SIGNING_SECRET"),
]


@pytest.mark.parametrize(("secret", "later", "refused", "trouble"), SIGNED)
def test_a_wrong_secret_and_a_wrong_clock_are_told_apart(secret: str, later: int, refused: str, trouble: str) -> None:
    """By the bytes alone: what our secret signs at another time is a clock, what it never signs a secret."""
    signatures = Signatures(SECRET, lambda: float(NOW))
    assert arrive(signatures, secret, NOW + later) == refused
    assert trouble in signatures.trouble()
    assert bool(signatures.trouble()) is bool(trouble)


def test_trouble_is_logged_once_a_minute_and_ends_with_a_right_signature(caplog: pytest.LogCaptureFixture) -> None:
    """A hundred refusals are one line a minute; strangers who forge beside real requests are no trouble of ours."""
    clock = FakeClock()
    signatures = Signatures(SECRET, clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            arrive(signatures, "cd" * 16, int(clock()))
        assert len(caplog.records) == 1
        clock.sleep(60)
        arrive(signatures, "cd" * 16, int(clock()))
    assert len(caplog.records) == 2
    assert "compare it with the signing secret" in caplog.text
    assert SECRET not in caplog.text
    assert arrive(signatures, SECRET, int(clock())) == ""
    assert signatures.trouble() == ""
    arrive(signatures, "cd" * 16, int(clock()))
    clock.sleep(601)
    assert signatures.trouble() == "", "nothing of it is recent"


@pytest.mark.parametrize(("ahead", "result"), [(30, "ok"), (-30, "ok"), (31, "failed"), (-31, "failed")])
def test_the_doctor_compares_the_clock_with_slacks(ahead: int, result: str) -> None:
    """Thirty seconds are no harm; beyond, the line says by how much and in which direction."""
    (found,) = of_clock(formatdate(NOW, usegmt=True), NOW + ahead)
    assert found.result == result
    assert result == "ok" or ("ahead of" if ahead > 0 else "behind") in found.text
    assert list(of_clock("no date", NOW)) == []


def test_the_doctor_asks_the_front_what_only_the_front_knows() -> None:
    """Wrong signatures and a lost connection are failures of their own; over HTTP a front that is away is a warning."""
    state = Readiness({})
    health = Health("127.0.0.1", 0, lambda: state)
    health.start()
    settings = Settings(transport="http", health_port=health.port)
    try:
        assert [c.result for c in of_front(settings)] == ["ok"]
        state = Readiness({"slack": "not connected to Slack"}, {"signatures": "compare it"})
        found = {c.name: (c.result, c.text) for c in of_front(settings)}
    finally:
        health.close()
    assert found == {
        "front: slack": ("failed", "not connected to Slack"),
        "front: signatures": ("failed", "compare it"),
    }
    assert [c.result for c in of_front(settings)] == ["warning"]
    assert list(of_front(settings._replace(transport="socket"))) == []
