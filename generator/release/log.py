"""The release log: what stands where in the table, and how it is written so that nobody overwrites unseen.

Every item carries a revision, and every write says which one it replaces: whoever was slower writes nothing and looks
again. A release has one partition, read whole by one query: ``ask#…`` (decisions), ``due`` (when somebody must look),
``lease`` (who moves it; its revision is the fencing number) and ``state``.

=================  ====================  =====================================================
partition          sort key              holds
=================  ====================  =====================================================
``release#ID``     see above             one release
``stack#KEY``      ``slot``              its open release, what runs, what was good last
``stack#KEY``      ``history#NUMBER``    one line for each release
``stack#KEY``      ``good#COMMIT``       since when this version counts as good here
``request#ID``     ``answer``            what the worker answered; forgotten after two days
``locks#ENV``      ``lock#STACK``        a lock, or ``*`` for the whole environment
``audit#CHAIN``    number                an entry of an audit chain
=================  ====================  =====================================================
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from generator.release.audit import Entry, Event, Head, follow
from generator.release.log_items import NEVER, Good, Lease, Transition, item, stamp, summary
from generator.release.model.log_records import LockNow, Record, Slot, Summary
from generator.release.model.people import Actor
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Decide, ReceivedDecision
from generator.release.model.states import Closed
from generator.release.ports import OPEN, Item, Put, Table

ANSWER_SECONDS = 2 * 86400
LEASE_SECONDS = 15.0

T = TypeVar("T")


class Log:
    """What the engine reads and writes. ``clock`` gives epoch seconds."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self.table = table
        self.clock = clock

    # --- releases

    def record(self, release_id: str) -> Record | None:
        """A release with its asks, lease and due time; None if there is none."""
        found = {i.sk: i for i in self.table.query(_release(release_id))}
        state = found.get("state")
        if state is None:
            return None
        lease, due = found.get("lease"), found.get("due")
        held = _read(lease, Lease) if lease else Lease("", 0.0)
        return Record(
            release=_read(state, Release),
            rev=state.rev,
            asks=tuple(_read(i, ReceivedDecision) for sk, i in sorted(found.items()) if sk.startswith("ask#")),
            due=int(due.due) / 1e6 if due and due.open else 0.0,
            due_rev=due.rev if due else 0,
            holder=held.holder,
            until=held.until,
            fence=lease.rev if lease else 0,
        )

    def release(self, release_id: str) -> Release | None:
        """A release alone."""
        found = self.table.get(_release(release_id), "state")
        return _read(found, Release) if found else None

    def take(self, record: Record, holder: str) -> Record | None:
        """The same record with the lease held by ``holder``; None if somebody else has it."""
        now = self.clock()
        if record.holder and record.holder != holder and record.until > now:
            return None
        until = now + LEASE_SECONDS
        if record.holder == holder and record.until > now + LEASE_SECONDS / 2:
            return record
        put = Put(item(_release(record.release.id), "lease", record.fence + 1, Lease(holder, until)))
        if not self.table.write(put):
            return None
        return msgspec.structs.replace(record, holder=holder, until=until, fence=record.fence + 1)

    def save(self, record: Record, transition: Transition) -> Record | None:
        """Write one step, held by the lease's number; None if the lease was lost or something else came in between."""
        now = self.clock()
        release, entries = self._chain(transition)
        soon = transition.due is not None and transition.due <= now + LEASE_SECONDS / 2
        lease = Lease(record.holder, now + LEASE_SECONDS if soon else 0.0)
        pk = _release(release.id)
        before = [
            *transition.writes,
            *(self._answer(request, answer) for request, answer in transition.answers),
            *entries,
        ]
        for _ in range(8):
            writes = [
                Put(item(pk, "state", record.rev + 1, release)),
                Put(item(pk, "lease", record.fence + 1, lease)),
                Put(self._due(release.id, record.due_rev + 1, transition.due)),
                *before,
            ]
            if self.table.write(*writes):
                return msgspec.structs.replace(
                    record,
                    release=release,
                    rev=record.rev + 1,
                    fence=record.fence + 1,
                    until=lease.until,
                    due=transition.due or 0.0,
                    due_rev=record.due_rev + 1,
                )
            # Only the wake-up time may have changed meanwhile: then look again at once, and lose nothing.
            seen = self.record(release.id)
            if seen is None or (seen.rev, seen.fence) != (record.rev, record.fence) or seen.due_rev == record.due_rev:
                return None
            transition = transition._replace(due=now)
            record = msgspec.structs.replace(record, due_rev=seen.due_rev)
        return None

    def let_go(self, record: Record) -> None:
        """End the lease now: the next worker need not wait until it runs out. Nothing is lost if somebody was faster."""
        put = Put(item(_release(record.release.id), "lease", record.fence + 1, Lease(record.holder, 0.0)))
        self.table.write(put)

    def postpone(self, record: Record, due: float) -> bool:
        """Look again later: no step was made. Keeps an earlier wake-up that came in between."""
        return self.table.write(Put(self._due(record.release.id, record.due_rev + 1, due)))

    def wake(self, release_id: str, at: float | None = None) -> bool:
        """Let somebody look at a release now (or at ``at``), if that is earlier than planned."""
        for _ in range(8):
            found = self.table.get(_release(release_id), "due")
            if found is None:
                return False
            when = self.clock() if at is None else at
            if found.open and found.due <= stamp(when):
                return True
            if self.table.write(Put(self._due(release_id, found.rev + 1, when))):
                return True
        return False

    def due(self, limit: int = 100) -> list[str]:
        """Releases that somebody must look at now, the longest waiting first."""
        return [pk.partition("#")[2] for pk, _ in self.table.due(stamp(self.clock()), limit)]

    def open_ids(self, limit: int = 10_000) -> list[str]:
        """All releases that are open (or not sealed yet)."""
        return [pk.partition("#")[2] for pk, _ in self.table.due(NEVER, limit)]

    def ask(self, record: Record, request: Decide, actor: Actor, groups: Sequence[str]) -> Record:
        """Put a decision behind those that are there, and wake the holder. Once, however often it arrives."""
        while True:
            if any(ask.request.id == request.id for ask in record.asks):
                return record
            ask = ReceivedDecision(
                number=len(record.asks) + 1, request=request, actor=actor, at=self.clock(), groups=tuple(groups)
            )
            put = Put(item(_release(record.release.id), f"ask#{ask.number:05d}", 1, ask))
            if self.table.write(put):
                self.wake(record.release.id)
                return msgspec.structs.replace(record, asks=(*record.asks, ask))
            seen = self.record(record.release.id)
            if seen is None:
                return record
            record = seen

    # --- stacks

    def slot(self, key: str) -> tuple[Slot, int]:
        """A stack's slot and its revision (0: there is none yet)."""
        found = self.table.get(f"stack#{key}", "slot")
        return (_read(found, Slot), found.rev) if found else (Slot(), 0)

    def slots(self, keys: Sequence[str]) -> dict[str, Slot]:
        """The slots of many stacks, 100 a call."""
        found = self.table.many([(f"stack#{key}", "slot") for key in keys])
        return {pk.partition("#")[2]: _read(i, Slot) for (pk, _), i in found.items()}

    def history(self, key: str, limit: int = 20, before: str = "") -> list[Summary]:
        """Releases of a stack, newest first."""
        found = self.table.query(f"stack#{key}", prefix="history#", newest=True, limit=limit, before=before)
        return [_read(i, Summary) for i in found]

    def good(self, key: str, commit: str) -> Good | None:
        """Since when a version counts as good for a stack."""
        found = self.table.get(f"stack#{key}", f"good#{commit}")
        return _read(found, Good) if found else None

    def put_slot(self, key: str, rev: int, slot: Slot) -> Put:
        """A write of a slot over its revision ``rev``."""
        return Put(item(f"stack#{key}", "slot", rev + 1, slot))

    def put_good(self, key: str, commit: str, good: Good) -> Put | None:
        """A write that notes a version as good, None if it is noted."""
        return None if self.good(key, commit) else Put(item(f"stack#{key}", f"good#{commit}", 1, good))

    def put_summary(self, release: Release) -> Put:
        """A write of a release's line in the history: made when it opens, replaced once when it closes."""
        number = release.id.rpartition("-")[2]
        rev = 2 if isinstance(release.state, Closed) else 1
        return Put(item(f"stack#{release.stack.key}", f"history#{int(number):08d}", rev, summary(release)))

    # --- opening

    def opening(self, release: Release, due: float, events: Sequence[Event]) -> tuple[Release, list[Put]]:
        """The writes that bring a new release into the log, and the release with its chain begun."""
        release, entries = self._chain(Transition(release, due, events))
        pk = _release(release.id)
        puts = [
            Put(item(pk, "state", 1, release)),
            Put(self._due(release.id, 1, due)),
            self.put_summary(release),
            *entries,
        ]
        return release, puts

    # --- requests

    def answered(self, request_id: str) -> Answer | None:
        """What the worker answered to a request, None if it has not yet."""
        found = self.table.get(f"request#{request_id}", "answer")
        return _read(found, Answer) if found else None  # type: ignore[arg-type]

    def put_answer(self, request_id: str, answer: Answer) -> Put:
        """The write of an answer: there is one for each request."""
        return self._answer(request_id, answer)

    def answer(self, request_id: str, answer: Answer) -> None:
        """Answer a request that has no answer yet."""
        self.table.write(self._answer(request_id, answer))

    # --- locks

    def locks(self, environment: str) -> list[LockNow]:
        """The locks of an environment and its stacks that were not taken away."""
        found = (_read(i, LockNow) for i in self.table.query(f"locks#{environment}", prefix="lock#"))
        return [lock for lock in found if not lock.lifted and not (lock.until and lock.until <= self.clock())]

    def set_lock(self, lock: LockNow, event: Event, answer: tuple[str, Answer]) -> bool:
        """Set or lift a lock, with its audit entry, and answer who asked; False if somebody was faster."""
        environment, _, stack = lock.scope.partition("/")
        pk, sk = f"locks#{environment}", f"lock#{stack}"
        before = self.table.get(pk, sk)
        chain = f"env/{environment}"
        entry = follow(chain, self.head(chain), event)
        return self.table.write(
            Put(item(pk, sk, (before.rev if before else 0) + 1, lock)), self._entry(entry), self._answer(*answer)
        )

    # --- audit

    def head(self, chain: str) -> Head:
        """Where a chain ends."""
        last = next(iter(self.table.query(f"audit#{chain}", newest=True, limit=1)), None)
        if last is None:
            return Head()
        entry = _read(last, Entry)
        return Head(entry.number, entry.hash)

    def entries(self, chain: str) -> Iterator[Entry]:
        """A chain from its start."""
        return (_read(i, Entry) for i in self.table.query(f"audit#{chain}"))

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

    def _due(self, release_id: str, rev: int, due: float | None) -> Item:
        more = {} if due is None else {"open": OPEN, "due": stamp(due)}
        return item(_release(release_id), "due", rev, {}, **more)


def _release(release_id: str) -> str:
    return f"release#{release_id}"


def _read(found: Item, kind: type[T]) -> T:
    return msgspec.json.decode(found.body, type=kind)
