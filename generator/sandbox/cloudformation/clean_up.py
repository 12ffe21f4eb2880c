"""The clean-up after an update or its rollback: what the stack no longer needs is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import resource_operations
from generator.sandbox.cloudformation.graph_walk import reverse, walk
from generator.sandbox.cloudformation.references import acyclic

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.operation_run import Run


def clean_up(run: Run, status: str) -> list[str]:
    """Delete what the stack no longer needs; answers what could not be deleted."""
    stack = run.stack
    run.state(status)
    with run.cloud.lock:
        owing = {f"{owed.resource.logical_id} {owed.resource.physical_id}": owed for owed in stack.owing}
    names = {owed.resource.logical_id: key for key, owed in owing.items()}
    graph = {
        key: [names[need] for need in owed.resource.needs if need in names and names[need] != key]
        for key, owed in owing.items()
    }
    rolling = "ROLLBACK" in status
    walked = walk(
        reverse(acyclic(graph)),
        lambda key: resource_operations.delete(run, owing[key].resource, owing[key].policy, rollback=rolling),
    )
    with run.cloud.lock:
        stack.owing = []
    return [*walked.failed, *walked.left]
