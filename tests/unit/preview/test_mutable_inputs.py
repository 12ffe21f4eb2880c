"""What a change fetches by a name that may stand for something else tomorrow: each kind is found, its pinned form is not."""

import json
from typing import Any

import pytest

from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.preview import Meaning

SLACK_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf"
VERSION = "a1b2c3d4-5678-90ab-cdef-1234567890ab"
PINNED = f"{{{{resolve:secretsmanager:{SLACK_ARN}:SecretString:token::{VERSION}}}}}"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:" + "a" * 64
TASK = "AWS::ECS::TaskDefinition"


def read(
    kind: str, properties: dict[str, Any], *, action: str = "Add", parameters: dict[str, str] | None = None, **body: Any
) -> Meaning:
    """The meaning of a change set that adds (or modifies) one resource called R."""
    template = {"Resources": {"R": {"Type": kind, "Properties": properties}}, **body}
    changes = (ResourceChange(logical_id="R", type=kind, action=action),) if action else ()  # type: ignore[arg-type]
    change_set = ChangeSet(
        arn="arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1", name="c", stack_name="s",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/s/1", kind="UPDATE", changes=changes,
        parameters=parameters or {},
    )  # fmt: skip
    before = {"Resources": {"R": {"Type": kind, "Properties": {}}}} if action != "Add" else {"Resources": {}}
    return meaning(change_set, before, template, region="eu-west-1")


def kinds(found: Meaning) -> list[str]:
    return [row.kind for row in found.mutable]


def command(text: Any) -> dict[str, Any]:
    return {"ContainerDefinitions": [{"Name": "app", "Image": IMAGE, "Command": [text]}]}


@pytest.mark.parametrize(
    "text",
    [
        "{{resolve:ssm:/app/command}}",
        "{{resolve:ssm-secure:/app/command}}",
        "{{resolve:ssm:/app/command:latest}}",
        f"{{{{resolve:secretsmanager:{SLACK_ARN}}}}}",
        f"{{{{resolve:secretsmanager:{SLACK_ARN}:SecretString:token}}}}",
        f"{{{{resolve:secretsmanager:{SLACK_ARN}:SecretString:token:AWSCURRENT:}}}}",
        f"{{{{resolve:secretsmanager:{SLACK_ARN}:SecretString:token:AWSCURRENT:{VERSION}}}}}",
        "{{resolve:secretsmanager:slack:SecretString:token::}}",
        "{{resolve:s3:bucket:key}}",
        "before {{ resolve:ssm:/a }} after",
        "{{resolve:ssm:/a",
        {"Fn::Sub": "{{resolve:secretsmanager:${Name}:SecretString:token::" + VERSION + "}}"},
        {"Fn::Join": ["", ["{{re", "solve:ssm:/a", "}}"]]},
        {"Fn::Join": [":", ["{{resolve", "ssm", "/a}}"]]},
        {"Fn::Sub": ["{{resolve:ssm:${N}}}", {"N": "/a"}]},
        {"Fn::FindInMap": ["M", "a", "b"]},
        {"Fn::If": ["C", "{{resolve:ssm:/a}}", "x"]},
        {"Ref": "P"},
        {"Fn::Select": [1, ["x", "{{resolve:ssm:/a}}"]]},
        {"Fn::ToJsonString": {"a": "{{resolve:ssm:/a}}"}},
        {"Fn::Base64": "{{resolve:ssm:/a}}"},
        {"Fn::Sub": "{{${X.Name}:ssm:/a}}"},  # a resource of the template may be called "resolve"
        {"Fn::Join": ["", ["{{", {"Fn::GetAtt": ["X", "Name"]}, ":ssm:/a}}"]]},
        {"Fn::Sub": "{{res${X.Name}:ssm:/a}}"},
        {"Fn::Sub": "{re${X.Name}"},
        "{{",
        "{{reso",
        "{resolve",
    ],
    ids=lambda t: json.dumps(t)[:50],
)
def test_a_reference_without_a_version_is_found(text: Any) -> None:
    """However a template writes it, a value that is read only when the change runs is told, with the form to write."""
    found = read(
        TASK, command(text), parameters={"P": "{{resolve:ssm:/a}}"}, Mappings={"M": {"a": {"b": "{{resolve:ssm:/a}}"}}},
        Conditions={"C": {"Fn::Equals": ["a", {"Fn::GetAtt": ["X", "Y"]}]}}, Parameters={"P": {"Type": "String"}},
    )  # fmt: skip
    rows = [row for row in found.mutable if row.logical_id == "R"]
    assert [row.kind for row in rows] == ["reference"]
    assert "VERSION" in rows[0].fix


@pytest.mark.parametrize(
    "text",
    [
        PINNED,
        "{{resolve:ssm:/app/command:3}}",
        "{{resolve:ssm-secure:/app/command:12}}",
        "resolve it",
        "{{x}}",
        "{",
        "{{ name",
        '{"a": {"b": 1}}',
        {"Fn::Sub": "{${X.Name}}"},
        {"Fn::Sub": '{"a": "${X.Name}"}'},
        {"Fn::Sub": "{{ name ${X.Name} }}"},
    ],
    ids=lambda t: json.dumps(t)[:50],
)
def test_a_reference_with_its_version_is_bound(text: Any) -> None:
    """The pinned form is part of the template, and the template is bound; other braces begin no reference."""
    assert kinds(read(TASK, command(text))) == []


def test_a_parameter_may_be_a_reference_as_well() -> None:
    """A value that somebody gives when the change set is created is resolved like one in the template."""
    assert kinds(read(TASK, command("x"), parameters={"P": "{{resolve:ssm:/a}}"})) == ["reference"]


def test_a_secret_of_the_same_template_may_be_taken_into_another() -> None:
    """A connection URL composed of the stack's own secret stays inside: it is the one exception."""
    text = {"Fn::Sub": "postgres://u:{{resolve:secretsmanager:${R}:SecretString:password}}@db"}
    assert kinds(read("AWS::SecretsManager::Secret", {"SecretString": text})) == []
    other = {"Fn::Sub": "{{resolve:secretsmanager:${Other}:SecretString:password}}"}
    assert kinds(read("AWS::SecretsManager::Secret", {"SecretString": other})) == ["reference"]
    assert kinds(read(TASK, command(text))) == ["reference"]


@pytest.mark.parametrize(
    ("kind", "properties", "found"),
    [
        (TASK, {"ContainerDefinitions": [{"Name": "a", "Image": "agent:latest"}]}, ["image"]),
        (TASK, {"ContainerDefinitions": [{"Name": "a", "Image": "agent"}]}, ["image"]),
        (TASK, {"ContainerDefinitions": [{"Name": "a", "Image": {"Fn::Sub": "${X}:1"}}]}, ["image"]),
        (TASK, {"ContainerDefinitions": [{"Name": "a", "Image": IMAGE[:-1]}]}, ["image"]),
        (TASK, {"ContainerDefinitions": [{"Name": "a", "Image": IMAGE}]}, []),
        (TASK, {"ContainerDefinitions": [{"Image": IMAGE, "EnvironmentFiles": [{"Value": "arn:aws:s3:::b/k"}]}]}, ["object"]),
        ("AWS::Lambda::Function", {"Code": {"ImageUri": "r/app:1"}}, ["image"]),
        ("AWS::Lambda::Function", {"Code": {"ImageUri": IMAGE}}, []),
        ("AWS::Lambda::Function", {"Code": {"S3Bucket": "b", "S3Key": "k"}}, ["object"]),
        ("AWS::Lambda::Function", {"Code": {"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v"}}, []),
        ("AWS::Lambda::Function", {"Code": {"ZipFile": "x"}}, []),
        ("AWS::Lambda::LayerVersion", {"Content": {"S3Bucket": "b", "S3Key": "k"}}, ["object"]),
        ("AWS::StepFunctions::StateMachine", {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}, ["object"]),
        ("AWS::StepFunctions::StateMachine", {"DefinitionS3Location": {"Bucket": "b", "Key": "k", "Version": "1"}}, []),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"ImageId": "resolve:ssm:/aws/ami"}}, ["image"]),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"ImageId": "resolve:ssm:/aws/ami:7"}}, []),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"ImageId": "ami-0123456789abcdef0"}}, []),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://b.s3.amazonaws.com/t"}, ["nested template"]),
        ("AWS::CloudFormation::StackSet", {"TemplateBody": "{}"}, []),
        ("Custom::Thing", {}, ["custom resource"]),
        ("AWS::CloudFormation::CustomResource", {}, ["custom resource"]),
        ("AWS::CloudFormation::Macro", {}, ["custom resource"]),
        ("Acme::Db::Instance", {}, ["custom resource"]),
        ("Acme::Db::Thing::MODULE", {}, ["custom resource"]),
        ("AWS::SQS::Queue", {}, []),
        (TASK, {"ContainerDefinitions": [{"Image": IMAGE, "FirelensConfiguration": {"Options": {"config-file-type": "s3"}}}]}, ["object"]),
        (TASK, {"ContainerDefinitions": [{"Image": IMAGE, "FirelensConfiguration": {"Options": {"config-file-type": "file"}}}]}, []),
        (TASK, {"ContainerDefinitions": [{"Image": IMAGE, "FirelensConfiguration": {"Type": "fluentbit"}}]}, []),
        ("AWS::Batch::JobDefinition", {"ContainerProperties": {"Image": "r/app:1"}}, ["image"]),
        ("AWS::Batch::JobDefinition", {"ContainerProperties": {"Image": IMAGE}}, []),
        ("AWS::AppRunner::Service", {"SourceConfiguration": {"ImageRepository": {"ImageIdentifier": "r/app:1"}}}, ["image"]),
        ("AWS::Synthetics::Canary", {"Code": {"S3Bucket": "b", "S3Key": "k"}}, ["object"]),
        ("AWS::Synthetics::Canary", {"Code": {"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v"}}, []),
        ("AWS::Glue::Job", {"Command": {"ScriptLocation": "s3://b/k"}}, ["custom resource"]),
        ("AWS::CodeBuild::Project", {"Environment": {"Image": "aws/codebuild/standard:7.0"}}, ["custom resource", "image"]),
        ("AWS::AutoScaling::AutoScalingGroup", {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"}}, ["object"]),
        ("AWS::AutoScaling::AutoScalingGroup", {"LaunchTemplate": {"LaunchTemplateName": "x", "Version": "$Default"}}, ["object"]),
        ("AWS::EC2::Instance", {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}}, ["object"]),
        ("AWS::EC2::Instance", {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"}}, []),
        ("AWS::EC2::Instance", {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "T"}, "Version": {"Fn::GetAtt": ["T", "LatestVersionNumber"]}}}, []),
        ("AWS::EC2::LaunchTemplate", {"LaunchTemplateName": "x", "LaunchTemplateData": {}}, []),
    ],
)  # fmt: skip
def test_what_is_fetched_by_a_name(kind: str, properties: dict[str, Any], found: list[str]) -> None:
    """Images by tag, code without a version, templates by URL and code of others are found; what has a digest is not."""
    assert kinds(read(kind, properties)) == found


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31"}, ["AWS::Serverless-2016-10-31"]),
        ({"Transform": ["A", {"Name": "AWS::Include", "Parameters": {}}]}, ["A", "AWS::Include"]),
        ({"Resources": {"R": {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": {"Name": "M"}}}}}, ["M"]),
        ({"Mappings": {"Fn::Transform": {"Name": "AWS::Include"}}}, ["AWS::Include"]),
        ({"Outputs": {"Fn::Transform": [{"Name": "AWS::Include"}]}}, ["AWS::Include"]),
        ({"Conditions": {"C": {"Fn::Transform": {"Name": "M"}}}}, ["M"]),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, ["AWS::Include"]),
        ({}, []),
    ],
)
def test_transforms_are_found_wherever_they_are(body: dict[str, Any], names: list[str]) -> None:
    """A macro rewrites the template by code that may change; it may be allowed by its name."""
    found = read("AWS::SQS::Queue", {}, action="", **body)
    assert [row.name for row in found.mutable] == names
    assert all(row.may_be_allowed for row in found.mutable)


def test_only_what_the_change_set_touches_is_looked_at() -> None:
    """A resource that stays as it is resolves nothing again: it does not stop the release of another."""
    assert kinds(read(TASK, command("{{resolve:ssm:/a}}"), action="")) == []
    assert kinds(read(TASK, command("{{resolve:ssm:/a}}"), action="Modify")) == ["reference"]


def test_what_can_be_pinned_can_not_be_allowed() -> None:
    """An environment may allow a macro or a custom resource by name, and never a tag or an unversioned value."""
    allowed = {"transform", "custom resource", "nested template"}
    rows = [
        *read(TASK, {"ContainerDefinitions": [{"Name": "a", "Image": "x:1"}]}).mutable,
        *read(TASK, command("{{resolve:ssm:/a}}")).mutable,
        *read("Custom::X", {}).mutable,
        *read("AWS::Lambda::Function", {"Code": {"S3Key": "k"}}).mutable,
    ]
    assert [row.may_be_allowed for row in rows] == [row.kind in allowed for row in rows] == [False, False, True, False]


def test_a_secret_that_is_new_to_a_resource_is_a_gain() -> None:
    """Giving the bot's token to an application is told by name, though its version is pinned."""
    gains = read(TASK, command(PINNED)).gains
    assert [gain.sentence for gain in gains] == [f"R is given the value of the secret {SLACK_ARN}"]
    assert read(TASK, command("x")).gains == ()


@pytest.mark.parametrize("section", ["Outputs", "Conditions"])
def test_sections_that_every_update_evaluates(section: str) -> None:
    """A reference without a version, or an import, feeds what comes after it, whichever resources change."""
    fed = {"X": {"Value": "{{resolve:ssm:/a}}"}}, {"X": {"Fn::Equals": ["{{resolve:ssm:/a}}", "b"]}}
    imports = {"X": {"Value": {"Fn::ImportValue": "prod-image"}}}
    written = fed[0] if section == "Outputs" else fed[1]
    assert kinds(read("AWS::SQS::Queue", {}, action="", **{section: written})) == ["reference"]
    assert kinds(read("AWS::SQS::Queue", {}, action="", **{section: imports})) == ["import"]


def test_what_an_instance_reads_from_its_metadata() -> None:
    """cfn-init runs what stands in ``AWS::CloudFormation::Init``."""
    found = {"AWS::CloudFormation::Init": {"config": {"commands": {"a": {"command": "{{resolve:ssm:/a}}"}}}}}
    resources = {"R": {"Type": "AWS::EC2::Instance", "Properties": {}, "Metadata": found}}
    assert kinds(read("AWS::EC2::Instance", {}, Resources=resources)) == ["reference"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"Fn::ImportValue": "prod-image"}, "prod-image"),
        ({"Fn::ImportValue": {"Fn::Sub": "${E}-image"}}, "a name that AWS evaluates"),
        ({"Fn::Join": ["", ["x", {"Fn::ImportValue": "prod-image"}]]}, "prod-image"),
    ],
)
def test_an_import_is_not_bound(value: Any, name: str) -> None:
    """The exported value may be another one when the change is executed; a parameter is bound, so it takes its place."""
    (row,) = read(TASK, command(value)).mutable
    assert (row.kind, row.name, row.may_be_allowed) == ("import", name, False)
    assert row.sentence == f"R imports {name} from another stack, whose value is read when the change is executed"
    assert "declare a parameter" in row.fix
    assert kinds(read(TASK, command(value), action="")) == []
