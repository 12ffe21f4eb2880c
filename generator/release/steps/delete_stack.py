"""Deletes a stack that a release has emptied, and names the resources that could not be deleted with it."""

import msgspec

from generator.release.context import Context
from generator.release.errors import CannotUndo, Denied
from generator.release.log_items import Transition
from generator.release.model.observed import StackNow
from generator.release.model.release import Cause, Release
from generator.release.model.states import Verifying
from generator.release.transitions import close, later, step


def deleting(context: Context, release: Release) -> Transition:
    """Delete an empty stack, and check until it no longer exists."""
    stacks = context.cloud(release).stacks
    stack = stacks.describe(release.stack_id)
    if stack is None:
        return _gone(context, release)
    if stack.status == "DELETE_FAILED":
        return _stays(context, release, stack, stack.reason or "AWS gives no reason")
    if stack.status != "DELETE_IN_PROGRESS":
        try:
            # The same token again is the same deletion.
            stacks.delete_stack(stack.id, f"{release.id}-delete")
        except (CannotUndo, Denied) as error:
            return _stays(context, release, stack, str(error))
    return later(release, context.poll())


def emptied(context: Context, release: Release, stack: StackNow, token: str) -> Transition:
    """CloudFormation has emptied the stack."""
    now, left = context.clock(), _left_behind(context, release, stack, token)
    progress = msgspec.structs.replace(release.progress, stack_status=stack.status, note="")
    return step(
        context, release, Verifying(since=now, until=now), "CloudFormation emptied the stack",
        detail={"status": stack.status} | ({"note": left.sentence} if left else {}), progress=progress, cause=left,
    )  # fmt: skip


def _left_behind(context: Context, release: Release, stack: StackNow, token: str) -> Cause | None:
    """What CloudFormation could not delete when it emptied the stack. The update succeeds all the same.

    CloudFormation User Guide, "Stack status codes": UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, and what fails in it stays in
    the account and is removed from the stack.
    """
    last = {e.logical_id: e for e in context.cloud(release).stacks.events(stack.id, token) if e.physical_id != stack.id}
    failed = [event for event in last.values() if event.status == "DELETE_FAILED"]
    if not failed:
        return None
    names = ", ".join(f"{event.logical_id} ({event.type}, {event.physical_id})" for event in failed)
    return Cause(
        stage="stack", sentence=f"the stack is deleted, and these could not be deleted and stay in the account: {names}",
        evidence=tuple(f"{event.logical_id}: {event.reason}" for event in failed if event.reason),
        fix="delete them by hand, or empty them first where AWS asks for that",
    )  # fmt: skip


def _gone(context: Context, release: Release) -> Transition:
    if release.cause is not None:
        return close(context, release, "failed", "something is left", cause=release.cause, runs=True)
    return close(context, release, "succeeded", "the stack is deleted")


def _stays(context: Context, release: Release, stack: StackNow, why: str) -> Transition:
    ref = release.stack
    cause = Cause(
        stage="stack", sentence=f"{stack.name} is empty, and the empty stack can't be deleted: {why}",
        evidence=(release.cause.sentence, *release.cause.evidence) if release.cause else (),
        fix=f"let an administrator run `slipway bootstrap {ref.account}` and try again, or delete the empty stack "
            "with: "
        f"aws cloudformation delete-stack --region {ref.region} --stack-name {stack.name}",
    )  # fmt: skip
    return close(context, release, "failed", "the empty stack stays", cause=cause)
