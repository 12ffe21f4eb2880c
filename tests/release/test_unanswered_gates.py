"""A gate that nobody answers: what silence did is recorded, told, and the cause of that release."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bot.blocks import notes
from generator.release import gates, messages
from generator.release.client import request_id
from generator.release.model.observed import Hook
from generator.release.model.release import Cause, Progress
from generator.release.model.requests import Done, Lock, Refusal
from generator.release.model.states import Verifying, Watching
from tests.release.fake_platform import FakePlatform
from tests.release.values import release

END = 1_800_000_000.0
WAITS = Progress(deployment="arn", hook="hook-1", hook_stage="POST_TEST", hook_expires=END, hook_silence="ROLLBACK")
GONE = msgspec.structs.replace(WAITS, hook="", hook_expires=0.0)
CONTINUES = msgspec.structs.replace(WAITS, hook_silence="CONTINUE")
OTHER = msgspec.structs.replace(WAITS, hook="hook-2", hook_expires=END + 900)
NOBODY = "nobody answered the gate until 2027-01-15 08:00:00 UTC, so ECS "


@pytest.mark.parametrize(
    ("before", "after", "now", "said"),
    [
        (WAITS, WAITS, END + 9, ""),
        (WAITS, GONE, END, f"{NOBODY}rolled back (`on_timeout: ROLLBACK`)"),
        (WAITS, None, END + 300, f"{NOBODY}rolled back (`on_timeout: ROLLBACK`)"),
        (CONTINUES, GONE, END, f"{NOBODY}continued (`on_timeout: CONTINUE`)"),
        (WAITS, OTHER, END, f"{NOBODY}rolled back (`on_timeout: ROLLBACK`)"),
        (WAITS, GONE, END - 6, ""),
        (GONE, GONE, END, ""),
        (Progress(hook="hook-1"), Progress(), END, ""),
    ],
)
def test_silence_is_told_from_an_answer(before: Progress, after: Progress | None, now: float, said: str) -> None:
    """A gate that is gone before its end was answered; one whose time was over was not."""
    assert gates.unanswered(before, after, now) == said


def test_the_cause_is_that_nobody_answered() -> None:
    """What AWS says of its lifecycle hook is evidence; a continuation is the cause of nothing."""
    aws = Cause(stage="rollout", sentence="because of a lifecycle hook", evidence=("ROLLBACK_SUCCESSFUL",))
    found = gates.with_silence(aws, f"{NOBODY}rolled back (`on_timeout: ROLLBACK`)")
    assert found.sentence.startswith("nobody answered the gate until 2027-01-15")
    assert found.evidence == ("because of a lifecycle hook", "ROLLBACK_SUCCESSFUL")
    assert "answer its gate" in found.fix
    assert gates.with_silence(aws, f"{NOBODY}continued (`on_timeout: CONTINUE`)") is aws
    assert gates.with_silence(aws, "") is aws


@pytest.mark.parametrize(
    ("changes", "word", "sentence"),
    [
        (
            {"progress": WAITS},
            "waits at its gate",
            "waits at its gate until 2027-01-15 08:00:00 UTC, then ECS rolls back",
        ),
        (
            {"progress": CONTINUES},
            "waits at its gate",
            "waits at its gate until 2027-01-15 08:00:00 UTC, then ECS continues",
        ),
        ({"progress": GONE}, "watching", "CloudFormation and ECS are updating"),
        (
            {"progress": WAITS, "state": Verifying(since=1, until=2)},
            "verifying",
            "being verified: tasks, targets, alarms",
        ),
    ],
)
def test_a_gate_is_a_state_of_its_own(changes: dict[str, Any], word: str, sentence: str) -> None:
    """In status and on cards: until when, and what happens then."""
    one = release(**({"state": Watching(since=1, token="prod-app-7-1")} | changes))  # noqa: S106 - an attempt
    assert messages.word(one) == word
    assert messages.standing(one) == sentence


@pytest.fixture
def platform() -> FakePlatform:
    """Version 2 of prod's app waits at a gate, for an hour."""
    made = FakePlatform(ticks=2)
    made.created()
    made.publish(2)
    _, services = made.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST", expires=made.clock() + 3600, timeout_action="CONTINUE"))
    made.decide(made.deploy(), "approve")
    made.later(60)
    assert made.release("prod-app-2").progress.hook == "hook-1"
    return made


def test_a_lock_that_began_meanwhile_holds_the_gate(platform: FakePlatform) -> None:
    """Continue asks the policy again; Roll back is never held."""
    assert isinstance(
        platform.ask(Lock(id=request_id(), scope="prod/*", reason="payments are down", freeze=True), "cleo"), Done
    )
    answer = platform.decide("prod-app-2", "continue", "ben", hook="hook-1")
    assert isinstance(answer, Refusal)
    assert answer.why.startswith("the gate stays closed: all of prod has been frozen by cleo")
    assert platform.release("prod-app-2").progress.hook == "hook-1"
    assert platform.decide("prod-app-2", "undo", "ben") == Done(text="the rollback has started")


def test_the_requester_does_not_open_the_gate_alone(platform: FakePlatform) -> None:
    """Where a release needs another person, its gate does, too; rolling back is everybody's."""
    answer = platform.decide("prod-app-2", "continue", "ana", hook="hook-1")
    assert isinstance(answer, Refusal)
    assert "ana" in answer.why or "you requested" in answer.why
    assert isinstance(platform.decide("prod-app-2", "continue", "ben", hook="hook-1"), Done)


def test_a_gate_that_ecs_passed_by_itself_is_recorded(platform: FakePlatform) -> None:
    """In the history and in the audit chain; the message of the gate says so, and not that somebody decided."""
    _, services = platform.aws("prod")
    platform.clock.sleep(3600)
    [deployment] = [d for rows in services.deployments_of.values() for d in rows if d.hooks]
    services.amend(deployment.arn, hooks=())
    platform.later(30)
    one = platform.release("prod-app-2")
    said = gates.said(one)
    assert said.endswith("so ECS continued (`on_timeout: CONTINUE`)")
    assert [e for e in platform.log.entries("release/prod-app-2") if said in {e.what, e.detail.get("note")}]
    text = notes.passed(one).text
    assert "obody answered the gate until" in text
    assert "decided" not in text


def test_the_gate_says_who_may_answer_and_what_silence_does(platform: FakePlatform) -> None:
    """From the message alone: who, until when, what happens if nobody does, and what users get now."""
    message = notes.gate(platform.release("prod-app-2"), platform.facts)
    text = str(message.rendered())
    assert "May answer: (" in text
    assert "<@U0000BEN>" in text
    assert "If nobody answers until then, ECS continues" in text
    assert "Users are served 100 % by 111111111111" in text
    assert "waits at its gate until" in message.text
