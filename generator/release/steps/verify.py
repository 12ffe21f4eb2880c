"""After CloudFormation has finished: verification of the service, or the last good version is being restored."""

import msgspec

from generator.release import opening, requested_version, verify
from generator.release.context import Context
from generator.release.errors import Unavailable
from generator.release.failure_cause import cause
from generator.release.log_items import Transition
from generator.release.model.people import ENGINE, Actor
from generator.release.model.release import Cause, Release, Rollback
from generator.release.model.requests import Refusal
from generator.release.model.states import RollingBack, Verifying
from generator.release.restarts import is_restart
from generator.release.steps.execute import place, with_rollout
from generator.release.steps.image_retention import release_images
from generator.release.steps.traces import definitions_of, services_of, traces
from generator.release.transitions import close, later, step

# What is still starting gets this long beyond the bake, in seconds.
_GRACE = 300.0
# Where time is scaled to nothing, tasks still need a machine's own time to start.
_LEAST_GRACE = 5.0


def verifying(context: Context, release: Release, state: Verifying) -> Transition:
    """Check once.

    Succeed when the bake time is over and everything is healthy; roll back when it can't become healthy.
    """
    seen = observe(context, release)
    found = verify.verdict(seen)
    now = context.clock()
    release = _progress(release, seen)
    match found:
        case verify.Unhealthy(reasons=reasons):
            return unhealthy(context, release, reasons)
        case verify.NotYet(reasons=reasons):
            if now >= state.until + max(_GRACE * context.pace, _LEAST_GRACE):
                return unhealthy(context, release, reasons)
            noted = msgspec.structs.replace(release.progress, note=reasons[0])
            return later(msgspec.structs.replace(release, progress=noted), context.poll())
        case verify.Healthy():
            if now < state.until:
                return later(release, min(context.poll(), state.until))
            release_images(context, release)
            return close(context, release, "succeeded", "verified", changed=release.change_set is not None)


def observe(context: Context, release: Release) -> list[verify.Evidence]:
    """What verification observes, for each service of the stack. Empty for a stack without services."""
    if not release.stack.service:
        return []
    cloud, facts = context.cloud(release), context.stack(release)
    resources = cloud.stacks.resources(release.stack_id)
    definitions = definitions_of(resources)
    found = []
    for arn in services_of(resources):
        service = cloud.services.service(arn)
        expected = (
            service.task_definition if service and service.task_definition in definitions else "".join(definitions[:1])
        )
        found.append(
            verify.Evidence(
                expected=expected,
                service=service,
                deployment=cloud.services.deployment(arn),
                targets=tuple(cloud.services.targets(service.target_groups))
                if service and service.target_groups
                else (),
                alarms=tuple(cloud.services.alarms(service.alarms)) if service and service.alarms else (),
                smoke=tuple(_smoke(context, release, facts.url)) if facts.url else (),
                going_back=isinstance(release.purpose, Rollback),
            )
        )
    return found


def _smoke(context: Context, release: Release, url: str) -> list[verify.SmokeResult]:
    found = []
    for check in context.rules(release).releases.smoke:
        address = url.rstrip("/") + check.path
        try:
            status, body = context.probe.get(address)
        except Unavailable as error:
            found.append(verify.SmokeResult(url=address, wrong=str(error)))
            continue
        wrong = "" if status == check.status else f"answered {status}, and {check.status} is expected"
        if not wrong and check.contains is not None and check.contains not in body:
            wrong = f"does not contain {check.contains!r}"
        found.append(verify.SmokeResult(url=address, wrong=wrong))
    return found


def _progress(release: Release, seen: list[verify.Evidence]) -> Release:
    if not seen:
        return release
    first = seen[0]
    progress = release.progress
    if first.deployment is not None:
        progress = with_rollout(release, progress, first.deployment)
    alive = [t for t in first.targets if t.state != "draining"]
    healthy = sum(1 for t in alive if t.state == "healthy")
    return msgspec.structs.replace(
        release, progress=msgspec.structs.replace(progress, healthy=healthy, targets=len(alive), note="")
    )


def unhealthy(context: Context, release: Release, reasons: tuple[str, ...]) -> Transition:
    """Verification failed: restore the last good version, if the policy says so and there is one."""
    stack = context.cloud(release).stacks.describe(release.stack_id)
    token = ""
    found = cause(traces(context, release, stack, token, reasons), "verification", place(release))
    found = msgspec.structs.replace(found, stage="verification")
    release = msgspec.structs.replace(release, cause=found)
    if isinstance(release.purpose, Rollback) and release.purpose.automatic:
        # Going back further by itself would chase a fault that may not be the version's.
        return close(context, release, "failed", "the restored version is not healthy either", cause=found, runs=True)
    if not context.rules(release).releases.roll_back:
        return close(
            context, release, "failed", "not healthy; the policy leaves the rollback to people", cause=found, runs=True
        )
    return go_back(context, release, ENGINE, automatic=True)


def go_back(context: Context, release: Release, actor: Actor, *, automatic: bool) -> Transition:
    """Open the release that restores the last good version; it takes over this one's place."""
    if is_restart(release):
        return _stays(context, release, "a restart brought no other version")
    slot, _ = context.log.slot(release.stack.key)
    good = slot.good if slot.good is not None and slot.good.commit != release.after.commit else release.before
    if good is None or not good.body or good.commit == release.after.commit:
        no = "there is no earlier version to roll back to"
        return _stays(context, release, no)
    target = requested_version.reachable(context, context.stack(release), good.commit)
    if isinstance(target, Refusal):
        return _stays(context, release, target.why)
    back, slot, rev = opening.child(context, release, target, automatic=automatic, actor=actor)
    rolling = RollingBack(since=context.clock(), how="release", release=back.id)
    what = "not healthy: the last good version is being restored" if automatic else "rollback requested"
    note = release.cause.sentence if release.cause and automatic else ""
    transition = step(
        context, release, rolling, what, due=context.clock() + 30, actor=actor,
        detail={"release": back.id, "version": good.commit} | ({"note": note} if note else {}), successor=back.id,
    )  # fmt: skip
    return transition._replace(writes=opening.opening(context, back, slot, rev, actor))


def _stays(context: Context, release: Release, why: str) -> Transition:
    sentence = release.cause.sentence if release.cause else "a rollback was requested"
    cause_ = Cause(
        stage="verification",
        sentence=f"{sentence}; the version stays deployed, because {why}",
        evidence=release.cause.evidence if release.cause else (),
        fix=release.cause.fix if release.cause else "release another version",
    )
    return close(
        context, release, "failed", "not healthy, and there is no version to roll back to", cause=cause_, runs=True
    )
