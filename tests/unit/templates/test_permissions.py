"""The execution roles and the boundary, held against every stack of the shipped and of the full configuration."""

from collections.abc import Iterator
from functools import cache

import pytest

from generator.catalog.stacks import StackSpec
from tests.unit.templates.environment_cases import properties
from tests.unit.templates.execution_rights import built, execution, role_of
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import ACCOUNT, Json, decide, each, resolve
from tests.unit.templates.permissions_cases import ZONE, execution_role, permissions

PATH = f"arn:aws:iam::{ACCOUNT}:role/workload/slipway/prod/slipway-prod-app-TaskRole-1"
OF_STAGING, OF_BOT = (PATH.replace("/prod/", f"/{name}/") for name in ("staging", "bot"))
FORMER = PATH.replace("/prod/", "/")
EXECUTION = execution_role("prod")
BOUNDARY = {"iam__PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary"}
PASSED = {"iam__PassedToService": "ecs-tasks.amazonaws.com"}
HERE = {"aws__RequestedRegion": "eu-west-1"}


def every(kind: str) -> Iterator[tuple[str, StackSpec, Json]]:
    for key, (spec, template) in built().items():
        for label, resource in template["Resources"].items():
            if resource["Type"] == kind:
                yield f"{key}:{label}", spec, resource.get("Properties", {})


SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:slipway/prod"
OURS = {"aws__ResourceTag/platform": "slipway", "aws__ResourceTag/environment": "prod"}
CASES: list[tuple[str, str, dict[str, str], str]] = [
    ("iam:CreateRole", PATH, BOUNDARY, "allow"),
    ("iam:CreateRole", PATH, {}, "deny"),
    ("iam:CreateRole", PATH, {"iam__PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}, "deny"),
    ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/backdoor", BOUNDARY, "silent"),
    ("iam:CreateRole", OF_STAGING, BOUNDARY, "silent"),
    ("iam:CreateRole", FORMER, BOUNDARY, "silent"),
    ("iam:DeleteRole", OF_STAGING, {}, "silent"),
    ("iam:UpdateAssumeRolePolicy", OF_STAGING, {}, "silent"),
    ("iam:PassRole", OF_STAGING, PASSED, "silent"),
    ("iam:PassRole", OF_BOT, PASSED, "silent"),
    ("iam:PassRole", FORMER, PASSED, "silent"),
    ("iam:PutRolePolicy", PATH, BOUNDARY, "allow"),
    ("iam:PutRolePolicy", PATH, {}, "silent"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/slipway-release", BOUNDARY, "deny"),
    ("iam:UpdateAssumeRolePolicy", EXECUTION, {}, "deny"),
    ("iam:DeleteRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {}, "deny"),
    ("iam:DeleteRolePermissionsBoundary", PATH, BOUNDARY, "deny"),
    ("iam:PutRolePermissionsBoundary", PATH, BOUNDARY, "allow"),
    ("iam:PutRolePermissionsBoundary", PATH, {"iam__PermissionsBoundary": "arn:aws:iam::aws:policy/x"}, "deny"),
    ("iam:AttachRolePolicy", PATH, {**BOUNDARY, "iam__PolicyARN": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}, "allow"),
    ("iam:AttachRolePolicy", PATH, {**BOUNDARY, "iam__PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}, "silent"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary", {}, "deny"),
    ("iam:SetDefaultPolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary", {}, "deny"),
    ("iam:CreateUser", "*", {}, "deny"),
    ("iam:CreateAccessKey", "*", {}, "deny"),
    ("iam:UpdateOpenIDConnectProviderThumbprint", "*", {}, "deny"),
    ("iam:PassRole", PATH, {"iam__PassedToService": "ecs-tasks.amazonaws.com"}, "allow"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:slipway/prod/bot-AbCdEf", HERE, "deny"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:slipway/prod/app-AbCdEf", HERE, "silent"),
    ("ec2:GetPasswordData", "*", HERE, "silent"),
    ("route53:ListHostedZones", "*", HERE, "silent"),
    ("route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{ZONE}", {}, "allow"),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0FOREIGN", {}, "silent"),
    ("secretsmanager:GetSecretValue", f"{SECRET}/login/web-AbCdEf", HERE, "allow"),
    ("secretsmanager:GetSecretValue", f"{SECRET.replace('prod', 'staging')}/login/web-AbCdEf", HERE, "silent"),
    ("secretsmanager:CreateSecret", f"{SECRET}/app-AbCdEf", HERE, "allow"),
    ("secretsmanager:PutResourcePolicy", f"{SECRET}/bot-AbCdEf", HERE, "deny"),
    ("secretsmanager:PutResourcePolicy", f"{SECRET.replace('prod', 'staging')}/app-AbCdEf", HERE, "silent"),
    ("iam:PassRole", PATH, {"iam__PassedToService": "cloudformation.amazonaws.com"}, "silent"),
    ("iam:PassRole", EXECUTION, {"iam__PassedToService": "ecs-tasks.amazonaws.com"}, "silent"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {"iam__PassedToService": "ecs-tasks.amazonaws.com"}, "silent"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {"iam__PassedToService": "lambda.amazonaws.com"}, "silent"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-release", {"iam__PassedToService": "ecs-tasks.amazonaws.com"}, "silent"),
    (
        "iam:CreateServiceLinkedRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        {"iam__AWSServiceName": "ecs.amazonaws.com"}, "allow",
    ),
    (
        "iam:CreateServiceLinkedRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/organizations.amazonaws.com/X",
        {"iam__AWSServiceName": "organizations.amazonaws.com"}, "silent",
    ),
    ("dynamodb:CreateTable", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-prod-orders", HERE, "allow"),
    ("dynamodb:CreateTable", f"arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/slipway-prod-orders", {"aws__RequestedRegion": "us-west-2"}, "deny"),
    ("dynamodb:CreateTable", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/payroll", HERE, "silent"),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-prod-orders", HERE, "silent"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-home-releases", HERE, "deny"),
    ("dynamodb:PutResourcePolicy", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/slipway-home-releases", HERE, "deny"),
    ("sqs:SetQueueAttributes", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-home-releases", HERE, "deny"),
    ("sqs:CreateQueue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:slipway-prod-function-x-Queue-1", HERE, "allow"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::slipway-home-audit-{ACCOUNT}-eu-west-1", {}, "deny"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::slipway-account-trail-{ACCOUNT}-eu-west-1", {}, "deny"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::slipway-prod-data-assets-1", {}, "allow"),
    ("s3:GetObject", "arn:aws:s3:::slipway-prod-data-assets-1/secret", {}, "silent"),
    ("s3:PutObject", "arn:aws:s3:::slipway-prod-data-assets-1/secret", {}, "silent"),
    ("s3:DeleteObject", "arn:aws:s3:::slipway-prod-data-assets-1/secret", {}, "silent"),
    ("s3:GetObject", f"arn:aws:s3:::slipway-home-artifacts-{ACCOUNT}-eu-west-1/versions/f.zip", {}, "allow"),
    ("kms:CreateKey", "*", {"aws__RequestTag/platform": "slipway", "aws__RequestTag/environment": "prod"}, "allow"),
    ("kms:CreateKey", "*", {"aws__RequestTag/platform": "slipway"}, "silent"),
    ("kms:CreateKey", "*", {}, "silent"),
    ("kms:PutKeyPolicy", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", OURS, "allow"),
    ("kms:PutKeyPolicy", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", OURS | {"aws__ResourceTag/environment": "staging"}, "silent"),
    ("kms:PutKeyPolicy", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", {}, "silent"),
    (
        "kms:PutKeyPolicy", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
        {"aws__ResourceTag/platform": "slipway", "aws__ResourceTag/service": "home"}, "deny",
    ),
    ("kms:UpdateAlias", f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/slipway-home-audit", {}, "deny"),
    ("kms:Sign", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", {"aws__ResourceTag/platform": "slipway"}, "deny"),
    ("ec2:CreateVpc", "*", HERE, "allow"),
    ("ec2:CreateVpc", "*", {"aws__RequestedRegion": "us-west-2"}, "deny"),
    ("ec2:DeleteVpc", "*", HERE | OURS, "allow"),
    ("ec2:DeleteVpc", "*", HERE | OURS | {"aws__ResourceTag/environment": "staging"}, "silent"),
    ("ec2:DeleteVpc", "*", HERE, "silent"),
    ("ec2:CreateTags", "*", {**HERE, "ec2__CreateAction": "CreateVpc"}, "allow"),
    ("ec2:CreateTags", "*", HERE, "silent"),
    ("ec2:CreateTags", "*", HERE | OURS, "allow"),
    ("ec2:DeleteTags", "*", HERE | OURS | {"aws__ResourceTag/environment": "staging"}, "silent"),
    ("ec2:CreateKeyPair", "*", HERE, "silent"),
    ("ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/slipway-prod/app", HERE, "allow"),
    ("ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/payroll/app", HERE, "silent"),
    ("ecs:RunTask", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/slipway-prod-app:1", HERE, "deny"),
    ("ecs:ExecuteCommand", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/slipway-prod/1", HERE, "deny"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:slipway-prod-x", HERE, "deny"),
    ("lambda:CreateFunctionUrlConfig", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:slipway-prod-x", HERE, "deny"),
    ("ecr:CreateRepository", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", HERE, "silent"),
    ("ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", HERE, "silent"),
    ("logs:DeleteLogGroup", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/slipway/account/trail:*", {}, "deny"),
    ("cloudtrail:StopLogging", "*", {}, "deny"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-release", {}, "deny"),
    ("organizations:LeaveOrganization", "*", {}, "deny"),
    ("cloudformation:UpdateStack", "*", {}, "silent"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "context", "expected"), CASES)
def test_what_an_approved_change_can_do(action: str, resource: str, context: dict[str, str], expected: str) -> None:
    """The platform's own resources and bounded roles; never other people's, the data in them, or the guards themselves."""
    assert decide(execution(), action, resource, **context) == expected


@pytest.mark.parametrize("name", ["prod", "home", "bot"])
def test_only_cloudformation_gets_an_execution_role(name: str) -> None:
    """Its trust names one service; it stands on IAM's root path, out of the reach of every execution role."""
    role = properties(permissions(name), "ExecutionRole")
    assert [s["Principal"] for s in role["AssumeRolePolicyDocument"]["Statement"]] == [
        {"Service": "cloudformation.amazonaws.com"}
    ]
    assert role.get("Path", "/") == "/"
    assert decide(execution("prod"), "iam:PutRolePolicy", execution_role(name), **BOUNDARY) == "deny"
    assert decide(execution("prod"), "iam:PassRole", execution_role(name), **PASSED) == "silent"


@pytest.mark.parametrize(
    ("role", "action", "resource", "context", "expected"),
    [
        ("bot", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", PASSED, "allow"),
        ("bot", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-bot", PASSED, "allow"),
        ("bot", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {"iam__PassedToService": "lambda.amazonaws.com"}, "silent"),
        ("bot", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-release", PASSED, "silent"),
        ("prod", "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/slipway-bot", PASSED, "silent"),
        ("bot", "secretsmanager:GetSecretValue", f"{SECRET}/bot-AbCdEf", HERE, "allow"),
        ("bot", "secretsmanager:GetSecretValue", f"{SECRET}/app-AbCdEf", HERE, "silent"),
        ("bot", "iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/slipway-worker", {}, "deny"),
        ("bot", "iam:PassRole", OF_BOT, PASSED, "allow"),
        ("bot", "iam:PassRole", PATH, PASSED, "silent"),
        ("bot", "secretsmanager:UpdateSecret", f"{SECRET}/bot-AbCdEf", HERE, "allow"),
        ("bot", "secretsmanager:PutResourcePolicy", f"{SECRET}/bot-AbCdEf", HERE, "silent"),
        ("bot", "rds:DeleteDBInstance", f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:slipway-prod-data-1", HERE, "silent"),
        ("home", "iam:PassRole", PATH, PASSED, "silent"),
        ("home", "iam:CreateRole", PATH, BOUNDARY, "silent"),
        ("home", "ecr:CreateRepository", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/slipway/app", HERE, "allow"),
        ("home", "ecs:UpdateService", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/slipway-prod/app", HERE, "silent"),
    ],
)  # fmt: skip
def test_the_bot_s_stack_alone_passes_its_roles(
    role: str, action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    """A task of a service can't run as the worker, and no template but the bot's reads the Slack tokens."""
    assert decide(execution(role), action, resource, **context) == expected


def test_no_statement_allows_everything() -> None:
    """No allowance is for every action of a service on every resource, and none is for everything."""
    for s in (s for name in ("prod", "home", "bot") for s in execution(name)):
        if s["Effect"] == "Allow":
            assert not [a for a in each(s["Action"]) if a.endswith(":*") or a == "*"], s["Sid"]


def test_every_role_of_the_platform_can_be_made() -> None:
    """Each role that a template makes is on the workload path, carries the boundary and takes policies it may take."""
    found = list(every("AWS::IAM::Role"))
    assert found
    for key, spec, role in found:
        assert role["Path"] == f"/workload/{spec.scope.platform}/{role_of(spec)}/", key
        path = PATH.replace("/prod/", f"/{role_of(spec)}/")
        mine = execution(role_of(spec))
        assert role["PermissionsBoundary"] == {"Ref": "BoundaryArn"}, key
        for managed in each(role.get("ManagedPolicyArns", [])):
            policy = {**BOUNDARY, "iam__PolicyARN": str(resolve({}, managed))}
            assert decide(mine, "iam:AttachRolePolicy", path, **policy) == "allow", (key, managed)
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            for service in each(statement["Principal"]["Service"]):
                passed = {"iam__PassedToService": service}
                assert decide(mine, "iam:PassRole", path, **passed) == "allow", (key, service)


# Type: property that names it, action that makes it, and where the name stands in the ARN (service and resource).
NAMES: dict[str, tuple[str, str, str, str]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch:PutMetricAlarm", "cloudwatch", "alarm:{}"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "cloudwatch:PutCompositeAlarm", "cloudwatch", "alarm:{}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:CreateTable", "dynamodb", "table/{}"),
    "AWS::ECR::Repository": ("RepositoryName", "ecr:CreateRepository", "ecr", "repository/{}"),
    "AWS::ECS::CapacityProvider": ("Name", "ecs:CreateCapacityProvider", "ecs", "capacity-provider/{}"),
    "AWS::ECS::Cluster": ("ClusterName", "ecs:CreateCluster", "ecs", "cluster/{}"),
    "AWS::ECS::TaskDefinition": ("Family", "ecs:RegisterTaskDefinition", "ecs", "task-definition/{}:1"),
    "AWS::Events::Rule": ("Name", "events:PutRule", "events", "rule/{}"),
    "AWS::KMS::Alias": ("AliasName", "kms:CreateAlias", "kms", "{}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:CreateFunction", "lambda", "function:{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:CreateLogGroup", "logs", "log-group:{}"),
    "AWS::RDS::DBInstance": ("DBInstanceIdentifier", "rds:CreateDBInstance", "rds", "db:{}"),
    "AWS::RDS::DBParameterGroup": ("DBParameterGroupName", "rds:CreateDBParameterGroup", "rds", "pg:{}"),
    "AWS::RDS::DBSubnetGroup": ("DBSubnetGroupName", "rds:CreateDBSubnetGroup", "rds", "subgrp:{}"),
    "AWS::SNS::Topic": ("TopicName", "sns:CreateTopic", "sns", "{}"),
    "AWS::SQS::Queue": ("QueueName", "sqs:CreateQueue", "sqs", "{}"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager:CreateSecret", "secretsmanager", "secret:{}-AbCdEf"),
    "AWS::WAFv2::WebACL": ("Name", "wafv2:CreateWebACL", "wafv2", "regional/webacl/{}/1"),
}
LOWER = {"AWS::RDS::DBParameterGroup", "AWS::RDS::DBSubnetGroup", "AWS::RDS::DBInstance"}


@pytest.mark.parametrize("kind", NAMES)
def test_names_are_within_reach(kind: str) -> None:
    """What a template names, and what CloudFormation names after the stack, is what the execution role may make."""
    prop, action, service, shape = NAMES[kind]
    found = list(every(kind))
    assert found
    for key, spec, properties_ in found:
        label = key.rpartition(":")[2]
        name = properties_.get(prop, f"{spec.scope.stack_name}-{label}-1A2B3C4D5E6F")
        assert isinstance(name, str), key
        arn = f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{shape.format(name.lower() if kind in LOWER else name)}"
        mine = execution(role_of(spec), spec.scope.platform, spec.scope.environment)
        assert decide(mine, action, arn, **HERE) == "allow", (key, arn)


@cache
def boundary() -> list[Json]:
    found: list[Json] = resolve(foundation(), properties(foundation(), "Boundary")["PolicyDocument"]["Statement"])
    return found


def test_the_boundary_takes_nothing_that_a_template_gives() -> None:
    """Every right in a workload's policies is within the boundary, so nothing fails at run time for want of it."""
    rights = {
        action: key
        for key, _, role in every("AWS::IAM::Role")
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in each(statement["Action"])
    }
    agent = f"arn:aws:iam::{ACCOUNT}:role/workload/slipway/prod/fault-0123abc"
    passed = {"iam__PassedToService": "ssm.amazonaws.com"}
    # What the boundary gives on some resources alone.
    where = {"ecs:RunTask": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/slipway-prod-app:7"}
    assert len(rights) > 30
    for action, key in rights.items():
        on = where.get(action, agent)
        assert decide(boundary(), action.replace("*", "X"), on, **passed) == "allow", (key, action)
