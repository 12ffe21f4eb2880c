"""A command before the release: ECS's lifecycle hook before new tasks start, the function that it calls, and their roles.

Sources: Amazon ECS Developer Guide, "Lambda hooks for Amazon ECS service deployments" and "Permissions required for Lambda
functions in Amazon ECS blue/green deployments"; Service Authorization Reference, Amazon ECS (RunTask).
"""

import json

from troposphere import GetAtt, Ref, Sub, awslambda, ecs, iam, logs

from templates.function import JsonLogging
from templates.params.service import ServiceParams
from templates.policies import actions, allow, document, trust
from templates.service.hook_code import CODE
from templates.stack import Stack, arn

FUNCTION = "BeforeReleaseFunction"
TASK_ROLES = ("ExecutionRole", "TaskRole")


def release_hook(s: Stack, p: ServiceParams, group: logs.LogGroup) -> ecs.DeploymentLifecycleHook | None:
    """The hook, with its function and roles added; None where the service has no command before a release."""
    before = p.spec.before_release
    if before is None:
        return None
    function = awslambda.Function(
        FUNCTION,
        Description=f"{p.name} of {p.scope.prefix}: runs a command once before a release",
        Runtime="python3.13",
        Handler="index.handler",
        Architectures=["arm64"],
        MemorySize=256,
        Timeout=60,
        Role=arn(_function_role(s, p, group)),
        Code=awslambda.Code(ZipFile=CODE),
        Environment=awslambda.Environment(
            Variables={
                "CLUSTER": s.need("ClusterName"),
                "COMMAND": json.dumps(list(before.command)),
                "CONTAINER": p.name,
                "LOG_GROUP": Ref(group),
                "TIMEOUT_MINUTES": str(before.timeout_minutes),
            }
        ),
        LoggingConfig=JsonLogging(LogGroup=Ref(group), LogFormat="JSON"),
    )
    s.add(function, "ECS calls it before it starts the tasks of a new version; it runs the command once.")
    return ecs.DeploymentLifecycleHook(
        TargetType="AWS_LAMBDA",
        HookTargetArn=GetAtt(function, "Arn"),
        RoleArn=arn(_hook_role(s, p, function)),
        LifecycleStages=["PRE_SCALE_UP"],
    )


def _function_role(s: Stack, p: ServiceParams, group: logs.LogGroup) -> iam.Role:
    """It may run tasks of the service's own family, in the service's cluster, with the service's own roles."""
    cluster = s.need("ClusterName")
    here = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}"
    named = cluster.data["Ref"]
    inside = {"ArnEquals": {"ecs:cluster": Sub(f"{here}:cluster/${{{named}}}")}}
    return s.add(
        _role(
            s,
            p,
            "BeforeReleaseRole",
            "lambda.amazonaws.com",
            document(
                allow("Log", actions("logs", "CreateLogStream", "PutLogEvents"), [GetAtt(group, "Arn")]),
                allow("Ran", actions("logs", "DescribeLogStreams"), [GetAtt(group, "Arn")]),
                allow(
                    "Run",
                    actions("ecs", "RunTask"),
                    [Sub(f"{here}:task-definition/{p.scope.prefix}-{p.name}:*")],
                    inside,
                ),
                allow("Watch", actions("ecs", "DescribeTasks"), [Sub(f"{here}:task/${{{named}}}/*")], inside),
                allow(
                    "Version",
                    actions("ecs", "DescribeServiceRevisions"),
                    [Sub(f"{here}:service-revision/${{{named}}}/{p.name}/*")],
                ),
                # DescribeTaskDefinition takes no resource (Service Authorization Reference).
                allow("Definition", actions("ecs", "DescribeTaskDefinition"), ["*"]),
                allow(
                    "Pass",
                    actions("iam", "PassRole"),
                    [GetAtt(role, "Arn") for role in TASK_ROLES],
                    {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                ),
            ),
        ),
        "Runs the service's own task before a release, and nothing else.",
    )


def _hook_role(s: Stack, p: ServiceParams, function: awslambda.Function) -> iam.Role:
    call = document(allow("Call", actions("lambda", "InvokeFunction"), [GetAtt(function, "Arn")]))
    return s.add(_role(s, p, "BeforeReleaseHookRole", "ecs.amazonaws.com", call), "ECS calls the function with it.")


def _role(s: Stack, p: ServiceParams, title: str, service: str, policy: object) -> iam.Role:
    return iam.Role(
        title,
        Path=p.scope.role_path,
        PermissionsBoundary=s.need("BoundaryArn"),
        AssumeRolePolicyDocument=trust(service),
        Policies=[iam.Policy(PolicyName="before-release", PolicyDocument=policy)],
    )
