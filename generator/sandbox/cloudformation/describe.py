"""The operations that tell what stacks, resources, exports and events there are.

Source: AWS CloudFormation API Reference of each operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.change_set_operations import find as find_change_set
from generator.sandbox.cloudformation.operation_run import STACK_TYPE
from generator.sandbox.cloudformation.parameters import shown
from generator.sandbox.cloudformation.request_input import page
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Event, Operation, Resource, Stack
    from generator.sandbox.cloudformation.request_input import Call

_PAGE = 100


def describe_stacks(call: Call) -> dict[str, Any]:
    """`DescribeStacks`: one by name or id, or all that are not deleted."""
    with call.cloud.lock:
        if call.text("StackName"):
            return {"Stacks": [_stack(call.stack())]}
        there = [stack for stack in call.cloud.of(call.request.account, call.request.region) if not stack.gone]
        rows, token = page(there, call.text("NextToken"), _PAGE)
        return {"Stacks": [_stack(stack) for stack in rows], "NextToken": token}


def _stack(stack: Stack) -> dict[str, Any]:
    source = stack.source
    return {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "ChangeSetId": stack.last_change_set or None,
        "Description": source.template.get("Description") if source else None,
        "Parameters": shown(source.template, source.parameters, source.resolved) if source else [],
        "CreationTime": stack.created,
        "DeletionTime": stack.deleted,
        "LastUpdatedTime": stack.updated,
        "RollbackConfiguration": stack.rollback,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "DisableRollback": stack.disable_rollback,
        "DeploymentConfig": stack.deployment or None,
        "NotificationARNs": stack.notification_arns,
        "TimeoutInMinutes": stack.timeout_minutes or None,
        "Capabilities": source.capabilities if source else [],
        "Outputs": stack.outputs,
        "RoleARN": stack.role_arn or None,
        "Tags": [{"Key": key, "Value": value} for key, value in source.tags.items()] if source else [],
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": stack.drift_status, "LastCheckTimestamp": stack.drift_at},
        "RetainExceptOnCreate": stack.retain_except_on_create or None,
        "DeletionMode": stack.deletion_mode or None,
        "LastOperations": [
            {"OperationType": operation.kind, "OperationId": operation.operation_id} for operation in _last(stack)
        ],
    }


def _last(stack: Stack) -> list[Operation]:
    """The newest operation of each kind since the last one that a person asked for, newest first (order assumed)."""
    found: list[Operation] = []
    for operation in reversed(stack.operations):
        if operation.kind == "CREATE_CHANGESET" and found:
            continue
        found.append(operation)
        if operation.kind not in ("ROLLBACK", "CREATE_CHANGESET"):
            break
    moved = [operation for operation in found if operation.kind != "CREATE_CHANGESET"]
    return moved or found[:1]


def list_stacks(call: Call) -> dict[str, Any]:
    """`ListStacks`, deleted ones included, by status if asked."""
    with call.cloud.lock:
        statuses = {str(status) for status in call.items("StackStatusFilter")}
        there = [
            stack
            for stack in call.cloud.of(call.request.account, call.request.region)
            if not statuses or stack.status in statuses
        ]
        rows, token = page(there[::-1], call.text("NextToken"), _PAGE)
        return {"StackSummaries": [_stack_summary(stack) for stack in rows], "NextToken": token}


def _stack_summary(stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "TemplateDescription": stack.source.template.get("Description") if stack.source else None,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "DriftInformation": {"StackDriftStatus": stack.drift_status, "LastCheckTimestamp": stack.drift_at},
    }


def list_stack_resources(call: Call) -> dict[str, Any]:
    """`ListStackResources`."""
    with call.cloud.lock:
        rows, token = page(_resources(call.stack()), call.text("NextToken"), _PAGE)
        summaries = [_resource(row) | {"LastUpdatedTimestamp": row.at} for row in rows]
        return {"StackResourceSummaries": summaries, "NextToken": token}


def describe_stack_resources(call: Call) -> dict[str, Any]:
    """`DescribeStackResources`: of a stack, or of the stack that a physical id belongs to; at most 100."""
    with call.cloud.lock:
        stack = call.stack() if call.text("StackName") else _owner(call)
        logical_id = call.text("LogicalResourceId")
        rows = [
            _resource(row) | {"StackName": stack.name, "StackId": stack.stack_id, "Timestamp": row.at}
            for row in _resources(stack)
            if not logical_id or row.logical_id == logical_id
        ]
        if logical_id and not rows:
            raise invalid(f"Resource {logical_id} does not exist for stack {stack.name}")
        return {"StackResources": rows[:_PAGE]}


def _owner(call: Call) -> Stack:
    physical = call.required("PhysicalResourceId")
    for stack in call.cloud.of(call.request.account, call.request.region):
        if not stack.gone and any(row.physical_id == physical for row in list(stack.resources.values())):
            return stack
    raise invalid(f"Stack for {physical} does not exist")


def describe_stack_resource(call: Call) -> dict[str, Any]:
    """`DescribeStackResource`."""
    with call.cloud.lock:
        stack, name = call.stack(), call.required("LogicalResourceId")
        row = stack.resources.get(name)
        if row is None:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
        import json

        detail = _resource(row) | {
            "StackName": stack.name,
            "StackId": stack.stack_id,
            "LastUpdatedTimestamp": row.at,
            "Metadata": json.dumps(row.definition["Metadata"]) if "Metadata" in row.definition else None,
        }
        return {"StackResourceDetail": detail}


def _resources(stack: Stack) -> list[Resource]:
    return sorted((row for row in list(stack.resources.values()) if row.status), key=lambda row: row.logical_id)


def _resource(row: Resource) -> dict[str, Any]:
    drift = {"StackResourceDriftStatus": row.drift.status if row.drift else "NOT_CHECKED"}
    if row.drift:
        drift["LastCheckTimestamp"] = row.drift.at  # type: ignore[assignment] # text and a time, as the API has it
    return {
        "LogicalResourceId": row.logical_id,
        "PhysicalResourceId": row.physical_id or None,
        "ResourceType": row.type,
        "ResourceStatus": row.status,
        "ResourceStatusReason": row.reason or None,
        "DriftInformation": drift,
    }


def list_exports(call: Call) -> dict[str, Any]:
    """`ListExports`."""
    with call.cloud.lock:
        found = call.cloud.exports(call.request.account, call.request.region)
        rows, token = page(sorted(found), call.text("NextToken"), _PAGE)
        exports = [
            {"ExportingStackId": found[name][0].stack_id, "Name": name, "Value": found[name][1]} for name in rows
        ]
        return {"Exports": exports, "NextToken": token}


def list_imports(call: Call) -> dict[str, Any]:
    """`ListImports`."""
    with call.cloud.lock:
        name = call.required("ExportName")
        users = call.cloud.importers(call.request.account, call.request.region, name)
        if not users:
            raise invalid(f"Export '{name}' is not imported by any stack.")
        rows, token = page(users, call.text("NextToken"), _PAGE)
        return {"Imports": rows, "NextToken": token}


def describe_stack_events(call: Call) -> dict[str, Any]:
    """`DescribeStackEvents`, newest first; findings of validations are only in `DescribeEvents`."""
    with call.cloud.lock:
        stack = call.stack()
        events = [event for event in reversed(stack.events) if not event.validation]
        rows, token = page(events, call.text("NextToken"), _PAGE)
        return {"StackEvents": [_stack_event(stack, event) for event in rows], "NextToken": token}


def _stack_event(stack: Stack, event: Event) -> dict[str, Any]:
    return {
        "StackId": stack.stack_id,
        "EventId": event.event_id,
        "StackName": stack.name,
        "OperationId": event.operation_id or None,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or None,
        "ResourceProperties": event.properties or None,
        "ClientRequestToken": event.token or None,
    }


def describe_events(call: Call) -> dict[str, Any]:
    """`DescribeEvents`: the events of a stack, a change set or one operation, with validation findings."""
    with call.cloud.lock:
        stack, operation = _subject(call)
        failed = str((call.structure("Filters")).get("FailedEvents", "")).lower() == "true"
        rows = [
            row
            for event in reversed(stack.events)
            if not operation or event.operation_id == operation
            for row in [_operation_event(stack, event)]
            if not failed or row["EventType"].endswith("_ERROR")
        ]
        found, token = page(rows, call.text("NextToken"), _PAGE)
        return {"OperationEvents": found, "NextToken": token}


def _subject(call: Call) -> tuple[Stack, str]:
    """The stack and the operation to tell about; no operation means all."""
    if call.text("OperationId"):
        for stack in call.cloud.of(call.request.account, call.request.region):
            if any(operation.operation_id == call.text("OperationId") for operation in stack.operations):
                return stack, call.text("OperationId")
        raise AwsError("OperationNotFoundException", f"Operation {call.text('OperationId')} does not exist", 404)
    if call.text("ChangeSetName"):
        stack, change_set = find_change_set(call)
        return stack, change_set.operation_id
    if call.text("StackName"):
        return call.stack(), ""
    raise invalid("One of ChangeSetName, OperationId or StackName must be specified as input.")


def _operation_event(stack: Stack, event: Event) -> dict[str, Any]:
    operation = next((item for item in stack.operations if item.operation_id == event.operation_id), None)
    row: dict[str, Any] = {
        "EventId": event.event_id,
        "StackId": stack.stack_id,
        "OperationId": event.operation_id or None,
        "OperationType": operation.kind if operation else None,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id or None,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ClientRequestToken": event.token or None,
    }
    if event.validation:
        return row | {"EventType": "VALIDATION_ERROR"} | event.validation
    is_stack = event.type == STACK_TYPE and event.physical_id == stack.stack_id
    kind = "STACK_EVENT" if is_stack else "PROVISIONING_ERROR" if event.status.endswith("_FAILED") else "PROGRESS_EVENT"
    return row | {
        "EventType": kind,
        "OperationStatus": operation.outcome if operation and is_stack else None,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or None,
        "ResourceProperties": event.properties or None,
    }
