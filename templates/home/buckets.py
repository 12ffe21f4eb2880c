"""The artifact bucket and the audit bucket: versioned, and locked so that what was written stays."""

from typing import TYPE_CHECKING, Any

from awacs.aws import AWSPrincipal, Deny, Everybody, Principal, Statement
from troposphere import Ref, Sub, s3

from templates.home import names
from templates.policies import actions, document, grant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from templates.params.account import HomeParams
    from templates.stack import Stack


def add_artifacts(s: "Stack", p: "HomeParams") -> None:
    """What CI publishes: manifests of versions, built templates and code of functions, below ``versions/``.

    Nobody overwrites an object: each write must carry ``If-None-Match`` (S3 User Guide: Enforce conditional writes).
    The execution roles of every account read, since Lambda takes a function's code with the caller's rights.
    """
    bucket = _bucket(
        s,
        "artifacts",
        lock_days=p.artifact_days,
        mode="GOVERNANCE",
        why="What CI published, for releases and for rolling back.",
    )
    _policy(
        s,
        bucket,
        _nothing_is_overwritten(bucket),
        grant(
            "DeploymentsRead",
            AWSPrincipal([names.root_arn(account) for account in p.accounts]),
            actions("s3", "GetObject", "GetObjectVersion"),
            {"ArnLike": {"aws:PrincipalArn": names.role_arn(s.scope, "execution-*", "*")}},
            [_objects(bucket)],
        ),
    )
    s.give("ArtifactBucket", Ref(bucket), "Name of the artifact bucket")


def add_audit(s: "Stack", p: "HomeParams") -> None:
    """Signed heads of the audit chain. In compliance mode not even the account's root shortens the lock.

    The lock guards versions only, and ``If-None-Match`` passes over a delete marker, so that neither a second version
    nor a delete marker may come into being (S3 User Guide: Locking objects with Object Lock; Prevent object overwrites
    with conditional writes). The oldest version counts, so that no old version expires.
    """
    bucket = _bucket(
        s,
        "audit",
        lock_days=p.audit_lock_days,
        mode="COMPLIANCE",
        why="Signed heads of the audit chain: a rewritten chain does not match them.",
    )
    _policy(
        s,
        bucket,
        _nothing_is_overwritten(bucket),
        _everybody_denied("NothingIsDeleted", bucket, "DeleteObject", "DeleteObjectVersion"),
        _everybody_denied(
            "WorkerAloneWrites",
            bucket,
            "PutObject",
            "PutObjectLegalHold",
            "PutObjectRetention",
            when={"ArnNotEquals": {"aws:PrincipalArn": names.role_arn(s.scope, "worker")}},
        ),
    )
    s.give("AuditBucket", Ref(bucket), "Name of the audit bucket")


def add_sites(s: "Stack", p: "HomeParams") -> None:
    """The files of static sites, for the distributions of the accounts that have some.

    A distribution's account is in its ARN, which CloudFront sends along (CloudFront Developer Guide: Restrict access to an
    Amazon S3 origin). Nobody overwrites a file, so that a path with a digest has one content.
    """
    bucket = _bucket(
        s,
        "sites",
        lock_days=p.artifact_days,
        mode="GOVERNANCE",
        why="Files of static sites, by the digest of a version.",
    )
    ours = [Sub(f"arn:${{AWS::Partition}}:cloudfront::{account}:distribution/*") for account in p.site_accounts]
    _policy(
        s,
        bucket,
        _nothing_is_overwritten(bucket),
        grant(
            "DistributionsRead",
            Principal("Service", "cloudfront.amazonaws.com"),
            actions("s3", "GetObject"),
            {"ArnLike": {"aws:SourceArn": ours}},
            [_objects(bucket)],
        ),
    )
    s.give("SitesBucket", Ref(bucket), "Name of the bucket of static sites")


def _nothing_is_overwritten(bucket: s3.Bucket) -> Statement:
    return grant(
        "NothingIsOverwritten",
        Principal(Everybody),
        actions("s3", "PutObject"),
        # Parts of a multipart upload carry no condition header; the call that completes it does.
        {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
        [_objects(bucket)],
        effect=Deny,
    )


def _bucket(s: "Stack", purpose: str, *, lock_days: int, mode: str, why: str) -> s3.Bucket:
    # A version that is still locked outlives this. Of what nobody may shorten the oldest version counts: it stays.
    expires: dict[str, Any] = (
        {}
        if mode == "COMPLIANCE"
        else {"NoncurrentVersionExpiration": s3.NoncurrentVersionExpiration(NoncurrentDays=30)}
    )
    return s.keep(
        s3.Bucket(
            f"{purpose.title()}Bucket",
            BucketName=names.bucket(s.scope, purpose),
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
                    )
                ]
            ),
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            ObjectLockEnabled=True,
            ObjectLockConfiguration=s3.ObjectLockConfiguration(
                ObjectLockEnabled="Enabled",
                Rule=s3.ObjectLockRule(DefaultRetention=s3.DefaultRetention(Mode=mode, Days=lock_days)),
            ),
            LifecycleConfiguration=s3.LifecycleConfiguration(
                Rules=[
                    s3.LifecycleRule(
                        Id="tidy",
                        Status="Enabled",
                        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
                        **expires,
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
        why,
    )


def _policy(s: "Stack", bucket: s3.Bucket, *statements: Statement) -> None:
    s.keep(
        s3.BucketPolicy(
            f"{bucket.title}Policy",
            Bucket=Ref(bucket),
            PolicyDocument=document(
                _everybody_denied("EncryptedTransport", bucket, "*", when={"Bool": {"aws:SecureTransport": "false"}}),
                _everybody_denied("LockIsNotBypassed", bucket, "BypassGovernanceRetention"),
                *statements,
            ),
        ),
        "TLS only, and what was written stays as long as it is locked.",
    )


def _everybody_denied(
    sid: str, bucket: s3.Bucket, *names_of_actions: str, when: "Mapping[str, Mapping[str, Any]] | None" = None
) -> Statement:
    resources = [_objects(bucket), Sub(f"${{{bucket.title}.Arn}}")] if "*" in names_of_actions else [_objects(bucket)]
    return grant(sid, Principal(Everybody), actions("s3", *names_of_actions), when, resources, effect=Deny)


def _objects(bucket: s3.Bucket) -> Sub:
    return Sub(f"${{{bucket.title}.Arn}}/*")
