"""The release table in memory: what ``generator.aws.release_table.DynamoTable`` is to DynamoDB."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from generator.release.ports import OPEN, Check, Item, OpenItem, Put
from tests.fakes.faults import Faults


class FakeTable:
    """A ``ports.Table``. ``items`` is what is there; ``wrote`` counts the writes that happened."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self._parts: dict[str, dict[str, Item]] = {}
        self._open: dict[str, dict[tuple[str, str], Item]] = {}
        self.wrote = 0
        self.faults = faults or Faults()
        self._lock = threading.RLock()

    def get(self, pk: str, sk: str) -> Item | None:
        with self.faults.call("table.get"), self._lock:
            return self.items.get((pk, sk))

    def many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        with self.faults.call("table.many"), self._lock:
            return {key: self.items[key] for key in keys if key in self.items}

    def query(
        self, pk: str, *, prefix: str = "", newest: bool = False, limit: int = 0, before: str = ""
    ) -> Iterator[Item]:
        with self.faults.call("table.query"), self._lock:
            found = sorted(
                (
                    item
                    for item in self._parts.get(pk, {}).values()
                    if item.sk.startswith(prefix) and (not before or item.sk < before)
                ),
                key=lambda item: item.sk.encode(),
                reverse=newest,
            )
        yield from found[:limit] if limit else found

    def write(self, *writes: Put | Check) -> bool:
        keys = [(write.item.pk, write.item.sk) if isinstance(write, Put) else (write.pk, write.sk) for write in writes]
        if not 1 <= len(writes) <= 100 or len(set(keys)) != len(keys):
            raise ValueError("1 to 100 writes, no item twice")
        with self.faults.call("table.write"), self._lock:
            for key, write in zip(keys, writes, strict=True):
                there = self.items[key].rev if key in self.items else 0
                if there != (write.item.rev - 1 if isinstance(write, Put) else write.rev):
                    return False
            for write in writes:
                if isinstance(write, Put):
                    self.tamper(write.item)
            self.wrote += 1
            return True

    def due(self, before: str, limit: int, where: str = OPEN) -> list[OpenItem]:
        with self.faults.call("table.due"), self._lock:
            there = self._open.get(where, {}).values()
            found = sorted((item.due, item.pk, item.sk) for item in there if item.due <= before)
        return [OpenItem(pk, sk, due) for due, pk, sk in found[:limit]]

    def forget(self, now: float) -> None:
        """What DynamoDB's time to live does, some day: remove items that expired."""
        with self._lock:
            for key, item in list(self.items.items()):
                if item.expires and item.expires <= now:
                    del self.items[key], self._parts[item.pk][item.sk]

    def tamper(self, item: Item) -> None:
        """What somebody with more rights than ours does: write without a condition."""
        with self._lock:
            before = self.items.get((item.pk, item.sk))
            if before is not None and before.open:
                self._open.get(before.open, {}).pop((item.pk, item.sk), None)
            self.items[item.pk, item.sk] = self._parts.setdefault(item.pk, {})[item.sk] = item
            if item.open and item.due:
                self._open.setdefault(item.open, {})[item.pk, item.sk] = item
