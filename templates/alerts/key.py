"""Who may use the environment's KMS key. In a key policy the resource ``*`` means the key itself."""

from typing import TYPE_CHECKING

from awacs.aws import PolicyDocument, Principal, Statement
from troposphere import Ref, Sub

from templates import arns
from templates.policies import account_root, actions, document, grant
from templates.stack import sub

if TYPE_CHECKING:
    from templates.params.network import AlertsParams

_THIS_KEY = ["*"]
# What the handlers of a key and its alias call as soon as there is one (their resource schemas).
_AFTER_CREATION = ("CreateAlias", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")
_CRYPT = ("Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "DescribeKey")


def key_policy(p: "AlertsParams") -> PolicyDocument:
    """The account's IAM policies decide who uses the key; services use it only for this account's own resources.

    S3, DynamoDB, RDS and Secrets Manager call KMS with the rights of anyone who calls them, so they stand in the roles'
    policies and not here.

    Sources: AWS KMS Developer Guide (Default key policy), CloudWatch Logs User Guide (Encrypt log
    data), SNS Developer Guide (Key management: the encryption context is ``aws:sns:topicArn``), SQS Developer Guide
    (the encryption context is ``aws:sqs:arn``).
    """
    return document(
        grant("AccountDecides", account_root(_account()), actions("kms", "*"), resources=_THIS_KEY),
        *_first_minutes(p),
        grant(
            "LogGroups",
            Principal("Service", Sub("logs.${AWS::Region}.amazonaws.com")),
            actions("kms", *_CRYPT),
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": sub(
                        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
                    )
                }
            },
            _THIS_KEY,
        ),
        _publishers("Topics", "aws:sns:topicArn", "sns", "cloudwatch.amazonaws.com", "events.amazonaws.com"),
        _publishers("Queues", "aws:sqs:arn", "sqs", "events.amazonaws.com", "sns.amazonaws.com"),
    )


def _first_minutes(p: "AlertsParams") -> tuple[Statement, Statement]:
    """The execution roles, whose own policies know the key by its tags, use it from its first minute.

    "It might take up to five minutes for these changes to affect KMS key authorization" (AWS KMS Developer Guide: ABAC for
    AWS KMS).

    By the name of the role, not as its principal, which would be another one after the role was created again.
    """
    names = (p.scope.environment, *(["bot"] if p.is_bots else []))
    roles = {"ArnEquals": {"aws:PrincipalArn": [arns.execution_role(p.scope, name) for name in names]}}
    here = {"StringEquals": {"aws:PrincipalAccount": Ref("AWS::AccountId")}}
    lends = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    everybody = Principal("*")
    return (
        grant(
            "FirstMinutes",
            everybody,
            actions("kms", *_CRYPT, *_AFTER_CREATION),
            {**roles, **here},
            _THIS_KEY,
        ),
        grant("FirstMinutesLend", everybody, actions("kms", "CreateGrant"), {**roles, **here, **lends}, _THIS_KEY),
    )


def _account() -> Sub:
    return Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")


def _publishers(sid: str, context: str, service: str, *principals: str) -> Statement:
    """AWS services that send to this account's encrypted topics or queues, and to nothing else."""
    return grant(
        sid,
        Principal("Service", list(principals)),
        actions("kms", "Decrypt", "GenerateDataKey"),
        {
            "ArnLike": {
                f"kms:EncryptionContext:{context}": sub(
                    f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:*"
                )
            }
        },
        _THIS_KEY,
    )
