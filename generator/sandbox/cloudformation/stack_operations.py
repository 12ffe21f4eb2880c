"""The operations that move stacks, and the settings that guard them.

Source: AWS CloudFormation API Reference of each operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation import operation_start, stack_policy
from generator.sandbox.cloudformation.change_set_changes import preview
from generator.sandbox.cloudformation.change_set_creation import NO_UPDATES
from generator.sandbox.cloudformation.request_input import check_name, source
from generator.sandbox.cloudformation.stack_settings import flag, new_stack, settings
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server.errors import AwsError, refused

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.request_input import Call


def create_stack(call: Call) -> dict[str, Any]:
    """`CreateStack`."""
    cloud = call.cloud
    name = call.required("StackName")
    check_name(name, "stackName")
    with cloud.lock:
        there = call.find()
        token = call.text("ClientRequestToken")
        if there is not None and not there.gone:
            if token and there.tokens.get(token) == "CreateStack":
                return {"StackId": there.stack_id}
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    if call.text("OnFailure") and call.flag("DisableRollback"):
        raise invalid("You can specify either DisableRollback or OnFailure, but not both.")
    _refuse_what_we_lack(call)
    target = source(call, None)
    with cloud.lock:
        if call.find() is not None and not call.stack().gone:
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = new_stack(call, "CREATE_IN_PROGRESS")
        operation_start.repeated(stack, token, "CreateStack")
        stack.protected = call.flag("EnableTerminationProtection")
        stack.policy = stack_policy.parse(call.text("StackPolicyBody")) if call.text("StackPolicyBody") else ""
        stack.disable_rollback = call.flag("DisableRollback") or flag(stack.deployment, "DisableRollback")
        stack.retain_except_on_create = call.flag("RetainExceptOnCreate")
        stack.on_failure = call.text("OnFailure") or ("DO_NOTHING" if stack.disable_rollback else "ROLLBACK")
        stack.timeout_minutes = call.request.number("TimeoutInMinutes") or 0
        cloud.stacks[stack.stack_id] = stack
        operation = operation_start.start_create(cloud, stack, target, token)
        return {"StackId": stack.stack_id, "OperationId": operation}


def update_stack(call: Call) -> dict[str, Any]:
    """`UpdateStack`: an update without a change set, which makes the stack's change sets obsolete."""
    cloud = call.cloud
    with cloud.lock:
        stack = call.find()
        if stack is None:
            raise invalid(f"Stack [{call.text('StackName')}] does not exist")
        token = call.text("ClientRequestToken")
        if token and stack.tokens.get(token) == "UpdateStack":
            return {"StackId": stack.stack_id, "OperationId": stack.current().operation_id}
        operation_start.check_updatable(stack)
    _refuse_what_we_lack(call)
    target = source(call, stack)
    found = preview(cloud, stack, target, validate=False)
    if not found.changes and not found.outputs_change:
        raise invalid(NO_UPDATES)
    with cloud.lock:
        operation_start.check_updatable(stack)
        operation_start.repeated(stack, token, "UpdateStack")
        settings(call.request.params, stack)
        if call.text("StackPolicyBody"):
            stack.policy = stack_policy.parse(call.text("StackPolicyBody"))
        stack.disable_rollback = call.flag("DisableRollback") or flag(stack.deployment, "DisableRollback")
        for change_set in stack.change_sets.values():
            if not change_set.execution.startswith("EXECUTE_"):
                change_set.execution = "OBSOLETE"
        operation = operation_start.start_update(cloud, stack, target, token)
        return {"StackId": stack.stack_id, "OperationId": operation}


def _refuse_what_we_lack(call: Call) -> None:
    for name in ("StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL", "StackPolicyURL"):
        if call.text(name):
            raise refused(name, "set the policy with SetStackPolicy and its body")


def delete_stack(call: Call) -> dict[str, Any]:
    """`DeleteStack`. That there is no such stack is fine, as on AWS."""
    with call.cloud.lock:
        stack = call.find()
        if stack is None or stack.gone:
            return {}
        operation_start.start_delete(
            call.cloud,
            stack,
            call.text("ClientRequestToken"),
            retain=[str(name) for name in call.items("RetainResources")],
            force=call.text("DeletionMode") == "FORCE_DELETE_STACK",
            role_arn=call.text("RoleARN"),
        )
    return {}


def cancel_update_stack(call: Call) -> dict[str, Any]:
    """`CancelUpdateStack`."""
    with call.cloud.lock:
        operation_start.cancel(call.cloud, call.stack(), call.text("ClientRequestToken"))
    return {}


def continue_update_rollback(call: Call) -> dict[str, Any]:
    """`ContinueUpdateRollback`, with resources to skip or by force."""
    with call.cloud.lock:
        stack = call.stack()
        if call.text("RoleARN"):
            stack.role_arn = call.text("RoleARN")
        operation_start.start_continue(
            call.cloud,
            stack,
            call.text("ClientRequestToken"),
            [str(name) for name in call.items("ResourcesToSkip")],
            force=call.flag("ForceRollback"),
        )
    return {}


def rollback_stack(call: Call) -> dict[str, Any]:
    """`RollbackStack`."""
    with call.cloud.lock:
        stack = call.stack()
        if call.text("RoleARN"):
            stack.role_arn = call.text("RoleARN")
        stack.retain_except_on_create = call.flag("RetainExceptOnCreate")
        operation = operation_start.start_rollback(call.cloud, stack, call.text("ClientRequestToken"))
        return {"StackId": stack.stack_id, "OperationId": operation}


def update_termination_protection(call: Call) -> dict[str, Any]:
    """`UpdateTerminationProtection`."""
    with call.cloud.lock:
        stack = call.stack()
        if stack.gone or stack.status == "DELETE_IN_PROGRESS":
            raise invalid(f"Stack [{stack.name}] is in {stack.status} state and its protection can not be updated")
        stack.protected = call.flag("EnableTerminationProtection")
        return {"StackId": stack.stack_id}


def set_stack_policy(call: Call) -> dict[str, Any]:
    """`SetStackPolicy`."""
    with call.cloud.lock:
        call.stack().policy = stack_policy.parse(call.required("StackPolicyBody"))
    return {}


def get_stack_policy(call: Call) -> dict[str, Any]:
    """`GetStackPolicy`."""
    with call.cloud.lock:
        return {"StackPolicyBody": call.stack().policy or None}
