"""Every name that a template writes fits where AWS takes it, at the longest names that a configuration may have.

Limits: the resource schemas (maxLength and pattern of each property, at any depth), and botocore's shapes and pages for
those that the schemas leave out.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from generator.build.artifact import MAX_BODY
from generator.build.json_encoder import to_bytes
from generator.catalog.stacks import StackSpec, stacks
from generator.config.read import read_configuration
from templates.fault_agent import role_name
from tests.golden import CONFIGURATIONS
from tests.unit.templates.iam_judge import GIVEN, Json, arn

# Each word of tests/stacks/full, as long as it may be: 12 characters for the platform, 20 for everything else.
LONG = {"harbor": "harborharbor", **{w: (w * 20)[:20] for w in ("main", "standby", "bare", "api", "mail", "shop", "tiny", "orders", "sessions", "uploads", "assets", "intake", "tidy")}}  # fmt: skip
REGIONS = {"us-east-1": "ap-southeast-1", "ap-southeast-2": "ap-southeast-3"}
# What schemas leave out: botocore's shape, or the page.
SHAPES = {
    "AWS::IAM::Role.RoleName": ("iam", "roleNameType"),
    "AWS::IAM::ManagedPolicy.ManagedPolicyName": ("iam", "policyNameType"),
    "AWS::IAM::InstanceProfile.InstanceProfileName": ("iam", "instanceProfileNameType"),
    "AWS::Lambda::Function.FunctionName": ("lambda", "FunctionName"),
    "AWS::CloudWatch::Alarm.AlarmName": ("cloudwatch", "AlarmName"),
    "AWS::CloudWatch::CompositeAlarm.AlarmName": ("cloudwatch", "AlarmName"),
    "AWS::Events::Rule.Name": ("events", "RuleName"),
    "AWS::KMS::Alias.AliasName": ("kms", "AliasNameType"),
    "AWS::SecretsManager::Secret.Name": ("secretsmanager", "NameType"),
    "AWS::DynamoDB::Table.TableName": ("dynamodb", "TableName"),
    "AWS::ECR::Repository.RepositoryName": ("ecr", "RepositoryName"),
    "AWS::Logs::LogGroup.LogGroupName": ("logs", "LogGroupName"),
    "AWS::CloudWatch::Dashboard.DashboardName": 255,  # CloudWatch API Reference: PutDashboard
    "AWS::S3::Bucket.BucketName": 63,  # Amazon S3 User Guide: General purpose bucket naming rules
    "AWS::SQS::Queue.QueueName": 80,  # Amazon SQS API Reference: CreateQueue
    "AWS::SNS::Topic.TopicName": 256,  # Amazon SNS API Reference: CreateTopic
    "AWS::RDS::DBInstance.DBInstanceIdentifier": 63,  # Amazon RDS API Reference: CreateDBInstance
    "AWS::ECS::TaskDefinition.Family": 255,  # Amazon ECS API Reference: RegisterTaskDefinition
    "AWS::ECS::Service.ServiceName": 255,  # Amazon ECS API Reference: CreateService
    "AWS::ECS::Cluster.ClusterName": 255,  # Amazon ECS API Reference: CreateCluster
    "AWS::ECS::CapacityProvider.Name": 255,  # Amazon ECS API Reference: CreateCapacityProvider
    "AWS::WAFv2::WebACL.Name": 128,  # AWS WAF API Reference: CreateWebACL
}  # fmt: skip


def write(folder: Path) -> Path:
    """The configuration with everything on, each name as long as ``build`` takes it."""
    words = re.compile(rf"(?<!ecr\.)\b({'|'.join(LONG)})\b")
    for file in CONFIGURATIONS["full"].rglob("*"):
        if file.is_file():
            place = folder / words.sub(lambda m: LONG[m[1]], str(file.relative_to(CONFIGURATIONS["full"])))
            place.parent.mkdir(parents=True, exist_ok=True)
            text = words.sub(lambda m: LONG[m[1]], file.read_text())
            for short, long in REGIONS.items():
                text = text.replace(f"region: {short}", f"region: {long}")
            place.write_text(
                re.sub(r"^chaos:(\n  .*)*\n?|^  accelerator: true\n", "", text, flags=re.MULTILINE)
                if "southeast-3" in text
                else text
            )
    return folder


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[StackSpec, Json]]:
    """Every stack of it."""
    config = read_configuration(write(tmp_path_factory.mktemp("stacks")))
    return {spec.key: (spec, json.loads(to_bytes(spec.template()))) for spec in stacks(config)}


@cache
def schema(kind: str) -> Json:
    """The resource schema."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS

    found: Json = SCHEMAS.get_resource_schema("us-east-1", kind).schema
    return found


@cache
def limit(name: str) -> int | None:
    """Characters that a property takes by botocore or its page; None where the schema says it."""
    given = SHAPES.get(name)
    if not isinstance(given, tuple):
        return given
    service, shape = given
    model = botocore.session.get_session().get_service_model(service)
    return int(model.shape_for(shape).metadata["max"])


def text(template: Json, value: Any) -> str | None:
    """What an intrinsic function of a name stands for; None where only AWS knows that."""
    match value:
        case str():
            return value
        case {"Ref": str(name)} if name in GIVEN:
            return GIVEN[name]
        case {"Fn::Sub": str(pattern)}:
            known = {**GIVEN, **{f"{label}.Arn": _arn(template, label) for label in template["Resources"]}}
            filled = re.sub(r"\$\{([^}]+)\}", lambda m: str(known.get(m[1]) or "\0"), pattern)
            return None if "\0" in filled else filled
    return None


def _arn(template: Json, label: str) -> str | None:
    try:
        return arn(template["Resources"][label])
    except KeyError:
        return None


def too_long(template: Json, value: Any, part: Json, whole: Json) -> Iterator[str]:
    """Values below a property that its schema refuses by length or pattern."""
    while "$ref" in part:
        part = whole["definitions"][part["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, list):
        for item in value:
            yield from too_long(template, item, part.get("items", {}), whole)
    elif (found := text(template, value)) is not None:
        pattern = part.get("pattern", "")
        if len(found) > part.get("maxLength", len(found)):
            yield f"{found} has {len(found)} of {part['maxLength']} characters"
        if pattern and r"\p" not in pattern and not re.search(pattern, found):
            yield f"{found} does not match {pattern}"
    elif isinstance(value, dict):
        known = part.get("properties", {})
        for name, item in value.items():
            yield from (f"{name}: {problem}" for problem in too_long(template, item, known.get(name, {}), whole))


def test_every_name_fits(long: dict[str, tuple[StackSpec, Json]]) -> None:
    """No value of any resource is longer than its schema, botocore or AWS's page allow."""
    problems, seen = [], set()
    for key, (spec, template) in long.items():
        assert len(spec.scope.stack_name) <= 128
        for label, resource in template["Resources"].items():
            whole = schema(resource["Type"])
            for name, value in resource.get("Properties", {}).items():
                place = f"{key} {label}.{name}"
                problems += [
                    f"{place}: {p}" for p in too_long(template, value, whole["properties"].get(name, {}), whole)
                ]
                most, found = limit(f"{resource['Type']}.{name}"), text(template, value)
                if most is not None and found is not None:
                    seen.add(f"{resource['Type']}.{name}")
                    problems += [f"{place}: {found} has {len(found)} of {most} characters"] * (len(found) > most)
    assert problems == []
    assert len(seen) > 12


def test_every_template_fits_inline(long: dict[str, tuple[StackSpec, Json]]) -> None:
    """Each template is under 51,200 bytes at its longest names, so that each fits into a request."""
    assert {key: size for key, (spec, _) in long.items() if (size := len(to_bytes(spec.template()))) > MAX_BODY} == {}


def test_the_fault_agents_role_fits_into_an_activation(long: dict[str, tuple[StackSpec, Json]]) -> None:
    """Systems Manager takes the role with its path (SSM API Reference: CreateActivation, IamRole)."""
    model = botocore.session.get_session().get_service_model("ssm")
    most = int(model.shape_for("CreateActivationRequest").members["IamRole"].metadata["max"])
    spec = next(spec for key, (spec, _) in long.items() if key.endswith("/service-" + LONG["api"]))
    assert len(f"{spec.scope.role_path.lstrip('/')}{role_name(spec.scope)}") <= most


def test_the_names_are_the_longest_ones(long: dict[str, tuple[StackSpec, Json]]) -> None:
    """What is tested is what a configuration may have at most: 12 characters of platform, 20 of all else."""
    scopes = [spec.scope for spec, _ in long.values()]
    assert {len(s.platform) for s in scopes} == {12}
    assert {len(s.environment) for s in scopes} == {4, 7, 20}
    assert {len(s.service) for s in scopes if s.service not in {"", "bot"}} >= {20}


@pytest.mark.parametrize(
    ("value", "part", "problems"),
    [
        ("x" * 64, {"maxLength": 64}, 0),
        ("x" * 65, {"maxLength": 64}, 1),
        (["ok", "not ok"], {"items": {"pattern": "^[a-z]+$"}}, 1),
        ({"Name": "x" * 9}, {"properties": {"Name": {"$ref": "#/definitions/Name"}}}, 1),
        ({"Fn::Sub": "${AWS::Region}-x"}, {"maxLength": 11}, 0),
        ({"Fn::Sub": "${AWS::Region}-xx"}, {"maxLength": 11}, 1),
        ({"Fn::GetAtt": ["Key", "Arn"]}, {"maxLength": 1}, 0),
    ],
)
def test_what_is_too_long_is_found(value: Any, part: Json, problems: int) -> None:
    """Both sides of a limit, in lists, structures and behind functions; what only AWS knows is no name of ours."""
    assert len(list(too_long({"Resources": {}}, value, part, {"definitions": {"Name": {"maxLength": 8}}}))) == problems
