"""The worker verifies the chains of each day, and records what it found; what somebody changed is in the record."""

from __future__ import annotations

import msgspec
import pytest

from generator.release.audit import Entry, entry_hash
from generator.release.daily_post import DailyPost
from generator.release.daily_verification import HELD, DailyVerification, last_verification
from generator.release.log_items import read
from tests.release.test_daily_heads import FIRST, Posting


class Verifying(Posting):
    """A platform whose days are posted and then verified, by as many workers."""

    def __init__(self, workers: int = 1) -> None:
        super().__init__(workers)
        self.verifications = [self.verification(f"w{number}") for number in range(workers)]
        self.at(FIRST)
        self.turns()

    def verification(self, worker: str) -> DailyVerification:
        """One worker's share."""
        return DailyVerification(self.platform.context(), worker, self.failed.append)

    def verify(self, rounds: int = 60) -> None:
        """All workers do what there is to do."""
        for _ in range(rounds):
            for one in self.verifications:
                one.chore()


@pytest.mark.parametrize("workers", [1, 3])
def test_each_day_s_chains_are_verified_once(workers: int) -> None:
    """After the day's head is recorded: chains, entries and signed heads are counted, and nothing is wrong."""
    world = Verifying(workers)
    assert last_verification(world.platform.log) is None
    world.verify()
    found = last_verification(world.platform.log)
    assert found is not None
    assert (found.date, found.chains, found.faults) == (FIRST, 3, ())
    assert found.entries >= found.heads >= 3
    world.verify()
    assert last_verification(world.platform.log) == found
    assert not world.failed


@pytest.mark.parametrize("again", [False, True])
def test_an_entry_that_was_changed_is_a_fault(again: bool) -> None:
    """With its chain and number; also where its hash was made again, because the head was signed with another one."""
    world = Verifying()
    key, row = next(
        (key, row) for key, row in world.platform.table.items.items() if key[0].startswith("audit#release/")
    )
    entry = msgspec.structs.replace(read(row, Entry), what="approved by nobody")
    if again:
        entry = msgspec.structs.replace(entry, hash=entry_hash(entry))
    forged = row._replace(body=msgspec.json.encode(entry))
    world.platform.table.items[key] = world.platform.table._parts[key[0]][key[1]] = forged
    world.verify()
    found = last_verification(world.platform.log)
    assert found is not None
    assert any(text.startswith(f"{entry.chain} entry") for text in found.faults), found.faults
    assert world.failed
    assert "run: slipway audit verify" in world.failed[0]


def test_another_worker_goes_on_where_one_ended() -> None:
    """The one that began has it alone for two hours, then its day is finished by another."""
    world = Verifying()
    for _ in range(5):
        world.verifications[0].chore()
    world.verifications = [world.verification("w9")]
    world.verify()
    assert last_verification(world.platform.log) is None
    world.platform.clock.now += HELD
    world.verify()
    assert last_verification(world.platform.log) is not None


def test_a_day_without_a_head_is_not_verified() -> None:
    """Nothing says which chains changed then; where no head is posted nothing is recorded."""
    world = Posting()
    verification = DailyVerification(world.platform.context(), "w1", world.failed.append)
    assert [verification.chore() for _ in range(3)] == [True, True, True]
    assert last_verification(world.platform.log) is None
    assert isinstance(world.posts[0], DailyPost)
