"""KMS: keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.table import ResourceTable, Setting, Tags
from generator.sandbox.providers.table_provider import TableProvider, register_tables, surprising

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_ROTATION = "get_key_rotation_status"

register_tables(
    # Ref is the key id. Deleting schedules the deletion, PendingWindowInDays ahead, and a key that waits is gone.
    ResourceTable(
        "AWS::KMS::Key",
        "kms",
        "create_key describe_key schedule_key_deletion",
        "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin "
        "PendingWindowInDays RotationPeriodInDays",
        key="KeyId",
        beside="PendingWindowInDays",
        attributes={"Arn": "Arn", "KeyId": "{id}"},
        gone="NotFoundException KMSInvalidStateException",
        dead="KeyState=pendingdeletion",
        renames={"KeyPolicy": "Policy"},
        always={"PendingWindowInDays": 30, "PolicyName": "default"},
        # No API shows these before the deletion, on AWS either (write-only in the resource schema).
        untold="PendingWindowInDays BypassPolicyLockoutSafetyCheck",
        tags=Tags(read="list_resource_tags"),
        settings=(
            Setting("Description", "update_key_description", default=""),
            Setting("KeyPolicy", "put_key_policy", read="get_key_policy", path="Policy"),
            Setting(
                "EnableKeyRotation", "enable_key_rotation", off="disable_key_rotation", along="RotationPeriodInDays",
                read=_ROTATION, path="KeyRotationEnabled",
            ),
            Setting(
                "RotationPeriodInDays", read=_ROTATION, path="KeyRotationEnabled && RotationPeriodInDays || `null`"
            ),
            Setting("Enabled", "enable_key", off="disable_key", default=True),
        ),
    )
)  # fmt: skip


@surprising(
    ResourceTable(
        "AWS::KMS::Alias",
        "kms",
        "create_alias list_aliases update_alias delete_alias",
        "AliasName TargetKeyId",
        name="AliasName",
        gone="NotFoundException",
        # The template may name the key by id or ARN.
        seen=lambda found, props: {
            "TargetKeyId": props["TargetKeyId"]
            if str(props["TargetKeyId"]).endswith(found["TargetKeyId"])
            else found["TargetKeyId"]
        },
    )
)
class Alias(TableProvider):
    """`Ref` is the alias with its `alias/`. No operation describes one alias: they are listed in pages."""

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """ListAliases."""
        del props
        for page in ctx.client("kms").get_paginator("list_aliases").paginate():
            for found in page["Aliases"]:
                if found["AliasName"] == physical_id:
                    return dict(found)
        raise self.absent(physical_id)
