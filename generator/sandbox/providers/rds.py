"""RDS: instances, parameter groups and subnet groups.

No database runs; what the API says about one is kept (see `generator.sandbox.services.rds` for what ministack forgets).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_NUMBERS = frozenset({"AllocatedStorage", "BackupRetentionPeriod", "Iops", "MaxAllocatedStorage", "Port"})
# Named alike in CreateDBInstance, ModifyDBInstance and DescribeDBInstances.
_CHANGEABLE = (
    "AllocatedStorage", "AutoMinorVersionUpgrade", "BackupRetentionPeriod", "CopyTagsToSnapshot", "DBInstanceClass",
    "DeletionProtection", "EngineVersion", "Iops", "MaxAllocatedStorage", "MultiAZ", "PreferredBackupWindow",
    "PreferredMaintenanceWindow", "PubliclyAccessible", "StorageType",
)  # fmt: skip
_FIXED = (
    "DBInstanceIdentifier",
    "DBName",
    "DBSubnetGroupName",
    "Engine",
    "KmsKeyId",
    "MasterUsername",
    "StorageEncrypted",
)
_OWN = frozenset(
    {
        "DBParameterGroupName", "DeleteAutomatedBackups", "EnableCloudwatchLogsExports", "ManageMasterUserPassword",
        "MasterUserPassword", "MasterUserSecret", "Port", "VPCSecurityGroups", "Tags",
    }
)  # fmt: skip


def _typed(props: dict[str, Any]) -> dict[str, Any]:
    return {key: int(value) if key in _NUMBERS else value for key, value in props.items()}


@provider("AWS::RDS::DBInstance")
class DBInstance(ApiProvider):
    """`Ref` is the identifier."""

    type_name = "AWS::RDS::DBInstance"
    known = frozenset({*_CHANGEABLE, *_FIXED, *_OWN})
    gone = frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateDBInstance."""
        name = (props.get("DBInstanceIdentifier") or generated_name(ctx, limit=63)).lower()
        said = _typed(picked(props, *_CHANGEABLE, *_FIXED, "Port", "DBParameterGroupName", "MasterUserPassword"))
        if "EnableCloudwatchLogsExports" in props:
            said["EnableCloudwatchLogsExports"] = props["EnableCloudwatchLogsExports"]
        if "VPCSecurityGroups" in props:
            said["VpcSecurityGroupIds"] = props["VPCSecurityGroups"]
        if props.get("ManageMasterUserPassword"):
            said["ManageMasterUserPassword"] = True
            if key := props.get("MasterUserSecret", {}).get("KmsKeyId"):
                said["MasterUserSecretKmsKeyId"] = key
        said |= {"DBInstanceIdentifier": name, "Tags": self.tags(ctx, props)}
        ctx.client("rds").create_db_instance(**said)
        ctx.initiated(name)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyDBInstance at once, and tags."""
        rds = ctx.client("rds")
        self._instance(ctx, physical_id)
        said = {key: value for key, value in _typed(picked(new, *_CHANGEABLE)).items() if new[key] != old.get(key)}
        if new.get("DeletionProtection", False) != old.get("DeletionProtection", False):
            said["DeletionProtection"] = new.get("DeletionProtection", False)
        if "DBParameterGroupName" in new and new["DBParameterGroupName"] != old.get("DBParameterGroupName"):
            said["DBParameterGroupName"] = new["DBParameterGroupName"]
        if "VPCSecurityGroups" in new and new["VPCSecurityGroups"] != old.get("VPCSecurityGroups"):
            said["VpcSecurityGroupIds"] = new["VPCSecurityGroups"]
        before, after = old.get("EnableCloudwatchLogsExports", []), new.get("EnableCloudwatchLogsExports", [])
        if before != after:
            said["CloudwatchLogsExportConfiguration"] = {
                "EnableLogTypes": [name for name in after if name not in before],
                "DisableLogTypes": [name for name in before if name not in after],
            }
        if "Port" in new and new["Port"] != old.get("Port"):
            said["DBPortNumber"] = int(new["Port"])
        if said:
            # CloudFormation does not wait for the maintenance window.
            rds.modify_db_instance(DBInstanceIdentifier=physical_id, ApplyImmediately=True, **said)
        arn = self._instance(ctx, physical_id)["DBInstanceArn"]
        _retag(ctx, arn, old, self.tags(ctx, new))
        return self._made(ctx, physical_id)

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteDBInstance; snapshots are not made (`DeletionPolicy: Snapshot` deletes without one here)."""
        ctx.client("rds").delete_db_instance(
            DBInstanceIdentifier=physical_id,
            SkipFinalSnapshot=True,
            DeleteAutomatedBackups=props.get("DeleteAutomatedBackups", True),
        )

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeDBInstances."""
        found = self._instance(ctx, physical_id)
        secret = found.get("MasterUserSecret")
        return {
            **{key: found.get(key) for key in (*_CHANGEABLE, *_FIXED)},
            "DBSubnetGroupName": found.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
            "DBParameterGroupName": found["DBParameterGroups"][0]["DBParameterGroupName"],
            "EnableCloudwatchLogsExports": found.get("EnabledCloudwatchLogsExports", []),
            "ManageMasterUserPassword": bool(secret),
            "MasterUserSecret": secret and picked(secret, "KmsKeyId", "SecretArn"),
            "Port": found["Endpoint"]["Port"],
            "VPCSecurityGroups": [group["VpcSecurityGroupId"] for group in found["VpcSecurityGroups"]],
            # Told by no API: the first is asked at deletion, the second never shown.
            **picked(props, "DeleteAutomatedBackups", "MasterUserPassword"),
            "Tags": ctx.client("rds").list_tags_for_resource(ResourceName=found["DBInstanceArn"])["TagList"],
        }

    def _instance(self, ctx: Context, name: str) -> dict[str, Any]:
        found: dict[str, Any] = ctx.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return found

    def _made(self, ctx: Context, name: str) -> Created:
        found = self._instance(ctx, name)
        if found["DBInstanceStatus"] == "failed":
            raise ResourceFailure(f"DB instance {name} failed to start", "NotStabilized")
        endpoint = found["Endpoint"]
        values = {
            "DBInstanceArn": found["DBInstanceArn"],
            "DbiResourceId": found["DbiResourceId"],
            "Endpoint.Address": endpoint["Address"],
            "Endpoint.Port": str(endpoint["Port"]),
            "Endpoint.HostedZoneId": endpoint["HostedZoneId"],
        }
        if secret := found.get("MasterUserSecret"):
            values["MasterUserSecret.SecretArn"] = secret["SecretArn"]
        return Created(name, values)


def _retag(ctx: Context, arn: str, old: dict[str, Any], tags: list[dict[str, str]]) -> None:
    rds = ctx.client("rds")
    lost = dropped(old.get("Tags", []), tags)
    if lost:
        rds.remove_tags_from_resource(ResourceName=arn, TagKeys=lost)
    rds.add_tags_to_resource(ResourceName=arn, Tags=tags)


@provider("AWS::RDS::DBParameterGroup")
class DBParameterGroup(ApiProvider):
    """`Ref` and `DBParameterGroupName` are the name."""

    type_name = "AWS::RDS::DBParameterGroup"
    known = frozenset({"DBParameterGroupName", "Description", "Family", "Parameters", "Tags"})
    gone = frozenset({"DBParameterGroupNotFound"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateDBParameterGroup, then ModifyDBParameterGroup."""
        name = (props.get("DBParameterGroupName") or generated_name(ctx)).lower()
        ctx.client("rds").create_db_parameter_group(
            DBParameterGroupName=name,
            DBParameterGroupFamily=props["Family"],
            Description=props["Description"],
            Tags=self.tags(ctx, props),
        )
        ctx.initiated(name)
        self._set(ctx, name, props.get("Parameters", {}))
        return Created(name, {"DBParameterGroupName": name})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Reset what left the template and set what differs."""
        arn = self._group(ctx, physical_id)["DBParameterGroupArn"]
        before, after = old.get("Parameters", {}), new.get("Parameters", {})
        lost = [{"ParameterName": key, "ApplyMethod": "pending-reboot"} for key in before if key not in after]
        if lost:
            ctx.client("rds").reset_db_parameter_group(DBParameterGroupName=physical_id, Parameters=lost)
        self._set(ctx, physical_id, {key: value for key, value in after.items() if before.get(key) != value})
        _retag(ctx, arn, old, self.tags(ctx, new))
        return Created(physical_id, {"DBParameterGroupName": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteDBParameterGroup."""
        del props
        ctx.client("rds").delete_db_parameter_group(DBParameterGroupName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeDBParameterGroups and DescribeDBParameters."""
        rds = ctx.client("rds")
        found = self._group(ctx, physical_id)
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=physical_id)
        values = {one["ParameterName"]: one.get("ParameterValue") for page in pages for one in page["Parameters"]}
        return {
            "DBParameterGroupName": physical_id,
            "Family": found["DBParameterGroupFamily"],
            "Description": found["Description"],
            # The API lists every parameter of the family; the template's own ones are compared.
            "Parameters": {key: values[key] for key in props.get("Parameters", {}) if values.get(key) is not None},
            "Tags": rds.list_tags_for_resource(ResourceName=found["DBParameterGroupArn"])["TagList"],
        }

    def _set(self, ctx: Context, name: str, values: dict[str, Any]) -> None:
        if values:
            ctx.client("rds").modify_db_parameter_group(
                DBParameterGroupName=name,
                Parameters=[
                    {"ParameterName": key, "ParameterValue": str(value), "ApplyMethod": "pending-reboot"}
                    for key, value in values.items()
                ],
            )

    def _group(self, ctx: Context, name: str) -> dict[str, Any]:
        answer = ctx.client("rds").describe_db_parameter_groups(DBParameterGroupName=name)
        found: dict[str, Any] = answer["DBParameterGroups"][0]
        return found


@provider("AWS::RDS::DBSubnetGroup")
class DBSubnetGroup(ApiProvider):
    """`Ref` is the name."""

    type_name = "AWS::RDS::DBSubnetGroup"
    known = frozenset({"DBSubnetGroupName", "DBSubnetGroupDescription", "SubnetIds", "Tags"})
    gone = frozenset({"DBSubnetGroupNotFoundFault"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateDBSubnetGroup."""
        name = (props.get("DBSubnetGroupName") or generated_name(ctx)).lower()
        ctx.client("rds").create_db_subnet_group(
            **picked(props, "DBSubnetGroupDescription", "SubnetIds"),
            DBSubnetGroupName=name,
            Tags=self.tags(ctx, props),
        )
        return Created(name, {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """ModifyDBSubnetGroup and tags."""
        ctx.client("rds").modify_db_subnet_group(
            DBSubnetGroupName=physical_id, **picked(new, "DBSubnetGroupDescription", "SubnetIds")
        )
        _retag(ctx, self._group(ctx, physical_id)["DBSubnetGroupArn"], old, self.tags(ctx, new))
        return Created(physical_id, {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteDBSubnetGroup."""
        del props
        ctx.client("rds").delete_db_subnet_group(DBSubnetGroupName=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeDBSubnetGroups."""
        del props
        found = self._group(ctx, physical_id)
        return {
            **picked(found, "DBSubnetGroupName", "DBSubnetGroupDescription"),
            "SubnetIds": [subnet["SubnetIdentifier"] for subnet in found["Subnets"]],
            "Tags": ctx.client("rds").list_tags_for_resource(ResourceName=found["DBSubnetGroupArn"])["TagList"],
        }

    def _group(self, ctx: Context, name: str) -> dict[str, Any]:
        found: dict[str, Any] = ctx.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"][0]
        return found
