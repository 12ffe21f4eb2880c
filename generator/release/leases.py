"""Releases in the log and the workers that move them: claim, renew, save, release.

A claim takes a release out of everybody's sight: its lease and its due time move in one conditional transaction, and it
is due again when the lease ends. So a worker that ends without notice loses the release after :data:`LEASE_SECONDS`,
and a running one renews its lease as long as its step takes. A wake-up for a held release sets a mark and does not list
the release: the holder sees the mark at its next write.
"""

from collections.abc import Callable, Sequence

import msgspec

from generator.release.audit import Entry, Head, follow
from generator.release.log_items import (
    NEVER,
    DueMark,
    Lease,
    Listed,
    Transition,
    item,
    put_evidence,
    read,
    release_pk,
    stamp,
)
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import Record
from generator.release.model.people import Actor
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Decide, ReceivedDecision
from generator.release.open_index import FULL, OpenIndex
from generator.release.ports import Item, Put, Table

ANSWER_SECONDS = 2 * 86400
# How long a worker that is silent keeps a release. Takeover: this, and what an idle worker waits between two looks.
LEASE_SECONDS = 9.0
# Events that arrive within this many seconds of one that was noted say nothing new.
_EVENT_AGAIN = 10.0
_TRIES = 8


class Leases:
    """Reads and writes releases. ``clock`` gives epoch seconds; ``full`` is as :data:`open_index.FULL`."""

    def __init__(self, table: Table, clock: Callable[[], float], full: int = FULL) -> None:
        self.table = table
        self.clock = clock
        self.index = OpenIndex(table, clock, full=full)
        self._late = 0.0  # seconds that answers to claims took lately

    @property
    def lease(self) -> float:
        """Seconds that a lease lasts now. A claim must not end before its worker gets the answer."""
        return LEASE_SECONDS + 3 * self._late

    def record(self, release_id: str) -> Record | None:
        """A release with its decisions, lease and due time. None if there is none."""
        found = {i.sk: i for i in self.table.query(release_pk(release_id))}
        state = found.get("state")
        if state is None:
            return None
        lease, due = found.get("lease"), found.get("due")
        held = read(lease, Lease) if lease else Lease("", 0.0)
        mark = read(due, DueMark) if due else DueMark()
        return Record(
            release=read(state, Release),
            rev=state.rev,
            asks=tuple(read(i, ReceivedDecision) for sk, i in sorted(found.items()) if sk.startswith("ask#")),
            due=int(due.due) / 1e6 if due and due.open else 0.0,
            due_rev=due.rev if due else 0,
            partition=due.open if due else "",
            lease_owner=held.owner,
            until=held.until,
            fence=lease.rev if lease else 0,
            woken=mark.woken,
            last_event=mark.last_event,
        )

    def release(self, release_id: str) -> Release | None:
        """A release without its decisions and lease."""
        found = self.table.get(release_pk(release_id), "state")
        return read(found, Release) if found else None

    # --- who moves it

    def take(self, record: Record, owner: str) -> Record | None:
        """The same record with the lease held by ``owner``, hidden until it ends. None if another worker has it."""
        left = record.until - self.clock()
        if record.lease_owner and record.lease_owner != owner and left > 0:
            return None
        if record.lease_owner == owner and left > LEASE_SECONDS / 2:
            return record
        return self._hold(record, owner, woken=False)

    def renew(self, record: Record) -> Record | None:
        """The same record with a renewed lease. None if the lease was lost. Wake-ups that arrive meanwhile are kept."""
        for _ in range(_TRIES):
            renewed = self._hold(record, record.lease_owner, woken=record.woken)
            if renewed is not None:
                return renewed
            seen = self.record(record.release.id)
            if seen is None or (seen.rev, seen.fence) != (record.rev, record.fence):
                return None
            record = msgspec.structs.replace(
                record, due_rev=seen.due_rev, woken=record.woken or seen.woken, last_event=seen.last_event
            )
        return None

    def _hold(self, record: Record, owner: str, *, woken: bool) -> Record | None:
        now, pk = self.clock(), release_pk(record.release.id)
        until = now + self.lease
        mark = DueMark(held=until, woken=woken, last_event=record.last_event)
        written = self.table.write(
            Put(item(pk, "lease", record.fence + 1, Lease(owner, until))),
            Put(self._due(record.release.id, record.due_rev + 1, until, mark, record.partition)),
        )
        took = self.clock() - now
        self._late = max(took if took > 1.0 else 0.0, self._late * 0.9)
        if not written:
            return None
        return msgspec.structs.replace(
            record, lease_owner=owner, until=until, fence=record.fence + 1, due_rev=record.due_rev + 1, woken=woken
        )

    def save(self, record: Record, transition: Transition) -> Record | None:
        """Write one step, held by the lease's number; None if the lease was lost or something else came in between.

        A release that continues at once stays with its holder; any other becomes free, and is listed when it is due.
        """
        now = self.clock()
        release, entries = self._chain(transition)
        pk = release_pk(release.id)
        before = [
            *transition.writes,
            *(self._answer(request, answer) for request, answer in transition.answers),
            *entries,
        ]
        for _ in range(_TRIES):
            due = now if record.woken else transition.due
            goes_on = due is not None and due <= now and not record.woken
            until = now + self.lease if goes_on else 0.0
            mark = DueMark(held=until, last_event=record.last_event)
            writes = [
                Put(item(pk, "state", record.rev + 1, release)),
                Put(item(pk, "lease", record.fence + 1, Lease(record.lease_owner, until))),
                Put(self._due(release.id, record.due_rev + 1, until if goes_on else due, mark, record.partition)),
                *before,
            ]
            if self.table.write(*writes):
                return msgspec.structs.replace(
                    record,
                    release=release,
                    rev=record.rev + 1,
                    fence=record.fence + 1,
                    until=until,
                    due=due or 0.0,
                    due_rev=record.due_rev + 1,
                    woken=False,
                )
            # It was woken meanwhile, or its lease renewed: then look again at once, or continue, and lose nothing.
            seen = self._seen(record)
            if seen is None or (seen.fence, seen.due_rev) == (record.fence, record.due_rev):
                return None
            woken = seen.woken or record.woken
            record = msgspec.structs.replace(
                record, due_rev=seen.due_rev, fence=seen.fence, woken=woken, last_event=seen.last_event
            )
        return None

    def _seen(self, record: Record) -> Record | None:
        """The record as it is now, if ``record``'s holder still holds it and no step was written."""
        seen = self.record(record.release.id)
        if seen is None or seen.rev != record.rev:
            return None
        renewed = seen.lease_owner == record.lease_owner and seen.until > 0.0
        return seen if seen.fence == record.fence or renewed else None

    def let_go(self, record: Record) -> None:
        """End the lease now, so that the next worker need not wait for it. No harm if another write came first."""
        self._free(record, self.clock())

    def postpone(self, record: Record, due: float) -> bool:
        """Set a later due time without a step; any worker may continue then. A wake-up that came meanwhile is kept."""
        if not record.woken and self._free(record, due):
            return True
        seen = self._seen(record)
        if seen is not None:
            self._free(seen, self.clock())
        return False

    def _free(self, record: Record, due: float) -> bool:
        pk, mark = release_pk(record.release.id), DueMark(last_event=record.last_event)
        return self.table.write(
            Put(item(pk, "lease", record.fence + 1, Lease(record.lease_owner, 0.0))),
            Put(self._due(record.release.id, record.due_rev + 1, due, mark, record.partition)),
        )

    # --- when it is looked at

    def wake(self, release_id: str, at: float | None = None, *, event: bool = False) -> bool:
        """Make a release due now (or at ``at``), if that is earlier than planned.

        Its holder reads it again after its step; no other worker is woken. ``event`` if an event of AWS is why.
        """
        for _ in range(_TRIES):
            found = self.table.get(release_pk(release_id), "due")
            if found is None:
                return False
            now = self.clock()
            when, mark = now if at is None else at, read(found, DueMark)
            if event:
                mark = msgspec.structs.replace(mark, last_event=now)
            if mark.held > now:
                if mark.woken:
                    return True
                body = msgspec.json.encode(msgspec.structs.replace(mark, woken=True))
                put = Put(found._replace(rev=found.rev + 1, body=body))
            elif found.open and found.due <= stamp(when):
                return True
            else:
                put = Put(self._due(release_id, found.rev + 1, when, DueMark(last_event=mark.last_event), found.open))
            if self.table.write(put):
                return True
        return False

    def note_event(self, release_id: str) -> None:
        """Note that AWS's events about an open release arrive. Its due time stays as it is."""
        found = self.table.get(release_pk(release_id), "due")
        if found is None or not found.open:
            return
        mark, now = read(found, DueMark), self.clock()
        if now >= mark.last_event + _EVENT_AGAIN:
            body = msgspec.json.encode(msgspec.structs.replace(mark, last_event=now))
            self.table.write(Put(found._replace(rev=found.rev + 1, body=body)))

    def ask(  # noqa: PLR0913, PLR0917 - a decision, whole
        self, record: Record, request: Decide, actor: Actor, groups: Sequence[str], evidence: Evidence | None = None,
        refused: str = "",
    ) -> Record:  # fmt: skip
        """Append a decision to those that are stored, and wake the release.

        Only once, however often the decision arrives.
        """
        kept, borne_out = put_evidence(f"release/{record.release.id}", evidence)
        while True:
            if any(ask.request.id == request.id for ask in record.asks):
                return record
            now, number, pk = self.clock(), len(record.asks) + 1, release_pk(record.release.id)
            ask = ReceivedDecision(
                number=number, request=request, actor=actor, at=now, groups=tuple(groups), evidence=borne_out,
                refused=refused,
            )  # fmt: skip
            held = record.until > now and record.due > now
            mark = DueMark(held=record.until if held else 0.0, woken=held, last_event=record.last_event)
            due = self._due(record.release.id, record.due_rev + 1, record.due if held else now, mark, record.partition)
            if self.table.write(Put(item(pk, f"ask#{ask.number:05d}", 1, ask)), Put(due), *kept):
                return msgspec.structs.replace(record, asks=(*record.asks, ask), due_rev=record.due_rev + 1)
            seen = self.record(record.release.id)
            if seen is None:
                return record
            record = seen

    def due(self, limit: int = 100) -> list[str]:
        """Releases that are due now, the longest waiting first."""
        return [found.id for found in self.listed(limit, stamp(self.clock()))]

    def listed(self, limit: int, before: str = NEVER) -> list[Listed]:
        """Open releases that are due until ``before`` (:func:`stamp`), the longest waiting first."""
        return self.index.listed(limit, before)

    def open_ids(self, limit: int = 10_000) -> list[str]:
        """All releases that are open (or not sealed yet)."""
        return [found.id for found in self.listed(limit)]

    def _chain(self, transition: Transition) -> tuple[Release, list[Put]]:
        release = transition.release
        chain = f"release/{release.id}"
        head = Head(release.chain, release.head) if release.chain else Head()
        puts = []
        for event in transition.events:
            entry = follow(chain, head, event)
            head = Head(entry.number, entry.hash)
            puts.append(self._entry(entry))
        return msgspec.structs.replace(release, chain=head.number, head=head.hash), puts

    def _entry(self, entry: Entry) -> Put:
        return Put(item(f"audit#{entry.chain}", f"{entry.number:08d}", 1, entry))

    def _answer(self, request_id: str, answer: Answer) -> Put:
        return Put(item(f"request#{request_id}", "answer", 1, answer, expires=int(self.clock()) + ANSWER_SECONDS))

    def _due(self, release_id: str, rev: int, due: float | None, mark: DueMark, where: str) -> Item:
        more = {} if due is None else {"open": self.index.keep(where), "due": stamp(due)}
        return item(release_pk(release_id), "due", rev, mark, **more)
