"""Who may use the environment's KMS key. In a key policy the resource ``*`` means the key itself."""

from awacs.aws import PolicyDocument, Principal, Statement
from troposphere import Ref, Sub

from templates.policies import account_root, actions, document, grant
from templates.stack import sub

_THIS_KEY = ["*"]
_CRYPT = ("Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "DescribeKey")
# Services that call KMS with the rights of whoever calls them; each is limited to this account and Region.
_CALLED_FOR_PEOPLE = ("dynamodb", "lambda", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm")


def key_policy() -> PolicyDocument:
    """The account's IAM policies administer the key; services use it only for this account's own resources.

    Sources: AWS KMS Developer Guide (Default key policy, kms:ViaService), CloudWatch Logs User Guide (Encrypt log
    data), SNS Developer Guide (Key management: the encryption context is ``aws:sns:topicArn``), SQS Developer Guide
    (the encryption context is ``aws:sqs:arn``).
    """
    return document(
        grant("AccountAdministers", account_root(_account()), actions("kms", "*"), resources=_THIS_KEY),
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
        grant(
            "PrincipalsThroughServices",
            Principal("AWS", "*"),
            actions("kms", *_CRYPT),
            _through(*_CALLED_FOR_PEOPLE),
            _THIS_KEY,
        ),
        grant(
            "StorageServicesKeepTheirGrants",
            Principal("AWS", "*"),
            actions("kms", "CreateGrant"),
            {**_through("dynamodb", "rds", "secretsmanager"), "Bool": {"kms:GrantIsForAWSResource": "true"}},
            _THIS_KEY,
        ),
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


def _through(*services: str) -> dict[str, dict[str, object]]:
    """The way AWS managed keys work: whoever of this account may use the service's resource may use the key there."""
    return {
        "StringEquals": {
            "kms:CallerAccount": Ref("AWS::AccountId"),
            "kms:ViaService": [Sub(f"{service}.${{AWS::Region}}.amazonaws.com") for service in services],
        }
    }
