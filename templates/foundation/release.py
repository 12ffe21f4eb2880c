"""The release role: everything that the worker may do in an account, and the little that this is."""

from typing import TYPE_CHECKING

from awacs.aws import AWSPrincipal, Statement
from troposphere import GetAtt, Ref, Sub, iam

from templates import arns
from templates.foundation import change_sets
from templates.policies import actions, allow, deny, document, grant

if TYPE_CHECKING:
    from templates.params.account import FoundationParams
    from templates.stack import Stack

_PREFIX = "bot-"
# A service changes through its stack; nothing here starts, stops or registers anything by hand.
_BY_HAND = (
    "Create*", "Delete*", "Deregister*", "ExecuteCommand", "Put*", "Register*", "RunTask", "StartTask", "Submit*",
    "Update*",
)  # fmt: skip
# What pre-flight checks, watching and failure reports read, and what takes no resource in IAM (Service Authorization
# Reference of each service).
_READ_ANYWHERE = {
    "access-analyzer": ("CheckNoNewAccess", "ValidatePolicy"),
    "application-autoscaling": ("DescribeScalableTargets", "DescribeScalingActivities"),
    "cloudtrail": ("LookupEvents",),
    "cloudwatch": ("DescribeAlarms", "GetMetricData"),
    "ec2": ("DescribeSecurityGroups", "DescribeSubnets"),
    "ecs": ("DescribeTaskDefinition", "ListServices", "ListTaskDefinitions", "ListTasks"),
    "elasticloadbalancing": ("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"),
    "pricing": ("GetProducts",),
    "rds": ("DescribeDBInstances",),
    "servicequotas": ("GetServiceQuota",),
}


def add_role(s: "Stack", p: "FoundationParams", shared: list[iam.ManagedPolicy]) -> None:
    """``PLATFORM-release``: the worker of the home account assumes it, with the name of a person as SourceIdentity."""
    worker = AWSPrincipal(s.need("WorkerRoleArn", about="The worker's role in the home account"))
    role = s.add(
        iam.Role(
            "ReleaseRole",
            RoleName=f"{p.scope.platform}-release",
            Description="Worker: bot-* change sets, undo, ECS rollouts",
            AssumeRolePolicyDocument=document(
                grant("Worker", worker, actions("sts", "AssumeRole", "SetSourceIdentity"))
            ),
            ManagedPolicyArns=[Ref(policy) for policy in shared],
            Policies=[
                iam.Policy(
                    PolicyName="release",
                    PolicyDocument=document(
                        *_change(p),
                        *_rollouts(p),
                        deny("NothingByHand", actions("ecs", *_BY_HAND), ["*"]),
                    ),
                ),
                iam.Policy(PolicyName="watch", PolicyDocument=document(*_watch(p))),
            ],
        ),
        "The worker's rights in this account. What is read on * takes no resource.",
    )
    s.give("ReleaseRoleArn", GetAtt(role, "Arn"), "Role that the worker assumes")


def _change(p: "FoundationParams") -> list[Statement]:
    return [
        *change_sets.describe(p, _PREFIX),
        change_sets.named(_PREFIX),
        *change_sets.bot(p),
        change_sets.deletes_empty_stacks(p),
        change_sets.by_name("ExecuteChangeSets", p, _PREFIX, "DeleteChangeSet", "ExecuteChangeSet"),
        allow(
            "UndoStackUpdates",
            actions("cloudformation", "CancelUpdateStack", "ContinueUpdateRollback", "RollbackStack"),
            [arns.stacks(p.scope)],
            # With the role that the stack has: no call here brings another one.
            {"Null": {"cloudformation:RoleArn": "true"}},
        ),
    ]


def _rollouts(p: "FoundationParams") -> list[Statement]:
    """Watch, continue and stop ECS service deployments in the platform's clusters."""
    clusters = f"{p.scope.platform}-*"
    # Services, their deployments and their revisions: service/CLUSTER/..., service-deployment/CLUSTER/...
    services = arns.here("ecs", f"service*/{clusters}/*")
    return [
        allow(
            "WatchRollouts",
            actions(
                "ecs",
                *("DescribeClusters", "DescribeServiceDeployments", "DescribeServiceRevisions", "DescribeServices"),
                *("DescribeTasks", "ListServiceDeployments", "ListTagsForResource"),
            ),
            [
                services,
                arns.here("ecs", f"cluster/{clusters}"),
                arns.here("ecs", f"task/{clusters}/*"),
            ],
        ),
        allow("SteerRollouts", actions("ecs", "ContinueServiceDeployment", "StopServiceDeployment"), [services]),
    ]


def _watch(p: "FoundationParams") -> list[Statement]:
    """Pre-flight checks, previews, verification and failure reports."""
    platform = p.scope.platform
    logs = [f"{platform}-*", f"/{platform}/*", f"/aws/lambda/{platform}-*"]
    return [
        allow("Look", [a for service, names in _READ_ANYWHERE.items() for a in actions(service, *names)], ["*"]),
        allow(
            "ReadLogs",
            actions("logs", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"),
            [arns.here("logs", f"log-group:{name}:*") for name in logs],
        ),
        # Whether a secret is there and when it was rotated, never what it says. Those of a database belong to RDS, which
        # names them (Amazon RDS User Guide: Password management with Amazon RDS and AWS Secrets Manager).
        allow(
            "SecretsExist",
            actions("secretsmanager", "DescribeSecret"),
            [arns.here("secretsmanager", f"secret:{platform}/*"), arns.here("secretsmanager", "secret:rds!*")],
        ),
        allow(
            "FunctionsRun",
            actions("lambda", "GetFunctionConfiguration"),
            [arns.here("lambda", f"function:{platform}-*")],
        ),
        allow(
            "RolesOfWorkloads",
            actions("iam", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
            [arns.workload_role(p.scope)],
        ),
        allow(
            "Doctor",
            actions("iam", "SimulatePrincipalPolicy"),
            [Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{platform}-release")],
        ),
    ]
