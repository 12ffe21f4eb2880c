"""Rolling a stack back after a failure, on request, or again after a rollback that failed; and deleting stacks.

Source: AWS CloudFormation User Guide, "Stack failure options", "Continue rolling back an update" and "Delete a stack".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import resource_operations
from generator.sandbox.cloudformation.clean_up import clean_up
from generator.sandbox.cloudformation.graph_walk import reverse, walk
from generator.sandbox.cloudformation.model import Owing
from generator.sandbox.cloudformation.references import acyclic, needs

if TYPE_CHECKING:
    from collections.abc import Collection

    from generator.sandbox.cloudformation.model import Resource, Stack
    from generator.sandbox.cloudformation.operation_run import Run


def rollback_create(run: Run, reason: str) -> None:
    """What `OnStackFailure` says after a failed creation: roll back, delete, or leave all as it is."""
    match run.stack.on_failure:
        case "DO_NOTHING":
            run.state("CREATE_FAILED", reason)
            run.end("FAILED")
        case "DELETE":
            delete_stack(run.next("DELETE_STACK"), f"{reason}Delete requested by user.", rollback=True)
        case _:
            undo_create(run.next("ROLLBACK"), f"{reason}Rollback requested by user.")


def undo_create(run: Run, reason: str) -> None:
    """Delete what a failed creation made; the stack stays as `ROLLBACK_COMPLETE` and can only be deleted."""
    run.state("ROLLBACK_IN_PROGRESS", reason)
    failed = _delete_all(run, rollback=True)
    if run.abandoned:
        return
    if failed:
        run.state("ROLLBACK_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        run.end("FAILED")
        return
    with run.cloud.lock:
        run.stack.outputs, run.stack.imports = [], []
    run.state("ROLLBACK_COMPLETE")
    run.end("SUCCEEDED")


def _delete_all(run: Run, *, rollback: bool = False, retain: Collection[str] = (), force: bool = False) -> list[str]:
    stack = run.stack
    there = {name: resource for name, resource in stack.resources.items() if resource.status != "DELETE_COMPLETE"}
    graph = {name: [need for need in resource.needs if need in there] for name, resource in there.items()}

    def act(name: str) -> bool:
        policy = "Retain" if name in retain else _policy(there[name], stack, rollback=rollback)
        return resource_operations.delete(run, there[name], policy, rollback=rollback) or force

    walked = walk(reverse(acyclic(graph)), act)
    for owed in list(stack.owing):
        resource_operations.delete(run, owed.resource, owed.policy, rollback=rollback)
    with run.cloud.lock:
        stack.owing = []
    return walked.failed


def _policy(resource: Resource, stack: Stack, *, rollback: bool) -> str:
    """ExecuteChangeSet, RetainExceptOnCreate: a rollback then deletes what is new, `Retain` or not."""
    policy = resource.policy("DeletionPolicy")
    kept = {"RetainExceptOnCreate", "Retain"} if stack.retain_except_on_create else {"RetainExceptOnCreate"}
    return "Delete" if rollback and policy in kept else policy


def delete_stack(
    run: Run,
    reason: str = "User Initiated",
    *,
    rollback: bool = False,
    retain: Collection[str] = (),
    force: bool = False,
) -> None:
    """Delete a stack's resources, those that need others first, and then the stack."""
    run.state("DELETE_IN_PROGRESS", reason)
    failed = _delete_all(run, rollback=rollback, retain=retain, force=force)
    if run.abandoned:
        return
    if failed:
        run.state("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        run.end("FAILED")
        return
    stack = run.stack
    with run.cloud.lock:
        stack.deleted = run.now()
        stack.outputs, stack.imports = [], []
        stack.change_sets = {}
        run.state("DELETE_COMPLETE")
    run.end("SUCCEEDED")


def rollback_update(run: Run, reason: str) -> None:
    """After a failed update: leave all as it is if rollback is off, else go back to what was stable."""
    if run.stack.disable_rollback and not run.cancelled:
        run.state("UPDATE_FAILED", reason)
        run.end("FAILED")
        return
    drop_stable(run.stack)
    undo_update(run.next("ROLLBACK"), reason)


def drop_stable(stack: Stack) -> None:
    """Owe only what failed updates made on the way: what was stable before them is taken back, not deleted."""
    stable = {(old.logical_id, old.physical_id) for old in stack.stable_resources.values()}
    stack.owing = [
        Owing(resource=owed.resource, policy="Delete")
        for owed in stack.owing
        if (owed.resource.logical_id, owed.resource.physical_id) not in stable
    ]


def undo_update(run: Run, reason: str, *, skip: Collection[str] = (), force: bool = False) -> None:
    """Bring every touched resource back, then delete what the update made.

    Args:
        run: The operation.
        reason: What the stack shows.
        skip: Resources that are said to be back without touching them (`ResourcesToSkip`).
        force: Skip whatever fails (`ForceRollback`).
    """
    stack = run.stack
    run.state("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    with run.cloud.lock:
        if stack.stable is not None:
            stack.source = stack.stable
    before = stack.stable_resources
    touched = {name for name, old in before.items() if name in stack.resources and _differs(stack.resources[name], old)}
    order = (
        needs(stack.source.template, [name for name in before if name in stack.source.template["Resources"]])
        if stack.source
        else {}
    )
    graph = {name: [need for need in order.get(name, []) if need in touched] for name in touched}

    def act(name: str) -> bool:
        resource, old = stack.resources[name], before[name]
        if name in skip or (not resource_operations.restore(run, resource, old) and force):
            resource_operations.take_back(resource, old)
            run.event(resource, "UPDATE_COMPLETE", "Resource skipped during rollback")
        return resource.status == "UPDATE_COMPLETE"

    walked = walk(graph, act)
    if run.abandoned:
        return
    if walked.failed:
        run.state(
            "UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{', '.join(walked.failed)}]. "
        )
        run.end("FAILED")
        return
    _drop_new(run, skip)


def _differs(now: Resource, old: Resource) -> bool:
    same = (now.physical_id, now.props, now.tags, now.definition) == (
        old.physical_id,
        old.props,
        old.tags,
        old.definition,
    )
    return not same or now.status.endswith(("_FAILED", "_IN_PROGRESS"))


def _drop_new(run: Run, skip: Collection[str]) -> None:
    """The clean-up of a rollback: delete what the failed update had created."""
    stack = run.stack
    with run.cloud.lock:
        for name in [name for name in stack.resources if name not in stack.stable_resources]:
            resource = stack.resources.pop(name)
            if name not in skip and resource.physical_id:
                policy = resource.policy("DeletionPolicy")
                stack.owing.append(Owing(resource=resource, policy=policy))
        for name, old in stack.stable_resources.items():
            stack.resources.setdefault(name, old).needs = old.needs
    finish_rollback(run)


def finish_rollback(run: Run) -> None:
    """Every resource is back: clean up, and no operation of the stack is running any more."""
    stack = run.stack
    clean_up(run, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    with run.cloud.lock:
        stack.stable, stack.stable_resources = None, {}
    run.state("UPDATE_ROLLBACK_COMPLETE")
    run.end("SUCCEEDED")
