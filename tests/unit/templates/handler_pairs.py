"""Every pair of a resource and an action: what CloudFormation's handlers call for each resource of each template.

Handlers: the resource schemas (``handlers``). Resources and conditions of an action: ``authorization``. The role that a
stack is changed with is asked about the ARN that the resource has by its name, with the tags of its template.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import StackSpec, stacks
from generator.config.read import read_configuration
from templates.params.account import PermissionsParams
from tests.golden import CONFIGURATIONS
from tests.unit.templates.authorization import ALSO, formats, is_known
from tests.unit.templates.execution_rights import UNKNOWN, UNUSED, UNUSED_OF, built, handler_rights, role_of
from tests.unit.templates.iam_judge import ACCOUNT, GIVEN, Json, decide, each, role_statements

# Properties that give a resource its name, or the name that its ARN ends with. Others get one of CloudFormation's.
_NAMES = (
    "TableName", "BucketName", "RoleName", "LogGroupName", "FunctionName", "AlarmName", "DashboardName", "QueueName",
    "TopicName", "DBInstanceIdentifier", "AliasName", "ClusterName", "ServiceName", "RepositoryName", "Name",
    "AutoScalingGroupName", "InstanceProfileName",
)  # fmt: skip
# What such a call needs besides, which no schema names (Service Authorization Reference: dependent actions; Amazon RDS
# User Guide: Password management with Amazon RDS and AWS Secrets Manager).
DEPENDENT = {
    "AWS::EC2::VPCEndpoint": ("route53:associatevpcwithhostedzone",),
    "AWS::RDS::DBInstance": ("secretsmanager:createsecret", "secretsmanager:tagresource", "kms:describekey"),
}
# Ids of AWS, which nobody chooses: any of them will do.
_ID = "0123456789abcdef0"
# What stands in other places of an ARN: Region-wide or global firewalls, kinds of load balancers, the default bus.
_OTHERS = (_ID, "regional", "app", "default")


class Pair(NamedTuple):
    """An action of a handler, and the resource that it is for."""

    stack: str
    resource: str
    kind: str
    action: str
    role: str
    scope: StackSpec
    properties: Json


def pairs() -> Iterator[Pair]:
    """All of them, over every template of every configuration that CloudFormation changes with an execution role."""
    for key, (spec, template) in built().items():
        for label, resource in template["Resources"].items():
            kind = resource["Type"]
            for action in sorted({*handler_rights(kind), *DEPENDENT.get(kind, ())}):
                if not any(fnmatchcase(action, u) for u in (*UNUSED, *UNKNOWN, *UNUSED_OF.get(kind, ()))):
                    yield Pair(key, label, kind, action, role_of(spec), spec, resource.get("Properties", {}))


def is_allowed(pair: Pair, without: str = "") -> bool:
    """Whether the execution role may make this call for this resource.

    On one of the ARNs that it can be about, and on each that AWS always asks about. ``without`` leaves out a statement.
    """
    statements = [s for s in _about(pair.stack.partition(":")[0], pair.role, pair.action) if s["Sid"] != without]
    context = _context(pair)
    asked = _arns(pair, _name(pair))
    also = [_arn(pair.scope, pair.action, rest) for rest in ALSO.get(pair.action, ())]
    return any(decide(statements, pair.action, arn, **context) == "allow" for arn in asked) and all(
        decide(statements, pair.action, arn, **context) == "allow" for arn in also
    )


@cache
def _permissions() -> dict[tuple[str, str], StackSpec]:
    """The stack of each execution role, by configuration and the role's name."""
    return {
        (name, spec.params.name): spec
        for name, folder in CONFIGURATIONS.items()
        for spec in stacks(read_configuration(folder))
        if isinstance(spec.params, PermissionsParams)
    }


@cache
def _zones() -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        key: spec.params.zones for key, spec in _permissions().items() if isinstance(spec.params, PermissionsParams)
    }


@cache
def _about(configuration: str, role: str, action: str) -> list[Json]:
    """The statements of a role that speak of an action."""
    return [
        s
        for s in _rights()[configuration, role]
        if any(fnmatchcase(action, pattern.lower()) for pattern in each(s["Action"]))
    ]


@cache
def _rights() -> dict[tuple[str, str], list[Json]]:
    """The statements of each execution role, by configuration and the role's name."""
    return {key: role_statements(to_plain(s.template()), "ExecutionRole") for key, s in _permissions().items()}


def _name(pair: Pair) -> str:
    names = ("Family",) if pair.kind == "AWS::ECS::TaskDefinition" else _NAMES
    given = next((pair.properties[n] for n in names if isinstance(pair.properties.get(n), str)), "")
    made = f"{pair.scope.scope.stack_name}-{pair.resource}-1ABCDEFGH"
    # RDS writes identifiers in lower case (Amazon RDS API Reference: DBInstanceIdentifier).
    return given or (made.lower() if pair.kind.startswith(("AWS::RDS", "AWS::S3")) else made)


def _context(pair: Pair) -> dict[str, Any]:
    """What IAM knows of such a call: the tags of the platform, the Region, and who gets a role."""
    scope = pair.scope.scope
    environment = scope.environment if pair.role != "home" else "home"
    tags = {"platform": scope.platform, "environment": environment}
    return {
        **{f"aws__{kind}/{key}": value for kind in ("RequestTag", "ResourceTag") for key, value in tags.items()},
        "aws__RequestedRegion": scope.region,
        "ec2__CreateAction": "CreateSubnet",
        "iam__PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/slipway-boundary",
        "iam__PassedToService": _PASSED.get(pair.kind, "ecs-tasks.amazonaws.com"),
        "iam__AWSServiceName": _linked(pair),
        "iam__PolicyARN": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        "lambda__FunctionArn": _arn(pair.scope, "lambda:x", f"function:{scope.prefix}-x"),
        "kms__GrantIsForAWSResource": "true",
    }


# Who takes the role that a resource names (Service Authorization Reference, iam:PassRole; each service's guide).
_PASSED = {
    "AWS::EC2::FlowLog": "vpc-flow-logs.amazonaws.com",
    "AWS::EC2::LaunchTemplate": "ec2.amazonaws.com",
    "AWS::AutoScaling::AutoScalingGroup": "ec2.amazonaws.com",
    "AWS::ECS::Service": "ecs.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::FIS::ExperimentTemplate": "fis.amazonaws.com",
    "AWS::IAM::InstanceProfile": "ec2.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::RDS::DBInstance": "monitoring.rds.amazonaws.com",
}
# The service-linked role that the first resource of a kind creates (each service's guide: Using service-linked roles).
_LINKED = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "ecs.application-autoscaling.amazonaws.com",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling.amazonaws.com",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing.amazonaws.com",
    "AWS::FIS::ExperimentTemplate": "fis.amazonaws.com",
    "AWS::GlobalAccelerator::Accelerator": "globalaccelerator.amazonaws.com",
    "AWS::Logs::LogGroup": "delivery.logs.amazonaws.com",
    "AWS::RDS::DBInstance": "rds.amazonaws.com",
    "AWS::WAFv2::LoggingConfiguration": "wafv2.amazonaws.com",
    "AWS::WAFv2::WebACL": "wafv2.amazonaws.com",
}


def _linked(pair: Pair) -> str:
    return _LINKED.get(pair.kind, "ecs.amazonaws.com")


def _arn(spec: StackSpec, action: str, rest: str) -> str:
    return f"arn:aws:{action.partition(':')[0]}:{spec.scope.region}:{ACCOUNT}:{rest}"


def _arns(pair: Pair, name: str) -> list[str]:
    """The ARNs that a call can be about: every format of the action, its places filled with what can stand there."""
    if not is_known(pair.action) or not (forms := formats(pair.action)):
        return ["*"]
    scope = pair.scope.scope
    fixed = {"Partition": "aws", "Region": scope.region, "Account": ACCOUNT}
    found = []
    for form in forms:
        parts = re.sub(r"\$\{([A-Za-z]+)\}", lambda m: fixed.get(m[1], ".*"), form).split(".*")
        for filled in product(_places(pair, name), repeat=min(len(parts) - 1, 2)):
            places = [*filled, *[_ID] * (len(parts) - 1 - len(filled)), ""]
            found.append("".join(part + place for part, place in zip(parts, places, strict=True)))
    return found


def _places(pair: Pair, name: str) -> tuple[str, ...]:
    """What can stand in a place of an ARN. cfn-lint has one place for several where they are at the end."""
    scope = pair.scope.scope
    group = "bot" if pair.role == "bot" else pair.scope.group
    return (
        name.removeprefix("alias/"),
        scope.prefix,
        f"{scope.prefix}/{name}",  # service/CLUSTER/NAME
        f"workload/{scope.platform}/{group}/{name}",
        f"aws-service-role/{_linked(pair)}/x",
        *(f"{_ID}:autoScalingGroupName/{group}" for group in (name, f"{scope.stack_name}-Group-1ABCDEFGH")),
        f"regional/webacl/{name}/{_ID}",
        f"{GIVEN['ArtifactBucket']}/versions/code",
        *_zones()[pair.stack.partition(":")[0], pair.role],
        *_OTHERS,
    )
