"""CloudTrail: who did what in this account, in every Region, tamper-evident and encrypted."""

from typing import TYPE_CHECKING, Any

from awacs.aws import Deny, Everybody, Principal, Statement
from troposphere import GetAtt, Ref, Sub, cloudtrail, iam, kms, logs, s3

from templates import arns
from templates.policies import account_root, actions, allow, document, grant, trust

if TYPE_CHECKING:
    from templates.params.account import FoundationParams
    from templates.params.base import Scope
    from templates.stack import Stack

_CLOUDTRAIL = Principal("Service", "cloudtrail.amazonaws.com")
_LOG_DAYS = 30


def add_trail(s: "Stack", p: "FoundationParams") -> None:
    """A multi-Region trail with validated log files, encrypted with a key of its own; gives ``TrailLogGroup``.

    The first copy of management events is free (AWS CloudTrail pricing); the key costs 1 USD a month, and what
    reaches CloudWatch Logs, for the alarms on it, 0.50 USD a GB.
    """
    name = f"{p.scope.platform}-trail"
    this = {"StringEquals": {"aws:SourceArn": arns.here("cloudtrail", f"trail/{name}", p.scope.region)}}
    key = _key(s, p.scope, this)
    bucket, policy = _bucket(s, p, this)
    group = s.keep(
        logs.LogGroup(
            "TrailLog",
            LogGroupName=f"/{p.scope.platform}/account/trail",
            RetentionInDays=_LOG_DAYS,
            KmsKeyId=GetAtt(key, "Arn"),
        ),
        "Metric filters watch this copy for suspicious activity.",
    )
    role = s.add(
        iam.Role(
            "TrailRole",
            RoleName=f"{p.scope.platform}-trail",
            # "Confused deputy prevention is not applicable to the role policy for CloudWatch Logs monitoring" (AWS CloudTrail
            # User Guide: Role policy document for CloudTrail to use CloudWatch Logs for monitoring).
            AssumeRolePolicyDocument=trust("cloudtrail.amazonaws.com"),
            Policies=[
                iam.Policy(
                    PolicyName="deliver",
                    PolicyDocument=document(
                        allow("Deliver", actions("logs", "CreateLogStream", "PutLogEvents"), [GetAtt(group, "Arn")])
                    ),
                )
            ],
        ),
        "CloudTrail writes to the log group with it.",
    )
    s.add(
        cloudtrail.Trail(
            "Trail",
            TrailName=name,
            IsLogging=True,
            IsMultiRegionTrail=True,
            IncludeGlobalServiceEvents=True,
            EnableLogFileValidation=True,
            KMSKeyId=GetAtt(key, "Arn"),
            S3BucketName=Ref(bucket),
            CloudWatchLogsLogGroupArn=GetAtt(group, "Arn"),
            CloudWatchLogsRoleArn=GetAtt(role, "Arn"),
            # CloudTrail tries the bucket when it is created.
            DependsOn=[policy.title],
        ),
        "Who did what; a release shows here with the name of the person who approved it.",
    )
    s.give("TrailLogGroup", Ref(group), "Log group of the account's trail")


def _key(s: "Stack", scope: "Scope", this: dict[str, Any]) -> kms.Key:
    """CloudTrail User Guide: Configure AWS KMS key policies for CloudTrail; CloudWatch Logs User Guide: Encrypt log data."""
    trails = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": arns.here("cloudtrail", "trail/*")}}
    group = arns.here("logs", f"log-group:/{scope.platform}/account/trail", scope.region)
    key = s.keep(
        kms.Key(
            "TrailKey",
            Description=f"Trail of {scope.platform} in this account",
            EnableKeyRotation=True,
            PendingWindowInDays=30,
            KeyPolicy=document(
                grant(
                    "AccountManages", account_root(arns.everywhere("iam", "root")), actions("kms", "*"), resources=["*"]
                ),
                grant("TrailEncrypts", _CLOUDTRAIL, actions("kms", "GenerateDataKey*"), {**this, **trails}, ["*"]),
                grant("TrailDescribes", _CLOUDTRAIL, actions("kms", "DescribeKey"), this, ["*"]),
                grant(
                    "LogGroup",
                    Principal("Service", Sub("logs.${AWS::Region}.amazonaws.com")),
                    actions("kms", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*"),
                    {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
                    ["*"],
                ),
            ),
        ),
        "Reading the trail takes this key as well as the bucket.",
    )
    s.add(
        kms.Alias("TrailKeyAlias", AliasName=f"alias/{scope.prefix}-trail", TargetKeyId=Ref(key)),
        "A name for people who read the trail.",
    )
    return key


def _bucket(s: "Stack", p: "FoundationParams", this: dict[str, Any]) -> tuple[s3.Bucket, s3.BucketPolicy]:
    """CloudTrail User Guide: Amazon S3 bucket policy for CloudTrail."""
    bucket = s.keep(
        s3.Bucket(
            "TrailBucket",
            BucketName=f"{p.scope.prefix}-trail-{p.scope.account}-{p.scope.region}",
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
                    )
                ]
            ),
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            LifecycleConfiguration=s3.LifecycleConfiguration(
                Rules=[
                    s3.LifecycleRule(
                        Id="forget",
                        Status="Enabled",
                        ExpirationInDays=p.trail_days,
                        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=30),
                        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
                    )
                ]
            ),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
        ),
        "CloudTrail's log files and the digests that prove them whole.",
    )
    here = GetAtt(bucket, "Arn")
    written = Sub("${TrailBucket.Arn}/AWSLogs/${AWS::AccountId}/*")
    policy = s.keep(
        s3.BucketPolicy(
            "TrailBucketPolicy",
            Bucket=Ref(bucket),
            PolicyDocument=document(
                _encrypted(here),
                grant("TrailChecks", _CLOUDTRAIL, actions("s3", "GetBucketAcl"), this, [here]),
                grant(
                    "TrailWrites",
                    _CLOUDTRAIL,
                    actions("s3", "PutObject"),
                    {"StringEquals": {**this["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}},
                    [written],
                ),
            ),
        ),
        "This trail alone writes here, over TLS.",
    )
    return bucket, policy


def _encrypted(bucket: GetAtt) -> Statement:
    return grant(
        "EncryptedTransport",
        Principal(Everybody),
        actions("s3", "*"),
        {"Bool": {"aws:SecureTransport": "false"}},
        [bucket, Sub("${TrailBucket.Arn}/*")],
        effect=Deny,
    )
