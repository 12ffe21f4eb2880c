"""What was under way when the sandbox ended is taken up when it starts again, and reaches a stable state.

AWS CloudFormation has no such moment, so the choice is ours (docs/sandbox.md, "Killed"): what made or changed resources
rolls back, because it is not known how far the last call came; deletions, rollbacks and clean-ups continue; change sets are created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import change_set_creation, rollback
from generator.sandbox.cloudformation.clean_up import clean_up
from generator.sandbox.cloudformation.operation_run import Run
from generator.sandbox.cloudformation.operation_start import finishing, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.cloudformation.model import Stack
    from generator.sandbox.cloudformation.store import Cloud

RESTARTED = "The sandbox was restarted. "
_CLEANING = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


def resume(cloud: Cloud) -> None:
    """Take up everything that is in progress in the stacks that were loaded."""
    for detection in cloud.detections.values():
        if detection.status == "DETECTION_IN_PROGRESS":
            detection.status, detection.reason = "DETECTION_FAILED", RESTARTED.strip()
    for stack in list(cloud.stacks.values()):
        creating = [one for one in stack.change_sets.values() if one.status in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}]
        if stack.busy:
            _settle(cloud, stack)
        for change_set in creating:
            change_set_creation.begin(cloud, stack, change_set)


def _settle(cloud: Cloud, stack: Stack) -> None:
    for operation in stack.operations:
        if operation.outcome == "IN_PROGRESS" and operation.kind != "CREATE_CHANGESET":
            operation.outcome, operation.ended = "FAILED", cloud.host.clock.now()
    executing = next((one for one in stack.change_sets.values() if one.execution == "EXECUTE_IN_PROGRESS"), None)
    kind, job = _job(stack)
    run = Run(cloud, stack, kind)
    start(run, lambda: finishing(run, executing, lambda: job(run)))


def _job(stack: Stack) -> tuple[str, Callable[[Run], None]]:
    """The kind of the operation that settles a stack, and what it does."""
    match stack.status:
        case "DELETE_IN_PROGRESS":
            return "DELETE_STACK", rollback.delete_stack
        case status if status == _CLEANING:
            return "UPDATE_STACK", _clean
        case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
            return "ROLLBACK", rollback.finish_rollback
        case status if status.startswith("UPDATE_"):
            return "ROLLBACK", lambda run: rollback.undo_update(run, RESTARTED)
        case _:
            return "ROLLBACK", lambda run: rollback.undo_create(run, RESTARTED)


def _clean(run: Run) -> None:
    """The update had succeeded: delete the rest of what it left."""
    clean_up(run, _CLEANING)
    run.state("UPDATE_COMPLETE")
    run.end("SUCCEEDED")
