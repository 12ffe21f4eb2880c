"""What the execution role may never do, whatever its other policies allow."""

from typing import TYPE_CHECKING

from awacs.aws import Statement
from troposphere import Ref

from templates import arns
from templates.permissions.data import bucket
from templates.permissions.roles import tokens
from templates.policies import actions, deny

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

_WRITES = ("Add*", "Attach*", "Create*", "Delete*", "Detach*", "Put*", "Remove*", "Set*", "Tag*", "Untag*", "Update*")


def statements(p: "PermissionsParams", boundary: Ref) -> list[Statement]:
    """Denials that outlive any later allowance: the boundary, the administrators' roles and stores, other Regions."""
    platform = p.scope.platform
    others_tokens = [] if p.name == "bot" else [deny("TokensStay", actions("secretsmanager", "*"), [tokens(p)])]
    own = [f"{platform}-{group}-*" for group in ("home", "account")]
    return [
        deny("BoundaryStays", actions("iam", "DeleteRolePermissionsBoundary"), ["*"]),
        deny(
            "NoOtherBoundary",
            actions("iam", "CreateRole", "PutRolePermissionsBoundary"),
            ["*"],
            {"ArnNotEquals": {"iam:PermissionsBoundary": boundary}},
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
            [bucket(name) for name in own],
        ),
        deny(
            "AuditKeysStay",
            actions("kms", "*"),
            ["*"],
            {"StringEquals": {"aws:ResourceTag/platform": platform, "aws:ResourceTag/service": ["home", "foundation"]}},
        ),
        *others_tokens,
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
            {"StringNotEquals": {"aws:RequestedRegion": [p.region]}},
        ),
    ]
