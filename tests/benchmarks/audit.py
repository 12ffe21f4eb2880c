"""``audit verify`` over 100,000 releases: seconds, memory and calls, whole and for what is new since yesterday.

Table and signed heads are files of SQLite. What is verified is what a platform on fakes wrote and signed for one release,
copied with hashes and signatures of its own; signatures are of P-256, as KMS makes them.
"""

import json
import sqlite3
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from generator.aws.audit_seal import KmsSeal, message, place
from generator.aws.objects import History
from generator.aws.signing_key import verify
from generator.release.audit import Entry, Event, Head, follow
from generator.release.audit_verification import Scope, Verified, verified
from generator.release.log import Log
from generator.release.log_items import item, summary
from generator.release.model.log_records import Slot
from generator.release.model.release import Release
from generator.release.model.settings import Releases
from generator.release.ports import Item
from tests.benchmarks.disk_table import DiskTable
from tests.benchmarks.harness import verdict
from tests.benchmarks.resident import resident
from tests.release.fake_platform import FakePlatform

RELEASES, STACKS = 100_000, 200
DAY = 86_400.0
YEAR = 365 * DAY


class CountedTable(DiskTable):
    """Counts the calls that DynamoDB would get: a page is 1 MB, a batch 100 items."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.calls: Counter[str] = Counter()

    def many(self, keys: Any) -> dict[tuple[str, str], Item]:
        self.calls["BatchGetItem"] += -(-len(keys) // 100)
        return super().many(keys)

    def query(self, pk: str, **more: Any) -> Iterator[Item]:
        found = list(super().query(pk, **more))
        size = sum(len(one.body) + len(one.pk) + len(one.sk) + 40 for one in found)
        self.calls["Query"] += max(1, -(-size // 2**20))
        return iter(found)


class DiskObjects:
    """The audit bucket in a file: each key with one version."""

    def __init__(self, path: str) -> None:
        self.base = sqlite3.connect(path)
        self.base.execute("CREATE TABLE objects (key TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
        self.calls: Counter[str] = Counter()

    def get(self, key: str, version: str = "") -> bytes | None:
        del version
        self.calls["GetObject"] += 1
        row = self.base.execute("SELECT body FROM objects WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def histories(self, prefix: str) -> Iterator[History]:
        rows = self.base.execute("SELECT key FROM objects WHERE key >= ? ORDER BY key", (prefix,))
        for number, (key,) in enumerate(rows):
            self.calls["ListObjectVersions"] += number % 1000 == 0
            yield History(key, "1", 1, 0)


class LocalKey:
    """A key of P-256 in this process."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())
        self._public = self._key.public_key()

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text, ECDSA(SHA256()))

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        return verify(self._public, text, signature)


def measure(work: Path, many: int = RELEASES) -> list[bool]:
    """All of it; prints what it measures and says whether what is promised holds."""
    platform = FakePlatform(
        apps=["app", *(f"app-{i:03}" for i in range(1, STACKS))], settings={"prod": Releases(bake_minutes=0)}
    )
    platform.publish(1)
    platform.apply()
    platform.publish(2)
    platform.decide(source := platform.deploy(), "approve")
    assert platform.end(source) == "succeeded", source
    table, objects, key = CountedTable(str(work / "table.db")), DiskObjects(str(work / "heads.db")), LocalKey()
    now = platform.clock()
    began = time.perf_counter()
    write(platform, source, table, objects, key, many)
    print(f"\n{many:,} releases of {STACKS} stacks written in {time.perf_counter() - began:.0f} s")
    log = Log(table, lambda: now)
    seal: Any = KmsSeal(key, objects)  # type: ignore[arg-type]
    held = []
    for what, since in (("all of the log", 0.0), ("what is new since yesterday", now - DAY)):
        table.calls.clear()
        objects.calls.clear()
        before = peak = resident()

        def seen(_what: str, _done: int, _all: int) -> None:
            nonlocal peak
            peak = max(peak, resident())

        began = time.process_time()  # the machine may have other things to do
        found = verified(log, seal, platform.facts, Scope(since, None, seen))
        took = time.process_time() - began
        assert not found.faults, found.faults[:3]
        told(what, found, took, peak - before, table.calls + objects.calls)
        held += [
            verdict(f"seconds of CPU for {what}", took, 120 if not since else 10, at_least=False),
            verdict("MiB more while it runs", peak - before, 100, at_least=False),
        ]
    return held


def told(what: str, found: Verified, took: float, mib: float, calls: Counter[str]) -> None:
    """One line, and the calls to AWS."""
    print(
        f"audit verify, {what}: {found.chains:,} chains, {found.entries:,} entries, {found.heads:,} heads in {took:.1f} s of CPU, "
        f"{mib:.0f} MiB; {', '.join(f'{n:,} {name}' for name, n in calls.most_common())}"
    )


def write(  # noqa: PLR0917 - the log, whole
    platform: FakePlatform, source: str, table: DiskTable, objects: DiskObjects, key: LocalKey, many: int
) -> None:
    """So many copies of a closed release, the last of them a moment ago, the first two years before."""
    row = platform.release(source)
    entries = list(platform.log.entries(f"release/{source}"))
    evidence = list(platform.table.query(f"evidence#release/{source}"))
    stacks = [key for key in platform.facts.stacks if key.startswith("prod/service-")]
    items: list[Item] = []
    heads: list[tuple[str, bytes]] = []
    for number in range(many):
        stack, count = stacks[number % len(stacks)], number // len(stacks) + 1
        new, chain = copied(platform, row, stack, count, 2 * YEAR * (many - number - 1) / many, entries)
        items += [
            item(f"release#{new.id}", "state", 1, new),
            item(f"stack#{stack}", f"history#{count:08}", 1, summary(new)),
            *(item(f"audit#{one.chain}", f"{one.number:08d}", 1, one) for one in chain),
            *(one._replace(pk=f"evidence#release/{new.id}") for one in evidence),
        ]
        signed = {"at": new.closed, "chain": f"release/{new.id}", "hash": new.head, "number": new.chain}
        signature = key.sign(message(f"release/{new.id}", new.chain, new.head, new.closed))
        body = json.dumps({**signed, "signature": b64encode(signature).decode()}, sort_keys=True).encode()
        heads.append((place(f"release/{new.id}", new.chain), body))
        if number >= many - len(stacks):
            items.append(item(f"stack#{stack}", "slot", 1, Slot(count=count, last=new.id, at=new.closed)))
        if len(heads) == 1000 or number == many - 1:
            table.fill(items)
            objects.base.executemany("INSERT INTO objects VALUES (?, ?)", heads)
            items.clear()
            heads.clear()
    table.base.commit()
    objects.base.commit()


def copied(  # noqa: PLR0917 - a release and where it goes
    platform: FakePlatform, row: Release, stack: str, count: int, earlier: float, entries: list[Entry]
) -> tuple[Release, list[Entry]]:
    """A release as if it had been of another stack and earlier, with its chain."""
    ref = platform.facts.stacks[stack].ref
    id_ = f"prod-{ref.service}-{count}"
    chain, head = [], Head()
    for entry in entries:
        detail = {**entry.detail, "stack": stack} if "stack" in entry.detail else entry.detail
        chain.append(follow(f"release/{id_}", head, Event(entry.at - earlier, entry.actor, entry.what, detail)))
        head = Head(chain[-1].number, chain[-1].hash)
    moved = {"created": row.created - earlier, "closed": row.closed - earlier, "head": head.hash}
    new = msgspec.structs.replace(row, id=id_, stack=ref, **moved)
    approvals = tuple(msgspec.structs.replace(one, at=one.at - earlier) for one in new.approvals)
    return msgspec.structs.replace(new, approvals=approvals), chain


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), int(sys.argv[1]) if sys.argv[1:] else RELEASES)
