"""Creating and updating a stack, and what follows: clean-up, or rollback.

The states and their order are those of the AWS CloudFormation User Guide, "Stack status codes" and "Stack failure
options". Each function runs on the thread of its operation and returns when no operation of the stack is running any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import resource_operations
from generator.sandbox.cloudformation.clean_up import clean_up
from generator.sandbox.cloudformation.graph_walk import walk
from generator.sandbox.cloudformation.model import Owing
from generator.sandbox.cloudformation.outputs import write_outputs
from generator.sandbox.cloudformation.references import needs
from generator.sandbox.cloudformation.rollback import rollback_create, rollback_update
from generator.sandbox.cloudformation.rollback_triggers import alarm
from generator.sandbox.cloudformation.stack_policy import denied

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Source
    from generator.sandbox.cloudformation.operation_run import Run


def create(run: Run, source: Source) -> None:
    """Bring a new stack's resources into being; on failure do what `OnStackFailure` says."""
    stack = run.stack
    with run.cloud.lock:
        stack.source = source
    run.state("CREATE_IN_PROGRESS", "User Initiated")
    graph = needs(source.template, run.cloud.environment(stack, source).active())
    walked = walk(
        graph,
        lambda name: resource_operations.create(run, source, name, graph[name]),
        halted=run.halt.is_set,
        halt=run.halt.set,
    )
    reason = _failure(run, walked.failed, "create") or write_outputs(run, source) or alarm(run)
    if run.abandoned:
        return
    if not reason:
        run.state("CREATE_COMPLETE")
        run.end("SUCCEEDED")
        return
    rollback_create(run, reason)


def update(run: Run, source: Source) -> None:
    """Bring a stack to another template, parameters or tags; on failure roll back unless told not to."""
    stack = run.stack
    with run.cloud.lock:
        stack.source, stack.updated = source, run.now()
        stack.imports = []
    run.state("UPDATE_IN_PROGRESS", "User Initiated")
    active = run.cloud.environment(stack, source).active()
    graph = needs(source.template, active)
    reason = _forbidden_removals(run, set(active))
    if not reason:
        walked = walk(
            graph,
            lambda name: _bring(run, source, name, graph[name]),
            halted=run.halt.is_set,
            halt=run.halt.set,
        )
        reason = _failure(run, walked.failed, "update") or write_outputs(run, source) or alarm(run)
    if run.abandoned:
        return
    if reason:
        rollback_update(run, reason)
        return
    with run.cloud.lock:
        for name in [name for name in stack.resources if name not in graph]:
            resource = stack.resources.pop(name)
            stack.owing.append(Owing(resource=resource, policy=resource.policy("DeletionPolicy")))
        stack.stable, stack.stable_resources = None, {}
    failed = clean_up(run, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    run.state("UPDATE_COMPLETE", "Update successful. One or more resources could not be deleted." if failed else "")
    run.end("SUCCEEDED")


def _bring(run: Run, source: Source, name: str, before: list[str]) -> bool:
    if name in run.stack.resources:
        return resource_operations.update(run, source, name, before)
    return resource_operations.create(run, source, name, before)


def _forbidden_removals(run: Run, active: set[str]) -> str:
    """Why the stack policy forbids to remove a resource that the template no longer has."""
    refused = []
    for name, resource in run.stack.resources.items():
        reason = denied(run.stack.policy, resource, "Update:Delete") if name not in active else ""
        if reason:
            run.event(resource, "DELETE_FAILED", reason)
            refused.append(name)
    return f"The following resource(s) failed to delete: [{', '.join(refused)}]. " if refused else ""


def _failure(run: Run, failed: list[str], verb: str) -> str:
    """The reason that the stack shows, or empty if all went well."""
    if run.cancelled:
        return "User Initiated"
    if not failed and run.halt.is_set():
        return "The sandbox ends"
    creating = verb == "update" and all(
        run.stack.resources[name].status.startswith("CREATE") for name in failed if name in run.stack.resources
    )
    return (
        f"The following resource(s) failed to {'create' if creating else verb}: [{', '.join(failed)}]. "
        if failed
        else ""
    )
