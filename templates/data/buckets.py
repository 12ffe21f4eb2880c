"""S3 buckets that are private, encrypted and answer over TLS only."""

from typing import NamedTuple

from awacs.aws import Principal, Statement
from troposphere import AWSHelperFn, GetAtt, Ref, Sub, s3

from templates.params.data import Bucket
from templates.policies import actions, document, grant
from templates.stack import Stack, logical


def add_bucket(s: Stack, name: str, p: Bucket, key: AWSHelperFn) -> None:
    """One bucket of the data stack; gives ``BucketXName`` and ``BucketXArn``."""
    rules = [
        s3.LifecycleRule(
            Id="abandoned-uploads",
            Status="Enabled",
            AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
        )
    ]
    if p.versioned:
        rules.append(
            s3.LifecycleRule(
                Id="old-versions",
                Status="Enabled",
                NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=p.noncurrent_days),
            )
        )
    if p.expire_days:
        rules.append(s3.LifecycleRule(Id="expire", Status="Enabled", ExpirationInDays=p.expire_days))
    bucket = private_bucket(
        s,
        PrivateBucket(
            logical("bucket", name),
            f"Keeps the {name} objects of the environment's services.",
            rules,
            key=key,
            versioned=p.versioned,
        ),
    )
    s.give(f"{bucket.title}Name", Ref(bucket), f"Bucket for {name}")
    s.give(f"{bucket.title}Arn", GetAtt(bucket, "Arn"), f"Bucket for {name}")


class PrivateBucket(NamedTuple):
    """What differs between buckets; ``writers`` are further statements of the bucket's policy.

    Without ``key`` S3 encrypts with its own keys, which is all that load balancer logs can do (Elastic Load Balancing:
    Enable access logs).
    """

    name: str
    why: str
    rules: list[s3.LifecycleRule]
    key: AWSHelperFn | None = None
    versioned: bool = False
    writers: tuple[Statement, ...] = ()


def private_bucket(s: Stack, p: PrivateBucket) -> s3.Bucket:
    """Add a bucket and its policy. CloudFormation names it, so that one that was kept never blocks a new one."""
    encryption = (
        s3.ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=p.key)
        if p.key
        else s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    )
    bucket = s3.Bucket(
        p.name,
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[
                # A bucket key asks KMS once for many objects: up to 99 % fewer paid calls.
                s3.ServerSideEncryptionRule(
                    ServerSideEncryptionByDefault=encryption, BucketKeyEnabled=p.key is not None
                )
            ]
        ),
        LifecycleConfiguration=s3.LifecycleConfiguration(Rules=p.rules),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
    )
    if p.versioned:
        bucket.VersioningConfiguration = s3.VersioningConfiguration(Status="Enabled")
    s.keep(bucket, p.why)
    s.keep(
        s3.BucketPolicy(f"{p.name}Policy", Bucket=Ref(bucket), PolicyDocument=document(*_tls_only(bucket), *p.writers)),
        "Refuses plain HTTP and TLS below 1.2, whatever else a policy allows.",
    )
    return bucket


def _tls_only(bucket: s3.Bucket) -> tuple[Statement, Statement]:
    everything = [GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")]
    every_action = actions("s3", "*")
    return (
        grant(
            "TlsOnly",
            Principal("*"),
            every_action,
            {"Bool": {"aws:SecureTransport": "false"}},
            everything,
            effect="Deny",
        ),
        grant(
            "Tls12OrNewer",
            Principal("*"),
            every_action,
            {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            everything,
            effect="Deny",
        ),
    )
