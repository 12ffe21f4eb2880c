"""The execution role: what CloudFormation may do when it carries out an approved change set.

It is as wide as the platform's stacks need and no wider: what has a name is held by the platform's prefix, the rest
by the account's Regions; roles only on the workload path and only with the boundary.
"""

from typing import TYPE_CHECKING, NamedTuple

from awacs.aws import Statement
from troposphere import GetAtt, Ref, Sub, iam

from templates.foundation import arns
from templates.foundation.permissions import compute, data, network
from templates.policies import actions, allow, deny, document, trust

if TYPE_CHECKING:
    from templates.params.account import FoundationParams
    from templates.stack import Stack

# Service-linked roles that the platform's resources want, made by the first of their kind in an account (each
# service's guide: Using service-linked roles).
_LINKED = (
    "autoscaling.amazonaws.com", "delivery.logs.amazonaws.com", "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "fis.amazonaws.com",
    "globalaccelerator.amazonaws.com", "rds.amazonaws.com", "spot.amazonaws.com", "wafv2.amazonaws.com",
)  # fmt: skip
_TAKES_ROLES = (
    "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "events.amazonaws.com", "fis.amazonaws.com",
    "lambda.amazonaws.com", "monitoring.rds.amazonaws.com", "ssm.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)  # fmt: skip
_MANAGED = (
    "AmazonECSInfrastructureRolePolicyForLoadBalancers", "AmazonSSMManagedInstanceCore",
    "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AmazonEC2ContainerServiceforEC2Role", "service-role/AmazonECSTaskExecutionRolePolicy",
    "service-role/AmazonRDSEnhancedMonitoringRole",
)  # fmt: skip
_WRITES = ("Add*", "Attach*", "Create*", "Delete*", "Detach*", "Put*", "Remove*", "Set*", "Tag*", "Untag*", "Update*")


class ExecutionRoles(NamedTuple):
    """The role of all stacks, and in the home account that of the bot's stack."""

    stacks: iam.Role
    bot: iam.Role | None


def add_roles(s: "Stack", p: "FoundationParams", boundary: iam.ManagedPolicy) -> ExecutionRoles:
    """``PLATFORM-execution``, in the home account ``PLATFORM-bot-execution``, and policies; gives ``ExecutionRoleArn``.

    Its trust names CloudFormation without a source condition: which keys CloudFormation sends when it takes up a
    stack's role is not documented. What holds it is that nobody may pass the role but plan and release.
    """
    policies = [
        s.add(
            iam.ManagedPolicy(
                f"Execution{name}",
                ManagedPolicyName=f"{p.scope.platform}-execution-{name.lower()}",
                Description=f"{p.scope.platform}-execution: {name.lower()}",
                PolicyDocument=document(*statements),
            ),
            why,
        )
        for name, statements, why in (
            (
                "Network",
                network.statements(p),
                "Ids of EC2 and ELB are random: Region and tag hold them.",
            ),
            (
                "Running",
                compute.statements(p),
                "What stands on * takes no resource.",
            ),
            (
                "Data",
                data.statements(p, s.need("ArtifactBucket")),
                "What stands on * takes no resource.",
            ),
            ("Roles", roles(p, boundary), "Roles of workloads, only on their path and only with the boundary."),
            ("Limits", limits(p, boundary), "What it may never do, whatever is allowed elsewhere."),
        )
    ]
    role = s.add(
        iam.Role(
            "ExecutionRole",
            RoleName=f"{p.scope.platform}-execution",
            Description="CloudFormation: makes the resources of the platform's stacks",
            AssumeRolePolicyDocument=trust("cloudformation.amazonaws.com"),
            ManagedPolicyArns=[Ref(policy) for policy in policies],
        ),
        "Never with the rights of whoever asked for a change.",
    )
    s.give("ExecutionRoleArn", GetAtt(role, "Arn"), "Role that CloudFormation works with")
    if not p.bot:
        return ExecutionRoles(role, None)
    return ExecutionRoles(role, _bot_role(s, p, policies))


def _tokens(p: "FoundationParams") -> Sub:
    """The bot's secret, and six characters of Secrets Manager's."""
    return arns.here("secretsmanager", f"secret:{p.scope.platform}/{p.bot}/bot-??????")


def roles(p: "FoundationParams", boundary: iam.ManagedPolicy) -> list[Statement]:
    """IAM writes: workload roles with the boundary, instance profiles, service-linked roles, and passing them."""
    path = arns.workload_role(p.scope)
    bounded = {"iam:PermissionsBoundary": Ref(boundary)}
    managed = [f"arn:aws:iam::aws:policy/{name}" for name in _MANAGED]
    return [
        allow(
            "BoundedRoles",
            actions("iam", "CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"),
            [path],
            {"ArnEquals": bounded},
        ),
        allow(
            "ManagedPolicies",
            actions("iam", "AttachRolePolicy", "DetachRolePolicy"),
            [path],
            {
                "ArnEquals": bounded,
                "ArnLike": {"iam:PolicyARN": [arn.replace(":aws:iam", ":*:iam") for arn in managed]},
            },
        ),
        # IAM has no boundary condition for these (Service Authorization Reference: IAM).
        allow(
            "OtherRoleWrites",
            actions(
                "iam",
                "DeleteRole",
                "TagRole",
                "UntagRole",
                "UpdateAssumeRolePolicy",
                "UpdateRole",
                "UpdateRoleDescription",
            ),
            [path],
        ),
        allow(
            "ReadRoles",
            actions("iam", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"),
            [path],
        ),
        allow(
            "InstanceProfiles",
            actions(
                "iam",
                *("AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "GetInstanceProfile"),
                *("RemoveRoleFromInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile"),
            ),
            [arns.everywhere("iam", f"instance-profile{p.scope.role_path}*")],
        ),
        allow(
            "PassRoles",
            actions("iam", "PassRole"),
            [path],
            {"StringEquals": {"iam:PassedToService": list(_TAKES_ROLES)}},
        ),
        allow(
            "ServiceLinkedRoles",
            actions("iam", "CreateServiceLinkedRole"),
            [arns.everywhere("iam", "role/aws-service-role/*")],
            {"StringEquals": {"iam:AWSServiceName": list(_LINKED)}},
        ),
        # RDS and ECS look whether their linked role is there.
        allow("ReadLinkedRoles", actions("iam", "GetRole"), [arns.everywhere("iam", "role/aws-service-role/*")]),
    ]


def _bot_role(s: "Stack", p: "FoundationParams", policies: list[iam.ManagedPolicy]) -> iam.Role:
    """``PLATFORM-bot-execution``: for the bot's stack alone. Nobody else passes the bot's and the worker's role."""
    return s.add(
        iam.Role(
            "BotExecutionRole",
            RoleName=f"{p.scope.platform}-bot-execution",
            AssumeRolePolicyDocument=trust("cloudformation.amazonaws.com"),
            ManagedPolicyArns=[Ref(policy) for policy in policies],
            Policies=[
                iam.Policy(
                    PolicyName="bot",
                    PolicyDocument=document(
                        allow(
                            "PassBotRoles",
                            actions("iam", "PassRole"),
                            [arns.platform_role(p.scope, name) for name in ("bot", "worker")],
                            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                        ),
                        # CloudFormation's Secret reads back what it made (its schema: handlers); no other template makes one.
                        allow("ReadTokens", actions("secretsmanager", "GetSecretValue"), [_tokens(p)]),
                    ),
                )
            ],
        ),
        "The bot's stack is changed with it, and no other.",
    )


def limits(p: "FoundationParams", boundary: iam.ManagedPolicy) -> list[Statement]:
    """Denials that outlive any later allowance: the boundary, the administrators' roles and stores, other Regions."""
    platform = p.scope.platform
    own = [f"{platform}-{group}-*" for group in ("home", "account")]
    return [
        deny("BoundaryStays", actions("iam", "DeleteRolePermissionsBoundary"), ["*"]),
        deny(
            "NoOtherBoundary",
            actions("iam", "CreateRole", "PutRolePermissionsBoundary"),
            ["*"],
            {"ArnNotEquals": {"iam:PermissionsBoundary": Ref(boundary)}},
        ),
        deny(
            "NoPoliciesNoPeople",
            actions(
                "iam",
                *(
                    "*AccessKey*",
                    "*Group*",
                    "*LoginProfile",
                    "*OpenIDConnectProvider*",
                    "*PolicyVersion*",
                    "*SAMLProvider",
                ),
                *("*User*", "CreatePolicy", "DeletePolicy"),
            ),
            ["*"],
        ),
        deny("PlatformRolesStay", actions("iam", *_WRITES), [arns.platform_role(p.scope, "*")]),
        deny(
            "HomeStays",
            [
                *actions("dynamodb", "*"),
                *actions("sqs", "*"),
                # Not metric filters: an environment's audit alarms put theirs on the trail.
                *actions("logs", "DeleteLog*", "DeleteRetentionPolicy", "PutLogEvents", "PutRetentionPolicy"),
                *actions("logs", "AssociateKmsKey", "DisassociateKmsKey"),
            ],
            [
                arns.here("dynamodb", f"table/{platform}-home-*"),
                arns.here("sqs", f"{platform}-home-*"),
                arns.here("logs", f"log-group:/{platform}/account/*"),
            ],
        ),
        deny(
            "LockedBucketsStay",
            actions("s3", "BypassGovernanceRetention", "Create*", "Delete*", "Put*"),
            [data.bucket(name) for name in own],
        ),
        deny(
            "AuditKeysStay",
            actions("kms", "*"),
            ["*"],
            {"StringEquals": {"aws:ResourceTag/platform": platform, "aws:ResourceTag/service": ["home", "foundation"]}},
        ),
        deny("KeyNamesStay", actions("kms", "*Alias"), [arns.here("kms", f"alias/{name}") for name in own]),
        deny(
            "NothingBeyondStacks",
            [
                *(
                    a
                    for service in ("account", "organizations", "cloudtrail", "budgets")
                    for a in actions(service, "*")
                ),
                *actions("sts", "AssumeRole"),
                *actions("kms", "Sign"),
                *actions("ecs", "ExecuteCommand", "RunTask", "StartTask"),
                *actions("lambda", "*FunctionUrl*", "InvokeFunction"),
            ],
            ["*"],
        ),
        deny(
            "OtherRegions",
            [
                a
                for service in (
                    *("autoscaling", "dynamodb", "ec2", "ecr", "ecs", "elasticloadbalancing", "fis", "lambda", "rds"),
                    *("secretsmanager", "servicediscovery", "sns", "sqs"),
                )
                for a in actions(service, "*")
            ],
            ["*"],
            {"StringNotEquals": {"aws:RequestedRegion": list(p.regions)}},
        ),
    ]
