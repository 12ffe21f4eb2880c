"""Managed policies by ARN. AWS's most powerful ones are expanded, all others are compared by their name.

Source: AWS Managed Policy Reference, the page of each policy.
"""

from collections.abc import Mapping, Sequence

from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.statements import ANY, Statement, statements

# By name, without the path. Only what each surely allows: enough to see that it covers, or that it is dangerous.
_KNOWN: Mapping[str, Mapping[str, Sequence[str]]] = {
    "AdministratorAccess": {"Action": ["*"]},
    "PowerUserAccess": {"NotAction": ["iam:*", "organizations:*", "account:*"]},
    "IAMFullAccess": {"Action": ["iam:*"]},
    "AmazonS3FullAccess": {"Action": ["s3:*", "s3-object-lambda:*"]},
    "AmazonS3ReadOnlyAccess": {
        "Action": ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"]
    },
    "AmazonDynamoDBFullAccess": {"Action": ["dynamodb:*"]},
    "AmazonEC2FullAccess": {"Action": ["ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"]},
    "AmazonSQSFullAccess": {"Action": ["sqs:*"]},
    "AmazonSNSFullAccess": {"Action": ["sns:*"]},
    "AmazonRDSFullAccess": {"Action": ["rds:*"]},
    "AWSKeyManagementServicePowerUser": {"Action": ["kms:CreateKey", "kms:TagResource", "kms:ScheduleKeyDeletion"]},
    "SecretsManagerReadWrite": {"Action": ["secretsmanager:*"]},
    "AWSLambda_FullAccess": {"Action": ["lambda:*", "iam:PassRole"]},
    "AmazonECS_FullAccess": {"Action": ["ecs:*", "iam:PassRole"]},
}


def name_of(arn: str) -> str:
    """``AdministratorAccess`` of ``arn:aws:iam::aws:policy/AdministratorAccess``."""
    return arn.rpartition("/")[2]


def is_aws(arn: str) -> bool:
    """Whether a policy is AWS's own."""
    return ":iam::aws:policy/" in arn


def known_statements(arn: str) -> tuple[Statement, ...]:
    """What a policy of AWS surely allows; empty for one that is not known."""
    known = _KNOWN.get(name_of(arn)) if is_aws(arn) else None
    return () if known is None else statements({"Statement": {"Effect": "Allow", **known}})


def policy_statements(arn: str) -> tuple[Statement, ...]:
    """The statements of a managed policy that no template contains."""
    found = known_statements(arn)
    return found if any(is_administrator(row.actions) for row in found) else (*found, placeholder_statement(arn))


def placeholder_statement(arn: str) -> Statement:
    """A statement that represents everything that a policy allows."""
    mark = f"managed:{arn}"
    return Statement("Allow", ActionSet({mark}), (mark,), ANY)


def placeholder_arns(some: ActionSet) -> list[str]:
    """ARNs of the policies that a set of actions contains as placeholders."""
    return sorted(action.removeprefix("managed:") for action in some.odd if action.startswith("managed:"))


def is_administrator(some: ActionSet) -> bool:
    """Whether a set of actions is all of them, or all that were missing: enough to get all others."""
    return "*" in some and "iam:putrolepolicy" in some
