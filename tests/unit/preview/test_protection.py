"""Protection that a change removes: told where it goes, and nowhere else."""

from typing import Any

import pytest

from generator.preview import text
from generator.preview.meaning import meaning
from generator.release.model.change import Detail
from generator.release.model.preview import Reading
from tests.unit.preview.test_risk import change_set, detail, effect, modify

DB, SERVICE, TASK = "AWS::RDS::DBInstance", "AWS::ECS::Service", "AWS::ECS::TaskDefinition"
ALARM, BALANCER, TARGETS = (
    "AWS::CloudWatch::Alarm",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
)
UNKNOWN = {"Ref": "Switch"}


def listed(key: str, value: str) -> list[dict[str, str]]:
    return [{"Key": "other", "Value": "1"}, {"Key": key, "Value": value}]


def subnets(*names: str) -> dict[str, Any]:
    return {"AwsvpcConfiguration": {"Subnets": list(names)}}


TAKEN: list[tuple[str, str, Any, Any, str]] = [
    (DB, "DeletionProtection", True, False, "nothing keeps it from being deleted any more"),
    (DB, "DeletionProtection", "true", None, "nothing keeps it from being deleted any more"),
    (DB, "DeletionProtection", True, UNKNOWN, "nothing keeps it from being deleted any more"),
    (DB, "DeletionProtection", False, True, ""),
    (DB, "DeletionProtection", None, False, ""),
    (DB, "MultiAZ", True, False, "no standby takes over"),
    (DB, "MultiAZ", False, True, ""),
    (SERVICE, "DeploymentConfiguration", {}, {"MinimumHealthyPercent": 0}, "all tasks may stop before new ones run"),
    (SERVICE, "DeploymentConfiguration", {}, {"MinimumHealthyPercent": 50}, "50 % of the tasks are enough"),
    (SERVICE, "DeploymentConfiguration", {"MinimumHealthyPercent": 0}, {}, ""),
    (SERVICE, "DeploymentConfiguration", {"Alarms": {"Enable": True}}, {"Alarms": {"Enable": False}}, "alarms don't stop a deployment"),
    (SERVICE, "DeploymentConfiguration", {"DeploymentCircuitBreaker": {"Enable": True}}, {}, "is no longer rolled back"),
    (SERVICE, "DeploymentConfiguration", {"Alarms": {"Enable": True, "Rollback": True}}, {"Alarms": {"Enable": True, "Rollback": False}}, "is no longer rolled back"),
    (SERVICE, "DeploymentConfiguration", {"Alarms": {"Enable": True, "Rollback": True}}, {"Alarms": {"Enable": True, "Rollback": UNKNOWN}}, "is no longer rolled back"),
    (SERVICE, "DeploymentConfiguration", {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}, {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": UNKNOWN}}, "is no longer rolled back"),
    (SERVICE, "DeploymentConfiguration", {"Alarms": {"Enable": True, "Rollback": UNKNOWN}}, {"Alarms": {"Enable": True, "Rollback": True}}, ""),
    (SERVICE, "NetworkConfiguration", subnets("a", "b"), subnets("a"), "no task runs in b any more"),
    (SERVICE, "NetworkConfiguration", subnets("a", "b"), subnets("a", "c"), ""),
    (BALANCER, "LoadBalancerAttributes", listed("deletion_protection.enabled", "true"), [], "nothing keeps it"),
    (BALANCER, "LoadBalancerAttributes", listed("idle_timeout.timeout_seconds", "60"), listed("idle_timeout.timeout_seconds", "5"), "longer than 5 s are cut off"),
    (BALANCER, "LoadBalancerAttributes", listed("idle_timeout.timeout_seconds", "5"), listed("idle_timeout.timeout_seconds", "60"), ""),
    (TARGETS, "TargetGroupAttributes", listed("deregistration_delay.timeout_seconds", "60"), listed("deregistration_delay.timeout_seconds", "0"), "requests get 0 s to end"),
    (ALARM, "ActionsEnabled", None, False, "no notification is sent any more"),
    (ALARM, "AlarmActions", ["arn"], [], "no notification is sent any more"),
    (ALARM, "AlarmActions", ["arn"], ["other"], ""),
    ("AWS::KMS::Key", "EnableKeyRotation", True, None, "not rotated any more"),
    ("AWS::SQS::Queue", "RedrivePolicy", {"maxReceiveCount": 5}, None, "no longer moved to a dead-letter queue"),
    ("AWS::ECR::Repository", "ImageTagMutability", "IMMUTABLE", "MUTABLE", "a tag can be moved"),
    ("AWS::ECR::Repository", "ImageTagMutability", None, "MUTABLE", ""),
    ("AWS::WAFv2::WebACL", "DefaultAction", {"Block": {}}, {"Allow": {}}, "requests that no rule blocks are allowed"),
    (TASK, "ContainerDefinitions", [{"Name": "a"}], [{"Name": "a", "Privileged": True}], "a runs privileged"),
    (TASK, "ContainerDefinitions", [{"Name": "a", "ReadonlyRootFilesystem": True}], [{"Name": "a"}], "a may write to its own file system"),
    (TASK, "ContainerDefinitions", [{"Name": "a", "User": "10001"}], [{"Name": "a", "User": "0:0"}], "a runs as root"),
    (TASK, "ContainerDefinitions", [{"Name": "a", "Privileged": True}], [{"Name": "a", "Privileged": True, "Image": "b"}], ""),
]  # fmt: skip


@pytest.mark.parametrize("row", TAKEN, ids=[f"{row[0][5:]}.{row[1]}-{i}" for i, row in enumerate(TAKEN)])
def test_protection_that_goes(row: tuple[str, str, Any, Any, str]) -> None:
    """What is switched off, left out or not known any more is told with its resource; what is switched on is not."""
    kind, prop, old, new, said = row
    found = effect(kind, prop, old, new)
    assert found.weakens is bool(said)
    assert said in found.why


def test_what_goes_is_read_first() -> None:
    """Nothing happens today, and yet it stands among the first lines and is worth a second look."""
    sides = [
        {"Resources": {"Db": {"Type": DB, "Properties": {"DeletionProtection": value}}}} for value in (True, False)
    ]
    found = meaning(change_set(modify("Db", DB, detail("DeletionProtection"))), *sides, region="eu-west-1")
    assert found.level == "medium"
    assert found.sentence == "Db: nothing keeps it from being deleted any more"
    assert (
        text.lines(Reading(meaning=found))[1]
        == "protection goes: Db is changed; nothing keeps it from being deleted any more"
    )


@pytest.mark.parametrize(
    ("kind", "attribute", "before", "after", "lost"),
    [
        (DB, "DeletionPolicy", "Snapshot", "Delete", True),
        (DB, "DeletionPolicy", "Retain", None, False),  # without one, a snapshot is made of it
        (DB, "DeletionPolicy", None, "Delete", True),
        (DB, "UpdateReplacePolicy", "Snapshot", None, True),
        ("AWS::DynamoDB::Table", "DeletionPolicy", "Retain", None, True),
        ("AWS::DynamoDB::Table", "DeletionPolicy", "Delete", None, False),
        ("AWS::DynamoDB::Table", "DeletionPolicy", "Retain", "RetainExceptOnCreate", False),
        (SERVICE, "DeletionPolicy", "Retain", "Delete", False),  # nothing is lost with it
    ],
)
def test_policies_that_kept_it(kind: str, attribute: str, before: str | None, after: str | None, lost: bool) -> None:
    """A policy that keeps a resource's data no more is told; one that only says what holds anyway is not."""
    sides = [
        {"Resources": {"It": {"Type": kind, "Properties": {}} | ({attribute: value} if value else {})}}
        for value in (before, after)
    ]
    place = Detail(attribute=attribute, path=f"/{attribute}")
    [row] = meaning(change_set(modify("It", kind, place)), *sides, region="eu-west-1").effects
    assert row.weakens is lost
    assert ("from now on it is deleted with" in row.why) is lost
