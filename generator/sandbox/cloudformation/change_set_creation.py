"""Making change sets: `CreateChangeSet`.

Source: AWS CloudFormation API Reference and User Guide, "Update CloudFormation stacks using change sets".
"""

from __future__ import annotations

import threading
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation import operation_start
from generator.sandbox.cloudformation.change_set_changes import Finding, preview
from generator.sandbox.cloudformation.ids import arn, new_id
from generator.sandbox.cloudformation.model import ChangeSet, Event, Operation, Stack
from generator.sandbox.cloudformation.request_input import check_name, source
from generator.sandbox.cloudformation.stack_settings import flag, live, new_stack
from generator.sandbox.cloudformation.store import plain
from generator.sandbox.cloudformation.template_values import invalid
from generator.sandbox.server.clock import Interrupted
from generator.sandbox.server.errors import AwsError, refused

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Source
    from generator.sandbox.cloudformation.request_input import Call
    from generator.sandbox.cloudformation.store import Cloud

_WAIT = 4.0  # AWS's seconds to make a change set; assumed
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
NO_UPDATES = "No updates are to be performed."


def create_change_set(call: Call) -> dict[str, Any]:
    """`CreateChangeSet`."""
    cloud, request = call.cloud, call.request
    name, kind = call.required("ChangeSetName"), call.text("ChangeSetType") or "UPDATE"
    check_name(name, "changeSetName")
    _refuse_what_we_lack(call, kind)
    with cloud.lock:
        stack, same = _checked(call, kind, name)
    if same is not None:
        return {"Id": same.change_set_id, "StackId": same.stack_id}
    target = source(call, stack)
    _check_types(call, target)
    _check_role(call)
    with cloud.lock:
        stack, same = _checked(call, kind, name)  # somebody else may have been quicker
        if same is not None:
            return {"Id": same.change_set_id, "StackId": same.stack_id}
        if stack is None:
            stack = _review(call)
        operation = Operation(operation_id=new_id(), kind="CREATE_CHANGESET", started=cloud.host.clock.now())
        change_set = ChangeSet(
            change_set_id=arn("changeSet", (request.account, request.region), name),
            name=name,
            kind=kind,
            created=cloud.host.clock.now(),
            source=target,
            stack_id=stack.stack_id,
            operation_id=operation.operation_id,
            request=plain({key: value for key, value in request.params.items() if key != "TemplateBody"}),
            use_previous_template=call.flag("UsePreviousTemplate"),
        )
        operation.change_set_id = change_set.change_set_id
        stack.operations.append(operation)
        stack.change_sets[change_set.change_set_id] = change_set
        if stack.status == "REVIEW_IN_PROGRESS":
            stack.last_change_set = change_set.change_set_id
    begin(cloud, stack, change_set)
    return {"Id": change_set.change_set_id, "StackId": stack.stack_id}


def begin(cloud: Cloud, stack: Stack, change_set: ChangeSet) -> None:
    """Make a change set on a thread of its own, for the first time or after a restart."""
    operation = next(one for one in stack.operations if one.operation_id == change_set.operation_id)
    thread = threading.Thread(
        target=_work, args=(cloud, stack, change_set, operation), name=f"cloudformation {change_set.name}", daemon=True
    )
    cloud.threads = [thread, *(other for other in cloud.threads if other.is_alive())]
    thread.start()


def _checked(call: Call, kind: str, name: str) -> tuple[Stack | None, ChangeSet | None]:
    """The stack, and the change set that the same request made before.

    Raises:
        AwsError: The stack can't have such a change set now, or the name is taken.
    """
    stack = call.find()
    if stack is not None and stack.gone:
        stack = None
    same = _existing(call, stack, name) if stack is not None else None
    if same is None:
        _check_stack(call, stack, kind, name)
    return stack, same


def _check_types(call: Call, target: Source) -> None:
    """API Reference, CreateChangeSet: ResourceTypes, with `*` at the end."""
    allowed = [str(item) for item in call.items("ResourceTypes")]
    used = sorted({str(definition["Type"]) for definition in target.template["Resources"].values()})
    strange = [kind for kind in used if not any(fnmatchcase(kind, pattern) for pattern in allowed)]
    if allowed and strange:
        raise invalid(f"Resource type {strange[0]} is not allowed by parameter ResourceTypes {allowed}")


def _refuse_what_we_lack(call: Call, kind: str) -> None:
    if kind not in ("CREATE", "UPDATE", "IMPORT"):
        raise invalid(
            f"1 validation error detected: Value '{kind}' at 'changeSetType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [IMPORT, UPDATE, CREATE]"
        )
    if kind == "IMPORT" or call.items("ResourcesToImport") or call.flag("ImportExistingResources"):
        raise refused("resource import", "create the resources with a stack of their own")
    if call.text("DeploymentMode"):
        raise refused("drift-aware change sets (DeploymentMode)", "detect drift, and deploy the template again")
    if call.flag("IncludeNestedStacks"):
        raise refused("nested stacks", "deploy each stack by itself")
    if call.text("OnStackFailure") and kind != "CREATE":
        raise invalid("OnStackFailure parameter can only be used with CREATE change set type")


def _existing(call: Call, stack: Stack, name: str) -> ChangeSet | None:
    """The change set that an earlier call with the same token made.

    Raises:
        AwsError: `AlreadyExistsException` if the name is taken.
    """
    found = next((item for item in live(stack) if item.name == name), None)
    if found is None:
        return None
    token = call.text("ClientToken")
    if token and found.request.get("ClientToken") == token:
        now = plain({key: value for key, value in call.request.params.items() if key != "TemplateBody"})
        if now == found.request and call.text("TemplateBody") in ("", found.source.body):
            return found
        raise AwsError(
            "AlreadyExistsException",
            f"ChangeSet {name} cannot be created due to a mismatch with existing attribute Template",
        )
    raise AwsError(
        "AlreadyExistsException",
        f"ChangeSet {name} cannot be created due to a mismatch with existing attribute ClientToken",
    )


def _check_stack(call: Call, stack: Stack | None, kind: str, name: str) -> None:
    asked = call.text("StackName")
    if kind == "CREATE":
        if stack is None:
            check_name(asked, "stackName")
        elif stack.status != "REVIEW_IN_PROGRESS":
            raise invalid(f"Stack [{asked}] already exists and cannot be created again with the changeSet [{name}].")
        return
    if stack is None:
        raise invalid(f"Stack [{asked}] does not exist")
    operation_start.check_updatable(stack)


def _check_role(call: Call) -> None:
    role = call.text("RoleARN")
    if role:
        call.cloud.host.assume(call.request.account, call.request.region, role)


def _review(call: Call) -> Stack:
    """A new stack that waits for its change set to be executed."""
    cloud, request = call.cloud, call.request
    stack = new_stack(call, "REVIEW_IN_PROGRESS")
    stack.reason = "User Initiated"
    stack.events.append(
        Event(
            event_id=new_id(),
            at=cloud.host.clock.now(),
            operation_id="",
            logical_id=stack.name,
            physical_id=stack.stack_id,
            type="AWS::CloudFormation::Stack",
            status="REVIEW_IN_PROGRESS",
            reason="User Initiated",
            token=request.text("ClientToken"),
        )
    )
    cloud.stacks[stack.stack_id] = stack
    return stack


def _work(cloud: Cloud, stack: Stack, change_set: ChangeSet, operation: Operation) -> None:
    """Make the change set, on a thread of its own."""
    try:
        change_set.status = "CREATE_IN_PROGRESS"
        cloud.host.clock.sleep(_WAIT)
        found = preview(cloud, stack, change_set.source, validate=not flag(change_set.request, "DisableValidation"))
    except Interrupted:
        return
    except AwsError as error:
        _fail(cloud, change_set, operation, error.message)
        return
    with cloud.lock:
        change_set.changes = found.changes
        for finding in found.findings:
            stack.events.append(_finding(cloud, operation, finding))
    failed = list(dict.fromkeys(finding.hook for finding in found.findings if finding.mode == "FAIL"))
    if failed:
        reason = (
            f"The following hook(s)/validation failed: [{', '.join(failed)}]. To troubleshoot Early Validation errors, "
            "use the DescribeEvents API for detailed failure information."
        )
        _fail(cloud, change_set, operation, reason)
    elif not found.changes and not found.outputs_change and change_set.kind == "UPDATE":
        _fail(cloud, change_set, operation, NO_CHANGES if _same(stack.source, change_set.source) else NO_UPDATES)
    else:
        with cloud.lock:
            change_set.status, change_set.execution = "CREATE_COMPLETE", "AVAILABLE"
            operation.outcome, operation.ended = "SUCCEEDED", cloud.host.clock.now()


def _same(before: Source | None, after: Source) -> bool:
    """Whether nothing at all was submitted that differs, which AWS words otherwise than a change without effect."""
    return before is not None and (before.body, before.parameters, before.tags) == (
        after.body,
        after.parameters,
        after.tags,
    )


def _fail(cloud: Cloud, change_set: ChangeSet, operation: Operation, reason: str) -> None:
    with cloud.lock:
        change_set.status, change_set.execution, change_set.reason = "FAILED", "UNAVAILABLE", reason
        operation.outcome, operation.ended = "FAILED", cloud.host.clock.now()


def _finding(cloud: Cloud, operation: Operation, finding: Finding) -> Event:
    return Event(
        event_id=new_id(),
        at=cloud.host.clock.now(),
        operation_id=operation.operation_id,
        logical_id=finding.logical_id,
        physical_id="",
        type=finding.type,
        validation={
            "ValidationFailureMode": finding.mode,
            "ValidationName": finding.name,
            "ValidationStatus": "FAILED",
            "ValidationStatusReason": finding.reason,
            "ValidationPath": finding.path,
        },
    )
