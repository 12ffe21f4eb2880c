"""Each day's head of the audit log is posted once, outside the account, and shows what was changed afterwards."""

from __future__ import annotations

import re

import msgspec
import pytest

from generator.release.audit import Entry, Head, entry_hash
from generator.release.audit_verification import chains_of, verified
from generator.release.client import request_id
from generator.release.daily_heads import (
    DAY,
    begin_of,
    date_of,
    day_text,
    ends_by_day,
    heads_in,
    newest,
    put_record,
    record_of,
)
from generator.release.daily_post import HELD, SETTLED, DailyPost
from generator.release.day_reader import DayReader
from generator.release.log_items import item
from generator.release.model.requests import Lock, Unlock
from tests.fakes.small_ports import FakeWitness
from tests.release.fake_platform import FakePlatform

FIRST = date_of(1_800_000_000.0)


class Posting:
    """A platform on which something happened on its first day, and workers that post the day's head."""

    def __init__(self, workers: int = 1) -> None:
        self.platform = FakePlatform()
        self.platform.created()
        self.platform.ask(Lock(id=request_id(), scope="prod/*", reason="wait"), "ana")
        self.channel, self.topic = FakeWitness(), FakeWitness()
        self.failed: list[str] = []
        self.posts = [self.post(f"w{number}") for number in range(workers)]

    def post(self, worker: str) -> DailyPost:
        """One worker's share."""
        places = {"channel": self.channel, "alerts topic": self.topic}
        return DailyPost(self.platform.context(), worker, places, self.failed.append)

    def at(self, date: str, seconds: float = SETTLED) -> None:
        """It is so many seconds after a day has ended."""
        self.platform.clock.now = begin_of(date) + DAY + seconds

    def turns(self, rounds: int = 100) -> None:
        """All workers do their chores in turn."""
        for _ in range(rounds):
            for post in self.posts:
                post.chore()

    def faults(self) -> list[str]:
        """What `audit verify` finds."""
        platform = self.platform
        return [f"{f.chain} {f.text}" for f in verified(platform.log, platform.seal, platform.facts).faults]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_day_is_posted_once_in_each_place(workers: int) -> None:
    """Date, chains, entries, head, key, and how to compare it; the same line in both places, from one of the workers."""
    world = Posting(workers)
    world.at(FIRST)
    world.turns()
    [(date, line)] = world.channel.posted
    assert world.topic.posted == [(date, line)]
    record, _ = newest(world.platform.log)
    assert record is not None
    said = re.fullmatch(
        r"Audit log of slipway on 2027-01-15 \(UTC\): chains 3, entries (\d+), head sha256 ([0-9a-f]{64}), "
        r"key sha256 [0-9a-f]{64}\. To compare it with the log: slipway audit verify --head \2",
        line,
    )
    assert said is not None, line
    assert said[2] == record.digest
    log = world.platform.log
    assert int(said[1]) == sum(log.head(chain).number for chain in chains_of(log, world.platform.facts))
    assert (world.failed, world.faults()) == ([], [])


@pytest.mark.parametrize(("seconds", "posted"), [(SETTLED - 1.0, False), (SETTLED + 1.0, True)])
def test_a_day_is_posted_when_nothing_of_it_can_come_any_more(seconds: float, posted: bool) -> None:
    """A quarter of an hour after midnight (UTC), and not before."""
    world = Posting()
    world.at(FIRST, seconds)
    world.turns()
    assert [date for date, _ in world.channel.posted] == ([FIRST] if posted else [])


def test_a_day_without_entries_has_a_head_and_days_without_a_worker_are_posted_later() -> None:
    """Every day has its line, so that a missing one is seen: after three days without a worker three lines follow."""
    world = Posting()
    world.at(FIRST)
    world.turns()
    world.at("2027-01-18")
    world.turns()
    assert [date for date, _ in world.topic.posted] == ["2027-01-15", "2027-01-16", "2027-01-17", "2027-01-18"]
    assert all(": chains 0, entries 0," in line for _, line in world.topic.posted[1:])
    world.turns()
    assert len(world.topic.posted) == 4
    assert world.faults() == []


def test_a_new_platform_posts_nothing_of_the_day_before_it() -> None:
    """The days begin with the first one on which something happened."""
    world = Posting()
    world.turns()
    assert world.channel.posted == world.topic.posted == []
    world.at(FIRST)
    world.turns()
    assert [date for date, _ in world.channel.posted] == [FIRST]


def test_another_worker_goes_on_with_the_day_of_one_that_died() -> None:
    """At each step a worker may die: for two hours the day is its own, then another one posts it."""
    for step in range(1, 40):
        world = Posting()
        world.at(FIRST)
        for _ in range(step):
            world.posts[0].chore()
        if world.channel.posted:
            break
        world.posts = [world.post("another")]
        world.turns()
        assert not (world.channel.posted and step > 1)  # with the first step alone nothing is claimed
        world.platform.clock.sleep(HELD)
        world.turns()
        assert [date for date, _ in world.channel.posted] == [FIRST]
    assert step > 5


def test_a_place_that_does_not_answer_gets_its_line_later_and_the_other_one_no_second() -> None:
    """It is said what is wrong, tried again for a day, and then the next day's line is what is tried."""
    world = Posting()
    world.topic.gone = True
    world.at(FIRST)
    world.turns(60)
    assert [len(world.channel.posted), len(world.topic.posted)] == [1, 0]
    assert (
        "not posted (alerts topic): the topic does not exist; release the environment's alerts stack" in world.failed[0]
    )
    world.topic.gone = False
    world.turns(60)
    assert [len(world.channel.posted), len(world.topic.posted)] == [1, 1]
    world.topic.gone = True
    for date in ("2027-01-16", "2027-01-17"):
        world.at(date)
        world.turns(60)
    world.topic.gone = False
    world.turns(60)
    assert [date for date, _ in world.channel.posted] == ["2027-01-15", "2027-01-16", "2027-01-17"]
    assert [date for date, _ in world.topic.posted] == ["2027-01-15", "2027-01-17"]


def test_what_a_day_names_is_what_the_whole_log_says() -> None:
    """Releases that closed, are open over midnight or were opened later, locks, and days with nothing: read by steps, the same."""
    world = Posting()
    platform = world.platform
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "ana")
    for number in range(9):
        if number == 3:
            platform.clock.now = begin_of(FIRST) + 23.9 * 3600.0
        platform.decide(platform.deploy(version=platform.publish(3).id), "cancel")
        platform.go()
    waits = platform.deploy(version=platform.publish(2).id)
    platform.clock.now = begin_of(FIRST) + DAY + 60.0
    platform.go()
    platform.decide(waits, "approve", "ben")
    platform.end(waits)
    platform.clock.now = begin_of("2027-01-17") + 3600.0
    platform.ask(Lock(id=request_id(), scope="dev/*", reason="wait"), "ana")
    log, facts = platform.log, platform.facts
    whole = {chain: ends_by_day(log.entries(chain)) for chain in chains_of(log, facts)}
    assert any({FIRST, "2027-01-16"} <= days.keys() for days in whole.values())
    assert len(whole) > 9
    for date in ("2027-01-14", FIRST, "2027-01-16", "2027-01-17", "2027-01-18"):
        assert heads_of(platform, date) == {chain: days[date] for chain, days in whole.items() if date in days}


def heads_of(platform: FakePlatform, date: str) -> dict[str, Head]:
    """Where the chains ended on a day, as it is read for its head."""
    reader = DayReader(platform.log, platform.facts, date)
    for _ in reader.steps():
        pass
    return reader.heads


def test_a_release_that_waits_is_named_although_its_stack_was_quiet_for_days() -> None:
    """A stack with an open release is read, whenever its last one closed."""
    platform = Posting().platform
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "ana")
    platform.clock.now = begin_of("2027-01-20") + DAY - 600.0
    waits = platform.deploy(version=platform.publish(2).id)
    platform.clock.now = begin_of("2027-01-20") + DAY + SETTLED
    assert heads_of(platform, "2027-01-20").keys() == {f"release/{waits}"}


def test_a_release_that_closed_after_its_rollback_is_named() -> None:
    """The rollback, which is the newer one, closed the day before: one old release does not end the history."""
    platform = Posting().platform
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "ana")
    platform.decide(platform.deploy(version=platform.publish(2).id), "cancel")
    row = platform.table.get("release#prod-app-2", "state")
    assert row is not None
    release = msgspec.structs.replace(platform.release("prod-app-2"), closed=begin_of(FIRST) - 1.0)
    platform.table.tamper(row._replace(body=msgspec.json.encode(release)))
    assert "release/prod-app-1" in heads_of(platform, FIRST)


def test_each_step_is_one_call() -> None:
    """A worker makes no burst of calls at midnight: each turn of its chores makes one at most."""
    world = Posting()
    world.at(FIRST)
    calls: list[str] = []
    world.platform.faults.on_call = lambda name, when: calls.append(name) if when == "before" else None
    most = 0
    for _ in range(60):
        calls.clear()
        world.posts[0].chore()
        most = max(most, len(calls))
    assert len(world.topic.posted) == 1
    assert most == 1


def forge(world: Posting, chain: str, at: float) -> Head:
    """Anyone who has the log, the bucket and the key writes a chain anew, its entries of another time, and signs it again."""
    platform, head = world.platform, Head()
    for found in list(platform.table.query(f"audit#{chain}")):
        entry = msgspec.json.decode(found.body, type=Entry)
        entry = msgspec.structs.replace(entry, at=at, previous=head.hash)
        entry = msgspec.structs.replace(entry, hash=entry_hash(entry))
        platform.table.tamper(item(found.pk, found.sk, found.rev + 1, entry))
        head = Head(entry.number, entry.hash)
    platform.seal.stored.pop((chain, head.number), None)
    platform.seal.seal(chain, head.number, head.hash, at)
    return head


def test_a_log_that_was_written_anew_and_signed_again_is_not_that_of_its_daily_head() -> None:
    """Without the head nothing would show; it does while the log's own record of the day is there, and for who has the line."""
    world = Posting()
    begin = begin_of(FIRST)
    forge(world, "env/prod", begin + 3600.0)
    assert world.faults() == []  # it is what the worker could have written
    world.at(FIRST)
    world.turns()
    head = forge(world, "env/prod", begin + 7200.0)
    assert world.faults() == [f"env/prod is not the entry that the daily head of {FIRST} names"]
    record, rev = newest(world.platform.log)
    assert record is not None
    text = day_text("slipway", FIRST, heads_in(record.text) | {"env/prod": head})
    world.platform.table.tamper(put_record(msgspec.structs.replace(record, text=text), rev).item)
    assert world.faults() == []
    assert record_of(text).digest not in world.channel.posted[0][1]


def test_what_is_put_into_a_day_that_is_over_has_a_fault() -> None:
    """A chain with entries of a day whose head does not name it: somebody wrote it afterwards."""
    world = Posting()
    world.at(FIRST)
    world.turns()
    world.platform.ask(Lock(id=request_id(), scope="dev/*", reason="wait"), "ana")
    assert world.faults() == []
    forge(world, "env/dev", begin_of(FIRST) + 1.0)
    assert world.faults() == [f"env/dev is of {FIRST} and the daily head of that day does not name it"]
