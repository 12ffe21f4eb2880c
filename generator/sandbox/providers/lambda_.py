"""Lambda: functions, permissions and event source mappings."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created

_GONE = "ResourceNotFoundException"
_MAPPING = "arn:aws:lambda:{region}:{account}:event-source-mapping:{id}"

register_tables(
    # Ref and Id are the mapping's UUID.
    ResourceTable(
        "AWS::Lambda::EventSourceMapping",
        "lambda",
        "create_event_source_mapping get_event_source_mapping update_event_source_mapping delete_event_source_mapping",
        "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "ParallelizationFactor ScalingConfig StartingPosition",
        found="",
        key="UUID",
        attributes={"Id": "{id}", "EventSourceMappingArn": _MAPPING},
        gone=_GONE,
        live={"Enabled": 'contains(`["Enabled", "Enabling", "Creating", "Updating"]`, State)'},
        tags=Tags(read="list_tags", of=_MAPPING),
        # The template may name the function by its name or its ARN.
        seen=lambda found, props: {
            "FunctionName": props["FunctionName"]
            if found["FunctionArn"].endswith(f":{str(props['FunctionName']).rpartition(':')[2]}")
            else found["FunctionArn"]
        },
    )
)


def _code(props: dict[str, Any]) -> dict[str, Any]:
    """Code in S3 or an image, or inline (`ZipFile`): then it is `index` plus the runtime's suffix."""
    code: dict[str, Any] = props["Code"]
    if "ZipFile" not in code:
        return picked(code, "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")
    held = io.BytesIO()
    suffix = "js" if str(props.get("Runtime", "")).startswith("nodejs") else "py"
    with zipfile.ZipFile(held, "w") as archive:
        # A fixed date: the same text has the same digest.
        archive.writestr(zipfile.ZipInfo(f"index.{suffix}", (2020, 1, 1, 0, 0, 0)), code["ZipFile"])
    return {"ZipFile": held.getvalue()}


@surprising(
    ResourceTable(
        "AWS::Lambda::Function",
        "lambda",
        "create_function get_function update_function_configuration delete_function",
        "Architectures Code DeadLetterConfig Description Environment EphemeralStorage FunctionName Handler KmsKeyArn Layers "
        "LoggingConfig MemorySize PackageType ReservedConcurrentExecutions Role Runtime Timeout TracingConfig VpcConfig",
        found="merge(Configuration, {Tags: Tags, ReservedConcurrentExecutions: Concurrency.ReservedConcurrentExecutions})",
        name="FunctionName",
        limit=64,
        attributes={"Arn": "arn:aws:lambda:{region}:{account}:function:{id}"},
        gone=_GONE,
        defaults={
            "DeadLetterConfig": {"TargetArn": ""},
            "Description": "",
            "Environment": {"Variables": {}},
            "EphemeralStorage": {"Size": 512},
            "KmsKeyArn": "",
            "Layers": [],
            "MemorySize": 128,
            "Timeout": 3,
            "TracingConfig": {"Mode": "PassThrough"},
        },
        differing=True,
        # The resource schema calls it write-only.
        untold="Code",
        tags=Tags(read="", of="FunctionArn"),
        settings=(
            Setting("ReservedConcurrentExecutions", "put_function_concurrency", clear="delete_function_concurrency"),
        ),
        said=lambda props: {**props, "Code": _code(props)},
    )
)
class Function(TableProvider):
    """`Ref` is the name. A surprise: code has an operation of its own."""

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateFunctionCode, then the rest."""
        names = ("Code", "Architectures")
        if picked(old, *names) != picked(new, *names):
            self.call(ctx, "update_function_code", physical_id, new, _code(new) | picked(new, "Architectures"))
        return super().change(ctx, physical_id, old, new)


@surprising(
    ResourceTable(
        "AWS::Lambda::Permission",
        "lambda",
        "add_permission get_policy remove_permission",
        "Action EventSourceToken FunctionName Principal SourceAccount SourceArn",
        name="StatementId",
        limit=100,
        beside="FunctionName",
        attributes={"Id": "{id}"},
        gone=_GONE,
        live={
            "Principal": "values(Principal)[0]",
            "SourceArn": 'Condition.ArnLike."AWS:SourceArn"',
            "SourceAccount": 'Condition.StringEquals."AWS:SourceAccount"',
            "EventSourceToken": 'Condition.StringEquals."lambda:EventSourceToken"',
        },
        untold="FunctionName",
    )
)
class Permission(TableProvider):
    """`Ref` is the id of a statement in the function's policy, which is text."""

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The statement in GetPolicy."""
        policy = json.loads(self.call(ctx, self.table.read, physical_id, props)["Policy"])
        for statement in policy["Statement"]:
            if statement["Sid"] == physical_id:
                principal = statement["Principal"]
                return {**statement, "Principal": principal if isinstance(principal, dict) else {"AWS": principal}}
        raise self.absent(physical_id)
