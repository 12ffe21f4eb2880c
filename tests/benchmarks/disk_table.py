"""A release table on disk, so that a bench sees what the engine keeps in memory and not what a fake does."""

import sqlite3
from collections.abc import Iterator, Sequence

from generator.release.ports import OPEN, Check, Item, OpenItem, Put

_ONE = "SELECT pk, sk, rev, body, open, due, expires FROM items WHERE pk = ? AND sk = ?"
_UP = "SELECT pk, sk, rev, body, open, due, expires FROM items WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk LIMIT ?"
_DOWN = _UP.replace("ORDER BY sk", "ORDER BY sk DESC")
_WRITE = "INSERT OR REPLACE INTO items (pk, sk, rev, body, open, due, expires) VALUES (?, ?, ?, ?, ?, ?, ?)"


class DiskTable:
    """A ``ports.Table`` in a file of SQLite."""

    def __init__(self, path: str) -> None:
        self.base = sqlite3.connect(path)
        self.base.execute(
            "CREATE TABLE items (pk TEXT, sk TEXT, rev INT, body BLOB, open TEXT, due TEXT, expires INT,"
            " PRIMARY KEY (pk, sk)) WITHOUT ROWID"
        )
        self.base.execute("CREATE INDEX open ON items (open, due)")
        self.base.execute("PRAGMA cache_size = -2000")

    def get(self, pk: str, sk: str) -> Item | None:
        row = self.base.execute(_ONE, (pk, sk)).fetchone()
        return Item(*row) if row else None

    def many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        return {key: item for key in keys if (item := self.get(*key)) is not None}

    def query(
        self, pk: str, *, prefix: str = "", newest: bool = False, limit: int = 0, before: str = ""
    ) -> Iterator[Item]:
        above = before or f"{prefix}\U0010ffff"
        rows = self.base.execute(_DOWN if newest else _UP, (pk, prefix, above, limit or -1))
        return (Item(*row) for row in rows.fetchall())

    def write(self, *writes: Put | Check) -> bool:
        for write in writes:
            pk, sk, rev = (*write.item[:2], write.item.rev - 1) if isinstance(write, Put) else write
            row = self.base.execute("SELECT rev FROM items WHERE pk = ? AND sk = ?", (pk, sk)).fetchone()
            if (row[0] if row else 0) != rev:
                return False
        puts = [write.item for write in writes if isinstance(write, Put)]
        self.base.executemany(_WRITE, puts)
        return True

    def fill(self, items: Sequence[Item]) -> None:
        """Write many items at once, without a condition."""
        self.base.executemany(_WRITE, items)

    def due(self, before: str, limit: int, where: str = OPEN) -> list[OpenItem]:
        rows = self.base.execute(
            "SELECT pk, sk, due FROM items WHERE open = ? AND due <= ? AND due > '' ORDER BY due LIMIT ?",
            (where, before, limit),
        )
        return [OpenItem(*row) for row in rows]
