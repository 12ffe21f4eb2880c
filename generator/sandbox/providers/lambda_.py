"""Lambda: functions, permissions and event source mappings."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped, listed

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"ResourceNotFoundException"})
_CONFIGURATION = (
    "DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "Handler", "KmsKeyArn", "Layers",
    "LoggingConfig", "MemorySize", "Role", "Runtime", "Timeout", "TracingConfig", "VpcConfig",
)  # fmt: skip
# What UpdateFunctionConfiguration is told when a property leaves the template.
_DEFAULTS: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}


@provider("AWS::Lambda::Function")
class Function(ApiProvider):
    """`Ref` is the name. Code is inline (`ZipFile`), in S3 or an image; inline code is `index` plus its suffix."""

    type_name = "AWS::Lambda::Function"
    known = frozenset(
        {
            "Architectures",
            "Code",
            "FunctionName",
            "PackageType",
            "ReservedConcurrentExecutions",
            "Tags",
            *_CONFIGURATION,
        }
    )
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateFunction, then PutFunctionConcurrency."""
        name = props.get("FunctionName") or generated_name(ctx, limit=64)
        base = ctx.client("lambda")
        base.create_function(
            FunctionName=name,
            Code=_code(props),
            Tags=self.tag_map(ctx, props),
            **picked(props, "Architectures", "PackageType", *_CONFIGURATION),
        )
        ctx.initiated(name)
        if "ReservedConcurrentExecutions" in props:
            base.put_function_concurrency(FunctionName=name, **picked(props, "ReservedConcurrentExecutions"))
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateFunctionCode, UpdateFunctionConfiguration, concurrency and tags, each where it differs."""
        base = ctx.client("lambda")
        arn = base.get_function_configuration(FunctionName=physical_id)["FunctionArn"]
        if any(new.get(key) != old.get(key) for key in ("Code", "Architectures")):
            base.update_function_code(FunctionName=physical_id, **_code(new), **picked(new, "Architectures"))
        said = {
            key: new.get(key, _DEFAULTS.get(key))
            for key in _CONFIGURATION
            if new.get(key) != old.get(key) and (key in new or key in _DEFAULTS)
        }
        if said:
            base.update_function_configuration(FunctionName=physical_id, **said)
        if "ReservedConcurrentExecutions" in new:
            base.put_function_concurrency(FunctionName=physical_id, **picked(new, "ReservedConcurrentExecutions"))
        elif "ReservedConcurrentExecutions" in old:
            base.delete_function_concurrency(FunctionName=physical_id)
        lost = dropped(old.get("Tags", []), self.tags(ctx, new))
        if lost:
            base.untag_resource(Resource=arn, TagKeys=lost)
        base.tag_resource(Resource=arn, Tags=self.tag_map(ctx, new))
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteFunction."""
        del props
        ctx.client("lambda").delete_function(FunctionName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetFunction. The code is not compared: the resource schema calls it write-only."""
        found = ctx.client("lambda").get_function(FunctionName=physical_id)
        live = found["Configuration"]
        return {
            **{key: live.get(key) for key in (*_CONFIGURATION, "Architectures", "FunctionName", "PackageType")},
            "ReservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            **picked(props, "Code"),
            "Tags": listed(found.get("Tags")),
        }

    def _made(self, ctx: Context, name: str) -> Created:
        return Created(name, {"Arn": f"arn:aws:lambda:{ctx.region}:{ctx.account}:function:{name}"})


def _code(props: dict[str, Any]) -> dict[str, Any]:
    code = props["Code"]
    if "ZipFile" not in code:
        return picked(code, "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")
    held = io.BytesIO()
    suffix = "js" if str(props.get("Runtime", "")).startswith("nodejs") else "py"
    with zipfile.ZipFile(held, "w") as archive:
        # A fixed date: the same text has the same digest.
        archive.writestr(zipfile.ZipInfo(f"index.{suffix}", (2020, 1, 1, 0, 0, 0)), code["ZipFile"])
    return {"ZipFile": held.getvalue()}


@provider("AWS::Lambda::Permission")
class Permission(ApiProvider):
    """`Ref` is the id of the statement in the function's policy."""

    type_name = "AWS::Lambda::Permission"
    known = frozenset({"Action", "FunctionName", "Principal", "SourceAccount", "SourceArn", "EventSourceToken"})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """AddPermission."""
        name = generated_name(ctx, limit=100)
        ctx.client("lambda").add_permission(StatementId=name, **props)
        return Created(name, {"Id": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Nothing to do: every property replaces."""
        del old
        self.look(ctx, physical_id, new)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """RemovePermission."""
        ctx.client("lambda").remove_permission(FunctionName=props["FunctionName"], StatementId=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """The statement in GetPolicy."""
        policy = json.loads(ctx.client("lambda").get_policy(FunctionName=props["FunctionName"])["Policy"])
        found = next((one for one in policy["Statement"] if one["Sid"] == physical_id), None)
        if found is None:
            raise self.absent(physical_id)
        principal = found["Principal"]
        conditions = found.get("Condition", {})
        return {
            "Action": found["Action"],
            "FunctionName": props["FunctionName"],
            "Principal": next(iter(principal.values())) if isinstance(principal, dict) else principal,
            "SourceArn": conditions.get("ArnLike", {}).get("AWS:SourceArn"),
            "SourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount"),
            "EventSourceToken": conditions.get("StringEquals", {}).get("lambda:EventSourceToken"),
        }


_MAPPING = (
    "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "FilterCriteria", "FunctionName",
    "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
    "ParallelizationFactor", "ScalingConfig",
)  # fmt: skip


@provider("AWS::Lambda::EventSourceMapping")
class EventSourceMapping(ApiProvider):
    """`Ref` and `Id` are the mapping's UUID."""

    type_name = "AWS::Lambda::EventSourceMapping"
    known = frozenset({"EventSourceArn", "StartingPosition", "Tags", *_MAPPING})
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateEventSourceMapping."""
        found = ctx.client("lambda").create_event_source_mapping(
            **picked(props, "EventSourceArn", "StartingPosition", *_MAPPING), Tags=self.tag_map(ctx, props)
        )
        return self._made(ctx, found["UUID"])

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateEventSourceMapping and tags."""
        base = ctx.client("lambda")
        base.update_event_source_mapping(UUID=physical_id, **picked(new, *_MAPPING))
        made = self._made(ctx, physical_id)
        lost = dropped(old.get("Tags", []), self.tags(ctx, new))
        if lost:
            base.untag_resource(Resource=made.attributes["EventSourceMappingArn"], TagKeys=lost)
        base.tag_resource(Resource=made.attributes["EventSourceMappingArn"], Tags=self.tag_map(ctx, new))
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteEventSourceMapping."""
        del props
        ctx.client("lambda").delete_event_source_mapping(UUID=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetEventSourceMapping and ListTags."""
        base = ctx.client("lambda")
        found = base.get_event_source_mapping(UUID=physical_id)
        arn = self._made(ctx, physical_id).attributes["EventSourceMappingArn"]
        name = found["FunctionArn"].rpartition(":function:")[2]
        said = str(props["FunctionName"])
        return {
            **{key: found.get(key) for key in (*_MAPPING, "EventSourceArn", "StartingPosition")},
            "Enabled": found.get("State") in ("Enabled", "Enabling", "Creating", "Updating"),
            "FunctionName": said if said.rpartition(":")[2] == name else name,
            "Tags": listed(base.list_tags(Resource=arn)["Tags"]),
        }

    def _made(self, ctx: Context, uuid: str) -> Created:
        arn = f"arn:aws:lambda:{ctx.region}:{ctx.account}:event-source-mapping:{uuid}"
        return Created(uuid, {"Id": uuid, "EventSourceMappingArn": arn})
