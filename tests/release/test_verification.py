"""What `audit verify` walks, in which order and how much of it, and what it says of each thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

import msgspec
import pytest

from generator.release import audit_verification
from generator.release.audit import Entry, Event, Fault, Head, SealedHead, check, entry_hash, follow, hashed
from generator.release.audit_verification import SEALED_WITHIN, Scope, Unsealed, Verified, chains_of, overdue, verified
from generator.release.client import request_id
from generator.release.log_items import item
from generator.release.model.log_records import Slot, Summary
from generator.release.model.people import ENGINE
from generator.release.model.requests import Lock
from generator.release.ports import Item
from tests.release.fake_platform import FakePlatform
from tests.release.values import actor

CHAIN = "release/prod-app-7"


def chain(*whats: str, name: str = CHAIN) -> list[Entry]:
    """Entries of ana, one a second."""
    found: list[Entry] = []
    head = Head()
    for at, what in enumerate(whats):
        found.append(follow(name, head, Event(float(at), actor("ana"), what)))
        head = Head(found[-1].number, found[-1].hash)
    return found


GOOD = chain("a", "b", "c")


def changed(number: int, **fields: Any) -> list[Entry]:
    """The chain with one entry changed."""
    return [msgspec.structs.replace(e, **fields) if e.number == number else e for e in GOOD]


def rehashed(number: int, **fields: Any) -> list[Entry]:
    """The same by somebody who knows how hashes are computed."""
    return [
        msgspec.structs.replace(e, hash=entry_hash(e)) if e.number == number else e for e in changed(number, **fields)
    ]


@pytest.mark.parametrize(
    ("entries", "heads", "found"),
    [
        (GOOD, {3: GOOD[2].hash}, []),
        (GOOD, {1: GOOD[0].hash, 3: GOOD[2].hash}, []),
        (GOOD[:1] + GOOD[2:], {}, [Fault(CHAIN, 2, "is missing: entry 1 is followed by entry 3")]),
        (GOOD[1:], {}, [Fault(CHAIN, 1, "is missing: entry 0 is followed by entry 2")]),
        (changed(2, chain="release/x"), {}, [Fault(CHAIN, 2, "is missing: entry 1 is followed by entry 2")]),
        (changed(2, what="x"), {}, [Fault(CHAIN, 2, "was changed: its hash does not match its content")]),
        (rehashed(2, what="x"), {}, [Fault(CHAIN, 3, "does not follow the entry before it")]),
        (rehashed(3, what="x"), {}, []),
        (rehashed(3, what="x"), {3: GOOD[2].hash}, [Fault(CHAIN, 3, "is not the entry whose hash was signed")]),
        (
            rehashed(2, previous="0" * 64),
            {},
            [Fault(CHAIN, 2, "does not follow the entry before it"), Fault(CHAIN, 3, "does not follow the entry before it")],
        ),
        (GOOD[:2], {3: "x"}, [Fault(CHAIN, 3, "was signed and is missing: the chain was cut off")]),
        ([], {2: "x", 1: "y"}, [Fault(CHAIN, n, "was signed and is missing: the chain was cut off") for n in (1, 2)]),
    ],
)  # fmt: skip
def test_each_fault_of_a_chain_is_told_with_its_place(
    entries: list[Entry], heads: dict[int, str], found: list[Fault]
) -> None:
    """Who looks for the culprit reads which entry of which chain, and what is wrong with it."""
    assert list(check(CHAIN, entries, heads)) == found


def test_what_a_hash_is_over() -> None:
    """Everything but the hash itself, times as text of six places: anybody can compute it from the exported bundle."""
    entry = follow(CHAIN, Head(4, "p" * 64), Event(1.23456789, actor("ana"), "proposed", {"a": "b"}))
    assert entry.at == 1.234568
    assert hashed(entry) == {
        "chain": CHAIN, "number": 5, "at": "1.234568", "what": "proposed", "detail": {"a": "b"}, "previous": "p" * 64,
        "actor": {"channel": "cli", "id": "AIDAANA", "person": "ana"},
    }  # fmt: skip


CLOSED = {"outcome": "succeeded"}


@pytest.mark.parametrize(
    ("name", "details", "sealed", "age", "found"),
    [
        ("env/prod", ({}, {}), 0, SEALED_WITHIN, []),
        ("env/prod", ({}, {}), 0, SEALED_WITHIN + 1, [1]),
        ("env/prod", ({}, {}), 1, SEALED_WITHIN + 1, [2]),
        ("env/prod", ({}, {}), 2, SEALED_WITHIN + 1, []),
        (CHAIN, ({}, {}), 0, SEALED_WITHIN + 1, []),
        (CHAIN, ({}, CLOSED), 0, SEALED_WITHIN + 1, [2]),
        (CHAIN, ({}, CLOSED), 1, SEALED_WITHIN + 1, [2]),
        (CHAIN, ({}, CLOSED), 2, SEALED_WITHIN + 1, []),
    ],
)
def test_what_must_be_signed_by_now(
    name: str, details: tuple[dict[str, str], ...], sealed: int, age: float, found: list[int]
) -> None:
    """Each entry of an environment and the last one of a closed release, within fifteen minutes and not a second more."""
    entries = [follow(name, Head(n, ""), Event(100.0, ENGINE, "x", d)) for n, d in enumerate(details)]
    text = "is older than 15 min and no signed head covers it"
    assert list(overdue(name, entries, sealed, 100.0 + age)) == [Fault(name, number, text) for number in found]


class Pool:
    """Threads that are none; counts how often they are asked."""

    def __init__(self) -> None:
        self.asked = 0

    def map(self, work: Callable[[Any], Any], over: Iterable[Any]) -> Iterator[Any]:
        """In order."""
        self.asked += 1
        return map(work, over)


def test_a_log_is_walked_in_parts_by_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone who waits sees how many chains are verified of how many; the threads walk, and read the heads too."""
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    platform.deploy()
    asked: list[Any] = []
    heads = platform.seal.heads

    def listed(pool: Executor | None = None, chosen: Callable[[str], bool] = bool) -> Iterator[SealedHead]:
        asked.append((pool, chosen("release/other")))
        return heads(pool, chosen)

    platform.seal.heads = listed  # type: ignore[method-assign]
    monkeypatch.setattr(audit_verification, "_AT_ONCE", 2)
    told: list[tuple[str, int, int]] = []
    pool: Any = Pool()
    found = verified(platform.log, platform.seal, platform.facts, Scope(pool=pool, progress=lambda *n: told.append(n)))
    names = [f"release/{one}" for one in ("prod-network-1", "prod-app-1", "prod-app-2")]
    entries = [len(list(platform.log.entries(name))) for name in names]
    assert found == Verified(3, sum(entries), 2, (), (Unsealed(names[2], 1, entries[2]),))
    assert told == [("read", 2, 3), ("verified", 2, 3), ("verified", 3, 3)]
    assert pool.asked == 3, "the histories, and each part"
    verified(platform.log, platform.seal, platform.facts, Scope(since=1.0))
    assert asked == [(pool, True), (None, False)], "heads of other chains are left out where only the last days count"


def test_what_is_wrong_with_a_head_is_told_with_its_place() -> None:
    """A head that was not signed by the worker covers nothing; a chain that does not lead to its head was rewritten."""
    platform = FakePlatform()
    platform.created()
    network, app = ("release/prod-network-1", "release/prod-app-1")
    (first, second) = sorted(platform.seal.stored)
    assert (second[0], first[0]) == (network, app)
    platform.seal.stored[first] = platform.seal.stored[first]._replace(signature=b"")
    item_ = platform.table.items[f"audit#{network}", f"{second[1]:08d}"]
    entry = msgspec.structs.replace(msgspec.json.decode(item_.body, type=Entry), what="nothing happened")
    platform.table.tamper(
        item_._replace(body=msgspec.json.encode(msgspec.structs.replace(entry, hash=entry_hash(entry))))
    )
    found = verified(platform.log, platform.seal, platform.facts)
    assert found.faults == (
        Fault(app, first[1], "has a signature that was not created by the worker"),
        Fault(network, second[1], "is not the entry whose hash was signed"),
    )
    assert found.heads == 2
    assert found.unsealed == (Unsealed(app, 1, first[1]),)


def test_evidence_is_asked_for_where_somebody_acted() -> None:
    """A lock is a person's act: without its evidence it is a fault. Of what the engine did alone none is looked for."""
    platform = FakePlatform()
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="wait"), "ana")
    for key in [key for key in platform.table.items if key[0] == "evidence#env/prod"]:
        del platform.table.items[key], platform.table._parts[key[0]][key[1]]
    engine = follow("env/dev", Head(), Event(platform.clock(), ENGINE, "frozen"))
    platform.table.tamper(item("audit#env/dev", "00000001", 1, engine))
    read: list[tuple[str, str]] = []
    many = platform.table.many

    def asked(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        read.extend(keys)
        return many(keys)

    platform.table.many = asked  # type: ignore[method-assign]
    found = verified(platform.log, platform.seal, platform.facts)
    assert found.faults == (Fault("env/prod", 1, "names ana, and no evidence of that act is stored"),)
    assert [pk for pk, _ in read if not pk.startswith("stack#")] == ["evidence#env/prod"]


STACK = "prod/service-app"
OPEN = 0.0


def historic(closed: dict[int, float], *, lacking: tuple[int, ...] = ()) -> FakePlatform:
    """Prod's app has 45 releases; number n closed at n * 10 s, but for these. Of none there is a row or an entry."""
    platform = FakePlatform()
    for number in range(1, 46):
        if number not in lacking:
            row = Summary(id=f"prod-app-{number}", key=STACK, commit="c", closed=closed.get(number, number * 10.0))
            platform.table.tamper(item(f"stack#{STACK}", f"history#{number:08d}", 1, row))
    platform.table.tamper(item(f"stack#{STACK}", "slot", 1, Slot(count=45)))
    return platform


@pytest.mark.parametrize(
    ("since", "closed", "walked"),
    [
        (0.0, {}, range(45, 0, -1)),
        (300.0, {}, range(45, 29, -1)),
        (300.1, {}, range(45, 30, -1)),
        (300.0, {10: OPEN}, [*range(45, 29, -1), 10]),
        (300.0, {3: OPEN}, range(45, 29, -1)),
        (300.0, {20: 0.5}, range(45, 29, -1)),
        (265.0, {3: OPEN}, range(45, 26, -1)),
        (260.0, {3: OPEN}, [*range(45, 25, -1), 3]),
        (300.0, {26: OPEN, 3: OPEN}, [*range(45, 29, -1), 26, 3]),
        (300.0, {26: 0.5, 3: OPEN}, range(45, 29, -1)),
    ],
)
def test_how_far_back_the_last_days_reach(since: float, closed: dict[int, float], walked: Iterable[int]) -> None:
    """Newest first: what closed since then or is open, down to one page after the first that closed before."""
    platform = historic(closed)
    found = verified(platform.log, platform.seal, platform.facts, Scope(since=since))
    names = [f"prod-app-{number}" for number in walked]
    assert found.chains == len(names)
    assert len(list(chains_of(platform.log, platform.facts))) == 45
    assert found.faults == tuple(Fault(f"release/{n}", 0, f"{n} has no row: somebody deleted it") for n in names)


def test_releases_that_are_missing_are_named() -> None:
    """Twenty of them by number, in one sentence for their stack; in the last days nobody looks for them."""
    platform = historic({}, lacking=tuple(range(2, 25)))
    found = verified(platform.log, platform.seal, platform.facts)
    numbers = ", ".join(map(str, range(2, 22)))
    assert found.faults[0] == Fault(
        f"stack/{STACK}", 0, f"the history of {STACK} lacks releases {numbers}: somebody deleted them"
    )
    assert len(found.faults) == 45 - 23 + 1
    since = verified(platform.log, platform.seal, platform.facts, Scope(since=1.0))
    assert not [fault for fault in since.faults if fault.chain.startswith("stack/")]
