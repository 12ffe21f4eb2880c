"""CloudFormation in one account and Region. Source: CloudFormation API Reference of each operation.

A change set is described by ARN, since by name an obsolete one looks empty; it is created, executed and deleted by name,
because the rights of the release role are bound to ``cloudformation:ChangeSetName``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from generator.aws.api_client import Api, ApiError
from generator.aws.change_sets import describe_change_set
from generator.aws.lru import LruCache
from generator.aws.stack_events import EventLog
from generator.release.digests import template_digest
from generator.release.errors import CannotExecute, CannotUndo, Invalid, TooLarge, Unavailable
from generator.release.model.observed import Described, Gone, NewChangeSet, StackEvent, StackNow, StackResource

INLINE = 51_200  # bytes of a template in a request (CloudFormation User Guide: quotas)
_MISSING = ("does not exist",)
_KEPT = 64


class CloudFormationStacks:
    """A ``ports.Stacks``. Templates of change sets never change, so each is asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._events = EventLog(api)
        self._templates: LruCache[str, Mapping[str, Any]] = LruCache(_KEPT)

    def describe(self, name: str) -> StackNow | None:
        """A stack by name or id; None if there is none, or only a deleted one."""
        try:
            row = self._api("describe_stacks", StackName=name)["Stacks"][0]
        except ApiError as error:
            if is_missing(error):
                return None
            raise
        return None if row["StackStatus"] == "DELETE_COMPLETE" else stack_now(row)

    def template(self, stack_id: str) -> Mapping[str, Any]:
        """The template of a stack as it was submitted."""
        return _parsed(self._api("get_template", StackName=stack_id, TemplateStage="Original"), stack_id)

    def change_set_template(self, change_set_arn: str, stack_id: str) -> Mapping[str, Any]:
        """The template that a change set carries."""
        found = self._templates.get(change_set_arn)
        if found is None:
            answer = self._api(
                "get_template", StackName=stack_id, ChangeSetName=change_set_arn, TemplateStage="Original"
            )
            found = self._templates.put(change_set_arn, _parsed(answer, change_set_arn))
        return found

    def create(self, new: NewChangeSet) -> None:
        """Start to create a change set. An existing one with this name is left as it is.

        Raises:
            Invalid: The template is too large, or CloudFormation refuses it or its parameters.
            Unavailable: The stack is busy.
        """
        if new.template is not None and (size := len(new.template.encode())) > INLINE:
            raise Invalid(f"the template of {new.stack_name} has {size} bytes, and 51,200 fit; split the stack")
        body = {"UsePreviousTemplate": True} if new.template is None else {"TemplateBody": new.template}
        # DELETE takes a stack that could not be created away again, so that the next release can create it.
        failure = {"OnStackFailure": "DELETE"} if new.kind == "CREATE" else {}
        try:
            self._api(
                "create_change_set",
                StackName=new.stack_name,
                ChangeSetName=new.name,
                ChangeSetType=new.kind,
                ClientToken=new.name,
                Description=new.description[:1024] or new.name,
                Parameters=[
                    {"ParameterKey": key, "UsePreviousValue": True}
                    if value is None
                    else {"ParameterKey": key, "ParameterValue": value}
                    for key, value in sorted(new.parameters.items())
                ],
                Tags=[{"Key": key, "Value": value} for key, value in sorted(new.tags.items())],
                Capabilities=list(new.capabilities),
                **body,
                **failure,
                **({"RoleARN": new.role} if new.role else {}),  # administrators work with their own rights
            )
        except ApiError as error:
            if error.code == "AlreadyExistsException" and "ChangeSet" in error.message:
                return
            if "_IN_PROGRESS state" in error.message:
                raise Unavailable(
                    f"{new.stack_name} is busy ({error.message}); wait until its operation ends"
                ) from error
            raise

    def change_set(self, stack_name: str, name: str, arn: str = "") -> Described:
        """A change set with all pages and property values, and the digest of the template it carries."""
        which = {"ChangeSetName": arn} if arn else {"StackName": stack_name, "ChangeSetName": name}
        try:
            answer = self._api("describe_change_set", **which, IncludePropertyValues=True)
            # By name an obsolete one shows no changes: the rest is asked by ARN.
            pages = [answer]
            while pages[-1].get("NextToken"):
                pages.append(
                    self._api(
                        "describe_change_set",
                        ChangeSetName=answer["ChangeSetId"],
                        IncludePropertyValues=True,
                        NextToken=pages[-1]["NextToken"],
                    )
                )
        except ApiError as error:
            if error.code in {"ChangeSetNotFound", "ChangeSetNotFoundException"} or is_missing(error):
                return Gone(reason=error.message)
            raise

        def digest() -> str:
            return template_digest(self.change_set_template(answer["ChangeSetId"], answer["StackId"]))

        return describe_change_set(self._api, pages, digest)

    def resolve(self, stack_id: str, name: str) -> str:
        """The ARN that a name refers to now. "" for none."""
        try:
            return str(self._api("describe_change_set", StackName=stack_id, ChangeSetName=name)["ChangeSetId"])
        except ApiError as error:
            if error.code in {"ChangeSetNotFound", "ChangeSetNotFoundException"} or is_missing(error):
                return ""
            raise

    def execute(self, stack_id: str, name: str, token: str) -> None:
        """Execute by stack id and name. A repetition with the same token is the same execution.

        Raises:
            CannotExecute: It was executed, is gone, or the stack is busy.
        """
        try:
            # What a failed operation made is removed again, whatever its DeletionPolicy: its name would be in the
            # way of the next try. What was there before stays.
            self._api(
                "execute_change_set",
                StackName=stack_id,
                ChangeSetName=name,
                ClientRequestToken=token,
                RetainExceptOnCreate=True,
            )
        except ApiError as error:
            if error.code == "TokenAlreadyExistsException":
                return  # this request was taken before
            if error.code in {"InsufficientCapabilitiesException", "LimitExceededException"}:
                raise
            raise CannotExecute(f"{name} can't be executed ({error.message}); read the stack again") from error

    def delete(self, stack_name: str, name: str) -> None:
        """Delete a change set by name. No error if it does not exist.

        Raises:
            CannotExecute: It is being executed.
        """
        try:
            self._api("delete_change_set", StackName=stack_name, ChangeSetName=name)
        except ApiError as error:
            if error.code in {"InvalidChangeSetStatus", "InvalidChangeSetStatusException"}:
                raise CannotExecute(f"{name} is being executed ({error.message}); wait until it ends") from error
            if error.code not in {"ChangeSetNotFound", "ChangeSetNotFoundException"} and not is_missing(error):
                raise

    def cancel_update(self, stack_id: str, token: str) -> None:
        """CancelUpdateStack: the update rolls back."""
        self._undo("cancel_update_stack", StackName=stack_id, ClientRequestToken=token)

    def continue_rollback(self, stack_id: str, skip: Sequence[str], token: str) -> None:
        """ContinueUpdateRollback, leaving resources behind."""
        skipped = {"ResourcesToSkip": list(skip)} if skip else {}
        self._undo("continue_update_rollback", StackName=stack_id, ClientRequestToken=token, **skipped)

    def events(self, stack_id: str, token: str) -> list[StackEvent]:
        """Events of the operation with this token, oldest first. Reads only the pages since it began."""
        return self._events.of(stack_id, token)

    def resources(self, stack_id: str) -> list[StackResource]:
        """The stack's resources; [] if there is no such stack."""
        try:
            rows = self._api.pages("list_stack_resources", "StackResourceSummaries", StackName=stack_id)
        except ApiError as error:
            if is_missing(error):
                return []
            raise
        return [
            StackResource(
                logical_id=row["LogicalResourceId"],
                type=row["ResourceType"],
                physical_id=row.get("PhysicalResourceId", ""),
                status=row["ResourceStatus"],
            )
            for row in rows
        ]

    def names(self, prefix: str) -> list[str]:
        """Names of the existing stacks that begin with this text, sorted.

        ListStacks reports deleted stacks as well, for 90 days (API Reference: ListStacks).
        """
        rows = self._api.pages("list_stacks", "StackSummaries")
        there = {row["StackName"] for row in rows if row["StackStatus"] != "DELETE_COMPLETE"}
        return sorted(name for name in there if name.startswith(prefix))

    def importers(self, export: str) -> list[str]:
        """Names of the stacks that import an export (API Reference: ListImports)."""
        try:
            return sorted(self._api.pages("list_imports", "Imports", ExportName=export))
        except ApiError as error:
            if "is not imported by any stack" in error.message:
                return []
            raise

    def delete_stack(self, stack_id: str, token: str) -> None:
        """Begin to delete a stack with the role that it has.

        Raises:
            CannotUndo: Something else happens to it, or it is protected.
        """
        try:
            self._api("delete_stack", StackName=stack_id, ClientRequestToken=token)
        except ApiError as error:
            if error.code == "TokenAlreadyExistsException" or is_missing(error):
                return
            raise CannotUndo(f"it can't be deleted now ({error.message}); read the stack again") from error

    def _undo(self, operation: str, **parameters: Any) -> None:
        try:
            self._api(operation, **parameters)
        except ApiError as error:
            if error.code == "TokenAlreadyExistsException":
                return
            raise CannotUndo(f"this rollback is not possible now ({error.message}); read the stack again") from error


def is_missing(error: ApiError) -> bool:
    """Whether AWS's message says that the stack does not exist (AWS has no error code for that)."""
    return error.code == "ValidationError" and error.message.rstrip(".").endswith(_MISSING)


def stack_now(row: Mapping[str, Any]) -> StackNow:
    """A row of DescribeStacks."""
    changed = row.get("LastUpdatedTime") or row.get("CreationTime")
    return StackNow(
        id=row["StackId"],
        name=row["StackName"],
        status=row["StackStatus"],
        reason=row.get("StackStatusReason", ""),
        role=row.get("RoleARN", ""),
        parameters={item["ParameterKey"]: item.get("ParameterValue", "") for item in row.get("Parameters", ())},
        outputs={item["OutputKey"]: item.get("OutputValue", "") for item in row.get("Outputs", ())},
        exports={item["OutputKey"]: item["ExportName"] for item in row.get("Outputs", ()) if "ExportName" in item},
        tags={item["Key"]: item["Value"] for item in row.get("Tags", ())},
        capabilities=tuple(row.get("Capabilities", ())),
        updated=changed.timestamp() if changed else 0.0,
        protected=bool(row.get("EnableTerminationProtection")),
    )


def _parsed(answer: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    body = answer.get("TemplateBody")
    if isinstance(body, str):  # boto3 parses JSON by itself and leaves anything else
        try:
            body = json.loads(body)
        except RecursionError as error:
            raise TooLarge(f"the template of {what} is nested deeper than what is read; flatten it") from error
        except ValueError:
            body = None
    if not isinstance(body, Mapping):
        raise Invalid(f"the template of {what} is not JSON, so it was not created by Slipway; deploy the stack again")
    return body
