"""The release service: the one place where releases are opened, decided and moved. The CLI and the bot share it.

Any number of workers may call it at once, anywhere. :meth:`ReleaseService.advance` makes at most one transition and
returns; everything it needs is in the log and in AWS, so that anyone who comes next continues where another stopped.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

import msgspec

from generator.release.acts import with_evidence
from generator.release.audit import Event
from generator.release.carried import CarriedClouds, one_step
from generator.release.client import Envelope
from generator.release.context import Context
from generator.release.decisions import Decided, decide, too_late
from generator.release.errors import Denied, Invalid, LeaseLost, ReleaseError, Unavailable
from generator.release.events import concerns, deleted
from generator.release.failures import AT_MOST, Failures
from generator.release.following_parts import after_end
from generator.release.holds import Holds
from generator.release.last_logs import last_lines
from generator.release.locks import hold
from generator.release.log_items import Transition
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import Advanced, Record
from generator.release.model.people import Actor
from generator.release.model.release import Cause, Release
from generator.release.model.requests import (
    Answer,
    Decide,
    DeleteStack,
    Lock,
    Logs,
    Propose,
    ReceivedDecision,
    Refusal,
    RestartService,
    RollBack,
    Unlock,
    Wake,
)
from generator.release.model.states import (
    Approved,
    Closed,
    Proposed,
    RollingBack,
    may_have_run,
)
from generator.release.opening import not_an_opening, propose
from generator.release.steps.await_approval import discard
from generator.release.steps.dispatch import next_transition
from generator.release.transitions import close, later
from generator.release.urgency import urgent
from generator.release.withdrawal import make_way


class ReleaseService:
    """Opens, decides and moves releases. Leases name ``worker``, this process; each step calls the ``observers``."""

    def __init__(self, context: Context, *, worker: str, observers: Sequence[Callable[[Release], None]] = ()) -> None:
        self.context = context._replace(clouds=CarriedClouds(context.clouds))
        self.worker = worker
        self.observers = tuple(observers)
        self.holds = Holds(context.log, context.clock)
        # Told of a release that a decision moved, so that anyone who runs this worker continues with it.
        self.then: Callable[[str, Advanced | None], None] = lambda _id, _came: None
        self._failures = Failures()

    # --- what arrives

    def handle(
        self, envelope: Envelope, actor: Actor, groups: Sequence[str], evidence: Evidence | None = None, refused: str = ""
    ) -> Answer | None:  # fmt: skip
        """Handle a request of somebody whose identity was attested. None for wake-ups, which need no answer.

        ``evidence`` shows who asked; it is stored beside the entry that names them. ``refused`` says why the request
        does not belong to a valid card (:mod:`generator.release.origins`), "" if it does.

        Raises:
            Unavailable: not now; the message stays in the queue.
        """
        request = envelope.request
        other = not_an_opening(request) if actor.channel == "ci" and not isinstance(request, Wake) else None
        if refused and not isinstance(request, Decide):
            other = Refusal(rule="origin", why=refused)
        if other is not None:
            return self._once(str(request.id), lambda: other)
        match request:
            case Propose() | RollBack() | RestartService() | DeleteStack():
                if isinstance(request, RollBack):
                    make_way(self.context, request, actor, groups, partial(self._decision, evidence=evidence))
                return propose(self.context, request, actor, groups, evidence)
            case Decide():
                return self._decision(request, actor, groups, evidence, refused)
            case Lock() | Unlock():
                return self._once(request.id, lambda: hold(self.context, request, actor, evidence))
            case Logs():
                return self._once(request.id, lambda: last_lines(self.context, request, actor))
            case Wake():
                self._wake(request)
                return None
            case _:
                assert_never(request)

    def _decision(
        self, request: Decide, actor: Actor, groups: Sequence[str], evidence: Evidence | None, refused: str = ""
    ) -> Answer | None:
        log = self.context.log
        before = log.answered(request.id)
        if before is not None:
            return before
        record = log.record(request.release)
        if record is None:
            no = Refusal(rule="unknown", why=f"there is no release {request.release}; see: slipway history")
            log.answer(request.id, no)
            return no
        log.ask(record, request, actor, groups, evidence, refused)
        self.then(request.release, self.advance(request.release))
        return log.answered(request.id)

    def _once(self, request: str, make: Callable[[], Answer]) -> Answer:
        """An answer that is created once for each request, however often the request arrives."""
        log = self.context.log
        before = log.answered(request)
        if before is not None:
            return before
        answer = make()
        log.answer(request, answer)
        return log.answered(request) or answer

    def _wake(self, wake: Wake) -> None:
        for key, settles in concerns(self.context.facts, wake):
            self.note_event(key, wake.name, settles=settles)

    def note_event(self, key: str, what: str, *, settles: bool) -> str:
        """An event about a stack arrived: polling pauses, and what may have ended is checked now.

        The id of the release that is worth a look at once, "" for none.
        """
        context = self.context
        slot, rev = context.log.slot(key)
        if slot.open and settles:
            return slot.open if context.log.wake(slot.open, event=True) else ""
        if slot.open:
            context.log.note_event(slot.open)
        elif what == "DELETE_COMPLETE":
            deleted(context, key, slot, rev)
        return ""

    # --- what is done about it

    def close(self) -> None:
        """Release the leases of this worker, once no step is running: another worker can continue at once.

        Raises:
            Unavailable: the log does not answer; the leases run out by themselves.
        """
        self.holds.let_go()

    def advance(self, release_id: str, *, only_due: bool = False) -> Advanced:
        """Make at most one transition.

        Several workers may call it at once: one moves the release, the others do nothing.

        With ``only_due`` a release that somebody else has looked at meanwhile, so that it is due later, is left alone.

        Raises:
            WrongClock: this machine's clock is not AWS's; nothing is moved.
        """
        if not self.holds.begin(release_id):
            return Advanced(None, moved=False, busy=True)
        try:
            return self._advance(release_id, only_due=only_due)
        finally:
            self.holds.end(release_id)

    def _advance(self, release_id: str, *, only_due: bool) -> Advanced:
        log = self.context.log
        record = self.holds.take_written(release_id) or log.record(release_id)
        if record is None:
            return Advanced(None, moved=False)
        self.context.check_clock()
        mine = log.take(record, self.worker) if not only_due or self._is_due(record) else None
        if mine is None:
            return Advanced(record.release, moved=False, due=record.due, busy=True)
        hold = self.holds.hold(mine)
        try:
            with urgent("first" if mine.is_urgent else "usual"), one_step():
                transition = self._step(hold.record, self.context.held_by(hold.check))
        except LeaseLost as error:
            return Advanced(record.release, moved=False, due=record.due, busy=True, lost=str(error))
        except (Unavailable, Denied, Invalid) as error:
            if isinstance(error, Unavailable) and not self._failures.note(mine.release, error):
                return self._retry(hold.last())
            transition = self._broke(mine.release, error)
        except Exception:
            # Nobody foresaw it: others continue, this one is looked at again less and less often, and it is told.
            self._retry(hold.last())
            raise
        self._failures.clear(release_id)
        saved = log.save(hold.last(), transition)
        if saved is None:
            return self._lost(hold.record, record.release)
        self.holds.keep(saved)
        if transition.events:
            for notify in self.observers:
                notify(saved.release)
        parent = self._parent(saved.release) if transition.events else ""
        return Advanced(saved.release, moved=bool(transition.events), due=saved.due or None, parent=parent)

    def _lost(self, record: Record, release: Release) -> Advanced:
        """Another worker holds it, or something that the step read has changed: then the step is repeated at once."""
        now = self.context.clock()
        mine_still = self.context.log.postpone(record, now)
        why = "something changed while it was moved" if mine_still else "its lease was lost"
        return Advanced(release, moved=False, due=now, busy=not mine_still, lost=why)

    def _is_due(self, record: Record) -> bool:
        """Whether a release must be checked again, because others or events may have moved its due time."""
        return record.woken or bool(record.unanswered) or (bool(record.due) and record.due <= self.context.clock())

    def _step(self, record: Record, context: Context) -> Transition:
        release = record.with_last_event
        if isinstance(release.state, Closed):
            return self._seal(record, context)
        ask = next(iter(record.unanswered), None)
        # Who comes after a decision comes too late, except for a release that is held back: that can still be ended.
        decided_already = isinstance(release.state, Approved) and not release.state.held
        if ask is None or decided_already:
            return next_transition(context, release)
        decided = self._decided(context, release, ask)
        transition = decided.transition or later(release, record.due or self.context.clock())
        answers = [] if self.context.log.answered(ask.request.id) else [(ask.request.id, decided.answer)]
        noted = msgspec.structs.replace(transition.release, answered=ask.number)
        more = len(record.unanswered) > 1
        due = self.context.clock() if more else transition.due
        if isinstance(decided.answer, Refusal):
            event = Event(
                self.context.clock(), ask.actor, "refused", {"verdict": ask.request.verdict, "why": decided.answer.why}
            )
            transition = transition._replace(events=[*transition.events, event])
        events = [with_evidence(event, ask) for event in transition.events]
        return transition._replace(release=noted, answers=answers, due=due, events=events)

    def _decided(self, context: Context, release: Release, ask: ReceivedDecision) -> Decided:
        try:
            return decide(context, release, ask)
        except (Denied, Invalid) as error:
            if not may_have_run(release.state):
                raise
            # What runs goes on to be watched: an ask that AWS refuses must not stand in its way.
            return Decided(None, Refusal(rule="refused by AWS", why=str(error)))

    def _seal(self, record: Record, context: Context) -> Transition:
        """After the end: answer decisions that came too late, sign the head of the audit chain, and store it."""
        release = record.release
        no = too_late(release)
        answers = [(a.request.id, no) for a in record.unanswered[:20] if context.log.answered(a.request.id) is None]
        if record.unanswered:
            number = record.unanswered[:20][-1].number
            return Transition(msgspec.structs.replace(release, answered=number), context.clock(), [], answers)
        if release.sealed < release.chain:
            after_end(context, release)
            context.seal.seal(f"release/{release.id}", release.chain, release.head, context.clock())
        return Transition(msgspec.structs.replace(release, sealed=release.chain), None)

    def _retry(self, record: Record) -> Advanced:
        """AWS did not answer, so the outcome is unknown: only the next due time is written. Any worker may continue."""
        due = self.context.wait(self._failures.pause(record.release.id))
        self.context.log.postpone(record, due)
        return Advanced(record.release, moved=False, due=due)

    def _broke(self, release: Release, error: ReleaseError) -> Transition:
        """AWS denied a permission. What has not run is closed; a running release is checked again."""
        context = self.context
        fix = "ask an administrator to check the permissions of the release role" if isinstance(error, Denied) else ""
        cause = Cause(stage="execution", sentence=str(error), fix=fix)
        if may_have_run(release.state):
            noted = msgspec.structs.replace(release.progress, note=str(error))
            return later(msgspec.structs.replace(release, progress=noted), context.clock() + AT_MOST)
        try:
            discard(context, release)
            if isinstance(release.state, Proposed) and release.state.change_set:
                context.cloud(release).stacks.delete(release.stack.name, release.state.change_set)
        except ReleaseError as more:
            cause = msgspec.structs.replace(cause, evidence=(f"its change set could not be deleted: {more}",))
        return close(context, release, "failed", "AWS refused", cause=cause, changed=False)

    def _parent(self, release: Release) -> str:
        """A rollback that has just ended lets the release that it undoes continue, if that one waits for it."""
        of = getattr(release.purpose, "of", "")
        parent = self.context.log.release(of) if of and isinstance(release.state, Closed) else None
        waits = parent is not None and isinstance(parent.state, RollingBack)
        return of if waits and self.context.log.wake(of) else ""
