"""Data stores: what AWS refuses, what loses data, and what lets others read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.rules.iam.statements import Statement, statements
from generator.lint.rules.partial_values import shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, number, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
# Made from other data, an instance takes over encryption and backups from there.
_INHERITED = (
    "DBClusterIdentifier",
    "DBClusterSnapshotIdentifier",
    "DBSnapshotIdentifier",
    "RestoreTime",
    "SourceDBClusterIdentifier",
    "SourceDBInstanceIdentifier",
    "SourceDbiResourceId",
    "SourceDBInstanceAutomatedBackupsArn",
    "SnapshotIdentifier",
    "ReplicationSourceIdentifier",
)
_STATEFUL = (
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::KMS::Key",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)


@rule(
    "E9680",
    severity="error",
    title="Multi-AZ with one Availability Zone",
    why="A Multi-AZ instance is placed by RDS, which refuses AvailabilityZone beside it.",
    source=f"Amazon RDS API Reference: CreateDBInstance, AvailabilityZone, {_RDS}APIReference/API_CreateDBInstance.html",
    fix="Remove AvailabilityZone.",
)
def multi_az(view: TemplateView) -> Iterator[Problem]:
    """MultiAZ true and AvailabilityZone set."""
    for each in view.of("AWS::RDS::DBInstance"):
        if truth(each.get("MultiAZ")) and "AvailabilityZone" in each.props:
            yield each.problem("AvailabilityZone", message="AvailabilityZone cannot be set when MultiAZ is true")


@rule(
    "E9681",
    severity="error",
    title="A managed and a given master password",
    why="With ManageMasterUserPassword RDS creates the password in Secrets Manager and refuses one of yours.",
    source="Amazon RDS User Guide: Password management with Amazon RDS and AWS Secrets Manager, "
    f"{_RDS}UserGuide/rds-secrets-manager.html",
    fix="Remove MasterUserPassword.",
)
def two_passwords(view: TemplateView) -> Iterator[Problem]:
    """ManageMasterUserPassword true and MasterUserPassword set."""
    for each in view.of("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        if truth(each.get("ManageMasterUserPassword")) and "MasterUserPassword" in each.props:
            yield each.problem("MasterUserPassword", message="RDS manages the master password, so none can be given")


@rule(
    "W9682",
    severity="warning",
    title="A database with a public address",
    why="The endpoint resolves to a public address: only a security group stands between the internet and the data.",
    source="Amazon RDS User Guide: Hiding a DB instance in a VPC from the internet, "
    f"{_RDS}UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html#USER_VPC.Hiding",
    fix="Set PubliclyAccessible: false.",
)
def public_database(view: TemplateView) -> Iterator[Problem]:
    """PubliclyAccessible true."""
    for each in view.of("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        if truth(each.get("PubliclyAccessible")):
            yield each.problem("PubliclyAccessible", message="The database has a public address")


def _own_data(view: TemplateView, *types: str) -> Iterator[Resource]:
    for each in view.of(*types):
        if not any(key in each.props for key in _INHERITED):
            yield each


@rule(
    "W9683",
    severity="warning",
    title="A database that is not encrypted",
    why="Encryption can only be chosen when the database is created; later it needs a copy and another endpoint.",
    source=f"Amazon RDS User Guide: Encrypting Amazon RDS resources, {_RDS}UserGuide/Overview.Encryption.html",
    fix="Set StorageEncrypted: true.",
)
def unencrypted(view: TemplateView) -> Iterator[Problem]:
    """StorageEncrypted false or missing, unless the data come from elsewhere.

    Custom engines bring their own encryption, and Aurora Serverless v1 always encrypts.
    """
    for each in _own_data(view, "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        apart = shown(each.get("Engine")).startswith("custom-") or each.get("EngineMode") == "serverless"
        if not apart and "KmsKeyId" not in each.props and truth(each.get("StorageEncrypted", default=False)) is False:
            yield each.problem("StorageEncrypted", message="The storage of the database is not encrypted")


@rule(
    "W9684",
    severity="warning",
    title="A database without backups",
    why="BackupRetentionPeriod 0 turns automatic backups and recovery to a point in time off.",
    source=f"Amazon RDS User Guide: Introduction to backups, {_RDS}UserGuide/USER_WorkingWithAutomatedBackups.html",
    fix="Set BackupRetentionPeriod to 1 or more days, 7 for production.",
)
def no_backups(view: TemplateView) -> Iterator[Problem]:
    """BackupRetentionPeriod known to be 0."""
    for each in _own_data(view, "AWS::RDS::DBInstance"):
        if number(each.get("BackupRetentionPeriod")) == 0:
            yield each.problem("BackupRetentionPeriod", message="The database is never backed up")


def _transport_only(view: TemplateView, bucket: Resource) -> bool:
    """Whether a policy of the template denies plain HTTP for the bucket, or may do so."""
    for policy in view.of("AWS::S3::BucketPolicy"):
        about = policy.get("Bucket")
        if view.resource(about) is not bucket and not (isinstance(about, str) and about == bucket.get("BucketName")):
            continue
        mine = [each for each in statements(view) if each.document.resource is policy]
        if not mine or any(isinstance(each.body.get("Condition"), Unknown) or _requires_tls(each) for each in mine):
            return True
    return False


def _requires_tls(statement: Statement) -> bool:
    keys = {test.key.lower() for test in statement.tests()}
    denies = statement.body.get("Effect") == "Deny" and bool(keys & {"aws:securetransport", "s3:tlsversion"})
    return denies or any(
        test.key.lower() == "aws:securetransport" and "true" in map(str, map(_lower, test.values))
        for test in statement.tests()
    )


def _lower(value: object) -> str:
    return str(value).lower()


@rule(
    "W9685",
    severity="warning",
    title="A bucket that answers plain HTTP",
    why="S3 serves HTTP unless a policy denies it, so data and signatures can cross the network in the clear.",
    source=f"Amazon S3 User Guide: Security best practices, enforce encryption in transit, {_S3}security-best-practices.html",
    fix='Add a bucket policy with a Deny on "aws:SecureTransport": "false".',
)
def plain_http(view: TemplateView) -> Iterator[Problem]:
    """A bucket without a statement on transport in a policy of the template; public web sites are left alone."""
    for each in view.of("AWS::S3::Bucket"):
        if "WebsiteConfiguration" not in each.props and not _transport_only(view, each):
            yield each.problem(message="No bucket policy denies requests without TLS")


@rule(
    "W9686",
    severity="warning",
    title="Public access to a bucket switched on",
    why="Since April 2023 new buckets block public access; this template switches that off.",
    source=f"Amazon S3 User Guide: Blocking public access, {_S3}access-control-block-public-access.html",
    fix="Set all four to true and serve public files through CloudFront.",
)
def public_bucket(view: TemplateView) -> Iterator[Problem]:
    """One of the four blocks set to false."""
    for each in view.of("AWS::S3::Bucket"):
        for key, value in fields(each.get("PublicAccessBlockConfiguration")).items():
            if truth(value) is False:
                yield each.problem("PublicAccessBlockConfiguration", key, message=f"{key} is off")


@rule(
    "E9687",
    severity="error",
    title="Replication or object lock without versions",
    why="S3 refuses both for a bucket whose versioning is not enabled; lock rules also need ObjectLockEnabled.",
    source=f"Amazon S3 User Guide: Requirements for replication, {_S3}replication-requirements.html",
    fix="Set VersioningConfiguration to Enabled, and ObjectLockEnabled: true for lock rules.",
)
def versions(view: TemplateView) -> Iterator[Problem]:
    """ReplicationConfiguration without versioning, ObjectLockConfiguration without ObjectLockEnabled."""
    for each in view.of("AWS::S3::Bucket"):
        status = each.get("VersioningConfiguration", "Status", default="Suspended")
        if "ReplicationConfiguration" in each.props and status == "Suspended":
            yield each.problem("ReplicationConfiguration", message="Replication needs a bucket with versioning")
        locked = each.get("ObjectLockEnabled", default=False)
        if "ObjectLockConfiguration" in each.props and truth(locked) is False:
            yield each.problem("ObjectLockConfiguration", message="Lock rules need ObjectLockEnabled: true")


@rule(
    "W9688",
    severity="warning",
    title="Kept on deletion, destroyed on replacement",
    why="DeletionPolicy does not hold when an update replaces the resource: UpdateReplacePolicy decides then.",
    source="AWS CloudFormation User Guide: UpdateReplacePolicy attribute, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
    fix="Give both policies the same value.",
)
def half_kept(view: TemplateView) -> Iterator[Problem]:
    """One policy keeps the data and the other is set to Delete."""
    for each in view.of(*_STATEFUL):
        deletion, replacement = (shown(each.attributes.get(f"{name}Policy")) for name in ("Deletion", "UpdateReplace"))
        if replacement == "Delete" and deletion in {"Retain", "Snapshot", "RetainExceptOnCreate"}:
            message = f"DeletionPolicy is {deletion}, but a replacement deletes the data"
            yield each.problem(under="UpdateReplacePolicy", message=message)


@rule(
    "W9689",
    severity="warning",
    title="A table that cannot be restored",
    why="Without point-in-time recovery a wrong write or delete is final.",
    source="Amazon DynamoDB Developer Guide: Point-in-time backups, "
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
    fix="Set PointInTimeRecoverySpecification with PointInTimeRecoveryEnabled: true.",
)
def restorable(view: TemplateView) -> Iterator[Problem]:
    """A table without point-in-time recovery."""
    for each in view.of("AWS::DynamoDB::Table"):
        enabled = each.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled", default=False)
        if truth(enabled) is False:
            yield each.problem("PointInTimeRecoverySpecification", message="The table has no point-in-time recovery")
