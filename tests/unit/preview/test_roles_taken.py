"""What acts as a role that was there before it gains all of that role's rights: in words, whatever type it has."""

from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.preview.replacement_schemas import known_types, role_properties
from generator.release import policy
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Meaning, Reading
from tests.release.fake_platform import FakePlatform

WORKER = "arn:aws:iam::111122223333:role/slipway/home/slipway-home-WorkerRole-1A2B"
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {},
        "Policies": [
            {
                "PolicyName": "p",
                "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "t"}]},
            }
        ],
    },
}


def read(before: dict[str, Any], after: dict[str, Any], **parameters: str) -> Meaning:
    changes = tuple(
        ResourceChange(logical_id=name, type=row["Type"], action="Modify" if name in before else "Add")
        for name, row in after.items()
        if before.get(name) != row
    )
    found = ChangeSet(
        arn="a", name="n", stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1", stack_name="app",
        kind="UPDATE", changes=changes, parameters=parameters,
    )  # fmt: skip
    declared = {name: {"Type": "String"} for name in parameters}
    return meaning(
        found, {"Resources": before}, {"Parameters": declared, "Resources": after}, region="eu-west-1",
    )  # fmt: skip


def new(kind: str, **properties: Any) -> dict[str, Any]:
    return {"New": {"Type": kind, "Properties": properties}}


TAKEN = [
    ("AWS::ECS::TaskDefinition", {"TaskRoleArn": WORKER}),
    ("AWS::ECS::TaskDefinition", {"ExecutionRoleArn": WORKER}),
    ("AWS::Lambda::Function", {"Role": WORKER}),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": WORKER}}}),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"IamInstanceProfile": {"Name": "worker-profile"}}}),
    ("AWS::EC2::Instance", {"IamInstanceProfile": "worker-profile"}),
    ("AWS::Events::Rule", {"Targets": [{"Arn": "x", "RoleArn": WORKER}]}),
    ("AWS::Scheduler::Schedule", {"Target": {"RoleArn": WORKER}}),
    ("AWS::Pipes::Pipe", {"RoleArn": WORKER}),
    ("AWS::FIS::ExperimentTemplate", {"RoleArn": WORKER}),
    ("AWS::StepFunctions::StateMachine", {"RoleArn": WORKER}),
    ("AWS::CodeBuild::Project", {"ServiceRole": WORKER}),
    ("AWS::Glue::Job", {"Role": "worker"}),
    ("AWS::Batch::JobDefinition", {"ContainerProperties": {"JobRoleArn": WORKER}}),
    ("AWS::RDS::DBCluster", {"AssociatedRoles": [{"RoleArn": WORKER}]}),
    ("AWS::Redshift::Cluster", {"IamRoles": [WORKER]}),
    ("AWS::SomethingNew::Runner", {"Anything": {"At": [WORKER]}}),
]


@pytest.mark.parametrize(("kind", "properties"), TAKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_something_new_that_takes_a_role_is_a_gain(kind: str, properties: dict[str, Any]) -> None:
    """An added resource with somebody's role is class iam and high risk, and the card names the role."""
    found = read({}, new(kind, **properties))
    (gain,) = found.gains
    role = WORKER if WORKER in str(properties) else "worker"
    assert gain.sentence.startswith("New is new and acts as ")
    assert role in gain.sentence
    assert gain.sentence.endswith("it gains everything that this role may do")
    assert gain.certain
    assert found.level in ("high", "critical")
    platform = FakePlatform()
    platform.created()
    platform.publish(2)
    release = platform.release(platform.deploy())
    change_set = ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=())
    assert "iam" in policy.classes(release, change_set, Reading(meaning=found), 1e9, policy.StackHistory())


def test_a_role_that_a_parameter_brings_is_reported_by_its_value() -> None:
    """The role of another stack arrives by a parameter: the card says which it is."""
    found = read({}, new("AWS::ECS::TaskDefinition", TaskRoleArn={"Ref": "RoleArn"}), RoleArn=WORKER)
    assert [gain.sentence for gain in found.gains] == [
        f"New is new and acts as {WORKER}: it gains everything that this role may do"
    ]


def test_an_existing_role_of_the_stack_is_reported_by_its_rights() -> None:
    """A new task definition with the stack's own older role gains what that role may do, right by right."""
    before = {"Role": ROLE}
    found = read(before, before | new("AWS::ECS::TaskDefinition", TaskRoleArn={"Fn::GetAtt": ["Role", "Arn"]}))
    assert [gain.sentence for gain in found.gains] == [
        "New, which is new and acts as app's role, gains dynamodb:PutItem on t"
    ]


def test_a_new_role_of_its_own_is_reported_once() -> None:
    """A task definition that comes with its role: the role's rights are told as the role's, and not again."""
    found = read({}, {"Role": ROLE} | new("AWS::ECS::TaskDefinition", TaskRoleArn={"Fn::GetAtt": ["Role", "Arn"]}))
    assert [gain.sentence for gain in found.gains] == ["app's role gains dynamodb:PutItem on t"]


def test_an_old_role_behind_a_new_instance_profile_is_reported() -> None:
    """A profile between the instance and the role hides nothing."""
    before = {"Role": ROLE}
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}
    found = read(
        before, before | {"Profile": profile} | new("AWS::EC2::Instance", IamInstanceProfile={"Ref": "Profile"})
    )
    assert any(gain.logical_id == "New" and "dynamodb:PutItem" in gain.sentence for gain in found.gains)


@pytest.mark.parametrize(
    ("old", "now", "gains"),
    [
        ({"TaskRoleArn": WORKER}, {"TaskRoleArn": WORKER, "Memory": "512"}, 0),
        ({"Memory": "256"}, {"Memory": "256", "TaskRoleArn": WORKER}, 1),
        ({"TaskRoleArn": WORKER, "ExecutionRoleArn": "arn:aws:iam::1:role/b"}, {"TaskRoleArn": "arn:aws:iam::1:role/b", "ExecutionRoleArn": WORKER}, 2),
        ({"TaskRoleArn": WORKER}, {"TaskRoleArn": "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Y"}, 0),
    ],
)  # fmt: skip
def test_what_changes_is_read_by_property(old: dict[str, Any], now: dict[str, Any], gains: int) -> None:
    """The same role in the same property is no gain, in another property it is; service-linked roles are AWS's own."""
    before, after = (new("AWS::ECS::TaskDefinition", **side) for side in (old, now))
    assert len(read(before, after).gains) == gains


def test_a_role_that_is_let_in_or_only_named_is_nobody_who_acts() -> None:
    """In a policy a role is told as a principal, in a variable it is a text."""
    containers = [{"Name": "a", "Image": "b", "Environment": [{"Name": "ROLE", "Value": WORKER}]}]
    assert read({}, new("AWS::ECS::TaskDefinition", ContainerDefinitions=containers)).gains == ()
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": "f", "Principal": WORKER}
    found = read({}, new("AWS::Lambda::Permission", **permission))
    assert all("acts as" not in gain.sentence for gain in found.gains)


@pytest.mark.parametrize(
    "container",
    [
        {"Secrets": [{"Name": "X", "ValueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:web-token"}]},
        {"LogConfiguration": {"SecretOptions": [{"Name": "X", "ValueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:web-token"}]}},
        {"RepositoryCredentials": {"CredentialsParameter": "arn:aws:secretsmanager:eu-west-1:1:secret:web-token"}},
    ],
)  # fmt: skip
def test_a_secret_of_another_service_is_reported_by_name(container: dict[str, Any]) -> None:
    """IAM can't tell services of one environment apart where a role may read both: the reading says which secret is taken."""
    found = read({}, new("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "a"} | container]))
    (gain,) = found.gains
    assert "New is given the secret arn:aws:secretsmanager:eu-west-1:1:secret:web-token when it starts" in gain.sentence


def test_a_secret_of_its_own_is_no_gain() -> None:
    """The stack's own secret, and one that was given before, are not told."""
    own = {"Own": {"Type": "AWS::SecretsManager::Secret", "Properties": {}}}
    given = new(
        "AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Secrets": [{"Name": "X", "ValueFrom": {"Ref": "Own"}}]}]
    )
    assert read({}, own | given).gains == ()
    other = [{"Secrets": [{"Name": "X", "ValueFrom": "arn:aws:ssm:eu-west-1:1:parameter/x"}]}]
    before = new("AWS::ECS::TaskDefinition", ContainerDefinitions=other)
    after = new("AWS::ECS::TaskDefinition", ContainerDefinitions=other, Memory="1")
    assert read(before, after).gains == ()


def test_the_table_of_roles_follows_the_schemas() -> None:
    """More than three hundred types hold a role somewhere; each of them is a type that previews know."""
    assert len(role_properties()) > 300
    assert set(role_properties()) <= set(known_types())
