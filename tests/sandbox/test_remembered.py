"""What ministack forgets and the sandbox keeps, as any client sees it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import ACCOUNT, REGION, Aws

DATABASE = {
    "DBInstanceIdentifier": "orders",
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "MasterUsername": "me",
}


def _database(aws: Aws) -> dict[str, Any]:
    found: dict[str, Any] = aws("rds").describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"][0]
    return found


class TestDatabases:
    """Amazon RDS API Reference, CreateDBInstance, ModifyDBInstance, DBInstance."""

    def test_an_instance_has_an_address_and_its_port(self, aws: Aws) -> None:
        """The endpoint is the instance's own name below the region's, on the engine's port unless another is asked for."""
        made = aws("rds").create_db_instance(**DATABASE, MasterUserPassword="secret-secret")["DBInstance"]
        endpoint = _database(aws)["Endpoint"]
        assert made["Endpoint"] == endpoint
        assert endpoint["Port"] == 5432
        assert endpoint["Address"].startswith("orders.")
        assert endpoint["Address"].endswith(f".{REGION}.rds.amazonaws.com")
        assert "MasterUserSecret" not in _database(aws)

    def test_log_exports_and_upgrades_change(self, aws: Aws) -> None:
        """CloudwatchLogsExportConfiguration adds and takes away; AutoMinorVersionUpgrade and the port are kept."""
        rds = aws("rds")
        rds.create_db_instance(
            **DATABASE, MasterUserPassword="secret-secret", EnableCloudwatchLogsExports=["upgrade", "postgresql"]
        )
        assert _database(aws)["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
        assert _database(aws)["AutoMinorVersionUpgrade"] is True
        changed = rds.modify_db_instance(
            DBInstanceIdentifier="orders",
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["iam-db-auth-error"], "DisableLogTypes": ["upgrade"]},
            AutoMinorVersionUpgrade=False,
            DBPortNumber=6000,
        )["DBInstance"]
        assert changed["EnabledCloudwatchLogsExports"] == ["iam-db-auth-error", "postgresql"]
        rds.modify_db_instance(DBInstanceIdentifier="orders", MultiAZ=True, ApplyImmediately=True)
        assert _database(aws)["AutoMinorVersionUpgrade"] is False
        assert _database(aws)["Endpoint"]["Port"] == 6000

    def test_a_second_instance_of_the_name_changes_nothing(self, aws: Aws) -> None:
        """A refused call leaves what is known of the first, and makes no secret."""
        rds = aws("rds")
        rds.create_db_instance(**DATABASE, MasterUserPassword="secret-secret", Port=5433)
        with pytest.raises(ClientError) as refused:
            rds.create_db_instance(**DATABASE, ManageMasterUserPassword=True)
        assert refused.value.response["Error"]["Code"] == "DBInstanceAlreadyExists"
        assert _database(aws)["Endpoint"]["Port"] == 5433
        assert aws("secretsmanager").list_secrets()["SecretList"] == []

    def test_instances_of_other_regions_and_accounts_are_others(self, aws: Aws) -> None:
        """Two databases of one name in two regions keep their own ports."""
        for region, port in ((REGION, 5001), ("us-east-1", 5002)):
            aws("rds", region=region).create_db_instance(**DATABASE, MasterUserPassword="secret-secret", Port=port)
        assert _database(aws)["Endpoint"]["Port"] == 5001
        other = aws("rds", region="us-east-1").describe_db_instances()["DBInstances"]
        assert [one["Endpoint"]["Port"] for one in other] == [5002]


class TestDashboards:
    """Amazon CloudWatch API Reference, PutDashboard and TagResource."""

    ARN = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/health"

    def _tags(self, aws: Aws) -> dict[str, str]:
        tags = aws("cloudwatch").list_tags_for_resource(ResourceARN=self.ARN)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def test_a_dashboard_keeps_the_tags_it_was_made_with(self, aws: Aws) -> None:
        """Tags of a later PutDashboard are ignored, as documented; TagResource and UntagResource change them."""
        watch = aws("cloudwatch")
        board = {"DashboardName": "health", "DashboardBody": '{"widgets":[]}'}
        watch.put_dashboard(**board, Tags=[{"Key": "team", "Value": "red"}])
        watch.put_dashboard(**board, Tags=[{"Key": "team", "Value": "blue"}])
        assert self._tags(aws) == {"team": "red"}
        watch.tag_resource(ResourceARN=self.ARN, Tags=[{"Key": "tier", "Value": "1"}])
        watch.untag_resource(ResourceARN=self.ARN, TagKeys=["team"])
        assert self._tags(aws) == {"tier": "1"}
        watch.delete_dashboards(DashboardNames=["health"])
        with pytest.raises(ClientError):
            self._tags(aws)


class TestLogGroups:
    """Amazon CloudWatch Logs API Reference, AssociateKmsKey and DisassociateKmsKey."""

    def _key(self, aws: Aws) -> str | None:
        found = aws("logs").describe_log_groups(logGroupNamePrefix="/shop")["logGroups"][0].get("kmsKeyId")
        return None if found is None else str(found)

    def test_the_key_of_a_group_changes_and_goes(self, aws: Aws) -> None:
        """A group is encrypted with the key that it was given last; a new group of the name starts without."""
        logs, key = aws("logs"), aws("kms").create_key()["KeyMetadata"]["Arn"]
        logs.create_log_group(logGroupName="/shop")
        logs.associate_kms_key(logGroupName="/shop", kmsKeyId=key)
        assert self._key(aws) == key
        logs.disassociate_kms_key(logGroupName="/shop")
        assert self._key(aws) is None
        logs.associate_kms_key(logGroupName="/shop", kmsKeyId=key)
        logs.delete_log_group(logGroupName="/shop")
        logs.create_log_group(logGroupName="/shop")
        assert self._key(aws) is None

    def test_keys_of_query_results_are_refused(self, aws: Aws) -> None:
        """The sandbox says what it does not support, and does not pretend."""
        with pytest.raises(ClientError, match="does not support keys of query results"):
            aws("logs").disassociate_kms_key(resourceIdentifier=f"arn:aws:logs:{REGION}:{ACCOUNT}:query-result:*")
