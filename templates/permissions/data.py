"""What the execution role may do with what is kept: databases, tables, buckets, queues, secrets, keys; and with images."""

from typing import TYPE_CHECKING, Any

from awacs.aws import Statement
from troposphere import Sub

from templates import arns
from templates.policies import actions, allow

if TYPE_CHECKING:
    from troposphere import Ref

    from templates.params.account import PermissionsParams

_DATABASES = (
    "AddTagsToResource", "CreateDBInstance", "CreateDBParameterGroup", "CreateDBSnapshot", "CreateDBSubnetGroup",
    "DeleteDBInstance", "DeleteDBParameterGroup", "DeleteDBSubnetGroup", "ListTagsForResource",
    "ModifyDBInstance", "ModifyDBParameterGroup", "ModifyDBSubnetGroup", "RebootDBInstance", "RemoveTagsFromResource",
    "ResetDBParameterGroup", "RestoreDBInstanceFromDBSnapshot",
)  # fmt: skip
_WITH_OPTIONS = ("CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot")
_DESCRIBE = (
    "DescribeDBClusters", "DescribeDBClusterSnapshots", "DescribeDBEngineVersions", "DescribeDBInstance*",
    "DescribeDBParameter*", "DescribeDBSnapshots", "DescribeDBSubnetGroups", "DescribeEngineDefaultParameters",
    "DescribeEvents",
)  # fmt: skip
_TABLES = (
    "*ResourcePolicy", "CreateTable", "DeleteTable", "DescribeContinuousBackups", "DescribeContributorInsights",
    "DescribeImport", "DescribeKinesisStreamingDestination", "DescribeTable", "DescribeTimeToLive", "ListTagsOfResource", "TagResource", "UntagResource",
    "UpdateContinuousBackups", "UpdateContributorInsights", "UpdateTable", "UpdateTimeToLive",
)  # fmt: skip
# No GetObject, PutObject or DeleteObject among them, which a test holds.
_BUCKETS = (
    "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "ListBucket", "ListTagsForResource",
    "DeleteBucketMetadataTableConfiguration", "TagResource", "UntagResource",
    *(
        f"{verb}{what}"
        for verb in ("Get", "Put")
        for what in (
            "AccelerateConfiguration", "AnalyticsConfiguration", "BucketAbac", "BucketAcl", "BucketCORS", "BucketLogging",
            "BucketNotification", "BucketObjectLockConfiguration", "BucketOwnershipControls", "BucketPolicy",
            "BucketPublicAccessBlock", "BucketTagging", "BucketVersioning", "BucketWebsite", "EncryptionConfiguration",
            "IntelligentTieringConfiguration", "InventoryConfiguration", "LifecycleConfiguration", "MetricsConfiguration",
            "ReplicationConfiguration",
        )
    ),
    "GetBucketMetadataTableConfiguration",
)  # fmt: skip
_QUEUES = ("CreateQueue", "DeleteQueue", "GetQueue*", "ListQueueTags", "SetQueueAttributes", "TagQueue", "UntagQueue")
_TOPICS = (
    "*DataProtectionPolicy", "*SubscriptionAttributes", "*TopicAttributes", "CreateTopic", "DeleteTopic",
    "ListSubscriptionsByTopic", "ListTagsForResource", "Subscribe", "TagResource",
    "Unsubscribe", "UntagResource",
)  # fmt: skip
SECRETS = (
    "CreateSecret", "DeleteSecret", "DescribeSecret", "RotateSecret", "TagResource", "UntagResource", "UpdateSecret",
)  # fmt: skip
_KEYS = (
    "*Alias", "DescribeKey", "DisableKey*", "EnableKey*", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "PutKeyPolicy",
    "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
)  # fmt: skip
_IMAGES = (
    "*LifecyclePolicy", "*RepositoryPolicy", "CreateRepository", "DeleteRepository", "DescribeRepositories",
    "ListTagsForResource", "PutImageScanningConfiguration", "PutImageTagMutability", "TagResource", "UntagResource",
)  # fmt: skip


def bucket(name: str) -> Sub:
    """A bucket by name pattern, and with the ``*`` at its end its objects too. Buckets' ARNs name no account."""
    return Sub(f"arn:${{AWS::Partition}}:s3:::{name}")


def statements(p: "PermissionsParams", artifacts: "Ref") -> list[Statement]:
    """RDS, DynamoDB, S3, SQS, SNS and Secrets Manager; ``artifacts`` is the artifact bucket's name."""
    platform = p.scope.platform
    ours = p.names
    code = Sub(f"arn:${{AWS::Partition}}:s3:::${{{artifacts.data['Ref']}}}/versions/*")
    return [
        allow("Databases", actions("rds", *_DATABASES), [arns.here("rds", f"*:{ours}")]),
        # IAM is asked about the option group too, which is the engine's default one, og:default:postgres-17 (Amazon RDS User
        # Guide: Policies for creating, modifying, and deleting resources in Amazon RDS), and about a snapshot of any name.
        allow(
            "DatabaseOptions",
            actions("rds", *_WITH_OPTIONS),
            [arns.here("rds", "og:default:*"), arns.here("rds", "snapshot:*")],
        ),
        # Describing engines and events takes no resource.
        allow("DataAnywhere", actions("rds", *_DESCRIBE), ["*"]),
        allow("Tables", actions("dynamodb", *_TABLES), [arns.here("dynamodb", f"table/{ours}")]),
        allow("Buckets", actions("s3", *_BUCKETS), [bucket(ours)]),
        allow("Code", actions("s3", "GetObject", "GetObjectVersion"), [code]),
        allow("Queues", actions("sqs", *_QUEUES), [arns.here("sqs", ours)]),
        allow("Topics", actions("sns", *_TOPICS), [arns.here("sns", ours)]),
        allow(
            "Secrets",
            actions("secretsmanager", *SECRETS),
            # RDS names the passwords that it manages itself: rds!db-...
            [
                arns.here("secretsmanager", f"secret:{name}")
                for name in (f"{platform}/{p.environment}/*", ours, "rds!*")
            ],
        ),
        # The client secrets of logins: CloudFormation gives them to the load balancer (dynamic references).
        allow(
            "Logins",
            actions("secretsmanager", "GetSecretValue"),
            [arns.here("secretsmanager", f"secret:{platform}/{p.environment}/login/*")],
        ),
    ]


def key_statements(p: "PermissionsParams") -> list[Statement]:
    """KMS: the environment's key, and its use."""
    return [*_keys(p.scope.platform, p.environment), *use_keys(p.scope.platform, p.environment)]


def images(p: "PermissionsParams") -> list[Statement]:
    """ECR's repositories, which stand in home alone."""
    return [allow("Images", actions("ecr", *_IMAGES), [arns.here("ecr", f"repository/{p.scope.platform}/*")])]


def _keys(platform: str, environment: str) -> list[Statement]:
    """Keys have no names, so the platform's tags hold them; they are on a key from its creation."""
    tagged: dict[str, dict[str, Any]] = {
        "StringEquals": {"aws:ResourceTag/platform": platform, "aws:ResourceTag/environment": environment}
    }
    keys = [arns.here("kms", "key/*")]
    return [
        allow(
            "CreateKeys",
            actions("kms", "CreateKey", "TagResource"),
            ["*"],
            {"StringEquals": {"aws:RequestTag/platform": platform, "aws:RequestTag/environment": environment}},
        ),
        # Listing takes no resource.
        allow("ListKeys", actions("kms", "ListAliases"), ["*"]),
        allow("Keys", actions("kms", *_KEYS), keys, tagged),
        allow("KeyNames", actions("kms", "*Alias"), [arns.here("kms", f"alias/{platform}-{environment}")]),
    ]


def use_keys(platform: str, environment: str) -> list[Statement]:
    """Encrypting a secret, a function's variables or a log group is done with the rights of who asks for it."""
    tagged: dict[str, dict[str, Any]] = {
        "StringEquals": {"aws:ResourceTag/platform": platform, "aws:ResourceTag/environment": environment}
    }
    keys = [arns.here("kms", "key/*")]
    return [
        allow("UseKeys", actions("kms", "Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*"), keys, tagged),
        allow(
            "LendKeys",
            actions("kms", "CreateGrant", "RevokeGrant"),
            keys,
            {**tagged, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
