"""KMS: keys and aliases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_GONE = frozenset({"NotFoundException", "KMSInvalidStateException"})


@provider("AWS::KMS::Key")
class Key(ApiProvider):
    """`Ref` is the key id. Deleting schedules the deletion, `PendingWindowInDays` ahead (30 unless said)."""

    type_name = "AWS::KMS::Key"
    known = frozenset(
        {
            "Description", "Enabled", "EnableKeyRotation", "RotationPeriodInDays", "KeyPolicy", "KeySpec", "KeyUsage",
            "MultiRegion", "Origin", "PendingWindowInDays", "BypassPolicyLockoutSafetyCheck", "Tags",
        }
    )  # fmt: skip
    gone = _GONE

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateKey, then rotation and state."""
        kms = ctx.client("kms")
        policy = {"Policy": json.dumps(props["KeyPolicy"])} if "KeyPolicy" in props else {}
        found = kms.create_key(
            **picked(
                props, "Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin", "BypassPolicyLockoutSafetyCheck"
            ),
            **policy,
            Tags=_tags(self.tags(ctx, props)),
        )["KeyMetadata"]
        ctx.initiated(found["KeyId"])
        self._rotation(ctx, found["KeyId"], {}, props)
        if props.get("Enabled") is False:
            kms.disable_key(KeyId=found["KeyId"])
        return self._made(found)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Description, policy, rotation, state and tags, each by its own call."""
        kms = ctx.client("kms")
        found = self._key(ctx, physical_id)
        if new.get("Description") != old.get("Description"):
            kms.update_key_description(KeyId=physical_id, Description=new.get("Description", ""))
        if "KeyPolicy" in new:
            kms.put_key_policy(KeyId=physical_id, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
        self._rotation(ctx, physical_id, old, new)
        if new.get("Enabled", True) != old.get("Enabled", True):
            (kms.enable_key if new.get("Enabled", True) else kms.disable_key)(KeyId=physical_id)
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            kms.untag_resource(KeyId=physical_id, TagKeys=lost)
        kms.tag_resource(KeyId=physical_id, Tags=_tags(tags))
        return self._made(found)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """ScheduleKeyDeletion; a key that waits for its deletion already stays so."""
        ctx.client("kms").schedule_key_deletion(
            KeyId=physical_id, PendingWindowInDays=int(props.get("PendingWindowInDays", 30))
        )

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeKey, GetKeyPolicy, GetKeyRotationStatus and ListResourceTags."""
        kms = ctx.client("kms")
        found = self._key(ctx, physical_id)
        policy = kms.get_key_policy(KeyId=physical_id, PolicyName="default")["Policy"]
        tags = kms.list_resource_tags(KeyId=physical_id)["Tags"]
        rotation = kms.get_key_rotation_status(KeyId=physical_id) if "EnableKeyRotation" in props else {}
        return {
            **{
                key: found.get(key)
                for key in ("Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin", "Enabled")
            },
            "EnableKeyRotation": rotation.get("KeyRotationEnabled"),
            "RotationPeriodInDays": rotation.get("RotationPeriodInDays")
            if rotation.get("KeyRotationEnabled")
            else None,
            "KeyPolicy": json.loads(policy),
            # No API tells this before the deletion, on AWS either (write-only in the resource schema).
            "PendingWindowInDays": props.get("PendingWindowInDays"),
            "BypassPolicyLockoutSafetyCheck": props.get("BypassPolicyLockoutSafetyCheck"),
            "Tags": [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in tags],
        }

    def _rotation(self, ctx: Context, key: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        kms = ctx.client("kms")
        if new.get("EnableKeyRotation"):
            kms.enable_key_rotation(KeyId=key, **picked(new, "RotationPeriodInDays"))
        elif old.get("EnableKeyRotation"):
            kms.disable_key_rotation(KeyId=key)

    def _key(self, ctx: Context, key: str) -> dict[str, Any]:
        found: dict[str, Any] = ctx.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        if found["KeyState"] == "PendingDeletion":
            raise self.absent(key)
        return found

    def _made(self, found: dict[str, Any]) -> Created:
        return Created(found["KeyId"], {"Arn": found["Arn"], "KeyId": found["KeyId"]})


def _tags(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]


@provider("AWS::KMS::Alias")
class Alias(ApiProvider):
    """`Ref` is the alias with its `alias/`."""

    type_name = "AWS::KMS::Alias"
    known = frozenset({"AliasName", "TargetKeyId"})
    gone = frozenset({"NotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateAlias."""
        ctx.client("kms").create_alias(**props)
        return Created(props["AliasName"], {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateAlias."""
        del old
        ctx.client("kms").update_alias(AliasName=physical_id, TargetKeyId=new["TargetKeyId"])
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteAlias."""
        del props
        ctx.client("kms").delete_alias(AliasName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """ListAliases; the template may name the key by id or ARN."""
        pages = ctx.client("kms").get_paginator("list_aliases").paginate()
        found = next((one for page in pages for one in page["Aliases"] if one["AliasName"] == physical_id), None)
        if found is None:
            raise self.absent(physical_id)
        target = str(found.get("TargetKeyId"))
        said = str(props["TargetKeyId"])
        return {"AliasName": physical_id, "TargetKeyId": said if said.endswith(target) else target}
