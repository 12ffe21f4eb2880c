"""A proposal that nobody has approved does not keep a rollback waiting: it is withdrawn in the name of the person who asks."""

from collections.abc import Callable, Sequence

from generator.release.context import Context
from generator.release.errors import Unavailable
from generator.release.model.log_records import Record
from generator.release.model.people import Actor
from generator.release.model.release import Rollback
from generator.release.model.requests import Decide, RollBack
from generator.release.model.states import Proposed, Waiting
from generator.release.opening import may_roll_back
from generator.release.scope_names import call_scope


def unapproved(context: Context, key: str) -> Record | None:
    """The open release of a stack, if nothing of it runs, nobody has approved it, and it is not a rollback itself."""
    slot, _ = context.log.slot(key)
    record = context.log.record(slot.open) if slot.open else None
    if record is None or record.release.approvals or isinstance(record.release.purpose, Rollback):
        return None
    return record if isinstance(record.release.state, Proposed | Waiting) else None


def make_way(
    context: Context,
    request: RollBack,
    actor: Actor,
    groups: Sequence[str],
    decide: Callable[[Decide, Actor, Sequence[str]], object],
) -> None:
    """End the proposal that the rollback would wait for. Its people read why.

    Nothing is withdrawn for a rollback that would be refused.

    Raises:
        Unavailable: another worker has to end it first; the request is received again.
    """
    record = unapproved(context, request.stack)
    if record is None or not actor.person or not may_roll_back(context, request, actor, groups):
        return
    why = f": {request.reason}" if request.reason else ""
    reason = f"withdrawn, because a rollback of {call_scope(request.stack)} was requested{why}"[:1000]
    other = record.release.id
    decide(Decide(id=f"{request.id[:118]}-withdraw", release=other, verdict="cancel", reason=reason), actor, groups)
    if context.log.slot(request.stack)[0].open == other:
        raise Unavailable(f"{other} is being withdrawn for a rollback of {request.stack}, which is opened after that")
