"""Break glass is told where the release is, to those whose lock and whose approval it passes."""

from __future__ import annotations

from generator.release.client import request_id
from generator.release.model.requests import Lock
from generator.release.model.settings import Releases
from tests.bot.card_stage import PROD, Drawn


def told(drawn: Drawn) -> list[str]:
    """The messages of prod's channel about break glass."""
    return [
        m["text"] for (where, _), m in drawn.voice.messages.items() if where == PROD and "*Break glass*" in m["text"]
    ]


def test_break_glass_calls_those_whose_rule_it_passes() -> None:
    """With name and reason: the holder of the lock, and the people who would have approved; once, in the thread."""
    drawn = Drawn(prod=Releases(bake_minutes=0, break_glass=("ana",)))
    drawn.platform.ask(Lock(id=request_id(), scope="prod/service-app", reason="db migration"), "ben")
    release = drawn.platform.deploy(reason="the shop is down", break_glass="the shop is down")
    drawn.later(60)
    assert drawn.platform.state(release) == "succeeded"
    [text] = told(drawn)
    assert text.startswith(f"*Break glass* for `{release}` by <@U0000ANA>: the shop is down. It passes")
    assert "the lock of <@U0000BEN> on `prod/app` (db migration)" in text
    assert "and 1 approval of the people of platform.yaml (<@U0000BEN>, <@U000CLEO>)" in text
    [thread] = [m for (_, _), m in drawn.voice.messages.items() if m["text"] == text]
    assert thread["thread_ts"] == drawn.card(release).ts


def test_a_release_without_break_glass_calls_nobody() -> None:
    """No message, and no read of the locks."""
    drawn = Drawn(prod=Releases(bake_minutes=0))
    drawn.platform.decide(drawn.platform.deploy(), "approve")
    drawn.later(60)
    assert told(drawn) == []
