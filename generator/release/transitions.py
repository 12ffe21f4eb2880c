"""The transitions that steps return: to the next state, to the end, or none until later."""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.release.audit import Event
from generator.release.context import Context
from generator.release.environment_state import note_in_use, note_stack
from generator.release.log_items import Good, Transition
from generator.release.model.people import ENGINE, Actor
from generator.release.model.release import Cause, Delete, Moment, Release, Restart
from generator.release.model.states import Closed, Outcome, State

_MOMENTS = 60


def happened(release: Release, event: Event, **changes: Any) -> Release:
    """The release with one more entry in its history, and other changed fields."""
    moment = Moment(at=event.at, what=_words(event), who=event.actor.name if event.actor != ENGINE else "")
    moments = (*release.moments, moment)[-_MOMENTS:]
    return msgspec.structs.replace(release, moments=moments, **changes)


def _words(event: Event) -> str:
    note = event.detail.get("note", "")
    return f"{event.what}: {note}" if note else event.what


def step(  # noqa: PLR0913 - one step, whole
    context: Context,
    release: Release,
    state: State,
    what: str,
    *,
    due: float | None = None,
    actor: Actor = ENGINE,
    detail: Mapping[str, str] | None = None,
    **changes: Any,
) -> Transition:
    """One transition: the new state, with an audit entry that says what happened.

    Due at once unless ``due`` is given.
    """
    now = context.clock()
    event = Event(now, actor, what, detail or {})
    return Transition(happened(release, event, state=state, **changes), now if due is None else due, [event])


def close(  # noqa: PLR0913 - the end of a release, whole
    context: Context,
    release: Release,
    outcome: Outcome,
    what: str,
    *,
    cause: Cause | None = None,
    changed: bool = True,
    runs: bool = False,
    actor: Actor = ENGINE,
    **changes: Any,
) -> Transition:
    """The last transition: the stack's slot becomes free, and the history records how the release ended.

    ``changed`` says whether anything in AWS was touched, ``runs`` whether the stack now has what was released although
    the release did not succeed.
    """
    now = context.clock()
    detail = {"outcome": outcome} | ({"cause": cause.sentence} if cause else {})
    transition = step(
        context, release, Closed(outcome=outcome, at=now, changed=changed), what, actor=actor, detail=detail,
        cause=cause, closed=now, **changes,
    )  # fmt: skip
    closed = transition.release
    slot, rev = context.log.slot(release.stack.key)
    more: dict[str, Any] = {"open": "", "last": release.id, "outcome": outcome, "at": now}
    writes: list[Any] = []
    if isinstance(release.purpose, Delete) and (outcome == "succeeded" or runs):
        more |= {"running": None, "good": None, "left": ()}
        writes += note_stack(context, release.stack, there=False)
    elif outcome == "succeeded" or runs:
        writes += note_stack(context, release.stack, there=True)
        now_running = msgspec.structs.replace(release.after, release=release.id, since=now)
        if isinstance(release.purpose, Restart) and slot.running is not None:
            now_running = slot.running  # the release that brought it stays the one that can be undone
        more["running"] = now_running
        if outcome == "succeeded":
            more["good"] = now_running
            if changed:
                more["left"] = release.left
            put = context.log.put_good(release.stack.key, release.after.commit, Good(now, release.id))
            writes += [*([put] if put else []), *note_in_use(context, release)]
    if slot.open == release.id:
        writes.append(context.log.put_slot(release.stack.key, rev, msgspec.structs.replace(slot, **more)))
    writes.append(context.log.put_summary(closed))
    return transition._replace(writes=writes)


def later(release: Release, due: float) -> Transition:
    """No transition: the same release, checked again at ``due``."""
    return Transition(release, due)
