"""Partitions of the index of what is open: as many as are needed, all of them listed, and nothing lost meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from generator.release.log import Log
from generator.release.open_index import DRAINED, OpenIndex
from generator.release.ports import OPEN
from tests.fakes.clock import FakeClock
from tests.fakes.table import FakeTable
from tests.release.test_log_writes import transition
from tests.release.values import release

# Shorter tests cover what this runs, and measuring takes as long again.
pytestmark = pytest.mark.no_cover

WORKERS = st.integers(0, 2)


class Platform:
    """Three workers on one table, each of which knows what it saw itself. ``full`` releases fill a partition."""

    def __init__(self, full: int = 2) -> None:
        self.clock, self.table = FakeClock(), FakeTable()
        self.workers = [self.log(full) for _ in range(3)]
        self.open: set[str] = set()
        self._count = 0

    def log(self, full: int = 2) -> Log:
        """What one more worker has."""
        return Log(self.table, self.clock, full)

    def planned(self, worker: int) -> tuple[str, list[Any]]:
        """A new release, and the writes that open it."""
        self._count += 1
        release_id = f"prod-app-{self._count}"
        _, puts = self.workers[worker].opening(release(id=release_id), self.clock() + 60, [])
        return release_id, puts

    def opened(self, worker: int, many: int = 1) -> None:
        """So many releases are opened."""
        for _ in range(many):
            release_id, puts = self.planned(worker)
            assert self.table.write(*puts)
            self.open.add(release_id)

    def saved(self, worker: int, release_id: str, due: float | None) -> bool:
        """A worker makes a step of a release, which closes it if it is due no more."""
        log = self.workers[worker]
        record = log.record(release_id)
        taken = log.take(record, f"w{worker}") if record else None
        return taken is not None and log.save(taken, transition(due)._replace(release=taken.release)) is not None

    def grown(self) -> None:
        """So many releases that a second partition is in use."""
        while len(self.partitions()) < 2:
            self.opened(0)
            self.clock.sleep(10)
            self.listed(0)

    def listed(self, worker: int, limit: int = 4) -> int:
        """A worker lists and looks after the partitions; the calls that listing took."""
        index, before = self.workers[worker].index, self.table.faults.count("table.due")
        index.listed(limit)
        calls = self.table.faults.count("table.due") - before
        index.tend()
        return calls

    def found(self) -> set[str]:
        """What somebody finds who sees the table for the first time."""
        return set(self.log().open_ids())

    def partitions(self) -> set[str]:
        """Where open releases stand."""
        return {item.open for (pk, _), item in self.table.items.items() if item.open and pk.startswith("release#")}


class Interleavings(RuleBasedStateMachine):
    """Workers open, move, close and list in any order; one of them stands still between its look and its write."""

    def __init__(self) -> None:
        super().__init__()
        self.platform = Platform(full=2)
        self.late: list[tuple[str, list[Any]]] = []

    @rule(worker=WORKERS, many=st.integers(1, 5))
    def opens(self, worker: int, many: int) -> None:
        for _ in range(many):
            self._write(*self.platform.planned(worker))

    @rule(worker=WORKERS)
    def stands_still(self, worker: int) -> None:
        self.late.append(self.platform.planned(worker))

    @rule()
    def goes_on(self) -> None:
        for one in self.late:
            self._write(*one)
        self.late.clear()

    @rule(worker=WORKERS, one=st.randoms(use_true_random=False), closes=st.booleans())
    def moves(self, worker: int, one: Any, closes: bool) -> None:
        platform = self.platform
        if platform.open:
            release_id = one.choice(sorted(platform.open))
            if platform.saved(worker, release_id, None if closes else platform.clock() + 60) and closes:
                platform.open.discard(release_id)

    @rule(worker=WORKERS, but=st.integers(0, 1))
    def closes_all(self, worker: int, but: int) -> None:
        by_age = sorted(self.platform.open, key=lambda one: int(one.rpartition("-")[2]))
        for release_id in by_age[: len(by_age) - but]:
            if self.platform.saved(worker, release_id, None):
                self.platform.open.discard(release_id)

    @rule(worker=WORKERS, limit=st.sampled_from([1, 4, 100]))
    def lists(self, worker: int, limit: int) -> None:
        self.platform.listed(worker, limit)

    @rule(worker=WORKERS, one=st.randoms(use_true_random=False))
    def wakes(self, worker: int, one: Any) -> None:
        if self.platform.open:
            self.platform.workers[worker].wake(one.choice(sorted(self.platform.open)))

    @rule(seconds=st.sampled_from([1.0, 10.0, DRAINED]))
    def time_passes(self, seconds: float) -> None:
        self.platform.clock.sleep(seconds)

    @rule(worker=WORKERS)
    def minutes_pass(self, worker: int) -> None:
        for _ in range(12):
            self.platform.clock.sleep(20.0)
            self.platform.listed(worker)

    @invariant()
    def everything_open_is_found(self) -> None:
        assert self.platform.found() == self.platform.open

    def _write(self, release_id: str, puts: list[Any]) -> None:
        # A write whose partition was given up meanwhile does not happen: anyone who opens begins anew.
        if self.platform.table.write(*puts):
            self.platform.open.add(release_id)


TestInterleavings = Interleavings.TestCase
TestInterleavings.__doc__ = (
    "Whatever workers do in whatever order while partitions come and go: all that is open is found."
)
TestInterleavings.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.parametrize(("many", "fewest", "most"), [(4, 1, 1), (12, 2, 3), (40, 5, 10), (400, 16, 16)])
def test_partitions_follow_what_is_open(many: int, fewest: int, most: int) -> None:
    """With four releases a partition, so many are in use; a look costs a call for each, and one when all are closed."""
    platform = Platform(full=4)
    for _ in range(many):
        platform.clock.sleep(10)
        platform.opened(0)
        platform.listed(0)
    assert fewest <= len(platform.partitions()) <= most
    assert platform.found() == platform.open
    assert platform.listed(1) <= most + 1
    for release_id in sorted(platform.open):
        assert platform.saved(0, release_id, None)
    for _ in range(40):
        platform.clock.sleep(20)
        platform.listed(1)
    assert platform.listed(1) == 1


def test_a_few_releases_need_one_partition() -> None:
    """Up to 400 open releases stand where a look costs one call."""
    platform = Platform(full=400)
    platform.workers = [platform.log(400)]
    platform.opened(0, 399)
    for _ in range(3):
        platform.clock.sleep(10)
        assert platform.listed(0, 32) == 1
    assert platform.partitions() == {OPEN}


def test_a_partition_that_drains_is_left_at_the_next_write() -> None:
    """Releases that wait for weeks don't keep a partition in use: whatever is written of them brings them to the first."""
    platform = Platform()
    platform.grown()
    left = next(one for one in sorted(platform.open) if platform.table.items[f"release#{one}", "due"].open != OPEN)
    for one in sorted(platform.open - {left}):
        assert platform.saved(0, one, None)
    for _ in range(40):
        platform.clock.sleep(20)
        platform.listed(0)
    assert platform.listed(0) == 2, "it is there still"
    assert platform.saved(0, left, platform.clock() + 3600)
    platform.clock.sleep(20)
    assert platform.listed(0) == 2
    assert platform.listed(0) == 1
    assert platform.found() == {left}


def test_an_empty_partition_stays_listed_for_two_minutes() -> None:
    """The index follows the table a moment later: a partition that looks empty may hold what was opened just before."""
    platform = Platform()
    platform.grown()
    for one in sorted(platform.open):
        assert platform.saved(0, one, None)
    calls = []
    for _ in range(15):
        platform.clock.sleep(10)
        calls.append(platform.listed(1))
    assert calls == [2] * 13 + [1, 1]


def test_a_partition_that_was_given_up_is_written_to_no_more() -> None:
    """A worker stands still before it opens a release, for so long that its partition is given up: it begins anew."""
    platform = Platform()
    platform.grown()
    planned = [platform.planned(0) for _ in range(5)]
    given_up = set(platform.open)
    for one in sorted(given_up):
        assert platform.saved(1, one, None)
    for _ in range(15):
        platform.clock.sleep(10)
        platform.listed(1)
    assert not any(platform.table.write(*puts) for _, puts in planned)
    platform.opened(0, 3)
    assert platform.found() == platform.open - given_up


def test_partitions_are_counted_where_a_look_asks_for_less() -> None:
    """A worker with two free threads asks for four releases: it still finds out that a partition has too many."""
    platform = Platform(full=40)
    for _ in range(50):
        platform.opened(0)
        platform.clock.sleep(10)
        platform.listed(0, 4)
    assert len(platform.partitions()) == 2


def test_what_stands_where_nobody_looks_is_found_again() -> None:
    """The index was behind the table when a partition was given up: a worker looks into all of them, one at a time."""
    platform = Platform()
    platform.opened(0)
    (release_id,) = platform.open
    due = platform.table.items[f"release#{release_id}", "due"]
    platform.table.tamper(due._replace(open=f"{OPEN}-7"))
    assert platform.found() == set()
    index = OpenIndex(platform.table, platform.clock)
    for _ in range(15):
        index.look_further()
    assert platform.found() == {release_id}
