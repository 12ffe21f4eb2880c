"""Managed policies by ARN. AWS's most powerful ones are expanded, all others are compared by their name.

Source: AWS Managed Policy Reference, the page of each policy.
"""

from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.statements import ANY, Statement, statements


def _allow(*names: str) -> dict[str, object]:
    return {"Statement": [{"Effect": "Allow", "Action": list(names), "Resource": "*"}]}


# By name, without the path. Only what each surely allows: enough to see that it covers, or that it is dangerous.
KNOWN: dict[str, object] = {
    "AdministratorAccess": _allow("*"),
    "PowerUserAccess": {
        "Statement": [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}]
    },
    "IAMFullAccess": _allow("iam:*"),
    "AmazonS3FullAccess": _allow("s3:*", "s3-object-lambda:*"),
    "AmazonS3ReadOnlyAccess": _allow(
        "s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"
    ),
    "AmazonDynamoDBFullAccess": _allow("dynamodb:*"),
    "AmazonEC2FullAccess": _allow("ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"),
    "AmazonSQSFullAccess": _allow("sqs:*"),
    "AmazonSNSFullAccess": _allow("sns:*"),
    "AmazonRDSFullAccess": _allow("rds:*"),
    "AWSKeyManagementServicePowerUser": _allow("kms:CreateKey", "kms:TagResource", "kms:ScheduleKeyDeletion"),
    "SecretsManagerReadWrite": _allow("secretsmanager:*"),
    "AWSLambda_FullAccess": _allow("lambda:*", "iam:PassRole"),
    "AmazonECS_FullAccess": _allow("ecs:*", "iam:PassRole"),
}


def name_of(arn: str) -> str:
    """``AdministratorAccess`` of ``arn:aws:iam::aws:policy/AdministratorAccess``."""
    return arn.rsplit("/", 1)[-1]


def is_aws(arn: str) -> bool:
    """Whether a policy is AWS's own."""
    return ":iam::aws:policy/" in arn


def policy_statements(arn: str) -> tuple[Statement, ...]:
    """The statements of a managed policy that no template contains."""
    known = KNOWN.get(name_of(arn)) if is_aws(arn) else None
    found = statements(known) if known else ()
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
