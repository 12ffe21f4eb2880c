"""The channel that witnesses daily heads of the audit log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from bot.audit_channel import AuditChannel, audit_channel, daily_post
from bot.messenger import Messenger
from bot.settings import Settings
from bot.worker import BotWorker
from generator.config.read import read_configuration
from generator.release.chores import PAUSE
from generator.release.daily_heads import DAY, begin_of, date_of
from generator.release.daily_post import SETTLED
from generator.release.errors import Unavailable
from generator.release.model.settings import Slack
from generator.wiring.worker import Access
from tests.bot.card_stage import PROD, SECOND, SLACK, Voice
from tests.fakes.clock import FakeClock
from tests.fakes.small_ports import FakeWitness
from tests.release.fake_platform import FakePlatform

ROOT = Path(__file__).parents[2]

DATE, LINE = "2026-11-30", "Audit log of slipway on 2026-11-30 (UTC): head sha256 " + "5f" * 32


def witness(voice: Any) -> AuditChannel:
    """The channel, spoken to as the worker does."""
    return AuditChannel(Messenger(voice, SLACK.team_id), PROD)


@pytest.mark.parametrize(
    ("slack", "environment", "channel"),
    [
        (SLACK, "prod", SECOND),
        (SLACK, "staging", PROD),
        (replace(SLACK, channels={"staging": (SECOND, PROD)}), "staging", SECOND),
        (replace(SLACK, default=()), "staging", ""),
    ],
    ids=["notify", "default", "its own", "nowhere"],
)
def test_which_channel_it_is(slack: Slack, environment: str, channel: str) -> None:
    """Where the results of the bot's environment go, else the first in which it is released."""
    assert audit_channel(slack, environment) == channel


def test_a_head_is_posted_whole_and_once() -> None:
    """The line stands in the channel as it is; a worker that died before it wrote that down is not repeated."""
    voice = Voice()
    for _ in range(2):
        witness(voice).post(DATE, LINE)
    [message] = voice.messages.values()
    assert (message["channel"], message["text"], message["blocks"][0]["text"]["text"]) == (PROD, LINE, LINE)
    witness(voice).post("2026-12-01", LINE)
    assert len(voice.messages) == 2


@pytest.mark.parametrize(
    ("fault", "says"),
    [("not_in_channel", "invite the bot"), ("ratelimited", "asks to wait"), (TimeoutError("slow"), "did not answer")],
)
def test_a_slack_that_does_not_take_it_is_tried_again(fault: Any, says: str) -> None:
    """Each is one error that the worker knows, with what is wrong."""
    voice = Voice()
    voice.fail["chat.postMessage"] = [fault]
    with pytest.raises(Unavailable, match=says):
        witness(voice).post(DATE, LINE)
    witness(voice).post(DATE, LINE)
    assert len(voice.messages) == 1


def parts(platform: FakePlatform, topic: FakeWitness, slack: Slack | None) -> Access:
    """What the bot's worker is composed of, over fakes."""
    config = read_configuration(ROOT / "stacks")
    adapters = SimpleNamespace(
        table=platform.table, clouds=platform.clouds, versions=platform.versions, images=platform.images,
        seal=platform.seal, skew=lambda: 0.0, alerts=topic,
    )  # fmt: skip
    return Access(
        replace(config, platform=replace(config.platform, slack=slack)), platform.facts, adapters, platform.queue
    )


def over_midnight(chore: Callable[[], object], clock: FakeClock) -> None:
    """The day ends and is posted."""
    clock.now = begin_of(date_of(clock())) + DAY + SETTLED
    for _ in range(200):
        clock.sleep(PAUSE)
        chore()


@pytest.mark.parametrize(
    ("slack", "channels"), [(SLACK, [SECOND]), (replace(SLACK, default=(), notify={}), []), (None, [])]
)
def test_a_day_goes_to_the_topic_and_to_the_channel_if_there_is_one(slack: Slack | None, channels: list[str]) -> None:
    """The same line; without a channel the topic has it all the same."""
    platform, topic, voice = FakePlatform(), FakeWitness(), Voice()
    platform.created()
    messenger = Messenger(voice, SLACK.team_id)  # type: ignore[arg-type]
    post = daily_post(platform.context(), parts(platform, topic, slack), messenger, pytest.fail, worker="w1")
    over_midnight(post.chore, platform.clock)
    [(_, line)] = topic.posted
    assert [(m["channel"], m["text"]) for m in voice.messages.values()] == [(channel, line) for channel in channels]


def test_the_bot_s_worker_posts_among_its_chores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker without Slack posts to the topic, so that the day has its witness before there is a bot token."""
    platform, topic = FakePlatform(), FakeWitness()
    platform.created()
    monkeypatch.setattr("time.time", platform.clock)
    bot = BotWorker(Settings(root=ROOT / "stacks"), parts(platform, topic, None))
    over_midnight(bot.worker.chores.turn, platform.clock)
    bot.worker.close()
    assert [date for date, _ in topic.posted] == ["2027-01-15"]
