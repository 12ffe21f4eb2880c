"""The card about drift: whose hands it was, one card while it lasts, and a last word when it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.drift_card import DriftCard, drift_message
from bot.messenger import Messenger
from generator.release.drift_watch import DriftedStack, DriftRecord
from generator.release.errors import Unavailable
from generator.release.model.preview import Drifted
from tests.bot.card_stage import SECOND, SLACK, Voice

ROW = Drifted(
    logical_id="LogGroup", type="AWS::Logs::LogGroup", path="/RetentionInDays", expected="30", actual="1", who="eve",
    when="2026-11-29T03:12:00+00:00",
)  # fmt: skip
FOUND = DriftRecord(
    environment="prod",
    at=1_800_000_000.0,
    since=1_800_000_000.0,
    found=(DriftedStack(stack="prod/network", properties=(ROW,)),),
)
GONE = replace(FOUND, found=(), since=0.0)


def text(record: DriftRecord) -> str:
    """All that the card says."""
    return "\n".join(str(block) for block in drift_message(record).rendered())


def card(voice: Any) -> DriftCard:
    """The card, spoken as the worker does."""
    return DriftCard(Messenger(voice, SLACK.team_id), SLACK)


def test_one_card_lives_as_long_as_the_drift() -> None:
    """Posted where results of the environment go, edited while it lasts, closed with a word in its thread."""
    voice = Voice()
    told = card(voice).tell(FOUND)
    assert told == f"{SECOND} 1.0"
    more = replace(FOUND, told=told, found=(replace(FOUND.found[0], properties=(ROW, replace(ROW, path="/KmsKeyId"))),))
    assert card(voice).tell(more) == told
    [message] = voice.messages.values()
    assert message["text"] == "Drift in prod: 2 properties in 1 stack differ from the templates"
    assert card(voice).tell(replace(GONE, told=told)) == told
    closed, word = voice.messages.values()
    assert closed["text"] == "No more drift in prod"
    assert (word["thread_ts"], word["text"]) == ("1.0", "Nothing differs any more.")


def test_a_card_says_what_differs_and_whose_hands_it_was() -> None:
    """Template and AWS, who and when where CloudTrail knows; what others wrote mentions nobody."""
    said = text(FOUND)
    assert "`prod/network` `LogGroup /RetentionInDays`: 30 → 1, by *eve* at 2026-11-29T03:12" in said
    assert "slipway drift prod" in said
    other = replace(FOUND.found[0], properties=(replace(ROW, who="", actual="<!channel> & <@U1>"),))
    said = text(replace(FOUND, found=(other,), unknown=("prod/edge: busy",)))
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;, by whom is not known" in said
    assert "1 stack could not be compared" in said


@pytest.mark.parametrize(("rows", "more"), [(15, ""), (16, "1 more"), (5000, "4985 more")])
def test_a_card_stays_within_what_slack_takes(rows: int, more: str) -> None:
    """15 rows at most, however long they are."""
    long = [replace(ROW, path=f"/P{n}", expected="x" * 5000, actual="y" * 5000) for n in range(rows)]
    message = drift_message(replace(FOUND, found=(replace(FOUND.found[0], properties=tuple(long)),)))
    sizes = [len(block["text"]["text"]) for block in message.rendered()]
    assert max(sizes) <= 3000
    assert text(FOUND).count("•") == 1
    said = str(message.rendered())
    assert said.count("•") == min(rows, 15)
    assert more in said
    assert bool(more) == (" more:" in said)


def test_a_card_is_never_posted_twice() -> None:
    """A worker that ended before it wrote the card down is followed by one that finds it; a deleted card is posted again."""
    voice = Voice()
    first = card(voice).tell(FOUND)
    assert card(voice).tell(FOUND) == first
    assert len(voice.messages) == 1
    voice.gone.add("1.0")
    again = card(voice).tell(replace(FOUND, told=first))
    assert again == f"{SECOND} 2.0"
    assert card(voice).tell(replace(GONE, told=first)) == f"{SECOND} ", (
        "a deleted card is not posted to say that all is well"
    )


def test_without_a_channel_nothing_is_said() -> None:
    """And what Slack refuses is an error that is tried again."""
    nowhere = replace(SLACK, default=(), channels={}, notify={})
    voice: Any = Voice()
    assert DriftCard(Messenger(voice, SLACK.team_id), nowhere).tell(FOUND) == ""
    voice.fail["chat.postMessage"] = ["is_archived", ConnectionError("cut")]
    for said in ("name another channel", "ConnectionError"):
        with pytest.raises(Unavailable, match=said):
            card(voice).tell(FOUND)
