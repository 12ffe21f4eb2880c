"""Verifies the audit chains of each day, once the day's head is recorded, and records in the log what it found.

The board shows the record. It is the worker's own word about its own log: who doubts it verifies the whole log with other
hands (``slipway audit verify``). One worker does it, one call at a time, as for the daily head
(:mod:`generator.release.daily_post`); another one continues where it ended.
"""

from collections.abc import Callable, Generator, Iterator

import msgspec

from generator.release.audit import Fault, Head
from generator.release.audit_verification import judged, keys_beside
from generator.release.context import Context
from generator.release.daily_heads import DayRecord, heads_in, newest
from generator.release.errors import ReleaseError
from generator.release.log import Log
from generator.release.log_items import item, read
from generator.release.model.base import Value
from generator.release.ports import Put
from generator.release.stepwise_work import StepwiseWork

# Partition of the log with a record for each day that was verified.
VERIFICATIONS = "audit-verifications"
# So long the worker that began has it alone, in seconds.
HELD = 7200.0
# Chains between two writes of how far it came, heads of one chain that are read, and faults that are kept.
_NOTED, _HEADS, _MOST_FAULTS = 20, 50, 100


class Verification(Value):
    """What came of the chains that changed on ``date``: how many of them and of their entries and heads, and what is wrong.

    ``at`` is when it ended, 0 while it continues. ``holder`` has it until ``until`` (epoch seconds).
    """

    date: str
    at: float = 0.0
    chains: int = 0
    entries: int = 0
    heads: int = 0
    faults: tuple[str, ...] = ()
    holder: str = ""
    until: float = 0.0


def last_verification(log: Log) -> Verification | None:
    """The newest one that has ended."""
    found = (read(one, Verification) for one in log.table.query(VERIFICATIONS, newest=True, limit=2))
    return next((one for one in found if one.at), None)


class DailyVerification:
    """One worker's share in it. ``failed`` is called with each fault, and with what could not be read."""

    def __init__(self, context: Context, worker: str, failed: Callable[[str], None]) -> None:
        self._context = context
        self._worker = worker
        self._failed = failed
        self._done = ""  # the last day about which nothing is left to do
        self._work = StepwiseWork(self._turns, self._complain)

    def chore(self) -> bool | None:
        """Do one step, if there is something to do; None while there is more to do."""
        return self._work.chore()

    def _complain(self, error: ReleaseError) -> None:
        self._failed(f"the audit chains could not be verified: {error}; it is tried again")

    def _turns(self) -> Iterator[None]:
        """Find the day, and walk its chains. Yields after each call."""
        day, _ = newest(self._context.log)
        if day is None or not day.text or day.date == self._done:
            return
        yield
        found = next(iter(self._context.log.table.query(VERIFICATIONS, newest=True, limit=1)), None)
        record = read(found, Verification) if found is not None else None
        rev = found.rev if found is not None and record is not None and record.date == day.date else 0
        if record is None or record.date != day.date:
            record = Verification(date=day.date)
        if record.at:
            self._done = day.date
            return
        now = self._context.clock()
        if record.holder != self._worker and now < record.until:
            return
        yield
        yield from self._verify(day, record, rev)

    def _verify(self, day: DayRecord, record: Verification, rev: int) -> Iterator[None]:
        wanted = sorted(heads_in(day.text).items())
        while True:
            is_last = record.chains >= len(wanted)
            until = self._context.clock() + HELD
            at = self._context.clock() if is_last else 0.0
            record = msgspec.structs.replace(record, holder=self._worker, until=until, at=at)
            if not self._context.log.table.write(Put(item(VERIFICATIONS, record.date, rev + 1, record))):
                return  # another worker has it
            rev += 1
            if is_last:
                self._done = record.date
                return
            yield
            for chain, head in wanted[record.chains : record.chains + _NOTED]:
                record = yield from self._walk(day, chain, head, record)

    def _walk(
        self, day: DayRecord, chain: str, head: Head, record: Verification
    ) -> Generator[None, None, Verification]:
        """One chain; answers the record with it."""
        log = self._context.log
        entries = list(log.entries(chain))
        yield
        beside = log.table.many(keys_beside({chain: entries}))
        yield
        signed, faults = {}, []
        last = entries[-1].number if entries else head.number
        for stored, fault in self._context.seal.heads(chain=chain, after=max(0, last - _HEADS)):
            signed[stored.number] = stored.hash
            faults += [Fault(chain, stored.number, fault)] if fault else []
        yield
        walked = judged(log, chain, entries, signed, beside)
        faults += walked.faults
        if walked.ends.get(day.date) != head:
            faults.append(Fault(chain, head.number, f"is not the entry that the daily head of {day.date} names"))
        said = [f"{fault.chain} entry {fault.number} {fault.text}" for fault in faults]
        for text in said:
            self._failed(f"the audit log has a fault: {text}; run: slipway audit verify")
        return msgspec.structs.replace(
            record,
            chains=record.chains + 1,
            entries=record.entries + walked.entries,
            heads=record.heads + len(signed),
            faults=(*record.faults, *said)[:_MOST_FAULTS],
        )
