"""What the execution role may do with the bot's stack: two ECS services, a group, a secret, logs, alarms and a role."""

from typing import TYPE_CHECKING

from awacs.aws import Statement

from templates import arns
from templates.permissions import compute, data, network
from templates.policies import actions, allow

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

_GROUPS = (
    "AuthorizeSecurityGroup*", "CreateSecurityGroup", "DescribeInstances", "DescribeSecurityGroups",
    "RevokeSecurityGroup*", "UpdateSecurityGroupRuleDescriptions*",
)  # fmt: skip
# IAM statements that its one role needs.
_ROLES = frozenset({"BoundedRoles", "ManagedPolicies", "OtherRoleWrites", "ReadRoles", "PassRoles", "ReadLinkedRoles"})


def network_statements(p: "PermissionsParams") -> list[Statement]:
    """Its security group. EC2 describes without resources and names groups by random ids."""
    ours = {
        "StringEquals": {"aws:ResourceTag/platform": p.scope.platform, "aws:ResourceTag/environment": p.environment}
    }
    return [
        allow("Ec2", actions("ec2", *_GROUPS), ["*"]),
        *network.tags(ours),
        allow("Ec2Delete", actions("ec2", "DeleteSecurityGroup"), ["*"], ours),
    ]


def running_statements(p: "PermissionsParams") -> list[Statement]:
    """Its services, tasks, alarms and log group."""
    environment = f"{p.scope.platform}-{p.environment}"
    containers = (*compute.SERVICES, "ListTagsForResource", "RegisterTaskDefinition", "TagResource", "UntagResource")
    watched = {"Alarms", "DescribeAlarms", "LogGroups"}
    return [
        allow(
            "Containers",
            actions("ecs", *containers),
            [arns.here("ecs", f"*/{name}") for name in (f"{environment}/*", p.names)],
        ),
        *(s for s in compute.watching(p) if s.Sid in watched),
        # These take no resource (Service Authorization Reference of each service).
        allow(
            "RunningAnywhere",
            [
                *actions("ecs", "DeregisterTaskDefinition", "DescribeTaskDefinition"),
                *actions("logs", *compute.LOGS_ANYWHERE),
            ],
            ["*"],
        ),
    ]


def data_statements(p: "PermissionsParams") -> list[Statement]:
    """The secret of the Slack tokens, and the environment's key that encrypts it."""
    secret = arns.here("secretsmanager", f"secret:{p.scope.platform}/{p.environment}/*")
    return [
        allow("Secrets", actions("secretsmanager", *data.SECRETS), [secret]),
        # Making up a password takes no resource.
        allow("Passwords", actions("secretsmanager", "GetRandomPassword"), ["*"]),
        *data.use_keys(p.scope.platform, p.environment),
    ]


def role_statements(statements: list[Statement]) -> list[Statement]:
    """Of those for IAM what one role of tasks needs: no instance profiles, no service-linked roles."""
    return [s for s in statements if s.Sid in _ROLES]
