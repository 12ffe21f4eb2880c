"""Opening releases: which version, whether it may, and the one open release that a stack can have."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from generator.release import policy, version_selection
from generator.release.audit import Event
from generator.release.context import Context, happened
from generator.release.errors import AmbiguousVersion, NotPublished
from generator.release.model.log_records import Slot
from generator.release.model.people import Actor
from generator.release.model.platform import StackFacts
from generator.release.model.release import Deploy, Purpose, Release, Rollback
from generator.release.model.requests import Answer, Opened, Propose, Refusal, RollBack, Skipped
from generator.release.model.states import Proposed
from generator.release.model.version import Running, Version
from generator.release.ports import Check, Put

_TRIES = 8


class _Wanted(msgspec.Struct, frozen=True):
    """A release in the making."""

    after: Running
    purpose: Purpose
    passed_over: tuple[str, ...] = ()


def propose(context: Context, request: Propose | RollBack, actor: Actor, groups: Sequence[str]) -> Answer:
    """Open a release, or say why not. The same request opens one release however often it arrives.

    Raises:
        Unavailable: AWS does not answer; the request can be tried again.
    """
    answer = context.log.answered(request.id)
    facts = context.facts.stacks.get(request.stack)
    if answer is None:
        answer = _impossible(context, facts, request, actor, groups)
    if answer is None and facts is not None:
        answer = next((a for _ in range(_TRIES) if (a := _try(context, facts, request, actor, groups))), None)
    if isinstance(answer, Opened):
        return answer
    return _tell(
        context, request.id, answer or Refusal(rule="busy", why=f"others release to {request.stack} now; try again")
    )


def _try(
    context: Context, facts: StackFacts, request: Propose | RollBack, actor: Actor, groups: Sequence[str]
) -> Answer | None:
    """One attempt; None if somebody else was faster, and it has to be looked at anew."""
    slot, rev = context.log.slot(request.stack)
    if slot.open:
        # It may have been this very request that opened it.
        return context.log.answered(request.id) or _is_open(context, slot)
    wanted = (
        _deploy(context, facts, slot, request) if isinstance(request, Propose) else _back(context, facts, slot, request)
    )
    if not isinstance(wanted, _Wanted):
        return wanted
    release = _new(context, facts, slot, wanted, request, actor, groups)
    opened = Opened(release=release.id, commit=release.after.commit, passed_over=wanted.passed_over)
    writes = [*opening(context, release, slot, rev, actor), context.log.put_answer(request.id, opened)]
    return opened if context.log.table.write(*writes) else context.log.answered(request.id)


def _tell(context: Context, request_id: str, answer: Answer) -> Answer:
    context.log.answer(request_id, answer)
    return context.log.answered(request_id) or answer


def _impossible(
    context: Context, facts: StackFacts | None, request: Propose | RollBack, actor: Actor, groups: Sequence[str]
) -> Refusal | None:
    """What refuses a request whatever version it is about."""
    if facts is None:
        known = ", ".join(k for k in context.facts.stacks if k.startswith(request.stack.partition("/")[0] + "/"))
        return Refusal(
            rule="unknown",
            why=f"there is no stack {request.stack}; choose one of {known or 'those of `slipway status`'}",
        )
    if facts.administrators:
        return Refusal(
            rule="administrators",
            why=f"{request.stack} is the administrators' alone; they change it with: slipway bootstrap {facts.ref.account}",
        )
    rules = context.facts.rules(facts.ref)
    if not actor.person and actor.channel != "ci" and rules.protected:
        return Refusal(
            rule="unknown person",
            why=f"nobody knows who {actor.id} is; an administrator adds it to `people:` in platform.yaml",
        )
    if request.break_glass and not policy.may_break_glass(rules.releases.break_glass, actor.person, groups):
        who = ", ".join(rules.releases.break_glass) or "nobody"
        return Refusal(rule="break-glass", why=f"only {who} may break the glass in {rules.name}; ask them")
    locks = context.log.locks(facts.ref.environment)
    held = policy.refusal(rules, request.stack, locks, context.clock(), going_back=isinstance(request, RollBack))
    if held is not None and not request.break_glass:
        return Refusal(rule=held.rule, why=held.why)
    return None


def _is_open(context: Context, slot: Slot) -> Refusal:
    other = context.log.release(slot.open)
    by = f", asked for by {other.requester.name}" if other else ""
    return Refusal(
        rule="open release",
        why=f"{slot.open} is open{by}: one release at a time. See it with: slipway status, "
        f"or end it with: slipway cancel {slot.open}",
    )


def _deploy(context: Context, facts: StackFacts, slot: Slot, request: Propose) -> _Wanted | Refusal | Skipped:
    """What a deployment brings: the version that was named, what runs elsewhere, or the newest that may go there."""
    ref = facts.ref

    def may(version: Version) -> str:
        return _promotion(context, facts, slot, version)

    if request.promote_from:
        there, _ = context.log.slot(f"{request.promote_from}/{ref.stack}")
        if there.good is None:
            return Refusal(
                rule="promotion", why=f"nothing has succeeded in {request.promote_from} yet; deploy there first"
            )
        return _named(context, facts, request, there.good.commit, may)
    if request.version:
        return _named(context, facts, request, request.version, may)
    found = version_selection.newest(
        context.versions.newest(), ref.key, ref.service, slot, context.facts.default_branch, may
    )
    if isinstance(found, version_selection.Chosen):
        return _Wanted(version_selection.target(found.version, ref.key, ref.service), Deploy(), found.passed_over)
    if not found.published:
        return Skipped(why=found.why)
    return Refusal(rule="no version", why=found.why, passed_over=found.passed_over)


def _promotion(context: Context, facts: StackFacts, slot: Slot, version: Version) -> str:
    settings = context.facts.rules(facts.ref).releases
    if slot.running is None or not settings.promote_from:  # the first creation has nothing to lose
        return ""
    good = context.log.good(f"{settings.promote_from}/{facts.ref.stack}", version.id)
    return version_selection.promotion(settings, good, context.clock())


def _named(
    context: Context, facts: StackFacts, request: Propose, wanted: str, may: Callable[[Version], str]
) -> _Wanted | Refusal:
    ref = facts.ref
    version = _version(context, wanted)
    if isinstance(version, Refusal):
        return version
    reason = version_selection.lacks(version, ref.key, ref.service)
    if reason:
        return Refusal(
            rule="no version", why=f"{version_selection.call(version)} {reason}; publish it, or choose another version"
        )
    reason = may(version)
    if reason and not request.break_glass:
        where = context.facts.rules(ref).releases.promote_from
        first = f"slipway deploy {ref.label} {where} {version.short}"
        return Refusal(rule="promotion", why=f"{version_selection.call(version)} {reason}; first: {first}")
    return _Wanted(
        version_selection.target(version, ref.key, ref.service), Deploy(promoted_from=request.promote_from or "")
    )


def _version(context: Context, wanted: str) -> Version | Refusal:
    try:
        return context.versions.get(wanted)
    except (NotPublished, AmbiguousVersion) as error:
        return Refusal(rule="no version", why=str(error))


def _back(context: Context, facts: StackFacts, slot: Slot, request: RollBack) -> _Wanted | Refusal:
    """An earlier version: of a release, named, or the last good one before what runs."""
    ref = facts.ref
    if slot.running is None:
        return Refusal(rule="no version", why=f"nothing runs in {ref.key} yet, so there is nothing to go back from")
    past = context.log.history(ref.key, limit=100)
    last = _last_good(slot, [s.commit for s in past if s.state == "succeeded"])
    if request.release:
        found = next((s for s in past if s.id == request.release), None)
        if found is None:
            return Refusal(rule="no version", why=f"{request.release} is no release of {ref.key}; see: slipway history")
        commit = found.commit
    elif request.version:
        commit = request.version
    else:
        commit = last
    if not commit:
        return Refusal(rule="no version", why=f"no other version has succeeded in {ref.key}; name one to bring it back")
    target = reachable(context, facts, commit)
    if isinstance(target, Refusal):
        return target
    if context.log.good(ref.key, target.commit) is None:
        # Freezes and promotion let a roll-back pass: what was never good here is a deployment by another name.
        return Refusal(
            rule="no version",
            why=f"{target.commit[:12]} has never succeeded in {ref.key}, so it is no way back; bring it with: "
            f"slipway deploy {ref.label} {ref.environment} {target.commit[:12]}",
        )
    # Only the way back to the last good version is a matter of one person.
    return _Wanted(target, Rollback(of=slot.running.release if target.commit == last else ""))


def _last_good(slot: Slot, succeeded: Sequence[str]) -> str:
    running = slot.running.commit if slot.running else ""
    if slot.good is not None and slot.good.commit != running:
        return slot.good.commit
    return next((commit for commit in succeeded if commit != running), "")


def reachable(context: Context, facts: StackFacts, commit: str) -> Running | Refusal:
    """An earlier version as something to run again, or why it can't be: its artifact or its image is gone."""
    ref = facts.ref
    version = _version(context, commit)
    if isinstance(version, Refusal):
        return Refusal(rule="gone", why=f"{commit[:12]} can't come back: {version.why}")
    reason = version_selection.lacks(version, ref.key, ref.service)
    if reason:
        return Refusal(
            rule="gone", why=f"{version_selection.call(version)} can't come back: it {reason}; choose another version"
        )
    image = version.images.get(ref.service)
    brings = "ImageUri" in version.stacks[ref.key].released
    if image is not None and brings and context.images.image(image.repository, image.digest) is None:
        return Refusal(
            rule="gone",
            why=f"{version_selection.call(version)} can't come back: {image.uri} is no longer in the registry; "
            "choose another version, or build that commit again",
        )
    return version_selection.target(version, ref.key, ref.service)


def release_id(context: Context, facts: StackFacts, number: int) -> str:
    """``prod-app-12``; where a stack is called like the service, ``prod-service-app-12``."""
    ref = facts.ref
    taken = f"{ref.environment}/{ref.service}" in context.facts.stacks
    return f"{ref.environment}-{ref.stack if taken or not ref.service else ref.service}-{number}"


def _new(  # noqa: PLR0913, PLR0917 - a release, whole
    context: Context,
    facts: StackFacts,
    slot: Slot,
    wanted: _Wanted,
    request: Propose | RollBack,
    actor: Actor,
    groups: Sequence[str],
) -> Release:
    return Release(
        id=release_id(context, facts, slot.count + 1),
        stack=facts.ref,
        purpose=wanted.purpose,
        requester=actor,
        groups=tuple(groups),
        reason=request.reason,
        created=context.clock(),
        state=Proposed(),
        after=wanted.after,
        before=slot.running,
        break_glass=request.break_glass,
        passed_over=wanted.passed_over,
    )


def opening(context: Context, release: Release, slot: Slot, rev: int, actor: Actor) -> list[Put | Check]:
    """The writes that open a release in its stack's slot."""
    detail: dict[str, Any] = {
        "stack": release.stack.key,
        "version": release.after.commit,
        "purpose": str(release.purpose.__struct_config__.tag),
        "reason": release.reason,
    }
    if release.break_glass:
        detail["break-glass"] = release.break_glass
    event = Event(context.clock(), actor, "proposed", detail)
    _, puts = context.log.opening(happened(release, event), context.clock(), [event])
    taken = msgspec.structs.replace(slot, count=slot.count + 1, open=release.id)
    return [*puts, context.log.put_slot(release.stack.key, rev, taken)]


def child(
    context: Context, parent: Release, after: Running, *, automatic: bool, actor: Actor
) -> tuple[Release, Slot, int]:
    """A release that rolls ``parent`` back; it takes over the parent's slot."""
    facts = context.stack(parent)
    slot, rev = context.log.slot(parent.stack.key)
    now_running = msgspec.structs.replace(parent.after, release=parent.id, since=context.clock())
    slot = msgspec.structs.replace(slot, running=now_running)
    release = Release(
        id=release_id(context, facts, slot.count + 1),
        stack=parent.stack,
        purpose=Rollback(of=parent.id, automatic=automatic),
        requester=actor,
        groups=() if automatic else context.directory.groups(actor.person),
        reason=f"undoes {parent.id}",
        created=context.clock(),
        state=Proposed(),
        after=after,
        before=now_running,
    )
    return release, slot, rev
