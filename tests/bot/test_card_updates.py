"""Cards are drawn once, in time, and found again: whatever Slack or a worker does."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from bot.card_updates import CardUpdater
from bot.cards import Card, pk, stored
from bot.messenger import Messenger
from bot.slack_directory import SlackDirectory, SlackLookup
from generator.release.model.observed import LogLine, StoppedTask
from generator.release.model.settings import Releases
from generator.release.ports import Put
from tests.bot.card_stage import PROD, SECOND, SLACK, Drawn


@pytest.fixture
def drawn() -> Drawn:
    """Prod deployed, one more version published."""
    return Drawn(prod=Releases(bake_minutes=1))


def test_a_card_is_edited_at_most_once_in_three_seconds(drawn: Drawn) -> None:
    """From question to result in one message; edits keep their distance however much happens."""
    release = drawn.platform.deploy()
    drawn.cards.turn()
    (root,) = drawn.voice.roots()
    assert root["metadata"]["event_payload"]["release"] == release
    at: list[float] = []
    drawn.platform.decide(release, "approve")
    for _ in range(900):
        before = drawn.voice.edits()
        drawn.platform.later(0.2, every=0.2)
        drawn.cards.turn()
        at += [drawn.platform.clock()] * (drawn.voice.edits() - before)
    assert drawn.platform.state(release) == "succeeded"
    assert min(b - a for a, b in pairwise(at)) >= 3.0
    assert len(drawn.voice.roots()) == 1
    assert drawn.card(release).final
    assert "ucceeded" in drawn.voice.roots()[0]["text"]
    calls = len(drawn.voice.calls)
    drawn.later(120, 5)
    assert len(drawn.voice.calls) == calls


def test_buttons_go_at_once_when_a_decision_comes(drawn: Drawn) -> None:
    """The first look after the decision takes Approve away: nobody waits for a clock."""
    release = drawn.platform.deploy()
    drawn.cards.turn()
    drawn.platform.clock.sleep(60)
    drawn.platform.decide(release, "approve")
    drawn.cards.turn()
    assert "'approve'" not in str([b.get("elements") for b in drawn.voice.roots()[0]["blocks"]])


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
def test_classic_blocks_where_slack_takes_no_new_ones(drawn: Drawn, error: str) -> None:
    """A workspace that knows no tables and alerts gets paragraphs; one that takes no blocks at all gets the text."""
    drawn.voice.fail["chat.postMessage"] = [error]
    release = drawn.platform.deploy()
    drawn.cards.turn()
    (root,) = drawn.voice.roots()
    assert {b["type"] for b in root["blocks"]} <= {"header", "section", "context", "actions", "divider"}
    drawn.voice.fail["chat.update"] = [error, error]
    drawn.platform.clock.sleep(10)
    drawn.platform.decide(release, "cancel", "ana")
    drawn.cards.turn()
    assert drawn.voice.roots()[0]["blocks"] == []
    assert "cancelled" in drawn.voice.roots()[0]["text"]


def test_slack_asks_to_wait_and_is_left_alone(drawn: Drawn) -> None:
    """On a rate limit everything waits as long as Slack says, and then goes on where it stopped."""
    drawn.voice.fail["chat.postMessage"] = ["ratelimited"]
    drawn.platform.deploy()
    drawn.cards.turn()
    calls = len(drawn.voice.calls)
    for _ in range(29):
        drawn.platform.clock.sleep(1)
        drawn.cards.turn()
    assert len(drawn.voice.calls) == calls
    drawn.platform.clock.sleep(2)
    drawn.cards.turn()
    assert len(drawn.voice.roots()) == 1


@pytest.mark.parametrize("error", ["not_in_channel", ConnectionError("away")])
def test_releases_go_on_without_slack(drawn: Drawn, error: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A channel without the bot, or Slack away: the log says what to do, the release goes on, the card comes later."""
    drawn.voice.fail["chat.postMessage"] = [error] * 3
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "approve")
    drawn.later(400, 5)
    assert drawn.platform.state(release) == "succeeded"
    assert len(drawn.voice.roots()) == 1
    if error == "not_in_channel":
        assert "invite the bot" in caplog.text


def test_a_card_that_somebody_deleted_comes_back(drawn: Drawn) -> None:
    """Anyone who deletes the message does not end the conversation."""
    release = drawn.platform.deploy()
    drawn.cards.turn()
    drawn.voice.fail["chat.update"] = ["message_not_found"]
    drawn.platform.clock.sleep(10)
    drawn.platform.decide(release, "cancel", "ana")
    drawn.cards.turn()
    drawn.cards.turn()
    assert "cancelled" in drawn.voice.roots()[-1]["text"]


def test_a_worker_that_died_while_it_posted_posts_nothing_twice(drawn: Drawn) -> None:
    """It had posted and not written that down: its successor finds the message by its mark, after the claim ran out."""
    release = drawn.platform.deploy()
    drawn.cards.turn()
    there = drawn.card(release)
    found = drawn.platform.table.get(pk(release), "card")
    assert found is not None
    dead = Card(release=release, channel=PROD, lease_owner="dead", until=drawn.platform.clock() + 30)
    drawn.platform.table.write(Put(stored(dead, found.rev + 1)))
    successor = drawn.worker("w2")
    successor.turn()
    assert drawn.card(release).lease_owner == "dead"
    drawn.platform.clock.sleep(31)
    successor.turn()
    assert drawn.card(release).ts == there.ts
    assert len(drawn.voice.roots()) == 1


def test_two_workers_post_one_card(drawn: Drawn) -> None:
    """Claims decide who speaks."""
    other = drawn.worker("w2")
    release = drawn.platform.deploy()
    for _ in range(5):
        drawn.cards.turn()
        other.turn()
    drawn.platform.decide(release, "approve")
    for _ in range(100):
        drawn.platform.later(5)
        drawn.cards.turn()
        other.turn()
    assert len(drawn.voice.roots()) == 1
    direct = [m for (channel, _), m in drawn.voice.messages.items() if channel.startswith("D")]
    assert len(direct) == len({m["channel"] for m in direct})


def test_what_closed_while_nobody_drew_is_reported(drawn: Drawn) -> None:
    """Decided while every worker of the bot was away: the next one rewrites the card, and posts one that was missed."""
    release = drawn.platform.deploy()
    drawn.cards.turn()
    drawn.platform.decide(release, "cancel", "ana")
    second = drawn.platform.deploy()
    drawn.platform.decide(second, "cancel", "ana")
    drawn.platform.later(10)
    successor = drawn.worker("w2")
    for _ in range(4):
        drawn.platform.clock.sleep(4)
        successor.turn()
    texts = [m["text"] for m in drawn.voice.roots()]
    assert len(texts) == 2
    assert all("cancelled" in text for text in texts)
    assert drawn.card(release).final
    assert drawn.card(second).final


def test_the_second_channel_hears_of_opening_and_end(drawn: Drawn) -> None:
    """Once each, with a link to the card."""
    release = drawn.platform.deploy()
    for _ in range(3):
        drawn.cards.turn()
    drawn.platform.clock.sleep(10)
    drawn.platform.decide(release, "reject", "ben", reason="no")
    for _ in range(3):
        drawn.cards.turn()
    posted = [m["text"] for (channel, _), m in drawn.voice.messages.items() if channel == SECOND]
    assert len(posted) == 2
    assert "waits for approval" in posted[0]
    assert "rejected" in posted[1]


def test_an_environment_without_a_channel_has_no_cards(drawn: Drawn, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is posted anywhere by guess; the log says which setting is missing."""
    voice: Any = drawn.voice
    directory = SlackDirectory(drawn.platform.facts, SlackLookup(voice, drawn.platform.clock), SLACK.team_id)
    closed = msgspec.structs.replace(SLACK, default=())
    cards = CardUpdater(
        drawn.platform.facts, closed, drawn.platform.log, Messenger(voice, ""), directory, worker="w",
        clock=drawn.platform.clock, threads=0,
    )  # fmt: skip
    drawn.platform.deploy()
    cards.turn()
    assert drawn.voice.calls == []
    assert "slack.channels" in caplog.text


def _failed(drawn: Drawn) -> str:
    """A release that failed with more to tell than a message takes."""
    _, services = drawn.platform.aws("prod")
    version = drawn.platform.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    [service] = services.services.values()
    now = drawn.platform.clock()
    services.tasks[service.arn] = [StoppedTask(id="0123abcd", at=now + 9, reason="exited", code="TaskFailedToStart")]
    services.lines["/slipway/prod/service-app"] = [
        LogLine(at=now + n, stream="a/a/0123abcd", text=f"line {n}") for n in range(40)
    ]
    release = drawn.platform.deploy()
    drawn.cards.turn()
    drawn.platform.decide(release, "approve")
    assert drawn.platform.end(release) == "rolled back"
    return release


def test_evidence_is_uploaded_once_though_its_uploader_died(drawn: Drawn) -> None:
    """It had uploaded the file and not written that down: its successor finds it in the thread."""
    release = _failed(drawn)
    drawn.later(30)
    assert [f["filename"] for f in drawn.voice.files] == [f"{release}-evidence.txt"]
    assert drawn.card(release).final
    there = drawn.card(release)
    found = drawn.platform.table.get(pk(release), "card")
    assert found is not None
    posted = tuple(key for key in there.posted if key != "evidence")
    dead = msgspec.structs.replace(
        there, posted=posted, final=False, lease_owner="dead", until=drawn.platform.clock() + 30
    )
    drawn.platform.table.write(Put(stored(dead, found.rev + 1)))
    drawn.platform.clock.sleep(61)
    successor = drawn.worker("w2")
    for _ in range(4):
        successor.turn()
        drawn.platform.clock.sleep(5)
    assert drawn.card(release).final
    assert "evidence" in drawn.card(release).posted
    assert len(drawn.voice.files) == 1


def test_a_workspace_that_takes_no_files_loses_nothing_else(drawn: Drawn, caplog: pytest.LogCaptureFixture) -> None:
    """An app that was installed before it asked for files:write: result and card come, and the log says what to add."""
    drawn.voice.fail["files.upload"] = ["missing_scope"]
    release = _failed(drawn)
    drawn.later(30)
    assert drawn.voice.files == []
    assert drawn.card(release).final
    assert "add the scope" in caplog.text


def test_short_evidence_is_no_file(drawn: Drawn) -> None:
    """What fits into the result is not told twice."""
    _, services = drawn.platform.aws("prod")
    version = drawn.platform.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "approve")
    assert drawn.platform.end(release) == "rolled back"
    drawn.later(30)
    assert drawn.card(release).final
    assert drawn.voice.files == []
