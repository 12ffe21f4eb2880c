"""A database lives on: its data stack is upgraded over a major version and restored from a snapshot, as AWS takes it."""

from __future__ import annotations

import json
import time
from typing import Any

from templates.params.data import Database
from tests.sandbox.conftest import Aws
from tests.unit.templates.test_data import body


class DataStack:
    """The data stack of an environment, with the network and the key that it needs."""

    def __init__(self, aws: Aws) -> None:
        ec2 = aws("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]  # fmt: skip
        given = {
            "VpcId": vpc,
            "PrivateSubnets": ",".join(subnets),
            "KeyArn": aws("kms").create_key()["KeyMetadata"]["Arn"],
        }
        self._parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        self._api, self._rds = aws("cloudformation"), aws("rds")
        self._there = False

    def release(self, **database: Any) -> str:
        """Create or update it with a database like this; how that ended, with the reason of what failed."""
        act = self._api.update_stack if self._there else self._api.create_stack
        template = json.dumps(body(database=Database(**database)))
        act(StackName="data", TemplateBody=template, Parameters=self._parameters)
        self._there = True
        end = time.monotonic() + 120
        while (status := self._api.describe_stacks(StackName="data")["Stacks"][0]["StackStatus"]).endswith("_PROGRESS"):
            assert time.monotonic() < end, status
            time.sleep(0.01)
        events = self._api.describe_stack_events(StackName="data")["StackEvents"]
        failed = [e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"].endswith("_FAILED")]
        return f"{status}: {failed[-1]}" if failed and "ROLLBACK" in status else str(status)

    def instance(self) -> dict[str, Any]:
        """The one instance that is there."""
        [found] = self._rds.describe_db_instances()["DBInstances"]
        return dict(found)


def test_a_database_is_upgraded_and_restored(aws: Aws) -> None:
    """Without `upgrade_from` AWS refuses a major version; with it, it comes; a snapshot takes the place of what was there."""
    stack = DataStack(aws)
    assert stack.release(version="16.9") == "CREATE_COMPLETE"
    refused = stack.release(version="17.11")
    assert refused.startswith("UPDATE_ROLLBACK_COMPLETE: ")
    assert "The AllowMajorVersionUpgrade flag must be present" in refused
    assert stack.release(version="17.11", upgrade_from="16") == "UPDATE_COMPLETE"
    upgraded = stack.instance()
    assert upgraded["EngineVersion"] == "17.11"

    aws("rds").create_db_snapshot(DBInstanceIdentifier=upgraded["DBInstanceIdentifier"], DBSnapshotIdentifier="good")
    assert stack.release(version="17.11", restore_from="good") == "UPDATE_COMPLETE"
    restored = stack.instance()
    assert restored["DBInstanceIdentifier"] not in {upgraded["DBInstanceIdentifier"], ""}
    assert restored["MasterUsername"] == "platform"
    assert (restored["EngineVersion"], restored["Endpoint"]["Port"]) == ("17.11", 5432)
    assert restored["MasterUserSecret"]["SecretArn"] != upgraded["MasterUserSecret"]["SecretArn"]
    assert restored["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
