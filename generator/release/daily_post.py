"""Posts the head of each day to places that the account's administrators can't change: a channel, and mail of a topic.

One worker does it: a conditional record in the log says who, and until when. It begins when no more entries of the day
can arrive, and makes one call a turn of the worker's chores, so that a worker costs no more calls a minute than on
other days.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Protocol

import msgspec

from generator.release.context import Context
from generator.release.daily_heads import DAY, DayRecord, date_of, day_after, day_line, day_text, newest, put_record
from generator.release.day_reader import DayReader
from generator.release.errors import ReleaseError
from generator.release.stepwise_work import StepwiseWork

# An entry is written at most so long after its time (s): a step takes minutes, and clocks differ by half of one.
SETTLED = 900.0
# So long the worker that began a day has it alone, in seconds; then another one continues with it.
HELD = 7200.0


class Witness(Protocol):
    """A place for daily heads that administrators of the account can't change."""

    def post(self, date: str, line: str) -> None:
        """Post the head of a day (``2026-11-30``) in one line. Posting it twice does no harm.

        Raises:
        Invalid: the place does not exist any more.
        """


class DailyPost:
    """One worker's part of the posting.

    ``witnesses`` post the line, by name; ``failed`` is called with what was not posted.
    """

    def __init__(
        self, context: Context, worker: str, witnesses: Mapping[str, Witness], failed: Callable[[str], None]
    ) -> None:
        self._context = context
        self._worker = worker
        self._witnesses = witnesses
        self._failed = failed
        self._done = ""  # the last day about which nothing is left to do
        self._work = StepwiseWork(self._begin, partial(self._complain, "the log"))

    def chore(self) -> bool | None:
        """Do one step if there is one. Returns None while more steps of the day are left."""
        return self._work.chore()

    def _begin(self) -> Iterator[None] | None:
        return None if not self._witnesses or self._done == self._last_day() else self._turns()

    def _complain(self, where: str, error: ReleaseError) -> None:
        self._failed(f"the daily head of the audit log was not posted ({where}): {error}; it is tried again for a day")

    def _last_day(self) -> str:
        return date_of(self._context.clock() - DAY - SETTLED)

    def _turns(self) -> Iterator[None]:
        """Find the day, read it, post it. Yields after each call."""
        found, rev = newest(self._context.log)
        yield
        record = self._next(found)
        if record is None or (record.holder != self._worker and self._context.clock() < record.until):
            return
        claimed = msgspec.structs.replace(record, holder=self._worker, until=self._context.clock() + HELD)
        rev = rev if found is not None and found.date == claimed.date else 0
        if not self._write(claimed, rev):
            return
        yield
        if not claimed.text:
            reader = DayReader(self._context.log, self._context.facts, claimed.date)
            for _ in reader.steps():
                yield
            text = day_text(self._context.facts.name, claimed.date, reader.heads)
            # The days of a platform begin with the first one on which something happened.
            nothing = found is None and not reader.heads
            claimed, rev = msgspec.structs.replace(claimed, text=text), rev + 1
            claimed = msgspec.structs.replace(claimed, posted=tuple(self._witnesses) if nothing else ())
            if not self._write(claimed, rev):
                return
            yield
        yield from self._post(claimed, rev + 1)

    def _next(self, found: DayRecord | None) -> DayRecord | None:
        """The day to post: the last one that was begun, unless it is posted or was tried for a day; then the next one."""
        yesterday, now = self._last_day(), self._context.clock()
        if found is None:
            return DayRecord(date=yesterday, since=now)
        if not self._is_posted(found) and now < found.since + DAY:
            return found
        if found.date >= yesterday:
            self._done = yesterday
            return None
        return DayRecord(date=day_after(found.date), since=now)

    def _post(self, record: DayRecord, rev: int) -> Iterator[None]:
        line = day_line(self._context.facts.name, record, self._context.seal.public_key())
        yield
        for name, witness in self._witnesses.items():
            if name in record.posted:
                continue
            try:
                witness.post(record.date, line)
            except ReleaseError as error:  # the other places get it all the same
                self._complain(name, error)
                yield
                continue
            yield
            record = msgspec.structs.replace(record, posted=(*record.posted, name))
            if not self._write(record, rev):
                return
            rev += 1
            yield

    def _write(self, record: DayRecord, rev: int) -> bool:
        return self._context.log.table.write(put_record(record, rev))

    def _is_posted(self, record: DayRecord) -> bool:
        return bool(record.text) and all(name in record.posted for name in self._witnesses)
