"""RDS: instances, parameter groups and subnet groups. `Ref` is the name of each.

No database runs; what the API says about one is kept (see `generator.sandbox.services.rds` for what ministack forgets).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, register_tables, surprising
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created


def _tags(of: str) -> Tags:
    return Tags("add_tags_to_resource", "remove_tags_from_resource", of=of)


register_tables(
    ResourceTable(
        "AWS::RDS::DBSubnetGroup",
        "rds",
        "create_db_subnet_group describe_db_subnet_groups modify_db_subnet_group delete_db_subnet_group",
        "DBSubnetGroupDescription DBSubnetGroupName SubnetIds",
        name="DBSubnetGroupName",
        lower=True,
        gone="DBSubnetGroupNotFoundFault",
        live={"SubnetIds": "Subnets[].SubnetIdentifier"},
        tags=_tags("DBSubnetGroupArn"),
    )
)


@surprising(
    ResourceTable(
        "AWS::RDS::DBInstance",
        "rds",
        "create_db_instance describe_db_instances modify_db_instance delete_db_instance",
        "AllocatedStorage AllowMajorVersionUpgrade AutoMinorVersionUpgrade BackupRetentionPeriod CopyTagsToSnapshot DBInstanceClass "
        "DBInstanceIdentifier DBName DBParameterGroupName DBSnapshotIdentifier DBSubnetGroupName DeleteAutomatedBackups DeletionProtection "
        "EnableCloudwatchLogsExports Engine EngineVersion Iops KmsKeyId ManageMasterUserPassword MasterUserPassword "
        "MasterUserSecret MasterUsername MaxAllocatedStorage MultiAZ Port PreferredBackupWindow PreferredMaintenanceWindow "
        "PubliclyAccessible StorageEncrypted StorageType VPCSecurityGroups",
        name="DBInstanceIdentifier",
        limit=63,
        lower=True,
        beside="DeleteAutomatedBackups",
        attributes={
            "DBInstanceArn": "DBInstanceArn",
            "DbiResourceId": "DbiResourceId",
            "Endpoint.Address": "Endpoint.Address",
            "Endpoint.Port": "to_string(Endpoint.Port)",
            "Endpoint.HostedZoneId": "Endpoint.HostedZoneId",
            "MasterUserSecret.SecretArn": "MasterUserSecret.SecretArn",
        },
        gone="DBInstanceNotFound DBInstanceNotFoundFault",
        renames={"VPCSecurityGroups": "VpcSecurityGroupIds"},
        defaults={"DeletionProtection": False},
        # CloudFormation does not wait for the maintenance window. `DeletionPolicy: Snapshot` makes no snapshot here.
        always={"ApplyImmediately": True, "SkipFinalSnapshot": True, "DeleteAutomatedBackups": True},
        differing=True,
        live={
            "DBParameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
            "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
            "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports || `[]`",
            "ManageMasterUserPassword": "MasterUserSecret != `null`",
            "Port": "Endpoint.Port",
            "VPCSecurityGroups": "VpcSecurityGroups[].VpcSecurityGroupId",
        },
        # The first two are asked at an upgrade and at deletion, the others are never shown.
        untold="AllowMajorVersionUpgrade DBSnapshotIdentifier DeleteAutomatedBackups MasterUserPassword",
        tags=_tags("DBInstanceArn"),
        said=lambda props: {
            **props,
            "DBPortNumber": props.get("Port"),
            "MasterUserSecretKmsKeyId": props.get("MasterUserSecret", {}).get("KmsKeyId"),
        },
    )
)
class DBInstance(TableProvider):
    """Two surprises.

    Log exports are one list at creation, and two lists of what comes and goes after it. One with a snapshot is restored
    by an operation of its own, which does not take everything; the rest is changed after it.
    """

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateDBInstance; or RestoreDBInstanceFromDBSnapshot, then ModifyDBInstance."""
        if not props.get("DBSnapshotIdentifier"):
            return super().make(ctx, props)
        named = self.named(ctx, props)
        restore = "restore_db_instance_from_db_snapshot"
        answer = self.call(ctx, restore, "", named, self.arguments(ctx, restore, named))
        physical_id = self.id_of(ctx, named, answer)
        ctx.initiated(physical_id)
        # The snapshot may be of an older major version: AWS asks for the flag as for any upgrade.
        kept = {"EnableCloudwatchLogsExports": named.get("EnableCloudwatchLogsExports", [])}
        return self.change(ctx, physical_id, kept, named)

    def settle(self, ctx: Context, operation: str, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """ModifyDBInstance with the exports that come and go."""
        before, after = (props.get("EnableCloudwatchLogsExports", []) for props in (old, new))
        if operation == self.table.update and before != after:
            changed = {
                "EnableLogTypes": [name for name in after if name not in before],
                "DisableLogTypes": [name for name in before if name not in after],
            }
            self.call(ctx, operation, physical_id, new, {"CloudwatchLogsExportConfiguration": changed})

    def find(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeDBInstances.

        Raises:
            ResourceFailure: It is there and can't start.
        """
        found = super().find(ctx, physical_id, props)
        if found["DBInstanceStatus"] == "failed":
            raise ResourceFailure(f"DB instance {physical_id} failed to start", "NotStabilized")
        return found


@surprising(
    ResourceTable(
        "AWS::RDS::DBParameterGroup",
        "rds",
        "create_db_parameter_group describe_db_parameter_groups delete_db_parameter_group",
        "DBParameterGroupName Description Family Parameters",
        name="DBParameterGroupName",
        lower=True,
        attributes={"DBParameterGroupName": "{id}"},
        gone="DBParameterGroupNotFound",
        renames={"Family": "DBParameterGroupFamily"},
        tags=_tags("DBParameterGroupArn"),
    )
)
class DBParameterGroup(TableProvider):
    """A surprise: parameters are set and reset one by one, and the API lists every parameter of the family."""

    def settle(self, ctx: Context, operation: str, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Reset what left the template and set what differs."""
        del operation
        before, after = old.get("Parameters", {}), new.get("Parameters", {})
        lost = [{"ParameterName": key} for key in before if key not in after]
        sets = [{"ParameterName": key, "ParameterValue": after[key]} for key in after if before.get(key) != after[key]]
        for verb, rows in (("reset", lost), ("modify", sets)):
            if rows:
                said = {"Parameters": [{**row, "ApplyMethod": "pending-reboot"} for row in rows]}
                self.call(ctx, f"{verb}_db_parameter_group", physical_id, new, said)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeDBParameterGroups, and of DescribeDBParameters the template's own."""
        live = super().look(ctx, physical_id, props)
        pages = ctx.client("rds").get_paginator("describe_db_parameters").paginate(DBParameterGroupName=physical_id)
        values = {one["ParameterName"]: one.get("ParameterValue") for page in pages for one in page["Parameters"]}
        wanted = props.get("Parameters", {})
        return live | {"Parameters": {key: values[key] for key in wanted if values.get(key) is not None}}
