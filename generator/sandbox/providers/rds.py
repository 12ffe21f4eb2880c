"""RDS: what its instances and parameter groups do otherwise."""

from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

_EXPORTS = "EnableCloudwatchLogsExports"


@surprising("AWS::RDS::DBInstance")
class DBInstance(Resource):
    """One with a snapshot is restored by an operation of its own, which does not take everything.

    The rest is changed after it.
    """

    def create(self) -> Created:
        """CreateDBInstance; or RestoreDBInstanceFromDBSnapshot, then ModifyDBInstance."""
        if not self.props.get("DBSnapshotIdentifier"):
            return super().create()
        self.props = self.named()
        restore = "restore_db_instance_from_db_snapshot"
        self.id = self.id_of(self.call(restore, **self.arguments(restore, self.props)))
        self.ctx.initiated(self.id)
        # The snapshot may be of an older major version: AWS asks for the flag as for any upgrade.
        self.old = {_EXPORTS: self.props.get(_EXPORTS, [])}
        return self.update()

    def created(self) -> Created:
        """What DescribeDBInstances says.

        Raises:
            ResourceFailure: It is there and can't start.
        """
        if self.find()["DBInstanceStatus"] == "failed":
            raise ResourceFailure(f"DB instance {self.id} failed to start", "NotStabilized")
        return super().created()


@surprising("AWS::RDS::DBParameterGroup")
class DBParameterGroup(Resource):
    """Parameters are set and reset one by one, and the API lists every parameter of the family."""

    def settle(self, operation: str) -> None:
        """Reset what left the template and set what differs."""
        del operation
        before, after = self.old.get("Parameters", {}), self.props.get("Parameters", {})
        lost = [{"ParameterName": key} for key in before if key not in after]
        sets = [{"ParameterName": key, "ParameterValue": after[key]} for key in after if before.get(key) != after[key]]
        for verb, rows in (("reset", lost), ("modify", sets)):
            if rows:
                said = [{**row, "ApplyMethod": "pending-reboot"} for row in rows]
                self.call(f"{verb}_db_parameter_group", Parameters=said)

    def look(self, found: Props) -> Props:
        """DescribeDBParameterGroups, and of DescribeDBParameters the template's own."""
        pages = self.ctx.client("rds").get_paginator("describe_db_parameters").paginate(DBParameterGroupName=self.id)
        values = {one["ParameterName"]: one.get("ParameterValue") for page in pages for one in page["Parameters"]}
        live = {key: values[key] for key in self.props.get("Parameters", {}) if values.get(key) is not None}
        return super().look(found) | {"Parameters": live}
