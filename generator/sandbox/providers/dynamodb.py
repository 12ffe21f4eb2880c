"""DynamoDB: tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, picked, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_NAMED_ALIKE = (
    "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes", "KeySchema",
    "LocalSecondaryIndexes", "ProvisionedThroughput", "TableClass",
)  # fmt: skip
_POLL = 0.2


@provider("AWS::DynamoDB::Table")
class Table(ApiProvider):
    """`Ref` is the name; `StreamArn` is there while the table has a stream."""

    type_name = "AWS::DynamoDB::Table"
    known = frozenset(
        {
            "TableName", "PointInTimeRecoverySpecification", "ResourcePolicy", "SSESpecification",
            "StreamSpecification", "TimeToLiveSpecification", "Tags", *_NAMED_ALIKE,
        }
    )  # fmt: skip
    gone = frozenset({"ResourceNotFoundException", "TableNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateTable with what it takes, then recovery, time to live and policy by their own calls."""
        name = props.get("TableName") or generated_name(ctx)
        base = ctx.client("dynamodb")
        said = picked(props, *_NAMED_ALIKE) | {"BillingMode": props.get("BillingMode", "PROVISIONED")}
        if "SSESpecification" in props:
            said["SSESpecification"] = _encryption(props["SSESpecification"])
        if "StreamSpecification" in props:
            said["StreamSpecification"] = _stream(props["StreamSpecification"])
        base.create_table(TableName=name, Tags=self.tags(ctx, props), **said)
        ctx.initiated(name)
        self._around(ctx, name, {}, props)
        return self._made(self._table(ctx, name))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateTable for each thing that differs (it takes one index at a time), then the rest."""
        base = ctx.client("dynamodb")
        self._table(ctx, physical_id)
        simple: dict[str, Any] = {
            key: new[key]
            for key in ("BillingMode", "ProvisionedThroughput", "TableClass")
            if key in new and new[key] != old.get(key)
        }
        # Taking a property out of the template means its default, and off is the default of protection.
        protect = new.get("DeletionProtectionEnabled", False)
        if protect != old.get("DeletionProtectionEnabled", False):
            simple["DeletionProtectionEnabled"] = protect
        if new.get("SSESpecification") != old.get("SSESpecification"):
            simple["SSESpecification"] = _encryption(new.get("SSESpecification", {"SSEEnabled": False}))
        if simple:
            base.update_table(TableName=physical_id, **simple)
        self._indexes(ctx, physical_id, old, new)
        if new.get("StreamSpecification") != old.get("StreamSpecification"):
            if "StreamSpecification" in old:
                base.update_table(TableName=physical_id, StreamSpecification={"StreamEnabled": False})
            if "StreamSpecification" in new:
                base.update_table(TableName=physical_id, StreamSpecification=_stream(new["StreamSpecification"]))
        self._around(ctx, physical_id, old, new)
        table = self._table(ctx, physical_id)
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            base.untag_resource(ResourceArn=table["TableArn"], TagKeys=lost)
        base.tag_resource(ResourceArn=table["TableArn"], Tags=tags)
        return self._made(table)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteTable; a protected one fails."""
        del props
        ctx.client("dynamodb").delete_table(TableName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeTable and the calls for recovery, time to live, policy and tags."""
        base = ctx.client("dynamodb")
        table = self._table(ctx, physical_id)
        arn = table["TableArn"]
        live: dict[str, Any] = {key: table.get(key) for key in _NAMED_ALIKE}
        live["TableName"] = table["TableName"]
        live["BillingMode"] = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        live["TableClass"] = table.get("TableClassSummary", {}).get("TableClass")
        live["StreamSpecification"] = table.get("StreamSpecification")
        live["SSESpecification"] = _encryption_said(table.get("SSEDescription"))
        if "PointInTimeRecoverySpecification" in props:
            backups = base.describe_continuous_backups(TableName=physical_id)["ContinuousBackupsDescription"]
            status = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
            live["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": status == "ENABLED"}
        if "TimeToLiveSpecification" in props:
            found = base.describe_time_to_live(TableName=physical_id)["TimeToLiveDescription"]
            enabled = found["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
            # DescribeTimeToLive names no attribute while it is off.
            name = found if enabled else props["TimeToLiveSpecification"]
            live["TimeToLiveSpecification"] = picked(name, "AttributeName") | {"Enabled": enabled}
        if "ResourcePolicy" in props:
            with unless("PolicyNotFoundException"):
                live["ResourcePolicy"] = {
                    "PolicyDocument": json.loads(base.get_resource_policy(ResourceArn=arn)["Policy"])
                }
        live["Tags"] = base.list_tags_of_resource(ResourceArn=arn)["Tags"]
        return live

    def _around(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        base = ctx.client("dynamodb")
        recovery = new.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
        if recovery != old.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False}):
            base.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
        before, after = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
        if before != after:
            if before and before["Enabled"]:
                off = {"AttributeName": before["AttributeName"], "Enabled": False}
                base.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
            if after and after["Enabled"]:
                base.update_time_to_live(
                    TableName=name, TimeToLiveSpecification=picked(after, "AttributeName", "Enabled")
                )
        if new.get("ResourcePolicy") != old.get("ResourcePolicy"):
            arn = self._table(ctx, name)["TableArn"]
            if "ResourcePolicy" in new:
                policy = json.dumps(new["ResourcePolicy"]["PolicyDocument"])
                base.put_resource_policy(ResourceArn=arn, Policy=policy)
            else:
                base.delete_resource_policy(ResourceArn=arn)

    def _indexes(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes", ())}
        after = {index["IndexName"]: index for index in new.get("GlobalSecondaryIndexes", ())}
        changed = [key for key in before if key in after and before[key] != after[key]]
        if changed:
            raise ResourceFailure(f"Cannot update GSI's properties other than Provisioned Throughput: {changed[0]}")
        for key in before.keys() - after.keys():
            self._update_index(ctx, name, {"Delete": {"IndexName": key}}, new)
        for key in after.keys() - before.keys():
            self._update_index(ctx, name, {"Create": after[key]}, new)

    def _update_index(self, ctx: Context, name: str, change: dict[str, Any], new: dict[str, Any]) -> None:
        base = ctx.client("dynamodb")
        base.update_table(
            TableName=name, AttributeDefinitions=new["AttributeDefinitions"], GlobalSecondaryIndexUpdates=[change]
        )
        for _ in range(50):
            table = self._table(ctx, name)
            busy = [
                one for one in table.get("GlobalSecondaryIndexes", ()) if one.get("IndexStatus", "ACTIVE") != "ACTIVE"
            ]
            if table["TableStatus"] == "ACTIVE" and not busy:
                return
            ctx.clock.sleep(_POLL)

    def _table(self, ctx: Context, name: str) -> dict[str, Any]:
        found: dict[str, Any] = ctx.client("dynamodb").describe_table(TableName=name)["Table"]
        return found

    def _made(self, table: dict[str, Any]) -> Created:
        stream = {"StreamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
        return Created(table["TableName"], {"Arn": table["TableArn"], **stream})


def _encryption(said: dict[str, Any]) -> dict[str, Any]:
    return {("Enabled" if key == "SSEEnabled" else key): value for key, value in said.items()}


def _encryption_said(live: dict[str, Any] | None) -> dict[str, Any]:
    if not live:
        return {"SSEEnabled": False}
    return {
        "SSEEnabled": live.get("Status") in ("ENABLED", "ENABLING", "UPDATING"),
        "SSEType": live.get("SSEType"),
        "KMSMasterKeyId": live.get("KMSMasterKeyArn"),
    }


def _stream(said: dict[str, Any]) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": said["StreamViewType"]}
