"""Previews of real change sets: made over HTTP on the embedded AWS, described by boto3, read, shown."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from generator.aws.change_set_parser import change_set
from generator.cost.price_table import load
from generator.preview import text
from generator.preview.lookup_results import shown
from generator.preview.lookups import Sources
from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading

ROLE = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Cidr": {"Type": "String", "Default": "10.9.0.0/16"}},
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}}},
        "SubnetA": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.0/24", "AvailabilityZone": "eu-west-1a"}},
        "SubnetB": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.2.0/24", "AvailabilityZone": "eu-west-1b"}},
        "Subnets": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"DBSubnetGroupDescription": "d", "SubnetIds": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d", "VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": []}},
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "DBName": "app",
                "Engine": "postgres",
                "EngineVersion": "17.11",
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": "20",
                "StorageType": "gp3",
                "MasterUsername": "platform",
                "ManageMasterUserPassword": True,
                "DBSubnetGroupName": {"Ref": "Subnets"},
                "VPCSecurityGroups": [{"Ref": "Group"}],
            },
        },
        "Uploads": {"Type": "AWS::S3::Bucket"},
        "TaskRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": ROLE,
                "Tags": [{"Key": "service", "Value": "app"}],
                "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": {"Fn::Sub": "${Uploads.Arn}/*"}}]}}],
            },
        },
    },
}  # fmt: skip


def changed() -> dict[str, Any]:
    """A change that replaces a database, opens a port, widens a role and raises the cost."""
    found: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    rows = found["Resources"]
    rows["Database"]["Properties"] |= {"DBName": "shop", "DBInstanceClass": "db.t4g.medium"}
    rows["Group"]["Properties"]["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}
    ]
    rows["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = [
        "s3:GetObject",
        "s3:DeleteObject",
    ]
    return found


def described(cloudformation: Any, name: str, body: dict[str, Any], kind: str) -> ChangeSet:
    made = cloudformation.create_change_set(
        StackName="app",
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=json.dumps(body),
        Capabilities=["CAPABILITY_IAM"],
    )
    while True:
        answer = cloudformation.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
        if answer["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        time.sleep(0.02)
    assert answer["Status"] == "CREATE_COMPLETE", answer.get("StatusReason")
    return change_set(answer, kind=kind)  # type: ignore[arg-type]


def execute(cloudformation: Any, name: str) -> None:
    cloudformation.execute_change_set(StackName="app", ChangeSetName=name)
    while (status := cloudformation.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"]).endswith(
        "IN_PROGRESS"
    ):
        time.sleep(0.05)
    assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@pytest.fixture
def cloudformation(aws: Any) -> Any:
    return aws("cloudformation")


def test_all_four_in_the_first_ten_lines(cloudformation: Any) -> None:
    """From nothing to a stack to a dangerous change: each preview says what an approver has to know, first."""
    new = described(cloudformation, "create", TEMPLATE, "CREATE")
    creation = meaning(new, None, TEMPLATE, region="eu-west-1")
    assert creation.worst == "none"
    assert [gain.who for gain in creation.gains] == ["app's task role"]
    execute(cloudformation, "create")
    after = changed()
    found = described(cloudformation, "update", after, "UPDATE")
    stack = cloudformation.describe_stacks(StackName="app")["Stacks"][0]
    known = {row["ParameterKey"]: row["ParameterValue"] for row in stack.get("Parameters", [])}
    meant = meaning(found, TEMPLATE, after, region="eu-west-1", before_parameters=known)
    seen = shown(
        found, TEMPLATE, after, Sources(prices=load()), region="eu-west-1", before_parameters=known, meaning=meant
    )
    lines = text.lines(Reading(meaning=meant, shown=seen))
    first = "\n".join(lines[:10])
    assert "DATA LOSS: Database is replaced; DBName can't change in place" in first
    assert "opens: everybody on the internet (0.0.0.0/0) can reach tcp 5432 of Group" in first
    assert "rights: app's task role gains s3:DeleteObject on objects in bucket Uploads" in first
    assert "cost: +" in first
    assert meant.level == "critical"
    again = described(cloudformation, "again", after, "UPDATE")
    assert meaning(again, TEMPLATE, after, region="eu-west-1", before_parameters=known) == meant
