"""What the audit needs of AWS, held to the API pages that promise it: heads that stay, and signatures."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


class TestObjectLock:
    """Amazon S3 User Guide, "Locking objects with Object Lock", and API Reference."""

    @pytest.fixture
    def bucket(self, aws: Aws) -> Any:
        """A client, with the bucket `audit` that keeps objects a year in compliance mode."""
        s3 = aws("s3", region="us-east-1")
        s3.create_bucket(Bucket="audit", ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(
            Bucket="audit",
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}},
            },
        )
        return s3

    def test_a_signed_head_can_neither_be_deleted_nor_rewritten(self, bucket: Any) -> None:
        """Rewriting history is detected: the version stays, anyone who asks (compliance mode)."""
        version = bucket.put_object(Bucket="audit", Key="head/1", Body=b"signed")["VersionId"]
        kept = bucket.get_object_retention(Bucket="audit", Key="head/1")["Retention"]
        assert kept["Mode"] == "COMPLIANCE"
        assert kept["RetainUntilDate"] > dt.datetime.now(dt.UTC) + dt.timedelta(days=364)
        for bypass in (False, True):
            with pytest.raises(ClientError) as refused:
                bucket.delete_object(Bucket="audit", Key="head/1", VersionId=version, BypassGovernanceRetention=bypass)
            assert _code(refused) == "AccessDenied"
        sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": dt.datetime(2026, 12, 31, tzinfo=dt.UTC)}
        with pytest.raises(ClientError) as refused:
            bucket.put_object_retention(Bucket="audit", Key="head/1", Retention=sooner)
        assert _code(refused) == "AccessDenied"
        bucket.put_object(Bucket="audit", Key="head/1", Body=b"forged")
        assert bucket.get_object(Bucket="audit", Key="head/1", VersionId=version)["Body"].read() == b"signed"

    def test_a_delete_without_version_hides_and_keeps(self, bucket: Any) -> None:
        """A delete marker is no deletion: the signed head is still there for `audit verify`."""
        version = bucket.put_object(Bucket="audit", Key="head/1", Body=b"signed")["VersionId"]
        assert bucket.delete_object(Bucket="audit", Key="head/1")["DeleteMarker"] is True
        with pytest.raises(ClientError) as hidden:
            bucket.get_object(Bucket="audit", Key="head/1")
        assert _code(hidden) == "NoSuchKey"
        assert bucket.get_object(Bucket="audit", Key="head/1", VersionId=version)["Body"].read() == b"signed"

    def test_versioning_of_a_locked_bucket_stays_on(self, bucket: Any) -> None:
        """CreateBucket: Object Lock switches versioning on, and the User Guide: it can't be suspended then."""
        assert bucket.get_bucket_versioning(Bucket="audit")["Status"] == "Enabled"
        with pytest.raises(ClientError) as refused:
            bucket.put_bucket_versioning(Bucket="audit", VersioningConfiguration={"Status": "Suspended"})
        assert _code(refused) == "InvalidBucketState"

    def test_governance_can_be_bypassed_by_who_says_so(self, bucket: Any) -> None:
        """Governance mode protects from mistakes, compliance mode from people: the log must use the second."""
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        version = bucket.put_object(
            Bucket="audit", Key="note", Body=b"", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
        )["VersionId"]
        with pytest.raises(ClientError) as refused:
            bucket.delete_object(Bucket="audit", Key="note", VersionId=version)
        assert _code(refused) == "AccessDenied"
        bucket.delete_object(Bucket="audit", Key="note", VersionId=version, BypassGovernanceRetention=True)

    def test_a_head_is_written_once(self, bucket: Any) -> None:
        """PutObject with `If-None-Match: *` answers 412 if there is one already: two workers can't both write number 7."""
        bucket.put_object(Bucket="audit", Key="head/7", Body=b"first", IfNoneMatch="*")
        with pytest.raises(ClientError) as refused:
            bucket.put_object(Bucket="audit", Key="head/7", Body=b"second", IfNoneMatch="*")
        assert _code(refused) == "PreconditionFailed"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412

    def test_a_bucket_with_locked_objects_is_not_deleted(self, bucket: Any) -> None:
        """Deleting the home stack never deletes the audit."""
        bucket.put_object(Bucket="audit", Key="head/1", Body=b"signed")
        with pytest.raises(ClientError) as refused:
            bucket.delete_bucket(Bucket="audit")
        assert _code(refused) == "BucketNotEmpty"


class TestKms:
    """AWS KMS API Reference, Sign and Verify."""

    @pytest.fixture
    def key(self, aws: Aws) -> str:
        """The audit key: ECC_NIST_P256 for signing."""
        made = aws("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        assert made["SigningAlgorithms"] == ["ECDSA_SHA_256"]
        return str(made["KeyId"])

    def test_the_head_of_the_chain_is_signed_and_a_forgery_is_seen(self, aws: Aws, key: str) -> None:
        """`audit verify` says yes to what the worker signed and no to anything else."""
        kms, head = aws("kms"), b"chain 42 " + b"0" * 64
        said = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
        signature = kms.sign(Message=head, **said)["Signature"]
        assert kms.verify(Message=head, Signature=signature, **said)["SignatureValid"] is True
        digest = hashlib.sha256(head).digest()
        assert kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **said)["SignatureValid"] is True
        with pytest.raises(ClientError) as forged:
            kms.verify(Message=head + b"!", Signature=signature, **said)
        assert _code(forged) == "KMSInvalidSignatureException"

    def test_the_public_key_is_reported(self, aws: Aws, key: str) -> None:
        """Anybody may verify without AWS: GetPublicKey answers DER."""
        key_data = aws("kms").get_public_key(KeyId=key)
        assert key_data["KeySpec"] == "ECC_NIST_P256"
        assert key_data["KeyUsage"] == "SIGN_VERIFY"
        assert key_data["PublicKey"][:1] == b"0"

    def test_a_key_that_is_disabled_or_going_away_does_not_sign(self, aws: Aws, key: str) -> None:
        """The worker learns why it can't sign (DisabledException, KMSInvalidStateException)."""
        kms = aws("kms")
        said = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b"x"}
        kms.disable_key(KeyId=key)
        with pytest.raises(ClientError) as off:
            kms.sign(**said)
        assert _code(off) == "DisabledException"
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        with pytest.raises(ClientError) as going:
            kms.sign(**said)
        assert _code(going) == "KMSInvalidStateException"

    def test_a_key_for_encryption_does_not_sign(self, aws: Aws) -> None:
        """A mistaken key ARN is told. *Assumed*: Sign documents two errors that fit, and not which comes."""
        kms = aws("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        with pytest.raises(ClientError) as refused:
            kms.sign(KeyId=key, SigningAlgorithm="ECDSA_SHA_256", Message=b"x")
        assert _code(refused) in ("InvalidKeyUsageException", "UnsupportedOperationException")
