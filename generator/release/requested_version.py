"""Which version a request brings to a stack: a named one, one of another environment, the newest, or an earlier one."""

from collections.abc import Callable, Sequence

import msgspec

from generator.release import version_selection
from generator.release.context import Context
from generator.release.errors import AmbiguousVersion, NotPublished, Tampered
from generator.release.fed_values import inputs, stale
from generator.release.model.log_records import Slot, Summary
from generator.release.model.people import ENGINE
from generator.release.model.platform import StackFacts
from generator.release.model.release import Deploy, Purpose, Restart, Rollback, StackRef
from generator.release.model.requests import Propose, Refusal, RollBack, Skipped
from generator.release.model.version import Running, Version
from generator.release.restarts import RESTART


class RequestedVersion(msgspec.Struct, frozen=True):
    """The version that a release is to bring, why, and which newer versions were skipped."""

    after: Running
    purpose: Purpose
    passed_over: tuple[str, ...] = ()


def deployment(
    context: Context, facts: StackFacts, slot: Slot, request: Propose
) -> RequestedVersion | Refusal | Skipped:
    """What a deployment brings: the named version, that of another environment, or the newest that may go there."""
    found = _deployment(context, facts, slot, request)
    if not request.refresh or not isinstance(found, RequestedVersion):
        return found
    running, after = slot.running, found.after
    if running is not None and (running.template, running.parameters) == (after.template, after.parameters):
        stack = context.clouds.at(facts.ref, ENGINE).stacks.describe(facts.ref.name)
        sources = context.versions.get(after.commit).stacks[facts.ref.key].sources
        values, missing = inputs(context, sources, ENGINE)
        if stack is not None and not missing and not stale(stack, values):
            return Skipped(why=f"{facts.ref.key} has all of {after.commit[:12]} already", current=True)
    purpose = Deploy(promoted_from=request.promote_from or "", refresh=True)
    return msgspec.structs.replace(found, purpose=purpose)


def _deployment(
    context: Context, facts: StackFacts, slot: Slot, request: Propose
) -> RequestedVersion | Refusal | Skipped:
    ref = facts.ref

    def may(version: Version) -> str:
        return _promotion(context, facts, slot, version)

    if request.promote_from:
        there, _ = context.log.slot(f"{request.promote_from}/{ref.stack}")
        if there.good is None:
            return Refusal(
                rule="promotion", why=f"no release has succeeded in {request.promote_from} yet; deploy there first"
            )
        return _named(context, facts, request, there.good.commit, may)
    if request.version:
        return _named(context, facts, request, request.version, may)
    return _newest(context, facts, slot, may)


def _newest(
    context: Context, facts: StackFacts, slot: Slot, may: Callable[[Version], str]
) -> RequestedVersion | Refusal | Skipped:
    ref = facts.ref
    wrong: list[str] = []
    try:
        found = version_selection.newest(
            context.versions.newest(wrong.append), ref.key, ref.service, slot, context.facts.default_branch, may
        )
    except Tampered as error:
        return Refusal(rule="no version", why=str(error))
    passed = (*wrong, *found.passed_over)
    if isinstance(found, version_selection.Chosen):
        return RequestedVersion(version_selection.target(found.version, ref.key, ref.service), Deploy(), passed)
    if not found.published and not wrong:
        return Skipped(why=found.why)
    return Refusal(rule="no version", why=found.why, passed_over=passed)


def _promotion(context: Context, facts: StackFacts, slot: Slot, version: Version) -> str:
    settings = context.facts.rules(facts.ref).releases
    if slot.running is None or not settings.promote_from:  # the first creation has nothing to lose
        return ""
    key = f"{settings.promote_from}/{facts.ref.stack}"
    good, there = context.log.good(key, version.id), context.log.slot(key)[0].running
    return version_selection.promotion(settings, version.id, good, there, context.clock())


def _named(
    context: Context, facts: StackFacts, request: Propose, version_id: str, may: Callable[[Version], str]
) -> RequestedVersion | Refusal:
    ref = facts.ref
    version = _version(context, version_id)
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
        first = f"run first: slipway deploy {ref.label} {where} {version.short}"
        then = "wait until then" if reason.startswith("must run") else first  # it runs there already
        return Refusal(rule="promotion", why=f"{version_selection.call(version)} {reason}; {then}")
    return RequestedVersion(
        version_selection.target(version, ref.key, ref.service), Deploy(promoted_from=request.promote_from or "")
    )


def _version(context: Context, version_id: str) -> Version | Refusal:
    try:
        return context.versions.get(version_id)
    except (NotPublished, AmbiguousVersion, Tampered) as error:
        return Refusal(rule="no version", why=str(error))


def rollback(  # noqa: PLR0911 - one for each reason to refuse
    context: Context, facts: StackFacts, slot: Slot, request: RollBack
) -> RequestedVersion | Refusal:
    """An earlier version: that of a release, a named one, or the last good one before the running version."""
    ref = facts.ref
    if slot.running is None:
        return Refusal(
            rule="no version",
            why=(
                f"nothing has been released to {ref.key} yet, so there is nothing to roll back; deploy a version first"
            ),
        )
    past = context.log.history(ref.key, limit=100)
    last = _last_good(slot, [s.commit for s in past if s.state == "succeeded"])
    back = _way_back(past)
    if back is not None:
        if not request.release and not request.version:
            return _runs_the_last_good(ref, slot.running, back, past)
        # What went back already runs the last good version: to leave it is no matter of one person.
        last = ""
    if request.release:
        brought = _brought(ref, request.release, past)
        if isinstance(brought, Refusal):
            return brought
        commit = brought
    elif request.version:
        commit = request.version
    else:
        commit = last
    if not commit:
        return Refusal(
            rule="no version", why=(f"no other version has succeeded in {ref.key}; name the version to roll back to")
        )
    target = reachable(context, facts, commit)
    if isinstance(target, Refusal):
        return target
    if context.log.good(ref.key, target.commit) is None:
        # Freezes and promotion let a roll-back pass: what was never good here is a deployment by another name.
        return Refusal(
            rule="no version",
            why=f"{target.commit[:12]} has never succeeded in {ref.key}, so it can't be rolled back to; deploy it "
            f"with: slipway deploy {ref.label} {ref.environment} {target.commit[:12]}",
        )
    # Only the rollback to the last good version is a matter of one person.
    return RequestedVersion(target, Rollback(of=slot.running.release if target.commit == last else ""))


def _brought(ref: StackRef, release: str, past: Sequence[Summary]) -> str | Refusal:
    """The commit that a release brought."""
    found = next((s for s in past if s.id == release), None)
    if found is None:
        return Refusal(rule="no version", why=f"{release} is not a release of {ref.key}; see: slipway history")
    if found.purpose == "restart":
        why = f"{release} was a restart: it brought no version, so there is nothing to roll back to; see: "
        return Refusal(rule="no version", why=f"{why}slipway history {ref.label} {ref.environment}")
    return found.commit


def restart(context: Context, facts: StackFacts, slot: Slot, secret: str = "") -> RequestedVersion | Refusal:
    """The running version again. ``secret`` is the one whose rotation requires new tasks."""
    ref = facts.ref
    deploy = f"slipway deploy {ref.label} {ref.environment}"
    if not ref.service:
        return Refusal(rule="restart", why=f"{ref.key} has no tasks that could be restarted; see: slipway status")
    if slot.running is None:
        return Refusal(rule="no version", why=f"nothing runs in {ref.key} yet; deploy a version with: {deploy}")
    stack = context.clouds.at(ref, ENGINE).stacks.describe(ref.name)
    if stack is None or RESTART not in stack.parameters:
        return Refusal(
            rule="restart",
            why=f"the template that {ref.key} has takes no parameter {RESTART}: functions have no tasks, and stacks "
            f"with older templates can't be restarted; deploy a newer version with: {deploy}",
        )
    target = reachable(context, facts, slot.running.commit)
    if isinstance(target, Refusal):
        return target
    runs = slot.running
    if runs.deferred and runs.body == target.body:  # the part of it that the stack has
        target = msgspec.structs.replace(target, template=runs.template, deferred=runs.deferred)
    return RequestedVersion(target, Restart(secret=secret))


def _way_back(past: Sequence[Summary]) -> Summary | None:
    """The newest release that ran, if it ended with an earlier version: it was rolled back, or is a rollback itself."""
    ended = {"succeeded", "rolled back", "failed"}
    ran = next((s for s in past if s.state in ended and s.purpose != "restart"), None)
    if ran is None:
        return None
    return ran if ran.state == "rolled back" or (ran.state == "succeeded" and ran.purpose == "rollback") else None


def _runs_the_last_good(ref: StackRef, running: Running, back: Summary, past: Sequence[Summary]) -> Refusal:
    good = [s.commit for s in past if s.state == "succeeded"]
    # What was good before the running version was there for the first time.
    first = len(good) - good[::-1].index(running.commit) if running.commit in good else len(good)
    before = next((commit for commit in good[first:] if commit != running.commit), "")
    where = f"{ref.label} {ref.environment}"
    now = f"{running.commit[:12]} ({running.subject})" if running.subject else running.commit[:12]
    further = f" To go back further, name the version: slipway rollback {where} {before[:12]}." if before else ""
    return Refusal(
        rule="went back",
        why=f"{ref.environment} already runs the last good version of {ref.label}, {now}, since {back.id}.{further} "
        f"To release another version, run: slipway deploy {where} VERSION",
    )


def _last_good(slot: Slot, succeeded: Sequence[str]) -> str:
    running = slot.running.commit if slot.running else ""
    if slot.good is not None and slot.good.commit != running:
        return slot.good.commit
    return next((commit for commit in succeeded if commit != running), "")


def reachable(context: Context, facts: StackFacts, commit: str) -> Running | Refusal:
    """An earlier version to run again, or why that is not possible: its artifact or its image is missing."""
    ref = facts.ref
    version = _version(context, commit)
    if isinstance(version, Refusal):
        return Refusal(rule="gone", why=f"{commit[:12]} can't be released again: {version.why}")
    reason = version_selection.lacks(version, ref.key, ref.service)
    if reason:
        return Refusal(
            rule="gone",
            why=(f"{version_selection.call(version)} can't be released again: it {reason}; choose another version"),
        )
    image = version.images.get(ref.service)
    brings = "ImageUri" in version.stacks[ref.key].released
    if image is not None and brings and context.images.image(image.repository, image.digest) is None:
        return Refusal(
            rule="gone",
            why=f"{version_selection.call(version)} can't be released again: {image.uri} is no longer in the registry; "
            "choose another version, or build that commit again",
        )
    return version_selection.target(version, ref.key, ref.service)
