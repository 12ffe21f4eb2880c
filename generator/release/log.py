"""The release log: the items of the table, and how they are written so that no write overwrites another unnoticed.

Every item carries a revision, and every write says which one it replaces: the slower writer writes nothing and reads
again. A release has one partition, read whole by one query: ``ask#…`` (decisions), ``due`` (when somebody must look),
``lease`` (who moves it; its revision is the fencing number) and ``state``; see :mod:`generator.release.leases`.

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
``evidence#CHAIN`` digest                evidence of who acted, named by an entry
``partition#N``    ``marker``            that the index has a further partition (:mod:`~generator.release.open_index`)
``audit-days``     date                  the head of a day, and where it was posted
=================  ====================  =====================================================
"""

from collections.abc import Iterator, Sequence

from generator.release.acts import EVIDENCE
from generator.release.audit import Entry, Event, Head, follow
from generator.release.leases import LEASE_SECONDS, Leases
from generator.release.log_items import DueMark, Good, Transition, item, put_evidence, read, release_pk, summary
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.release import Release
from generator.release.model.requests import Answer
from generator.release.model.states import Closed
from generator.release.ports import Check, Put

__all__ = ["LEASE_SECONDS", "Log"]


class Log(Leases):
    """What the engine reads and writes: releases (:class:`Leases`), and the other items of the log."""

    # --- opening

    def opening(self, release: Release, due: float, events: Sequence[Event]) -> tuple[Release, list[Put | Check]]:
        """The writes that bring a new release into the log, and the release with its chain begun."""
        release, entries = self._chain(Transition(release, due, events))
        pk = release_pk(release.id)
        where, checks = self.index.place(release.id)
        return release, [
            Put(item(pk, "state", 1, release)),
            Put(self._due(release.id, 1, due, DueMark(), where)),
            self.put_summary(release),
            *entries,
            *checks,
        ]

    def put_summary(self, release: Release) -> Put:
        """A write of a release's line in the history: created when it opens, replaced once when it closes."""
        number = release.id.rpartition("-")[2]
        rev = 2 if isinstance(release.state, Closed) else 1
        return Put(item(f"stack#{release.stack.key}", f"history#{int(number):08d}", rev, summary(release)))

    # --- stacks

    def slot(self, key: str) -> tuple[Slot, int]:
        """A stack's slot and its revision (0: there is none yet)."""
        found = self.table.get(f"stack#{key}", "slot")
        return (read(found, Slot), found.rev) if found else (Slot(), 0)

    def slots(self, keys: Sequence[str]) -> dict[str, Slot]:
        """The slots of many stacks, 100 a call."""
        found = self.table.many([(f"stack#{key}", "slot") for key in keys])
        return {pk.partition("#")[2]: read(i, Slot) for (pk, _), i in found.items()}

    def history(self, key: str, limit: int = 20, before: str = "") -> list[Summary]:
        """Releases of a stack, newest first."""
        found = self.table.query(f"stack#{key}", prefix="history#", newest=True, limit=limit, before=before)
        return [read(i, Summary) for i in found]

    def good(self, key: str, commit: str) -> Good | None:
        """Since when a version counts as good for a stack."""
        found = self.table.get(f"stack#{key}", f"good#{commit}")
        return read(found, Good) if found else None

    def put_slot(self, key: str, rev: int, slot: Slot) -> Put:
        """A write of a slot over its revision ``rev``."""
        return Put(item(f"stack#{key}", "slot", rev + 1, slot))

    def put_good(self, key: str, commit: str, good: Good) -> Put | None:
        """A write that notes a version as good. None if it is noted already."""
        return None if self.good(key, commit) else Put(item(f"stack#{key}", f"good#{commit}", 1, good))

    # --- requests

    def answered(self, request_id: str) -> Answer | None:
        """What the worker answered to a request. None if it has not answered yet."""
        found = self.table.get(f"request#{request_id}", "answer")
        return read(found, Answer) if found else None  # type: ignore[arg-type]

    def put_answer(self, request_id: str, answer: Answer) -> Put:
        """The write of an answer: there is one for each request."""
        return self._answer(request_id, answer)

    def answer(self, request_id: str, answer: Answer) -> None:
        """Answer a request that has no answer yet."""
        self.table.write(self._answer(request_id, answer))

    # --- locks

    def locks(self, environment: str) -> list[LockNow]:
        """The locks of an environment and its stacks that were not removed."""
        found = (read(i, LockNow) for i in self.table.query(f"locks#{environment}", prefix="lock#"))
        return [lock for lock in found if not lock.lifted and not (lock.until and lock.until <= self.clock())]

    def set_lock(
        self, lock: LockNow, event: Event, answer: tuple[str, Answer], evidence: Evidence | None = None
    ) -> bool:
        """Set or remove a lock with its audit entry, and answer the request. False if another write came first.

        The chain is ``env/ENVIRONMENT``; a worker signs its head (:mod:`generator.release.chain_seals`).
        """
        environment, _, stack = lock.scope.partition("/")
        pk, sk = f"locks#{environment}", f"lock#{stack}"
        before = self.table.get(pk, sk)
        chain = f"env/{environment}"
        kept, digest = put_evidence(chain, evidence)
        if digest:
            event = event._replace(detail={**event.detail, EVIDENCE: digest})
        entry = follow(chain, self.head(chain), event)
        return self.table.write(
            Put(item(pk, sk, (before.rev if before else 0) + 1, lock)), self._entry(entry), self._answer(*answer), *kept
        )

    # --- audit

    def head(self, chain: str) -> Head:
        """Where a chain ends."""
        last = next(iter(self.table.query(f"audit#{chain}", newest=True, limit=1)), None)
        if last is None:
            return Head()
        entry = read(last, Entry)
        return Head(entry.number, entry.hash)

    def evidence(self, chain: str) -> dict[str, Evidence]:
        """The evidence of a chain's entries, by the digest under which it was stored."""
        return {i.sk: read(i, Evidence) for i in self.table.query(f"evidence#{chain}")}

    def entries(self, chain: str) -> Iterator[Entry]:
        """The entries of a chain from its start."""
        return (read(i, Entry) for i in self.table.query(f"audit#{chain}"))
