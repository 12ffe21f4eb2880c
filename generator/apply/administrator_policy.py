"""What an administrator must be allowed, as an IAM policy that ``slipway bootstrap --policy`` prints.

Enough for ``bootstrap``, its checks, the first version, the first worker, and for taking all away again; ``Action: *`` is
not needed. Actions are those of the handlers of home's, the foundation's and the permissions' resources (their resource
schemas), on the resources that the Service Authorization Reference names; a test holds both.
"""

from collections.abc import Callable
from typing import Any

_STACKS = (
    "CreateChangeSet", "DeleteChangeSet", "DeleteStack", "Describe*", "DetectStack*", "ExecuteChangeSet", "Get*",
    "List*", "TagResource", "UntagResource", "UpdateTerminationProtection",
)  # fmt: skip
_ROLES = (
    "AttachRolePolicy", "CreateRole", "DeleteRole*", "DetachRolePolicy", "GetRole*", "List*RolePolicies",
    "ListRoleTags", "PutRolePermissionsBoundary", "PutRolePolicy", "TagRole", "UntagRole",
    "UpdateAssumeRolePolicy", "UpdateRole*",
)  # fmt: skip
# Those of KMS that administer keys. None of them signs or decrypts.
_KEYS = (
    "CancelKeyDeletion", "*Alias", "DescribeKey", "DisableKey*", "EnableKey*", "GetKey*", "GetPublicKey",
    "ListResourceTags", "PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
)  # fmt: skip
_TABLES = (
    "BatchGetItem", "CreateTable", "DeleteResourcePolicy", "DeleteTable", "Describe*", "GetItem", "GetResourcePolicy",
    "ListTagsOfResource", "PutResourcePolicy", "Query", "TagResource", "UntagResource", "UpdateContinuousBackups",
    "UpdateContributorInsights", "UpdateTable", "UpdateTimeToLive",
)  # fmt: skip
_QUEUES = (
    "CreateQueue", "DeleteQueue", "GetQueue*", "ListQueueTags", "SendMessage", "SetQueueAttributes", "TagQueue", "UntagQueue",
)  # fmt: skip
_LOGS = (
    "*DataProtectionPolicy", "*KmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "ListTagsForResource",
    "PutLogGroupDeletionProtection", "PutRetentionPolicy", "TagResource", "UntagResource",
)  # fmt: skip
_PUSH = (
    "BatchCheckLayerAvailability", "CompleteLayerUpload", "DescribeImages", "DescribeRepositories", "InitiateLayerUpload",
    "PutImage", "UploadLayerPart", "DeleteRepository",
)  # fmt: skip
# What takes no resource (Service Authorization Reference of each service), and what looks at the caller, of whatever name.
_ANYWHERE = (
    "access-analyzer:ValidatePolicy", "autoscaling:DescribeAutoScalingGroups", "cloudformation:DescribeStacks", "cloudformation:ListStacks",
    "cloudformation:ValidateTemplate", "cloudtrail:DescribeTrails", "ec2:DescribeAddresses", "ecr:GetAuthorizationToken",
    "iam:GetRole", "iam:SimulatePrincipalPolicy", "iam:ListOpenIDConnectProviders", "iam:ListRoles", "kms:CreateKey", "kms:ListAliases",
    "lambda:GetAccountSettings", "logs:CreateLogDelivery", "logs:DescribeIndexPolicies", "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies", "organizations:DescribeOrganization",
    "organizations:ListAWSServiceAccessForOrganization", "s3:ListAllMyBuckets", "servicequotas:GetServiceQuota",
)  # fmt: skip


def administrator_policy(platform: str, account: str = "*", partition: str = "aws") -> dict[str, Any]:
    """The policy document for a platform in ``account``, under the 6,144 characters of a managed policy."""

    def arn(service: str, resource: str, region: str = "*") -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    def allow(sid: str, service: str, names: tuple[str, ...], *resources: str) -> dict[str, Any]:
        actions = [f"{service}:{name}" for name in names]
        return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}

    roles = [arn("iam", f"role/{platform}-*", ""), arn("iam", f"role/workload/{platform}/*", "")]
    # Those of environments too, which `destroy` empties.
    buckets = [f"arn:{partition}:s3:::{platform}-*"]
    linked = arn("iam", "role/aws-service-role/*", "")
    return {
        "Version": "2012-10-17",
        "Statement": [
            allow("Stacks", "cloudformation", _STACKS, arn("cloudformation", f"stack/{platform}-*/*"), arn("cloudformation", "changeSet/*")),
            allow("Roles", "iam", _ROLES, *roles),
            allow("PassRoles", "iam", ("PassRole",), roles[0]),
            allow("LinkedRoles", "iam", ("CreateServiceLinkedRole", "GetRole"), linked),
            allow("Policies", "iam", ("*Policy", "*PolicyVersion", "ListEntitiesForPolicy", "ListPolicyVersions"), arn("iam", f"policy/{platform}-*", "")),
            allow("GitHub", "iam", ("*OpenIDConnectProvider*",), arn("iam", "oidc-provider/token.actions.githubusercontent.com", "")),
            allow("Log", "dynamodb", _TABLES, arn("dynamodb", f"table/{platform}-home-*")),
            allow("Queues", "sqs", _QUEUES, arn("sqs", f"{platform}-home-*")),
            allow("Buckets", "s3", ("*",), *buckets),
            allow("Keys", "kms", _KEYS, arn("kms", "key/*"), arn("kms", f"alias/{platform}-*")),
            allow("Logs", "logs", _LOGS, arn("logs", f"log-group:/{platform}/*")),
            allow("Trail", "cloudtrail", ("*",), arn("cloudtrail", f"trail/{platform}-trail")),
            allow("Budget", "budgets", ("ListTagsForResource", "ModifyBudget", "TagResource", "UntagResource", "ViewBudget"), arn("budgets", f"budget/{platform}-*", "")),
            allow("Billing", "billing", ("GetBillingViewData",), arn("billing", "billingview/*", "")),
            allow("FirstWorker", "sts", ("AssumeRole", "SetSourceIdentity"), *(arn("iam", f"role/{platform}-{name}", "") for name in ("worker", "publish"))),
            # `destroy`: what stacks retain, by the names of the environments' resources.
            *_taken_away(platform, arn, allow),
            allow("Images", "ecr", _PUSH, arn("ecr", f"repository/{platform}/*")),
            allow("MachineImages", "ssm", ("GetParameter",), f"arn:{partition}:ssm:*::parameter/aws/service/*"),
            {"Sid": "Anywhere", "Effect": "Allow", "Action": list(_ANYWHERE), "Resource": ["*"]},
        ],
    }  # fmt: skip


def _taken_away(platform: str, arn: Callable[..., str], allow: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """Statements for what outlives its stack, and for instances that are to be let go."""
    return [
        allow("Tables", "dynamodb", ("DeleteTable", "UpdateTable"), arn("dynamodb", f"table/{platform}-*")),
        allow("KeptQueues", "sqs", ("DeleteQueue",), arn("sqs", f"{platform}-*")),
        allow("KeptLogs", "logs", ("DeleteLogGroup",), arn("logs", f"log-group:*{platform}-*")),
        allow("Secrets", "secretsmanager", ("DeleteSecret",), arn("secretsmanager", f"secret:{platform}/*")),
        allow(
            "Instances",
            "autoscaling",
            ("SetInstanceProtection",),
            arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{platform}-*"),
        ),
    ]
