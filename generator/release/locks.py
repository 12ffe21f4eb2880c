"""Locks and freezes: they hold back releases of a stack, or of a whole environment, until a person removes them."""

from time import gmtime, strftime

import msgspec

from generator.release.audit import Event
from generator.release.context import Context
from generator.release.model.evidence import Evidence
from generator.release.model.log_records import LockNow
from generator.release.model.people import Actor
from generator.release.model.requests import Answer, Done, Lock, Refusal, Unlock
from generator.release.scope_names import call_scope


def hold(context: Context, request: Lock | Unlock, actor: Actor, evidence: Evidence | None = None) -> Answer:
    """Set or remove a lock, and record that."""
    scope = request.scope
    environment, _, stack = scope.partition("/")
    if environment not in context.facts.environments or (stack != "*" and scope not in context.facts.stacks):
        return Refusal(rule="unknown", why=f"there is no stack or environment {scope}; see: slipway status")
    if not actor.person:
        return Refusal(
            rule="unknown person",
            why=context.facts.why_unknown(actor),
        )
    now = context.clock()
    named = f"all of {environment}" if stack == "*" else f"{context.facts.stacks[scope].ref.label} in {environment}"
    detail = {"scope": scope, "reason": request.reason}
    current = next((lock for lock in context.log.locks(environment) if lock.scope == scope), None)
    if isinstance(request, Lock):
        if current is not None and current.actor.person != actor.person:
            why = (
                f"{current.actor.name} has held {call_scope(scope)} for {current.age(now)}: {current.reason}; ask them to "
                "unlock it"
            )
            return Refusal(rule="locked", why=why)
        until = now + request.hours * 3600 if request.hours else 0.0
        end = f" until {strftime('%Y-%m-%d %H:%M', gmtime(until))} UTC" if until else ""
        lock = LockNow(scope=scope, actor=actor, reason=request.reason, since=now, until=until, freeze=request.freeze)
        what, text = "frozen" if request.freeze else "locked", f"{named} is held back{end}: {request.reason}"
        detail |= {"until": f"{until:.0f}"} if until else {}
    else:
        if current is None:
            return Done(text=f"{named} was not locked")
        lock = msgspec.structs.replace(current, lifted=True)
        what, text = "unlocked", f"{named} is unlocked"
        if current.actor.person != actor.person:
            # The holder is notified: the entry says whose lock it was, and why it was set.
            detail |= {"holder": current.actor.person, "held-for": current.reason}
            text += f"; {current.actor.name} had held it: {current.reason}"
    done = Done(text=text)
    event = Event(now, actor, what, detail)
    if context.log.set_lock(lock, event, (request.id, done), evidence):
        return done
    return context.log.answered(request.id) or Refusal(
        rule="busy", why="another person changed this lock at the same time; read it again, then try again"
    )
