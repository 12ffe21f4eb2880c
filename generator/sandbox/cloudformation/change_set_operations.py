"""The operations on change sets.

Source: AWS CloudFormation API Reference and User Guide, "Update CloudFormation stacks using change sets".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation import operation_start
from generator.sandbox.cloudformation.change_set_diff import without_values
from generator.sandbox.cloudformation.parameters import shown
from generator.sandbox.cloudformation.request_input import page
from generator.sandbox.cloudformation.stack_settings import flag, live, settings
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import ChangeSet, Stack
    from generator.sandbox.cloudformation.request_input import Call

_PAGE = 100


def find(call: Call) -> tuple[Stack, ChangeSet]:
    """The change set that a request names: by ARN, or by name with the stack's name or id.

    Raises:
        AwsError: `ChangeSetNotFound`, or `ValidationError` for a name without a stack.
    """
    name = call.required("ChangeSetName")
    if name.startswith("arn:"):
        for stack in call.cloud.of(call.request.account, call.request.region):
            if name in stack.change_sets:
                return stack, stack.change_sets[name]
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    if not call.text("StackName"):
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    stack_found = call.find()
    if stack_found is None:
        raise invalid(f"Stack [{call.text('StackName')}] does not exist")
    # A name may be used again after its change set was executed: the newest one counts.
    for change_set in reversed(stack_found.change_sets.values()):
        if change_set.name == name:
            return stack_found, change_set
    raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def describe_change_set(call: Call) -> dict[str, Any]:
    """`DescribeChangeSet`. By name, an obsolete change set shows no changes (assumed); by ARN it does."""
    with call.cloud.lock:
        stack, change_set = find(call)
        hidden = change_set.execution == "OBSOLETE" and not call.text("ChangeSetName").startswith("arn:")
        rows, token = page([] if hidden else change_set.changes, call.text("NextToken"), _PAGE)
        values = call.flag("IncludePropertyValues")
        request = change_set.request
        return _summary(stack, change_set) | {
            "Parameters": shown(change_set.source.template, change_set.source.parameters, change_set.source.resolved),
            "StackDriftStatus": None,
            "NotificationARNs": request.get("NotificationARNs") or [],
            "RollbackConfiguration": request.get("RollbackConfiguration") or {},
            "Capabilities": change_set.source.capabilities,
            "Tags": [{"Key": key, "Value": value} for key, value in change_set.source.tags.items()],
            "OnStackFailure": request.get("OnStackFailure"),
            "DeploymentConfig": request.get("DeploymentConfig"),
            "Changes": [
                {"Type": "Resource", "ResourceChange": change if values else without_values(change)} for change in rows
            ],
            "NextToken": token,
        }


def _summary(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.change_set_id,
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "Description": change_set.request.get("Description"),
        "CreationTime": change_set.created,
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "StatusReason": change_set.reason or None,
        "IncludeNestedStacks": False,
        "ImportExistingResources": False,
    }


def list_change_sets(call: Call) -> dict[str, Any]:
    """`ListChangeSets`: those that are not executed yet (assumed; the page speaks of "active" change sets)."""
    with call.cloud.lock:
        stack = call.find()
        if stack is None:
            raise invalid(f"Stack [{call.text('StackName')}] does not exist")
        rows, token = page(live(stack), call.text("NextToken"), _PAGE)
        return {"Summaries": [_summary(stack, change_set) for change_set in rows], "NextToken": token}


def delete_change_set(call: Call) -> dict[str, Any]:
    """`DeleteChangeSet`. That it is gone already is fine, as on AWS; while it is executed it can't be deleted."""
    with call.cloud.lock:
        try:
            stack, change_set = find(call)
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                return {}
            raise
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.change_set_id}] cannot be deleted in its current status of [EXECUTE_IN_PROGRESS]",
            )
        del stack.change_sets[change_set.change_set_id]
        return {}


def execute_change_set(call: Call) -> dict[str, Any]:
    """`ExecuteChangeSet`: starts the creation or the update, and deletes the stack's other change sets."""
    cloud = call.cloud
    with cloud.lock:
        stack, change_set = find(call)
        token = call.text("ClientRequestToken")
        if operation_start.repeated(stack, token, f"ExecuteChangeSet {change_set.change_set_id}"):
            return {}
        try:
            _check_executable(stack, change_set, call)
        except AwsError:
            stack.tokens.pop(token, None)
            raise
        change_set.execution = "EXECUTE_IN_PROGRESS"
        stack.last_change_set = change_set.change_set_id
        settings(change_set.request, stack)
        stack.disable_rollback = call.flag("DisableRollback") or flag(stack.deployment, "DisableRollback")
        stack.retain_except_on_create = call.flag("RetainExceptOnCreate")
        for other in list(stack.change_sets.values()):
            if other is not change_set and not other.execution.startswith("EXECUTE_"):
                del stack.change_sets[other.change_set_id]
        if change_set.kind == "CREATE":
            default = "DO_NOTHING" if stack.disable_rollback else "ROLLBACK"
            stack.on_failure = str(change_set.request.get("OnStackFailure") or default)
            operation_start.start_create(cloud, stack, change_set.source, token, change_set)
        else:
            operation_start.start_update(cloud, stack, change_set.source, token, change_set)
    return {}


def _check_executable(stack: Stack, change_set: ChangeSet, call: Call) -> None:
    identity = change_set.change_set_id
    if change_set.status != "CREATE_COMPLETE":
        raise AwsError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{identity}] cannot be executed in its current status of [{change_set.status}]",
        )
    if change_set.execution != "AVAILABLE":
        raise AwsError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{identity}] cannot be executed in its current execution status of [{change_set.execution}]",
        )
    if call.flag("DisableRollback") and change_set.request.get("OnStackFailure"):
        raise invalid(
            "DisableRollback cannot be specified when OnStackFailure was given to CreateChangeSet; leave one out"
        )
    if change_set.kind == "UPDATE":
        operation_start.check_updatable(stack)
    elif stack.status != "REVIEW_IN_PROGRESS":
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
