"""What changes in place do, by their values; and replacement, where AWS could not say it yet."""

from typing import Any

import pytest

from generator.preview.change_context import ChangeContext
from generator.preview.meaning import meaning
from generator.preview.rollout_estimate import phases
from generator.release.model.change import KNOWN_AFTER_APPLY, ChangeSet, Detail, ResourceChange
from generator.release.model.preview import ResourceEffect

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1"
DB, TABLE, BUCKET = "AWS::RDS::DBInstance", "AWS::DynamoDB::Table", "AWS::S3::Bucket"
UNKNOWN = {"Fn::ImportValue": "x"}


def change_set(*changes: ResourceChange) -> ChangeSet:
    return ChangeSet(arn="a", name="n", stack_id=STACK, stack_name="app", kind="UPDATE", changes=changes)


def modify(name: str, kind: str, *details: Detail, replacement: Any = "False", policy: Any = "") -> ResourceChange:
    return ResourceChange(
        logical_id=name, type=kind, action="Modify", replacement=replacement, policy_action=policy, details=details
    )


def detail(prop: str, **more: Any) -> Detail:
    return Detail(
        **{
            "attribute": "Properties",
            "name": prop,
            "path": f"/Properties/{prop}",
            "requires_recreation": "Never",
            **more,
        }
    )


def effect(kind: str, prop: str, old: Any, new: Any, **both: Any) -> ResourceEffect:
    """The row of one property that changes; None is absent, ``both`` are other properties."""
    sides = [{**both, **({prop: value} if value is not None else {})} for value in (old, new)]
    before, after = ({"Resources": {"It": {"Type": kind, "Properties": side}}} for side in sides)
    return meaning(change_set(modify("It", kind, detail(prop))), before, after, region="eu-west-1").effects[0]


INDEX = {"IndexName": "by-name", "KeySchema": []}
ID = {"AttributeName": "id", "AttributeType": "S"}
VERSIONS = {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 5}}
RULE = {"Status": "Enabled", "ExpirationInDays": 30, "Id": "a"}
VALUES: list[tuple[str, str, Any, Any, str, dict[str, Any]]] = [
    (DB, "DBInstanceClass", "db.t3.micro", "db.t3.small", "downtime", {}),
    (DB, "DBInstanceClass", "db.t3.micro", "db.t3.small", "interruption", {"MultiAZ": "true"}),
    (DB, "DBInstanceClass", "db.t3.micro", "db.t3.small", "downtime", {"MultiAZ": UNKNOWN}),
    (DB, "StorageType", "gp2", "gp3", "none", {}),
    (DB, "StorageType", "standard", "gp3", "downtime", {}),
    (DB, "StorageType", "gp2", UNKNOWN, "downtime", {}),
    (DB, "BackupRetentionPeriod", 7, 1, "data-loss", {}),
    (DB, "BackupRetentionPeriod", 0, 7, "downtime", {}),
    (DB, "BackupRetentionPeriod", 7, 14, "none", {}),
    (DB, "BackupRetentionPeriod", 7, UNKNOWN, "unknown", {}),
    (DB, "BackupRetentionPeriod", 7, 0, "data-loss", {}),
    (DB, "AllocatedStorage", 20, 40, "none", {}),
    (DB, "AllocatedStorage", 40, 20, "refused", {}),
    (TABLE, "AttributeDefinitions", [ID], [ID, {"AttributeName": "n", "AttributeType": "S"}], "none", {}),
    (TABLE, "AttributeDefinitions", [ID], [{**ID, "AttributeType": "N"}], "unknown", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [{**RULE, "ExpirationInDays": 365}]}, "none", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [{**RULE, "ExpirationInDays": UNKNOWN}]}, "data-loss", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [{**RULE, "Prefix": "a/"}]}, "data-loss", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [VERSIONS]}, {"Rules": [{**VERSIONS, "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 1}}]}, "data-loss", {}),
    ("AWS::ECS::Service", "LoadBalancers", [{"TargetGroupArn": "a"}], [{"TargetGroupArn": "b"}], "restart", {}),
    ("AWS::ECS::Service", "LoadBalancers", [{"TargetGroupArn": "a"}], None, "downtime", {}),
    ("AWS::ECS::Service", "ServiceRegistries", [{"RegistryArn": "a"}], [], "downtime", {}),
    ("AWS::ECS::Service", "CapacityProviderStrategy", [{"CapacityProvider": "FARGATE"}], [{"CapacityProvider": "FARGATE_SPOT"}], "interruption", {}),
    ("AWS::ECS::Service", "CapacityProviderStrategy", [{"CapacityProvider": "FARGATE_SPOT"}], [{"CapacityProvider": "FARGATE"}], "none", {}),
    ("AWS::ECS::Service", "PropagateTags", "SERVICE", "TASK_DEFINITION", "none", {}),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "MaxCapacity", 10, 2, "unknown", {}),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "MaxCapacity", 2, 10, "none", {}),
    ("AWS::AutoScaling::AutoScalingGroup", "DesiredCapacity", "2", "0", "downtime", {}),
    ("AWS::AutoScaling::AutoScalingGroup", "MaxSize", "4", "2", "interruption", {}),
    ("AWS::AutoScaling::AutoScalingGroup", "MaxSize", "4", UNKNOWN, "unknown", {}),
    ("AWS::Lambda::Function", "Timeout", 30, 1, "unknown", {}),
    ("AWS::Lambda::Function", "Timeout", None, 30, "restart", {}),
    ("AWS::Lambda::Function", "MemorySize", 512, UNKNOWN, "unknown", {}),
    ("AWS::SQS::Queue", "VisibilityTimeout", 300, None, "unknown", {}),
    ("AWS::SQS::Queue", "VisibilityTimeout", 30, 300, "none", {}),
    ("AWS::Scheduler::Schedule", "State", "ENABLED", "DISABLED", "downtime", {}),
    ("AWS::StepFunctions::StateMachine", "DefinitionString", "{}", "{ }", "restart", {}),
    ("AWS::EC2::Route", "GatewayId", None, "igw-1", "interruption", {}),
    (DB, "VPCSecurityGroups", ["a"], ["a", "b"], "none", {}),
    (DB, "VPCSecurityGroups", ["a", "b"], ["b"], "unknown", {}),
    (DB, "TdeCredentialArn", "a", "b", "unknown", {}),
    (TABLE, "TimeToLiveSpecification", None, {"AttributeName": "a", "Enabled": True}, "data-loss", {}),
    (TABLE, "TimeToLiveSpecification", {"AttributeName": "a", "Enabled": True}, None, "none", {}),
    (TABLE, "PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}, None, "data-loss", {}),
    (TABLE, "PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}, {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}, "data-loss", {}),
    (TABLE, "PointInTimeRecoverySpecification", None, {"PointInTimeRecoveryEnabled": "true"}, "none", {}),
    (TABLE, "GlobalSecondaryIndexes", None, [INDEX], "none", {}),
    (TABLE, "GlobalSecondaryIndexes", [INDEX], None, "downtime", {}),
    (TABLE, "GlobalSecondaryIndexes", [INDEX], [{**INDEX, "Projection": {}}], "refused", {}),
    (TABLE, "StreamSpecification", {"StreamViewType": "KEYS_ONLY"}, None, "downtime", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [{**RULE, "Id": "b"}]}, "none", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [{**RULE, "ExpirationInDays": 10}]}, "data-loss", {}),
    (BUCKET, "LifecycleConfiguration", None, {"Rules": [{"Status": "Enabled", "Transitions": []}]}, "none", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [{**RULE, "Status": "Disabled"}]}, {"Rules": [RULE]}, "data-loss", {}),
    (BUCKET, "LifecycleConfiguration", {"Rules": [RULE]}, {"Rules": [RULE, {"Fn::If": ["Unknown", RULE, {}]}]}, "unknown", {}),
    (TABLE, "TimeToLiveSpecification", None, {"Fn::If": ["Unknown", {"AttributeName": "a", "Enabled": True}, {}]}, "unknown", {}),
    (BUCKET, "VersioningConfiguration", {"Status": "Enabled"}, {"Status": "Suspended"}, "data-loss", {}),
    (BUCKET, "VersioningConfiguration", None, {"Status": "Enabled"}, "none", {}),
    (BUCKET, "ObjectLockEnabled", None, True, "irreversible", {}),
    ("AWS::Logs::LogGroup", "RetentionInDays", None, 30, "data-loss", {}),
    ("AWS::Logs::LogGroup", "RetentionInDays", 30, None, "none", {}),
    ("AWS::Logs::LogGroup", "RetentionInDays", 30, UNKNOWN, "unknown", {}),
    ("AWS::SQS::Queue", "MessageRetentionPeriod", None, 3600, "data-loss", {}),
    ("AWS::SQS::Queue", "MaximumMessageSize", 1024, 2048, "none", {}),
    ("AWS::KMS::Key", "Enabled", True, False, "downtime", {}),
    ("AWS::KMS::Key", "Enabled", False, None, "none", {}),
    ("AWS::KMS::Key", "Enabled", True, UNKNOWN, "unknown", {}),
    ("AWS::KMS::Key", "EnableKeyRotation", False, True, "none", {}),
    ("AWS::ECS::Service", "DesiredCount", 2, 0, "downtime", {}),
    ("AWS::ECS::Service", "DesiredCount", 2, UNKNOWN, "unknown", {}),
    ("AWS::ECS::Service", "TaskDefinition", "a", "b", "restart", {}),
    ("AWS::ECS::Service", "TaskDefinition", "a", "b", "interruption", {"DeploymentConfiguration": {"MinimumHealthyPercent": 0}}),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "MaxCapacity", 4, 0, "downtime", {}),
    ("AWS::ApplicationAutoScaling::ScalableTarget", "MaxCapacity", 4, UNKNOWN, "unknown", {}),
    ("AWS::AutoScaling::AutoScalingGroup", "MaxSize", 4, 2, "interruption", {}),
    ("AWS::Lambda::Function", "ReservedConcurrentExecutions", None, 5, "unknown", {}),
    ("AWS::Lambda::Function", "ReservedConcurrentExecutions", 5, None, "none", {}),
    ("AWS::Lambda::EventSourceMapping", "Enabled", None, False, "interruption", {}),
    ("AWS::Events::Rule", "State", "ENABLED", "DISABLED", "downtime", {}),
    ("AWS::Events::Rule", "EventPattern", {"a": 1}, {"a": 2}, "unknown", {}),
    ("AWS::CloudTrail::Trail", "IsLogging", True, False, "data-loss", {}),
    ("AWS::EC2::VPC", "EnableDnsHostnames", True, False, "unknown", {}),
    ("AWS::Route53::RecordSet", "TTL", "300", "60", "interruption", {}),
    ("AWS::EC2::NetworkAclEntry", "CidrBlock", "10.0.0.0/8", "10.0.0.0/16", "unknown", {"RuleAction": "allow"}),
    ("AWS::EC2::NetworkAclEntry", "RuleAction", "allow", "deny", "unknown", {"CidrBlock": "10.0.0.0/8"}),
    ("AWS::EC2::NetworkAclEntry", "CidrBlock", "10.0.0.0/16", "10.0.0.0/8", "none", {"RuleAction": "allow"}),
]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    VALUES,
    ids=[f"{row[0][5:]}.{row[1]}-{i}" for i, row in enumerate(VALUES)],
)
def test_in_place(row: tuple[str, str, Any, Any, str, dict[str, Any]]) -> None:
    """The values decide, as the row's AWS page says; values that are not known are never safe."""
    kind, prop, old, new, expected, both = row
    found = effect(kind, prop, old, new, **both)
    assert (found.effect, found.action) == (expected, "Modify")
    assert found.source.startswith("https://docs.aws.amazon.com/")


TASK, ROLE = "AWS::ECS::TaskDefinition", "AWS::IAM::Role"


def dynamic(prop: str, source: str, cause: str, **more: Any) -> Detail:
    return detail(prop, evaluation="Dynamic", source=source, cause=cause, requires_recreation="Always", **more)


SETTLED: list[tuple[str, ResourceChange, Detail, str, str]] = [
    ("a role that stays", modify("Other", ROLE, detail("Description")), dynamic("ServiceName", "ResourceAttribute", "Other.Arn"), "Modify", "none"),
    ("a role that is replaced", modify("Other", ROLE, detail("RoleName", requires_recreation="Always"), replacement="True"), dynamic("ServiceName", "ResourceAttribute", "Other.Arn"), "Replace", "downtime"),
    ("an attribute that may move", modify("Other", "AWS::RDS::DBInstance", detail("Port")), dynamic("ServiceName", "ResourceAttribute", "Other.Endpoint.Address"), "Modify", "unknown"),
    ("one that is new", ResourceChange(logical_id="Other", type=ROLE, action="Add"), dynamic("ServiceName", "ResourceReference", "Other"), "Replace", "downtime"),
    ("a type that nobody knows", modify("Other", "Custom::Thing", detail("X")), dynamic("ServiceName", "ResourceAttribute", "Other.Arn"), "Modify", "unknown"),
    ("values that AWS tells, and that are equal", modify("Other", ROLE, detail("Description")), dynamic("ServiceName", "DirectModification", "", before='"a"', after='"a"'), "Modify", "none"),
    ("values that AWS tells, and that differ", modify("Other", ROLE, detail("Description")), dynamic("ServiceName", "DirectModification", "", before='"a"', after='"b"'), "Replace", "downtime"),
    ("a value that is known later", modify("Other", ROLE, detail("Description")), dynamic("ServiceName", "DirectModification", "", before='"a"', after=f'"{KNOWN_AFTER_APPLY}"'), "Modify", "none"),
    ("an attribute that may move, without a cause", modify("Other", ROLE, detail("Description")), dynamic("LoadBalancers", "DirectModification", ""), "Modify", "unknown"),
    ("one that is decided later", ResourceChange(logical_id="Other", type=ROLE, action="Dynamic"), dynamic("ServiceName", "ResourceReference", "Other"), "Modify", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "other", "place", "action", "expected"), SETTLED, ids=[row[0] for row in SETTLED])
def test_dynamic_replacement(name: str, other: ResourceChange, place: Detail, action: str, expected: str) -> None:
    """`Conditional` is settled where both templates do so, and unknown elsewhere."""
    del name
    body = {
        "Resources": {
            "It": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "ServiceName": {"Fn::GetAtt": ["Other", "Arn"]},
                    "LoadBalancers": {"Fn::GetAtt": ["Other", "X"]},
                },
            },
            "Other": {"Type": other.type},
        }
    }
    change = modify("It", "AWS::ECS::Service", place, replacement="Conditional", policy="ReplaceAndDelete")
    found = meaning(change_set(change, other), body, body, region="eu-west-1")
    row = next(row for row in found.effects if row.logical_id == "It")
    assert (row.action, row.effect) == (action, expected)


def test_a_circle_of_references_stays_open() -> None:
    """Two resources that hang on each other are unknown, and nothing runs for ever."""
    kind = "AWS::ECS::Service"
    one = modify("A", kind, dynamic("ServiceName", "ResourceReference", "B"), replacement="Conditional")
    two = modify("B", kind, dynamic("ServiceName", "ResourceReference", "A"), replacement="Conditional")
    body = {"Resources": {"A": {"Type": kind}, "B": {"Type": kind}}}
    found = meaning(change_set(one, two), body, body, region="eu-west-1")
    assert {row.effect for row in found.effects} == {"unknown"}


CONDITIONAL: list[tuple[str, str, dict[str, Any], dict[str, Any], str, str]] = [
    (DB, "MultiAZ", {"MultiAZ": False}, {"MultiAZ": True}, "Modify", "none"),
    (
        DB,
        "MultiAZ",
        {"MultiAZ": False, "SourceDBInstanceIdentifier": "x"},
        {"MultiAZ": True, "SourceDBInstanceIdentifier": "x"},
        "Modify",
        "unknown",
    ),
    (DB, "DBSnapshotIdentifier", {}, {"DBSnapshotIdentifier": "s"}, "Replace", "data-loss"),
    (DB, "AvailabilityZone", {"AvailabilityZone": "a"}, {"AvailabilityZone": "b"}, "Modify", "unknown"),
    (TABLE, "KeySchema", {"KeySchema": [1]}, {"KeySchema": [2]}, "Replace", "data-loss"),
    ("AWS::EC2::Instance", "InstanceType", {"InstanceType": "a"}, {"InstanceType": "b"}, "Modify", "downtime"),
]


@pytest.mark.parametrize(
    "case",
    CONDITIONAL,
    ids=[f"{row[1]}-{i}" for i, row in enumerate(CONDITIONAL)],
)
def test_conditional_properties(case: tuple[str, str, dict[str, Any], dict[str, Any], str, str]) -> None:
    """Properties that replace sometimes: settled where a template shows it, else unknown."""
    kind, prop, old, new, action, expected = case
    place = detail(prop, requires_recreation="Conditionally")
    before, after = ({"Resources": {"It": {"Type": kind, "Properties": side}}} for side in (old, new))
    change = modify("It", kind, place, replacement="Conditional", policy="ReplaceAndDelete")
    row = meaning(change_set(change), before, after, region="eu-west-1").effects[0]
    assert (row.action, row.effect) == (action, expected)


def test_a_policy_that_no_longer_keeps() -> None:
    """A database that would go with its stack from now on says so."""
    place = Detail(attribute="DeletionPolicy", path="/DeletionPolicy", before='"Retain"', after='"Delete"')
    row = meaning(
        change_set(modify("It", DB, place)), {"Resources": {}}, {"Resources": {}}, region="eu-west-1"
    ).effects[0]
    assert row.why == "from now on it is deleted with its data when it is removed from the stack"
    kept = Detail(attribute="DeletionPolicy", path="/DeletionPolicy", before='"Delete"', after='"Retain"')
    row = meaning(change_set(modify("It", DB, kept)), {"Resources": {}}, {"Resources": {}}, region="eu-west-1").effects[
        0
    ]
    assert row.why == "what happens when it is removed changes, the resource does not"


def test_a_change_without_details_is_unknown() -> None:
    """If AWS does not report what changes, neither is it called safe."""
    row = meaning(change_set(modify("It", DB)), {"Resources": {}}, {"Resources": {}}, region="eu-west-1").effects[0]
    assert row.effect == "unknown"


LINEAR = {
    "Strategy": "LINEAR",
    "LinearConfiguration": {"StepPercent": 25, "StepBakeTimeInMinutes": 5},
    "BakeTimeInMinutes": 10,
}
ROLLOUTS: list[tuple[dict[str, Any], list[tuple[float, int, int, float]]]] = [
    ({"Strategy": "BLUE_GREEN", "BakeTimeInMinutes": 5}, [(60, 4, 4, 0), (300, 4, 4, 100), (30, 0, 4, 100)]),
    (LINEAR, [(60, 4, 4, 0), (300, 4, 4, 25), (300, 4, 4, 50), (300, 4, 4, 75), (600, 4, 4, 100), (30, 0, 4, 100)]),
    ({"Strategy": "BLUE_GREEN"}, [(60, 4, 4, 0), (30, 0, 4, 100)]),
    ({"MaximumPercent": 100, "MinimumHealthyPercent": 0}, [(60, 0, 4, 0), (30, 0, 4, 100)]),
    ({}, [(60, 4, 4, 0), (30, 0, 4, 100)]),
    ({"MaximumPercent": 150, "MinimumHealthyPercent": 100}, [(60, 4, 2, 0), (60, 2, 4, 50), (30, 0, 4, 100)]),
    ({"MaximumPercent": 100, "MinimumHealthyPercent": 75}, [(60, 3, 1, 0), (60, 2, 2, 33.3), (60, 1, 3, 66.7), (60, 0, 4, 100), (30, 0, 4, 100)]),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "expected"), ROLLOUTS, ids=range(len(ROLLOUTS)))
def test_rollouts(settings: dict[str, Any], expected: list[tuple[float, int, int, float]]) -> None:
    """Each strategy's phases, from its own parameters (ECS Developer Guide, deployment types)."""
    body = {
        "Resources": {
            "It": {"Type": "AWS::ECS::Service", "Properties": {"DesiredCount": 4, "DeploymentConfiguration": settings}}
        }
    }
    context = ChangeContext(
        change_set(modify("It", "AWS::ECS::Service", detail("TaskDefinition"))),
        body,
        body,
        region="eu-west-1",
        before_parameters={},
    )
    found = phases(context, "It")
    assert [(step.seconds, step.old_tasks, step.new_tasks, step.new_traffic_percent) for step in found] == expected


def test_the_first_tasks_of_a_new_service() -> None:
    """A new service has nothing to shift from."""
    body = {"Resources": {"It": {"Type": "AWS::ECS::Service", "Properties": {}}}}
    row = ResourceChange(logical_id="It", type="AWS::ECS::Service", action="Add")
    context = ChangeContext(change_set(row), None, body, region="eu-west-1", before_parameters={})
    [step] = phases(context, "It")
    assert (step.old_tasks, step.new_tasks, step.new_traffic_percent) == (0, 1, 100.0)
