"""A resource that has a fixed name and is to be replaced is refused by CloudFormation: no configuration may ask for that unknowingly."""

from functools import cache

import pytest

from generator.preview.replacement_schemas import schema
from generator.preview.risk.custom_names import CUSTOM_NAMES
from tests.unit.templates.test_every_template import everything

# What would replace a named resource, and why nothing of stacks/ changes it. docs/decisions.md says the same in words.
NEVER_CHANGES = {
    "AWS::DynamoDB::Table KeySchema": "the release log's, written down in templates/home",
    "AWS::ECR::Repository EncryptionConfiguration": "always AES256",
    "AWS::ECS::CapacityProvider AutoScalingGroupProvider": "the group has no name and no property that replaces it",
    "AWS::ECS::Service Cluster": "the cluster is called like the environment",
    "AWS::ECS::Service SchedulingStrategy": "always REPLICA",
    "AWS::IAM::ManagedPolicy Description": "written down in templates/; a new text needs a new name",
    "AWS::IAM::Role Path": "the platform's and the environment's name",
    "AWS::RDS::DBInstance DBParameterGroupName": "replaced only where a parameter group is, which has no name",
    "AWS::RDS::DBInstance DBSubnetGroupName": "the subnet group has no name, and none of its properties replaces it",
    "AWS::RDS::DBInstance KmsKeyId": "the environment's key is never replaced",
    "AWS::RDS::DBInstance MasterUsername": "always platform",
    "AWS::RDS::DBInstance StorageEncrypted": "always true",
    "AWS::RDS::DBInstance AutoMinorVersionUpgrade": "in place for a single instance",
    "AWS::RDS::DBInstance BackupRetentionPeriod": "in place for a single instance",
    "AWS::RDS::DBInstance MultiAZ": "in place for a single instance",
    "AWS::WAFv2::WebACL Scope": "always REGIONAL",
}
# What stacks/ can change, and CloudFormation refuses: a replacement would begin empty (docs/decisions.md).
REFUSED = {"AWS::RDS::DBInstance DBName", "AWS::RDS::DBInstance Engine"}


@cache
def found() -> frozenset[str]:
    """Each type with a property that may replace it, of resources whose name is fixed."""
    rows = set()
    for _, template in everything().values():
        for row in template["Resources"].values():
            name, known = CUSTOM_NAMES.get(row["Type"]), schema(row["Type"])
            given = row.get("Properties", {})
            if name is not None and known is not None and name.property in given:
                rows |= {
                    f"{row['Type']} {prop}"
                    for prop in given
                    if prop != name.property and known.recreation((prop,)) != "Never"
                }
    return frozenset(rows)


def test_each_is_decided() -> None:
    """A property that is new beside a fixed name is looked at: it never changes, or its change is refused for a reason."""
    assert found() == NEVER_CHANGES.keys() | REFUSED


@pytest.mark.parametrize("kind", ["CloudWatch::Alarm", "CloudWatch::CompositeAlarm", "CloudWatch::Dashboard"])
def test_alarms_and_dashboards_are_never_replaced(kind: str) -> None:
    """Their names tell people what is ill, and nothing but the name itself replaces them."""
    known = schema(f"AWS::{kind}")
    assert known is not None
    assert {path for path in known.create_only if path != (CUSTOM_NAMES[f"AWS::{kind}"].property,)} == set()
