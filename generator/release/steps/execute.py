"""CloudFormation executes the change: start it once, observe it, and record how it ended."""

from contextlib import suppress
from typing import TypeVar

import msgspec

from generator.release import circuit_breaker, first_failure, gates
from generator.release.context import EVENT_SECONDS, Context
from generator.release.errors import CannotExecute, CannotUndo
from generator.release.failure_cause import cause
from generator.release.left_behind import left_behind, may_leave
from generator.release.log_items import Transition
from generator.release.model.observed import Deployment, Gone, StackNow
from generator.release.model.release import Delete, Progress, Release, Rollback
from generator.release.model.states import Executing, Outcome, RollingBack, Verifying, Watching
from generator.release.sides import aws_goes_back, source_of, target_of
from generator.release.steps.await_approval import described, supersede
from generator.release.steps.canary_traffic import measured
from generator.release.steps.delete_stack import emptied
from generator.release.steps.traces import allowed, traces
from generator.release.transitions import close, later, step

T = TypeVar("T")
_SERVICE = "AWS::ECS::Service"
_TASK_DEFINITION = "AWS::ECS::TaskDefinition"
# Executed, by the change set's own word: it stays readable by its ARN.
_STARTED = {"EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"}
# In seconds: how long a change set that can't be executed yet is tried, how long events alone are believed before the stack
# is asked again, and how long the first event of an operation may stay away.
_GIVES_UP, _BELIEVED, _BEGINS_WITHIN = 900.0, 600.0, 120.0
_WENT_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def executing(context: Context, release: Release, state: Executing) -> Transition:
    """Execute the change set. If the former holder of this release has executed it, that counts as well."""
    change_set = release.change_set
    if change_set is None:
        return supersede(context, release, "there is no change set to execute")
    stacks = context.cloud(release).stacks
    if context.clock() >= state.since + _GIVES_UP and not has_started(context, release, state.token):
        # Anyone who held this release was away for long, or the stack was busy: the agreement was to something recent.
        return supersede(
            context, release, f"{release.stack.name} could not be changed for {_GIVES_UP / 60:.0f} minutes"
        )
    watching = Watching(since=state.since, token=state.token, looked=0.0)
    try:
        stacks.execute(change_set.stack_id, change_set.name, state.token)
    except CannotExecute as error:
        found = described(context, release)
        if isinstance(found, Gone):
            # A stack that failed to be created is deleted, and its change set with it.
            if not stacks.events(change_set.stack_id, state.token):
                return supersede(context, release, f"{release.stack.name} was changed by another operation: {error}")
        elif found.execution not in _STARTED:
            return later(release, context.poll())
    return step(context, release, watching, "CloudFormation started", detail={"token": state.token})


def has_started(context: Context, release: Release, token: str) -> bool:
    """Whether the change set was executed: by its own status, or by events if stack and change set are deleted."""
    found = described(context, release)
    if isinstance(found, Gone):
        known = release.change_set
        return known is not None and bool(context.cloud(release).stacks.events(known.stack_id, token))
    return found.execution in _STARTED


def waits_for_start(context: Context, release: Release, stack: StackNow, state: Watching | RollingBack) -> bool:
    """Whether the stack may still show its former state: no event of our operation has arrived, and it is recent.

    DescribeStacks answers with the state of before for a moment after ExecuteChangeSet.
    """
    if context.clock() >= state.since + max(_BEGINS_WITHIN * context.pace, 1.0):
        return False
    stacks = context.cloud(release).stacks
    return not (stacks.events(stack.id, state.token) or stacks.events(stack.id, undo_token(state.token)))


def undo_token(token: str) -> str:
    """The token of the call that takes an operation back. For CloudFormation that is another operation."""
    return f"{token}-undo"


def watching(context: Context, release: Release, state: Watching) -> Transition:
    """Read the stack. When no operation is running any more, record the result."""
    again = state.looked + (context.poll() - context.clock())
    if context.clock() < again:
        return later(release, again)
    stack_id = release.stack_id
    if _is_told(context, state) and not _has_ended(context, release, stack_id, state.token):
        progress = look(context, release, stack_id, release.progress.stack_status, state.token)
        return _seen(context, release, state, progress)
    stack = context.cloud(release).stacks.describe(stack_id)
    if stack is not None and (not at_rest(stack) or waits_for_start(context, release, stack, state)):
        return _still(context, release, state, stack)
    if stack is not None and stack.status in _WENT_WELL:
        if isinstance(release.purpose, Delete):
            return emptied(context, release, stack, state.token)
        bake = context.rules(release).releases.bake_minutes * 60 if release.stack.service else 0
        verifying = Verifying(since=context.clock(), until=context.wait(bake))
        progress = msgspec.structs.replace(release.progress, stack_status=stack.status, note="")
        events = context.cloud(release).stacks.events(stack_id, state.token) if may_leave(stack) else ()
        silent = gates.unanswered(release.progress, None, context.clock())
        detail = {"status": stack.status} | ({"note": silent} if silent else {})
        return step(
            context, release, verifying, "CloudFormation finished", detail=detail, progress=progress,
            left=left_behind(events),
        )  # fmt: skip
    return failed(context, release, stack, state.token)


def _is_told(context: Context, state: Watching) -> bool:
    """Whether AWS's events report what happens, so that the stack itself need not be read."""
    return context.clock() < min(state.last_event, state.looked + _BELIEVED) + EVENT_SECONDS * context.pace


def _has_ended(context: Context, release: Release, stack_id: str, token: str) -> bool:
    return any(
        e.physical_id == stack_id and e.status.endswith(("_COMPLETE", "_FAILED"))
        for e in context.cloud(release).stacks.events(stack_id, token)
    )


def failed(context: Context, release: Release, stack: StackNow | None, token: str) -> Transition:
    """The operation did not succeed: AWS rolled it back, or is stuck in the rollback."""
    status = stack.status if stack else "DELETE_COMPLETE"
    found = cause(traces(context, release, stack, token), where=place(release))
    if release.creates:
        found = first_failure.ended(release.cause, found)
    found = gates.with_silence(found, gates.unanswered(release.progress, None, context.clock()) or gates.said(release))
    progress = msgspec.structs.replace(release.progress, stack_status=status)
    if status == "UPDATE_ROLLBACK_FAILED":
        ids = _failed_ids(context, release, stack, token)
        stuck = RollingBack(since=context.clock(), how="stuck", token=token, stuck=ids)
        return step(
            context, release, stuck, "the rollback is stuck", due=context.clock() + 60, detail={"note": found.sentence},
            cause=found, progress=progress,
        )  # fmt: skip
    outcome: Outcome = "rolled back" if status in {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"} else "failed"
    what = "rolled back by CloudFormation" if outcome == "rolled back" else f"ended as {status}"
    return close(context, release, outcome, what, cause=found, changed=stack is not None, progress=progress)


def at_rest(stack: StackNow) -> bool:
    """The operation has ended, cleanup included. Only then another change set can be executed."""
    return stack.is_settled and not stack.status.endswith("_IN_PROGRESS")


def _still(context: Context, release: Release, state: Watching, stack: StackNow) -> Transition:
    looked = msgspec.structs.replace(state, looked=context.clock())
    return _seen(context, release, looked, look(context, release, stack.id, stack.status, state.token))


def _seen(context: Context, release: Release, state: Watching, progress: Progress) -> Transition:
    """Store what was observed. A rollout whose tasks keep failing is rolled back if ECS would let it continue."""
    if circuit_breaker.is_open(progress) and progress.stack_status == "UPDATE_IN_PROGRESS" and not _goes_back(release):
        stack = context.cloud(release).stacks.describe(release.stack_id)
        failed = f"{progress.failed_tasks} tasks of the new version failed, so the rollout was stopped"
        found = cause(traces(context, release, stack, state.token, (failed,)), "rollout", place(release))
        back = RollingBack(since=context.clock(), how="operation", token=state.token)
        what = "too many tasks failed: rolling back"
        return step(context, release, back, what, detail={"note": found.sentence}, cause=found, progress=progress)
    silent = gates.unanswered(release.progress, progress, context.clock())
    if aws_goes_back(progress) and not release.creates:
        stack = context.cloud(release).stacks.describe(release.stack_id)
        found = gates.with_silence(
            cause(traces(context, release, stack, state.token), "rollout", place(release)), silent
        )
        back = RollingBack(since=context.clock(), how="operation", token=state.token, alone=True)
        what = "AWS is rolling back"
        return step(context, release, back, what, detail={"note": found.sentence}, cause=found, progress=progress)
    if first_failure.has_failed(release, progress):
        stack = context.cloud(release).stacks.describe(release.stack_id)
        found = cause(traces(context, release, stack, state.token), where=place(release))
        release = msgspec.structs.replace(release, cause=first_failure.whole(release.cause, found))
    pass_gates(context, release, progress.stack_status, progress)
    if silent:
        return step(context, release, state, silent, due=context.poll(), progress=progress)
    return later(msgspec.structs.replace(release, progress=progress, state=state), context.poll())


def _goes_back(release: Release) -> bool:
    """Whether the release brings back, automatically or by a request, what was good before another release."""
    return isinstance(release.purpose, Rollback) and bool(release.purpose.of)


def pass_gates(context: Context, release: Release, status: str, progress: Progress) -> None:
    """Continue every gate of a rollback: the version that waits there was good before.

    A PAUSE hook stops any deployment of its service, also the one with which CloudFormation rolls back.
    """
    if progress.hook and _passes(release, status):
        with suppress(CannotUndo):
            context.cloud(release).services.continue_deployment(
                progress.deployment, progress.hook, continue_rollout=True
            )


def _passes(release: Release, status: str) -> bool:
    return _goes_back(release) or status == "UPDATE_ROLLBACK_IN_PROGRESS"


def look(context: Context, release: Release, stack_id: str, status: str, token: str) -> Progress:
    """What people see while AWS is working."""
    cloud = context.cloud(release)
    events = cloud.stacks.events(stack_id, token)
    resources = {e.logical_id: e for e in events if e.type != "AWS::CloudFormation::Stack"}
    active = [e for e in resources.values() if e.status.endswith("_IN_PROGRESS")]
    change_set = release.change_set
    total = len(change_set.changes) if change_set else 0
    done = sum(1 for e in resources.values() if e.status.endswith("_COMPLETE"))
    progress = Progress(
        stack_status=status, resource=active[-1].logical_id if active else "", done=min(done, total), total=total
    )
    at_work = next((e for e in active if e.type == _SERVICE and e.physical_id.startswith("arn:")), None)
    if at_work is None or not release.stack.service:
        return progress
    deployment = cloud.services.deployment(at_work.physical_id)
    if deployment is None:
        return progress
    if circuit_breaker.is_counted(deployment):
        service = cloud.services.service(at_work.physical_id)
        ended = allowed(cloud.services.stopped_tasks, service) if service is not None else ()
        failed_tasks = circuit_breaker.failures(deployment, ended, context.clock())
        deployment = msgspec.structs.replace(deployment, failed_tasks=failed_tasks)
    progress = with_rollout(release, progress, deployment)
    asks = isinstance(release.state, Watching) and not _passes(release, status)
    return measured(context, release, progress, deployment) if asks and progress.hook else progress


def with_rollout(release: Release, progress: Progress, d: Deployment) -> Progress:
    """Progress with what ECS reports of its deployment, and with the version on each of its sides."""
    target = target_of(release, d, progress.stack_status)
    hook = d.hooks[0] if d.hooks else None
    return msgspec.structs.replace(
        progress,
        deployment=d.arn,
        deployment_status=d.status,
        strategy=d.strategy,
        stage=d.stage,
        old_tasks=d.old_tasks,
        new_tasks=d.new_tasks,
        old_runs=source_of(release, d, target),
        new_runs=target,
        desired_tasks=d.desired_tasks,
        failed_tasks=d.failed_tasks,
        traffic_percent=d.traffic_percent,
        hook=hook.id if hook else "",
        hook_stage=hook.stage if hook else "",
        hook_expires=hook.expires if hook else 0.0,
        hook_silence=hook.timeout_action if hook else "",
    )


def place(release: Release) -> str:
    """``app prod``: the stack in the form that commands use."""
    return f"{release.stack.label} {release.stack.environment}"


def _failed_ids(context: Context, release: Release, stack: StackNow | None, token: str) -> tuple[str, ...]:
    stacks = context.cloud(release).stacks
    events = [e for t in (token, undo_token(token)) for e in stacks.events(stack.id, t)] if stack else []
    last = {e.logical_id: e.status for e in events if e.type != "AWS::CloudFormation::Stack"}
    return tuple(sorted(name for name, status in last.items() if status == "UPDATE_FAILED"))
