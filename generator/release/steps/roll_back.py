"""The rollback: AWS undoes its operation, another release restores the last good version, or a person has to choose."""

from contextlib import suppress

import msgspec

from generator.release import rollback_path
from generator.release.context import Context
from generator.release.errors import CannotUndo
from generator.release.log_items import Transition
from generator.release.model.observed import Deployment, StackNow
from generator.release.model.people import Actor
from generator.release.model.release import Cause, Debt, Release
from generator.release.model.states import Closed, RollingBack, Watching
from generator.release.steps.execute import (
    at_rest,
    failed,
    look,
    pass_gates,
    undo_token,
    waits_for_start,
    watching,
)
from generator.release.steps.traces import services_of
from generator.release.steps.verify import go_back
from generator.release.transitions import close, later, step

_STUCK_AGAIN = 300.0


def rolling(context: Context, release: Release, state: RollingBack) -> Transition:  # noqa: PLR0911 - one for each way
    """Observe a running rollback once."""
    if state.how == "release":
        return _after(context, release, state)
    stack = context.cloud(release).stacks.describe(release.stack_id)
    if stack is None:
        return failed(context, release, None, state.token)
    found = _way(context, release, stack, state)
    match found:
        case rollback_path.RolledBack():
            return _back(context, release, stack, state)
        case rollback_path.TooLate() if state.alone:
            return watching(context, release, Watching(since=state.since, token=state.token))
        case rollback_path.TooLate():
            return go_back(context, release, state.by or release.requester, automatic=False)
        case rollback_path.Stuck():
            return _stuck(context, release, stack, state)
        case rollback_path.Wait():
            return _look(context, release, stack, state)
        case rollback_path.CloseGate() | rollback_path.StopRollout() | rollback_path.CancelUpdate():
            if state.how == "operation" and not state.alone:
                _turn(context, release, stack, state, found)
            return _look(context, release, stack, state)


def _way(context: Context, release: Release, stack: StackNow, state: RollingBack) -> rollback_path.Way:
    if at_rest(stack) and waits_for_start(context, release, stack, state):
        return rollback_path.Wait(why="the rollback has not started")
    return rollback_path.rollback_path(stack, _deployments(context, release, stack))


def _turn(
    context: Context,
    release: Release,
    stack: StackNow,
    state: RollingBack,
    found: rollback_path.CloseGate | rollback_path.StopRollout | rollback_path.CancelUpdate,
) -> None:
    """Tell AWS to roll back. If that has just become impossible, the next step finds another way."""
    cloud = context.cloud(release)
    with suppress(CannotUndo):
        match found:
            case rollback_path.CloseGate(deployment=arn, hook=hook):
                cloud.services.continue_deployment(arn, hook, continue_rollout=False)
            case rollback_path.StopRollout(deployment=arn):
                cloud.services.stop(arn)
            case rollback_path.CancelUpdate():
                cloud.stacks.cancel_update(stack.id, undo_token(state.token))


def _deployments(context: Context, release: Release, stack: StackNow) -> list[Deployment]:
    if not release.stack.service:
        return []
    cloud = context.cloud(release)
    arns = services_of(cloud.stacks.resources(stack.id))
    return [d for arn in arns if (d := cloud.services.deployment(arn))]


def _look(context: Context, release: Release, stack: StackNow, state: RollingBack) -> Transition:
    progress = look(context, release, stack.id, stack.status, state.token)
    pass_gates(context, release, stack.status, progress)
    return later(msgspec.structs.replace(release, progress=progress), context.poll())


def _back(context: Context, release: Release, stack: StackNow, state: RollingBack) -> Transition:
    """The stack is as it was before."""
    # What AWS began alone is read again: more is known of it now than when it began.
    if state.alone or stack.status not in {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}:
        return failed(context, release, stack, state.token)
    return close(context, release, "rolled back", "rolled back", cause=release.cause)


def _stuck(context: Context, release: Release, stack: StackNow, state: RollingBack) -> Transition:
    if state.how == "stuck":
        return later(release, context.clock() + _STUCK_AGAIN)
    return failed(context, release, stack, state.token)


def _after(context: Context, release: Release, state: RollingBack) -> Transition:
    """The result of the other release decides how this one ends."""
    other = context.log.release(state.release)
    if other is None or not isinstance(other.state, Closed):
        return later(release, context.clock() + 30)
    if other.state.outcome == "succeeded":
        return close(context, release, "rolled back", f"rolled back by {other.id}", cause=release.cause)
    sentence = release.cause.sentence if release.cause else "a rollback was requested"
    end = other.cause.sentence if other.cause else other.state.outcome
    why = Cause(
        stage="rollout",
        sentence=f"{sentence}; and {other.id}, which was to restore the last good version, ended as "
        f"{other.state.outcome}: {end}",
        evidence=release.cause.evidence if release.cause else (),
        fix=(other.cause.fix if other.cause else "") or "check what is running now, and release another version",
    )
    return close(context, release, "failed", f"{other.id} did not restore the last good version", cause=why)


def unstick(context: Context, release: Release, skip: tuple[str, ...], actor: Actor) -> Transition:
    """Continue a stuck rollback, and skip what a person named. That is a debt, and is recorded.

    Raises:
        CannotUndo: the stack is no longer stuck.
    """
    token = f"{release.id}-{release.chain}"
    context.cloud(release).stacks.continue_rollback(release.stack_id, skip, token)
    going = RollingBack(since=context.clock(), how="operation", token=token, stuck=skip, by=actor)
    debt = Debt(resources=skip, at=context.clock(), actor=actor) if skip else release.debt
    detail = {"skipped": " ".join(skip)} if skip else {}
    return step(
        context, release, going, "the rollback continues", due=context.poll(), actor=actor, detail=detail, debt=debt
    )
