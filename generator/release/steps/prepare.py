"""A release in preparation: pre-flight checks, then its change set."""

from secrets import token_hex
from typing import Any, assert_never

import msgspec

from generator.release import messages, preflight
from generator.release.context import Context
from generator.release.errors import Invalid
from generator.release.fed_values import kept_older
from generator.release.log_items import Transition
from generator.release.model.observed import Broken, Described, Gone, NoChanges, Pending, Ready
from generator.release.model.people import ENGINE
from generator.release.model.release import Cause, Delete, Release, Rollback
from generator.release.model.states import Proposed, Verifying
from generator.release.restarts import is_restart
from generator.release.steps.change_set_input import change_set_input
from generator.release.steps.request_approval import ask_people
from generator.release.transitions import close, later, step
from generator.release.version_parts import deferred_sentence

_SERVICE = "AWS::ECS::Service"
# How long a change set that was asked for may stay away before it counts as lost, in seconds.
_APPEARS_WITHIN = 60.0
# How many earlier releases are looked through for one of the same version.
_REMEMBERED = 20


def proposed(context: Context, release: Release, state: Proposed) -> Transition:
    """One step of a release in preparation."""
    if not state.change_set:
        return _preflight(context, release)
    return _change_set(context, release, state)


# --- pre-flight


def _preflight(context: Context, release: Release) -> Transition:
    seen = observe(context, release)
    settings = context.rules(release).releases
    found = preflight.checks(seen, settings.scans, going_back=isinstance(release.purpose, Rollback))
    bad = preflight.refusing(found)
    if release.break_glass:
        bad = tuple(check for check in bad if check.name in {"stack", "image", "architecture", "secrets"})
    if bad:
        cause = Cause(stage="preflight", sentence=bad[0].text, evidence=tuple(c.text for c in bad[1:]))
        return close(context, release, "failed", "pre-flight refused", cause=cause, changed=False, checks=found)
    # The name is in the log before the change set is made: anyone who takes over finds it, and makes no second one.
    name = f"bot-{release.id}-{token_hex(4)}"
    return step(
        context, release, Proposed(change_set=name), "pre-flight passed", detail={"change-set": name}, checks=found
    )  # fmt: skip


def observe(context: Context, release: Release) -> preflight.Observations:
    """Observe what the checks need."""
    cloud, facts = context.cloud(release), context.stack(release)
    stack = cloud.stacks.describe(release.stack.name)
    slot, _ = context.log.slot(release.stack.key)
    if isinstance(release.purpose, Delete):
        # What is ill, or lacks its secrets, may go all the same.
        return preflight.Observations(stack=stack, last=slot.last)
    more: dict[str, Any] = {}
    if stack is not None and stack.can_change and not stack.is_new and release.stack.service:
        lookups = context.clouds.at(release.stack, ENGINE).lookups
        if lookups is not None:
            lookups.begin(stack.id)
        arns = [r.physical_id for r in cloud.stacks.resources(stack.id) if r.type == _SERVICE and r.physical_id]
        services = [s for arn in arns if (s := cloud.services.service(arn))]
        deployments = [d for s in services if (d := cloud.services.deployment(s.arn))]
        names = sorted({name for s in services for name in s.alarms})
        more["deployments"] = tuple(deployments)
        more["alarms"] = tuple(cloud.services.alarms(names)) if names else ()
        subnets = tuple(filter(None, stack.parameters.get("PrivateSubnets", "").split(",")))
        if subnets and facts.tasks:
            # Old and new tasks stand side by side while a rollout lasts.
            more["quotas"] = tuple(cloud.services.quotas(subnets, facts.tasks))
        if is_restart(release):
            more["restarts"] = sum(s.desired for s in services)
        more["older"] = kept_older(context, release, stack)
        more["apply"] = f"slipway apply {release.stack.environment} {release.stack.label}"
    uri = release.after.image
    image = context.images.image(uri.partition("@")[0].partition("/")[2], uri.partition("@")[2]) if uri else None
    more["later"] = deferred_sentence(context, release.after)
    if facts.secrets:
        more["missing_secrets"] = tuple(cloud.services.missing_secrets(facts.secrets))
    return preflight.Observations(
        stack=stack, last=slot.last, image=image, image_uri=uri, architecture=facts.architecture,
        failed_before=_failed_before(context, release), older_than=_older_than(release), **more,
    )  # fmt: skip


def _older_than(release: Release) -> str:
    """``its commit is 3 d older than 3f2a5b6c7d8e (Fix), which runs now``, unless a rollback is meant to bring it."""
    before, after = release.before, release.after
    if before is None or isinstance(release.purpose, Rollback) or not 0 < after.committed < before.committed:
        return ""
    older = messages.duration(before.committed - after.committed)
    return f"its commit is {older} older than that of {messages.call_running(before)}, which runs now"


def _failed_before(context: Context, release: Release) -> str:
    """``prod-app-2: the container app ended with exit code 1``, if this version's last release here was rolled back."""
    past = context.log.history(release.stack.key, _REMEMBERED)
    tried = (s for s in past if s.commit == release.after.commit and s.purpose != "restart")
    last = next((s for s in tried if s.state in {"succeeded", "rolled back"}), None)
    return (
        f"{last.id}: {last.cause or 'no cause was recorded'}"
        if last is not None and last.state == "rolled back"
        else ""
    )


# --- the change set


def _change_set(context: Context, release: Release, state: Proposed) -> Transition:
    stacks = context.cloud(release).stacks
    found = stacks.change_set(release.stack.name, state.change_set)
    if not isinstance(found, Gone) or state.asked:
        return _described(context, release, state, found)
    new = change_set_input(context, release, state.change_set)
    if isinstance(new, Cause):
        return close(context, release, "failed", "the change set could not be created", cause=new, changed=False)
    try:
        stacks.create(new)
    except Invalid as error:
        cause = Cause(stage="change-set", sentence=str(error), fix="correct the template and publish it again")
        return close(context, release, "failed", "the change set could not be created", cause=cause, changed=False)
    state = Proposed(change_set=state.change_set, asked=context.clock())
    found = stacks.change_set(release.stack.name, state.change_set)
    return _described(context, msgspec.structs.replace(release, state=state), state, found)


def _described(context: Context, release: Release, state: Proposed, found: Described) -> Transition:
    match found:
        case Ready():
            return ask_people(context, release, found.change_set)
        case Pending():
            return later(release, context.poll())
        case Gone():
            if context.clock() - state.asked <= _APPEARS_WITHIN:
                return later(release, context.poll())
            sentence = f"the change set no longer exists: {found.reason or 'it was deleted'}"
            cause = Cause(stage="change-set", sentence=sentence, fix="request the release again")
            return close(context, release, "superseded", "its change set no longer exists", cause=cause, changed=False)
        case NoChanges() | Broken():
            context.cloud(release).stacks.delete(release.stack.name, state.change_set)
            return _nothing(context, release, found)
        case _:
            assert_never(found)


def _nothing(context: Context, release: Release, found: NoChanges | Broken) -> Transition:
    """There is no change set that can be executed."""
    if isinstance(found, NoChanges) and isinstance(release.purpose, Delete):
        now = context.clock()
        return step(context, release, Verifying(since=now, until=now), "the stack is empty already")
    if isinstance(found, NoChanges):
        what = "nothing to change: the stack already has this version"
        slot, _ = context.log.slot(release.stack.key)
        if not release.stack.service or (slot.good is not None and slot.good.commit == release.after.commit):
            return close(context, release, "succeeded", what, changed=False)
        # It runs, and nobody has seen yet that it is good.
        bake = context.rules(release).releases.bake_minutes * 60
        return step(context, release, Verifying(since=context.clock(), until=context.wait(bake)), what)
    cause = Cause(stage="change-set", sentence=found.problems[0], evidence=found.problems[1:])
    return close(context, release, "failed", "CloudFormation refused the change set", cause=cause, changed=False)
