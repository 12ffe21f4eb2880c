"""What the execution role may do with IAM: workload roles on its own path with the boundary, and passing these."""

from typing import TYPE_CHECKING

from awacs.aws import Statement
from troposphere import Ref, Sub

from templates import arns
from templates.policies import actions, allow

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

# Service-linked roles that the platform's resources need, created by the first of their kind in an account (each
# service's guide: Using service-linked roles).
_LINKED = (
    "autoscaling.amazonaws.com", "delivery.logs.amazonaws.com", "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "fis.amazonaws.com",
    "globalaccelerator.amazonaws.com", "rds.amazonaws.com", "spot.amazonaws.com", "wafv2.amazonaws.com",
)  # fmt: skip
TAKES_ROLES = (
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


def statements(p: "PermissionsParams", boundary: Ref) -> list[Statement]:
    """IAM writes: workload roles with the boundary, instance profiles, service-linked roles, and passing them.

    Roles are held by their path, which is part of their ARN (IAM User Guide: IAM identifiers). Tags can't hold who
    passes a role (IAM User Guide: Grant a user permissions to pass a role to an AWS service).
    """
    path = arns.everywhere("iam", f"role{p.role_path}*")
    bounded = {"iam:PermissionsBoundary": boundary}
    managed = [f"arn:*:iam::aws:policy/{name}" for name in _MANAGED]
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
                "ArnLike": {"iam:PolicyARN": managed},
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
            actions("iam", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
            [path],
        ),
        allow(
            "InstanceProfiles",
            actions(
                "iam",
                *("AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "GetInstanceProfile"),
                "RemoveRoleFromInstanceProfile",
            ),
            [arns.everywhere("iam", f"instance-profile{p.role_path}*")],
        ),
        allow(
            "PassRoles",
            actions("iam", "PassRole"),
            [path],
            {"StringEquals": {"iam:PassedToService": list(TAKES_ROLES)}},
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


def bot(p: "PermissionsParams") -> list[Statement]:
    """What the bot's stack alone needs: its tasks run as two roles of home, and its secret is read back."""
    return [
        allow(
            "PassBotRoles",
            actions("iam", "PassRole"),
            [arns.platform_role(p.scope, name) for name in ("bot", "worker")],
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        # CloudFormation's Secret reads back what it created (its schema: handlers); no other template creates one.
        allow("ReadTokens", actions("secretsmanager", "GetSecretValue"), [tokens(p)]),
    ]


def tokens(p: "PermissionsParams") -> Sub:
    """The bot's secret, and six characters of Secrets Manager's."""
    return arns.here("secretsmanager", f"secret:{p.scope.platform}/{p.environment}/bot-??????")
