"""The release table: the same promises from memory and from DynamoDB."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from generator.aws.release_table import DynamoTable
from generator.aws.session import Session
from generator.release.errors import ReleaseError, Unavailable
from generator.release.log_items import partition
from generator.release.ports import OPEN, Check, Item, Put, Table
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.table import FakeTable
from tests.release_table import release_table

NAME = "contract-releases"


def dynamo(session: Session) -> DynamoTable:
    """The table of the home stack, made once."""
    api = session.api("dynamodb")
    try:
        api("create_table", **release_table(NAME))
    except ReleaseError as error:
        if "already exists" not in str(error):
            raise
    return DynamoTable(api, NAME, sleep=lambda _: None)


@pytest.fixture(params=["fake", "sandbox"])
def table(request: pytest.FixtureRequest) -> Table:
    """A table; partitions have names of their own."""
    return FakeTable() if request.param == "fake" else dynamo(request.getfixturevalue("session"))


def item(pk: str, sk: str = "state", rev: int = 1, body: bytes = b"{}", **more: Any) -> Item:
    return Item(pk, sk, rev, body, **more)


def test_what_was_written_is_read(table: Table) -> None:
    """An item comes back whole, with umlauts; one that is not there is None."""
    pk = unique("r")
    whole = Item(pk, "state", 1, '{"who":"Jürgen"}'.encode(), OPEN, "2026-01-01", 1_900_000_000)
    assert table.get(pk, "state") is None
    assert table.write(Put(whole))
    assert table.get(pk, "state") == whole
    assert table.write(Put(item(pk, rev=2)))
    assert table.get(pk, "state") == item(pk, rev=2)


@pytest.mark.parametrize(
    ("there", "rev", "written"),
    [(0, 1, True), (0, 2, False), (1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True), (1, 3, False)],
)
def test_nobody_overwrites_what_they_have_not_seen(table: Table, there: int, rev: int, written: bool) -> None:
    """A write holds only if it follows the revision that is there."""
    pk = unique("r")
    for number in range(1, there + 1):
        assert table.write(Put(item(pk, rev=number)))
    assert table.write(Put(item(pk, rev=rev, body=b"[1]"))) is written
    found = table.get(pk, "state")
    assert (found.rev if found else 0) == (rev if written else there)


def test_several_writes_happen_together_or_not_at_all(table: Table) -> None:
    """State, audit entry and a check of the lock: one that does not hold stops all."""
    pk = unique("r")
    assert table.write(Put(item(pk)), Put(item(pk, "audit#1")), Check(pk, "lock", 0))
    assert not table.write(Put(item(pk, rev=2)), Put(item(pk, "audit#1")))
    assert not table.write(Put(item(pk, rev=2)), Check(pk, "audit#1", 2))
    assert table.get(pk, "state") == item(pk)
    assert table.write(Put(item(pk, rev=2)), Check(pk, "audit#1", 1))
    assert table.write(Check(pk, "state", 2))
    assert not table.write(Check(pk, "state", 1))


def test_many_items_are_read_at_once(table: Table) -> None:
    """More than a call takes, with repetitions and gaps: those that are there come back."""
    pk = unique("r")
    assert table.write(*(Put(item(pk, f"{number:03}")) for number in range(100)))
    assert table.write(*(Put(item(pk, f"{number:03}")) for number in range(100, 120)))
    keys = [(pk, f"{number:03}") for number in (*range(130), 5)]
    assert set(table.many(keys)) == {(pk, f"{number:03}") for number in range(120)}
    assert table.many([]) == {}


QUERIES: list[tuple[dict[str, Any], str]] = [
    ({}, "a1 a2 a3 b1 b2 é1"),
    ({"newest": True}, "é1 b2 b1 a3 a2 a1"),
    ({"limit": 2}, "a1 a2"),
    ({"newest": True, "limit": 2}, "é1 b2"),
    ({"prefix": "a"}, "a1 a2 a3"),
    ({"prefix": "a", "newest": True, "limit": 1}, "a3"),
    ({"prefix": "b", "before": "b2"}, "b1"),
    ({"prefix": "a", "before": "a3", "newest": True}, "a2 a1"),
    ({"prefix": "a", "before": "a3", "newest": True, "limit": 1}, "a2"),
    ({"prefix": "a", "before": "b2", "newest": True}, "a3 a2 a1"),
    ({"before": "b1", "newest": True, "limit": 2}, "a3 a2"),
    ({"prefix": "b", "before": "a9"}, ""),
    ({"prefix": "b", "before": "b"}, ""),
    ({"prefix": "zzz"}, ""),
]


def test_a_partition_is_read_in_order(table: Table) -> None:
    """History forwards and backwards, by prefix, by page."""
    pk = unique("q")
    for sk in ("b2", "a1", "é1", "a3", "b1", "a2"):
        assert table.write(Put(item(pk, sk)))
    for asked, expected in QUERIES:
        assert [row.sk for row in table.query(pk, **asked)] == expected.split(), asked


def test_open_items_are_found_when_they_are_due(table: Table) -> None:
    """The sweep of every worker: earliest first, and gone once they are closed."""
    names = [unique("due") for _ in range(3)]
    for name, due in zip(names, ("0001-03", "0001-01", "0001-02"), strict=True):
        assert table.write(Put(item(name, open=OPEN, due=due)))
    try:
        first, second = (names[1], "state", "0001-01"), (names[2], "state", "0001-02")
        assert table.due("0001-02", 10) == [first, second]
        assert table.due("0001-09", 2) == [first, second]
        assert table.write(Put(item(names[1], rev=2)))
        assert table.due("0001-09", 10) == [second, (names[0], "state", "0001-03")]
    finally:
        for name in names:
            table.write(Put(item(name, rev=2)))


def test_open_items_are_found_in_their_partition(table: Table) -> None:
    """With thousands of open releases the index has several partitions; each is listed by itself."""
    names = [unique("due") for _ in range(3)]
    for number, name in enumerate(names):
        assert table.write(Put(item(name, open=partition(number), due="0001-01")))
    try:
        for number, name in enumerate(names):
            assert table.due("0001-01", 10, partition(number)) == [(name, "state", "0001-01")]
        assert table.write(Put(item(names[1], rev=2, open=partition(2), due="0001-02")))
        assert table.due("0001-09", 10, partition(1)) == []
        assert [found.pk for found in table.due("0001-09", 10, partition(2))] == [names[2], names[1]]
    finally:
        for name in names:
            table.write(Put(item(name, rev=2)))
            table.write(Put(item(name, rev=3)))


def test_one_of_many_wins(table: Table) -> None:
    """Eight workers write the same next revision, alone and in transactions: one does."""
    pk = unique("race")
    won: list[int] = []
    ready = threading.Barrier(8)

    def run(number: int) -> None:
        mine = Put(item(pk, body=str(number).encode()))
        ready.wait()
        written = table.write(mine) if number % 2 else table.write(mine, Put(item(pk, f"audit#{number}")))
        if written:
            won.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = table.get(pk, "state")
    assert found is not None
    assert won == [int(found.body)]
    assert len(list(table.query(pk, prefix="audit#"))) == sum(number % 2 == 0 for number in won)


@pytest.fixture
def lossy(control: Control, session: Session) -> tuple[DynamoTable, Callable[..., None]]:
    """A DynamoDB table and what lets its next call go wrong."""
    found = dynamo(session)
    return (
        found,
        lambda operation, **rule: control.faults({"service": "dynamodb", "operation": operation, **rule}, clear=True),
    )


LOST = [
    {"kind": "lost"},
    {"kind": "lost", "how": "error"},
    {"kind": "reset"},
    {"kind": "throttle"},
    {"kind": "error"},
]  # fmt: skip


@pytest.mark.parametrize("rule", LOST, ids=lambda rule: "-".join(rule.values()))
def test_a_lost_answer_is_never_a_wrong_no(
    lossy: tuple[DynamoTable, Callable[..., None]], rule: dict[str, str]
) -> None:
    """A write that arrived although its answer did not counts as written, once; alone and in a transaction."""
    table, fault = lossy
    pk = unique("lost")
    fault("PutItem", **rule)
    assert table.write(Put(item(pk)))
    fault("TransactWriteItems", **rule)
    assert table.write(Put(item(pk, rev=2)), Put(item(pk, "audit#1")))
    fault("PutItem", **rule)
    assert not table.write(Put(item(pk, rev=2, body=b"[]")))
    fault("TransactWriteItems", **rule)
    assert not table.write(Put(item(pk, rev=2, body=b"[]")), Check(pk, "audit#1", 1))
    assert table.get(pk, "state") == item(pk, rev=2)


@pytest.mark.parametrize("kind", ["reset", "throttle", "error"])
def test_an_aws_that_is_down_is_unavailable(lossy: tuple[DynamoTable, Callable[..., None]], kind: str) -> None:
    """After its retries every call says the same: nothing is known, try again."""
    table, fault = lossy
    pk = unique("down")
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("GetItem", lambda: table.get(pk, "state")),
        ("BatchGetItem", lambda: table.many([(pk, "state")])),
        ("Query", lambda: list(table.query(pk))),
        ("Query", lambda: table.due("0", 1)),
        ("PutItem", lambda: table.write(Put(item(pk)))),
        ("TransactWriteItems", lambda: table.write(Put(item(pk)), Put(item(pk, "x")))),
    ]
    for operation, call in calls:
        fault(operation, kind=kind, times=9)
        with pytest.raises(Unavailable, match="try again"):
            call()
    assert table.get(pk, "state") is None
