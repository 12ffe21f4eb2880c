"""Starting operations on stacks: what state allows which, tokens, and the thread that runs each.

Source: AWS CloudFormation API Reference of each operation, and the User Guide, "Stack status codes".
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from generator.sandbox.cloudformation import resource_operations, rollback, stack_execution
from generator.sandbox.cloudformation.operation_run import Run
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server.clock import Interrupted
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from generator.sandbox.cloudformation.model import ChangeSet, Source, Stack
    from generator.sandbox.cloudformation.store import Cloud

_UPDATABLE = frozenset(
    "CREATE_COMPLETE UPDATE_COMPLETE UPDATE_ROLLBACK_COMPLETE IMPORT_COMPLETE IMPORT_ROLLBACK_COMPLETE CREATE_FAILED UPDATE_FAILED".split()  # noqa: SIM905
)
_CANCELLABLE = frozenset({"UPDATE_IN_PROGRESS"})


def check_updatable(stack: Stack) -> None:
    """Refuse what would change a stack that can't change now.

    Raises:
        AwsError: `ValidationError`.
    """
    if stack.status not in _UPDATABLE:
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def repeated(stack: Stack, token: str, what: str) -> bool:
    """Whether this request was made before with the same token, so that nothing is left to do; notes the token.

    Raises:
        AwsError: `TokenAlreadyExistsException` if the token was used for something else.
    """
    if not token:
        return False
    before = stack.tokens.get(token)
    if before is None:
        stack.tokens[token] = what
        return False
    if before != what:
        raise AwsError(
            "TokenAlreadyExistsException", f"A client request token {token} already exists for another operation"
        )
    return True


def start(run: Run, job: Callable[[], None]) -> None:
    """Run an operation's job on a thread of its own."""

    def work() -> None:
        try:
            job()
        except Interrupted:  # the sandbox was reset or ends
            run.halt.set()

    thread = threading.Thread(target=work, name=f"cloudformation {run.stack.name}", daemon=True)
    run.cloud.threads = [thread, *(other for other in run.cloud.threads if other.is_alive())]
    thread.start()


def _claim(stack: Stack, status: str) -> None:
    """Take the stack before the thread runs, so that a second request sees it busy."""
    stack.status = status


def start_create(cloud: Cloud, stack: Stack, source: Source, token: str, change_set: ChangeSet | None = None) -> str:
    """Create a stack's resources; answers the operation's id."""
    run = Run(cloud, stack, "CREATE_STACK", token, change_set.change_set_id if change_set else "")
    _claim(stack, "CREATE_IN_PROGRESS")
    start(run, lambda: finishing(run, change_set, lambda: stack_execution.create(run, source)))
    return run.operation.operation_id


def start_update(cloud: Cloud, stack: Stack, source: Source, token: str, change_set: ChangeSet | None = None) -> str:
    """Update a stack; answers the operation's id."""
    check_updatable(stack)
    run = Run(cloud, stack, "UPDATE_STACK", token, change_set.change_set_id if change_set else "")
    failed = stack.status.endswith("_FAILED")
    if not failed:
        stack.stable, stack.stable_resources = stack.source, resource_operations.copies(stack.resources)
    _claim(stack, "UPDATE_IN_PROGRESS")
    start(run, lambda: finishing(run, change_set, lambda: stack_execution.update(run, source)))
    return run.operation.operation_id


def finishing(run: Run, change_set: ChangeSet | None, job: Callable[[], None]) -> None:
    """Do the job; then the change set says whether it went well."""
    job()
    if change_set is not None and run.stack.stack_id in run.cloud.stacks:
        fine = run.stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        with run.cloud.lock:
            change_set.execution = "EXECUTE_COMPLETE" if fine else "EXECUTE_FAILED"


def start_delete(  # noqa: PLR0913 - the members of DeleteStack
    cloud: Cloud, stack: Stack, token: str, *, retain: Collection[str] = (), force: bool = False, role_arn: str = ""
) -> None:
    """Delete a stack.

    Raises:
        AwsError: `ValidationError`: it is protected, its exports are in use, it is being updated, or its role is gone.
    """
    if stack.gone or repeated(stack, token, "DeleteStack"):
        return
    _check_deletable(cloud, stack, retain)
    if stack.status == "DELETE_IN_PROGRESS":
        return
    role = role_arn or stack.role_arn
    if role:
        cloud.host.assume(stack.account, stack.region, role)
    before = cloud.runs.get(stack.stack_id)
    if stack.busy and before is not None:
        before.superseded = True
        before.halt.set()
    stack.role_arn = role
    stack.deletion_mode = "FORCE_DELETE_STACK" if force else "STANDARD"
    others = [thread for thread in cloud.threads if thread.name == f"cloudformation {stack.name}" and thread.is_alive()]
    run = Run(cloud, stack, "DELETE_STACK", token)
    _claim(stack, "DELETE_IN_PROGRESS")

    def job() -> None:
        for thread in others:
            thread.join()
        rollback.delete_stack(run, retain=retain, force=force)

    start(run, job)


def _check_deletable(cloud: Cloud, stack: Stack, retain: Collection[str]) -> None:
    if stack.protected:
        raise invalid(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled; "
            "call UpdateTerminationProtection first"
        )
    if stack.busy and stack.status not in ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        raise invalid(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
    if retain and stack.status != "DELETE_FAILED":
        raise invalid(
            f"Invalid operation on stack [{stack.stack_id}]. RetainResources is only for stacks in DELETE_FAILED"
        )
    for output in stack.outputs:
        users = cloud.importers(stack.account, stack.region, output["ExportName"]) if "ExportName" in output else []
        if users:
            raise invalid(f"Export {output['ExportName']} cannot be deleted as it is in use by {', '.join(users)}")


def cancel(cloud: Cloud, stack: Stack, token: str) -> None:
    """Stop an update; it rolls back.

    Raises:
        AwsError: `ValidationError` if the stack is not being updated.
    """
    if repeated(stack, token, "CancelUpdateStack"):
        return
    if stack.status not in _CANCELLABLE:
        raise invalid("CancelUpdateStack cannot be called from current stack status")
    running = cloud.runs.get(stack.stack_id)
    if running is not None:
        running.cancelled = True
        running.halt.set()


def start_rollback(cloud: Cloud, stack: Stack, token: str) -> str:
    """Go back to the last stable state after a failure that was kept; a stack that never was stable is deleted."""
    if repeated(stack, token, "RollbackStack"):
        return stack.current().operation_id
    if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
        raise invalid(f"RollbackStack cannot be called from current stack status: {stack.status}")
    created = stack.stable is None
    run = Run(cloud, stack, "DELETE_STACK" if created else "ROLLBACK", token)
    if created:
        _claim(stack, "DELETE_IN_PROGRESS")
        start(run, lambda: rollback.delete_stack(run, rollback=True))
    else:
        _claim(stack, "UPDATE_ROLLBACK_IN_PROGRESS")
        rollback.drop_stable(stack)
        start(run, lambda: rollback.undo_update(run, "User Initiated"))
    return run.operation.operation_id


def start_continue(cloud: Cloud, stack: Stack, token: str, skip: Collection[str], *, force: bool) -> None:
    """Try a failed rollback again.

    Raises:
        AwsError: `ValidationError`: the rollback has not failed, or a resource to skip is not one that failed.
    """
    if repeated(stack, token, "ContinueUpdateRollback"):
        return
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise invalid(
            f"Stack:{stack.stack_id} is in {stack.status} state and can not continue update rollback; "
            "only UPDATE_ROLLBACK_FAILED can"
        )
    if skip and force:
        raise invalid("ResourcesToSkip and ForceRollback cannot be given together; choose one")
    for name in skip:
        resource = stack.resources.get(name)
        if resource is None or not resource.status.endswith("_FAILED"):
            raise invalid(
                f"Resource [{name}] cannot be skipped: only resources in UPDATE_FAILED because of the rollback can"
            )
    run = Run(cloud, stack, "CONTINUE_ROLLBACK", token)
    _claim(stack, "UPDATE_ROLLBACK_IN_PROGRESS")
    start(run, lambda: rollback.undo_update(run, "User Initiated", skip=skip, force=force))
