"""What a step needs: everything the engine was composed of, and a few words that steps share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from generator.release.audit import Event
from generator.release.log import Log
from generator.release.log_items import Good, Transition
from generator.release.model.people import ENGINE, Actor
from generator.release.model.platform import EnvironmentRules, PlatformFacts, StackFacts
from generator.release.model.release import Cause, Moment, Release
from generator.release.model.states import Closed, Outcome, State
from generator.release.ports import Clock, Cloud, Clouds, Directory, Images, Probe, Put, Reader, Seal, Versions

# How often a stack or a rollout is looked at while no event tells of it, in seconds.
POLL = 5.0
# Events that arrive stand for polls; after this long without one, polling begins again.
HEARD = 60.0
_MOMENTS = 60


class Context(NamedTuple):
    """The engine's surroundings. ``pace`` is how many of our seconds one second of waiting takes (1 but in a sandbox)."""

    facts: PlatformFacts
    log: Log
    clouds: Clouds
    versions: Versions
    images: Images
    reader: Reader
    seal: Seal
    probe: Probe
    directory: Directory
    clock: Clock
    pace: float = 1.0

    def cloud(self, release: Release) -> Cloud:
        """AWS where the release goes, in the requester's name."""
        return self.clouds.at(release.stack, release.requester)

    def rules(self, release: Release) -> EnvironmentRules:
        """How its environment releases."""
        return self.facts.rules(release.stack)

    def stack(self, release: Release) -> StackFacts:
        """What is known of its stack."""
        return self.facts.stacks[release.stack.key]

    def wait(self, seconds: float) -> float:
        """The moment in so many seconds."""
        return self.clock() + seconds * self.pace

    def poll(self) -> float:
        """The moment of the next look at AWS."""
        return self.clock() + max(POLL * self.pace, 0.05)


def happened(release: Release, event: Event, **changes: Any) -> Release:
    """The release with a moment more in its history, and whatever else changes."""
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
    """One transition: the new state, with an audit entry that says what happened. Due at once unless it says when."""
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
    """The last transition: the stack's slot is free again, and history says how it went.

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
    if outcome == "succeeded" or runs:
        now_running = msgspec.structs.replace(release.after, release=release.id, since=now)
        more["running"] = now_running
        if outcome == "succeeded":
            more["good"] = now_running
            put: Put | None = context.log.put_good(release.stack.key, release.after.commit, Good(now, release.id))
            writes += [put] if put else []
    if slot.open == release.id:
        writes.append(context.log.put_slot(release.stack.key, rev, msgspec.structs.replace(slot, **more)))
    writes.append(context.log.put_summary(closed))
    return transition._replace(writes=writes)


def later(release: Release, due: float) -> Transition:
    """No transition: the same release, looked at again at ``due``."""
    return Transition(release, due)
