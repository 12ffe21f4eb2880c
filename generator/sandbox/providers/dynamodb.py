"""DynamoDB: tables. `Ref` is the name; `StreamArn` is there while the table has a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import picked
from generator.sandbox.providers.old_table import ResourceTable, Setting, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_POLL = 0.2
# UpdateTable takes these too, but streams go off and on, and attributes only with an index.
_APART = frozenset({"AttributeDefinitions", "StreamSpecification"})


def _said(props: dict[str, Any]) -> dict[str, Any]:
    found = {"BillingMode": "PROVISIONED", **props}
    if encryption := props.get("SSESpecification"):
        found["SSESpecification"] = {("Enabled" if k == "SSEEnabled" else k): v for k, v in encryption.items()}
    if stream := props.get("StreamSpecification"):
        found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
    return found


@surprising(
    ResourceTable(
        "AWS::DynamoDB::Table",
        "dynamodb",
        # DeleteTable fails for a protected one.
        "create_table describe_table update_table delete_table",
        "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes "
        "PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification StreamSpecification TableClass "
        "TableName TimeToLiveSpecification",
        name="TableName",
        attributes={"Arn": "TableArn", "StreamArn": "LatestStreamArn"},
        gone="ResourceNotFoundException TableNotFoundException",
        renames={"ResourcePolicy": "Policy"},
        defaults={"DeletionProtectionEnabled": False, "SSESpecification": {"SSEEnabled": False}},
        always={"ResourceArn": "arn:aws:dynamodb:{region}:{account}:table/{id}"},
        differing=True,
        live={
            "BillingMode": "BillingModeSummary.BillingMode || 'PROVISIONED'",
            "TableClass": "TableClassSummary.TableClass",
            "SSESpecification": "{SSEEnabled: contains(['ENABLED', 'ENABLING', 'UPDATING'], SSEDescription.Status || ''), "
            "SSEType: SSEDescription.SSEType, KMSMasterKeyId: SSEDescription.KMSMasterKeyArn}",
        },
        tags=Tags(read="list_tags_of_resource", of="TableArn"),
        settings=(
            Setting(
                "PointInTimeRecoverySpecification",
                "update_continuous_backups",
                default={"PointInTimeRecoveryEnabled": False},
                read="describe_continuous_backups",
                path="{PointInTimeRecoveryEnabled: ContinuousBackupsDescription.PointInTimeRecoveryDescription"
                ".PointInTimeRecoveryStatus == 'ENABLED'}",
            ),
            Setting(
                "ResourcePolicy",
                "put_resource_policy",
                clear="delete_resource_policy",
                convert=lambda said: said["PolicyDocument"],
                read="get_resource_policy",
                path="{PolicyDocument: Policy}",
                none="PolicyNotFoundException",
            ),
        ),
        said=_said,
    )
)
class Table(TableProvider):
    """A surprise: UpdateTable takes one index at a time, and times to live and streams go off before they differ."""

    def arguments(self, ctx: Context, operation: str, props: dict[str, Any]) -> dict[str, Any]:
        """What UpdateTable takes at once."""
        said = super().arguments(ctx, operation, props)
        return {k: v for k, v in said.items() if k not in _APART} if operation == self.table.update else said

    def settle(self, ctx: Context, operation: str, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Indexes, stream and time to live, then recovery and policy."""
        if operation == self.table.update:
            self._indexes(ctx, physical_id, old, new)
            before, after = (_said(props).get("StreamSpecification") for props in (old, new))
            for stream in ({"StreamEnabled": False} if before else None, after) if before != after else ():
                if stream:
                    self.call(ctx, operation, physical_id, new, {"StreamSpecification": stream})
        before, after = (props.get("TimeToLiveSpecification", {}) for props in (old, new))
        for enabled, spec in ((False, before), (True, after)) if before != after else ():
            if spec.get("Enabled"):
                said = {"TimeToLiveSpecification": {**picked(spec, "AttributeName"), "Enabled": enabled}}
                self.call(ctx, "update_time_to_live", physical_id, new, said)
        super().settle(ctx, operation, physical_id, old, new)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeTable and the rest; DescribeTimeToLive names no attribute while it is off."""
        live = super().look(ctx, physical_id, props)
        if "TimeToLiveSpecification" in props:
            found = self.call(ctx, "describe_time_to_live", physical_id, props)["TimeToLiveDescription"]
            enabled = found["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
            name = found if enabled else props["TimeToLiveSpecification"]
            live["TimeToLiveSpecification"] = picked(name, "AttributeName") | {"Enabled": enabled}
        return live

    def _indexes(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        before, after = (
            {index["IndexName"]: index for index in props.get("GlobalSecondaryIndexes", ())} for props in (old, new)
        )
        for key in before.keys() & after.keys():
            if before[key] != after[key]:
                raise ResourceFailure(f"Cannot update GSI's properties other than Provisioned Throughput: {key}")
        # What a refused update has left undone is not undone again by its rollback.
        live = {index["IndexName"] for index in self.find(ctx, name, new).get("GlobalSecondaryIndexes", ())}
        changes = [{"Delete": {"IndexName": key}} for key in before if key not in after and key in live]
        changes += [{"Create": after[key]} for key in after if key not in before and key not in live]
        if len(changes) > 1:
            text = "Cannot perform more than one GSI creation or deletion in a single update"
            raise ResourceFailure(text, "InvalidRequest")
        for change in changes:
            said = {"AttributeDefinitions": new["AttributeDefinitions"], "GlobalSecondaryIndexUpdates": [change]}
            self.call(ctx, "update_table", name, new, said)
            for _ in range(50):
                table = self.find(ctx, name, new)
                indexes = table.get("GlobalSecondaryIndexes", ())
                if {table["TableStatus"], *(one.get("IndexStatus", "ACTIVE") for one in indexes)} == {"ACTIVE"}:
                    break
                ctx.clock.sleep(_POLL)
