"""A lock, a freeze and their end are told in the environment's channel, and to the person whose lock another one removed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bot.lock_notices import LockNotices
from bot.messenger import Messenger
from generator.release.client import request_id
from generator.release.errors import Unavailable
from generator.release.model.requests import Done, Lock, Unlock
from generator.release.model.settings import Person
from tests.bot.card_stage import PROD, SLACK, Voice
from tests.release.fake_platform import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    """Three environments, with people whom Slack knows."""
    made = FakePlatform()
    people = {who: msgspec.structs.replace(person, slack=person.slack) for who, person in made.facts.people.items()}
    made.facts = msgspec.structs.replace(
        made.facts, people={**people, "ben": Person(slack="U0000BEN", aws=("AIDABENBENBENBENBEN1",))}
    )
    return made


def worker(platform: FakePlatform, voice: Any) -> LockNotices:
    """One worker's notices."""
    return LockNotices(platform.facts, SLACK, platform.log, Messenger(voice, SLACK.team_id), platform.clock)


def said(voice: Voice, channel: str = PROD) -> list[str]:
    """What was posted to a channel."""
    return [m["text"] for (where, _), m in voice.messages.items() if where == channel]


def test_a_lock_is_told_where_releases_are_asked_for(platform: FakePlatform) -> None:
    """With name, reason and end, as people name it; the same for a freeze and for an unlock of one's own."""
    voice = Voice()
    one = worker(platform, voice)
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/service-app", reason="db", hours=2), "cleo"), Done)
    assert isinstance(platform.ask(Lock(id=request_id(), scope="prod/*", reason="fair", freeze=True), "ben"), Done)
    assert isinstance(platform.ask(Unlock(id=request_id(), scope="prod/*"), "ben"), Done)
    one.changed("prod")
    assert one.turn() == 3
    first, second, third = said(voice)
    assert first.startswith("`prod/app` was *locked* by <@U000CLEO> until <!date^")
    assert first.endswith("UTC>: db. Releases wait until then.")
    assert second == "`all of prod` was *frozen* by <@U0000BEN>: fair. Releases wait until it is removed."
    assert third == "`all of prod` was *unlocked* by <@U0000BEN>"
    assert "prod/*" not in str(voice.messages)
    one.changed("prod")
    assert one.turn() == 0


def test_the_holder_hears_who_removed_the_lock(platform: FakePlatform) -> None:
    """By name, with both reasons, in a direct message and in the channel."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="incident"), "cleo")
    answer = platform.ask(Unlock(id=request_id(), scope="prod/*", reason="it is over"), "ben")
    assert answer == Done(text="all of prod is unlocked; cleo had held it: incident")
    one = worker(platform, voice)
    one.changed("prod")
    one.turn()
    text = "`all of prod` was *unlocked* by <@U0000BEN>: it is over. It was held by <@U000CLEO>: incident"
    assert said(voice)[-1] == text
    assert said(voice, "DU000CLEO") == [text]


def test_of_two_workers_one_speaks(platform: FakePlatform) -> None:
    """Both may have received the request; what one told is told once."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="db"), "ben")
    workers = [worker(platform, voice), worker(platform, voice)]
    for one in workers:
        one.changed("prod")
        one.turn()
    assert len(said(voice)) == 1


def test_what_a_worker_that_ended_had_posted_is_not_posted_again(platform: FakePlatform) -> None:
    """It ended between the message and the record: the next one finds the message by its mark."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="db"), "ben")
    first = worker(platform, voice)
    first.changed("prod")
    platform.faults.fail("table.write", error=lambda: Unavailable("the table is away"), skip=1)
    first.turn()
    assert len(said(voice)) == 1
    second = worker(platform, voice)
    second.changed("prod")
    second.turn()
    platform.clock.sleep(31)
    second.turn()
    assert len(said(voice)) == 1
    assert second.turn() == 0


def test_a_limit_of_slack_delays_a_notice(platform: FakePlatform) -> None:
    """It is told as soon as Slack takes messages again."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="db"), "ben")
    voice.fail["chat.postMessage"] = ["ratelimited"]
    one = worker(platform, voice)
    one.changed("prod")
    assert one.turn() == 0
    platform.clock.sleep(31)
    assert one.turn() == 1
    assert len(said(voice)) == 1


def test_a_lock_set_through_another_worker_is_found(platform: FakePlatform) -> None:
    """A worker without Slack answered it: the chore finds the entry, and asks once for each environment."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="db"), "ben")
    one = worker(platform, voice)
    for _ in platform.facts.environments:
        assert one.chore()
    assert one.turn() == 1
    for _ in platform.facts.environments:
        one.chore()
    assert one.turn() == 0


def test_old_locks_are_not_told_by_the_first_worker(platform: FakePlatform) -> None:
    """Who updates a platform gets no list of everything that was ever locked."""
    voice = Voice()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="db"), "ben")
    platform.clock.sleep(901)
    one = worker(platform, voice)
    one.changed("prod")
    assert one.turn() == 0
