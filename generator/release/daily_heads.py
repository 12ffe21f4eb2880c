"""The head of one day of the audit log: the last entry of each chain on that day, in one digest.

The digest is SHA-256 of a text (:func:`day_text`): a line that names the platform and the day, then ``CHAIN NUMBER
HASH`` for the last entry of each chain on that day (UTC), in order of chains. The text is in the log; the digest leaves
the account.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from generator.release.audit import Entry, Fault, Head
from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.base import Value
from generator.release.ports import Put

# Partition of the log that holds a record for each day.
DAYS = "audit-days"
DAY = 86_400.0


class DayRecord(Value):
    """What the log keeps of a day's head: its text, who posts it until when (epoch seconds), and where it was posted."""

    date: str
    since: float = 0.0
    holder: str = ""
    until: float = 0.0
    text: str = ""
    posted: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The head of the day, 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def date_of(at: float) -> str:
    """``2026-11-30``: the day of a moment, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def begin_of(date: str) -> float:
    """The first moment of a day in epoch seconds.

    Raises:
        ValueError: it is not a date.
    """
    return datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()


def day_after(date: str) -> str:
    """The day after."""
    return (datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)).strftime("%Y-%m-%d")


def ends_by_day(entries: Iterable[Entry]) -> dict[str, Head]:
    """The last entry of one chain on each day on which it got entries."""
    return {date_of(entry.at): Head(entry.number, entry.hash) for entry in entries}


def day_text(platform: str, date: str, heads: Mapping[str, Head]) -> str:
    """The text that the digest of a day covers."""
    lines = [f"{chain} {head.number} {head.hash}" for chain, head in sorted(heads.items())]
    return "\n".join([f"{platform} {date}", *lines, ""])


def record_of(text: str) -> DayRecord:
    """The day that a text belongs to."""
    return DayRecord(date=text.partition("\n")[0].rpartition(" ")[2], text=text)


def heads_in(text: str) -> dict[str, Head]:
    """The heads in a day's text. Other lines are skipped."""
    rows = (line.rsplit(" ", 2) for line in text.splitlines()[1:])
    return {row[0]: Head(int(row[1]), row[2]) for row in rows if len(row) == 3 and row[1].isdecimal()}


def day_line(platform: str, record: DayRecord, key: bytes) -> str:
    """The line that is posted. ``key`` is the public half of the key that signs the chains (DER)."""
    heads = heads_in(record.text)
    entries = sum(head.number for head in heads.values())
    return (
        f"Audit log of {platform} on {record.date} (UTC): chains {len(heads)}, entries {entries}, "
        f"head sha256 {record.digest}, key sha256 {hashlib.sha256(key).hexdigest()}. "
        f"To compare it with the log: slipway audit verify --head {record.digest}"
    )


def records(log: Log) -> Iterator[DayRecord]:
    """The recorded days, oldest first. A day for which the log was not read yet has no text and is left out."""
    found = (read(i, DayRecord) for i in log.table.query(DAYS))
    return (record for record in found if record.text)


def newest(log: Log) -> tuple[DayRecord | None, int]:
    """The record of the last day with its revision; None and 0 if there is none."""
    found = next(iter(log.table.query(DAYS, newest=True, limit=1)), None)
    return (read(found, DayRecord), found.rev) if found else (None, 0)


def put_record(record: DayRecord, rev: int) -> Put:
    """The write of a day's record over its revision ``rev``."""
    return Put(item(DAYS, record.date, rev + 1, record))


class DayComparison:
    """Recorded days, and the last entry of each chain of the log on each of them."""

    def __init__(self, days: Iterable[DayRecord]) -> None:
        self.days = tuple(days)
        self._ends: dict[str, dict[str, Head]] = {day.date: {} for day in self.days}

    @property
    def chains(self) -> Iterator[str]:
        """Every chain that at least one of the days names."""
        return (chain for day in self.days for chain in heads_in(day.text))

    def add(self, chain: str, ends: Mapping[str, Head]) -> None:
        """The last entry of a chain by day (:func:`ends_by_day`)."""
        for date, head in ends.items():
            if date in self._ends:
                self._ends[date][chain] = head

    def faults(self, named: Container[str]) -> Iterator[Fault]:
        """Where the log differs from its daily heads.

        A chain that is not ``named`` by the configuration any more may be missing: its stack was removed from the
        configuration that day.
        """
        for day in self.days:
            posted, ends = heads_in(day.text), self._ends[day.date]
            for chain, head in posted.items():
                if ends.get(chain) != head:
                    yield Fault(chain, head.number, f"is not the entry that the daily head of {day.date} names")
            for chain, head in ends.items():
                if chain not in posted and chain in named:
                    yield Fault(chain, head.number, f"is of {day.date} and the daily head of that day does not name it")
