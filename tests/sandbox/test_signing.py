"""KMS keys that sign, and what they refuse. `test_audit_needs.py` holds what the audit chain needs of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def key(aws: Any) -> str:
    """A key that signs."""
    return str(aws("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])


def refused(call: Any, **said: Any) -> str:
    """The code of the error."""
    with pytest.raises(ClientError) as caught:
        call(**said)
    return str(caught.value.response["Error"]["Code"])


def test_a_key_is_shown_as_what_it_is(aws: Any, key: str) -> None:
    """KMS API Reference, KeyMetadata: spec, usage and algorithms, from CreateKey and DescribeKey alike."""
    shown = aws("kms").describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeySpec"], shown["KeyUsage"], shown["SigningAlgorithms"]) == (
        "ECC_NIST_P256",
        "SIGN_VERIFY",
        ["ECDSA_SHA_256"],
    )


def test_message_and_digest_are_the_same_signature(aws: Any, key: str) -> None:
    """KMS API Reference, Sign: the digest may be sent for a long message; an alias names the key."""
    kms = aws("kms")
    kms.create_alias(AliasName="alias/audit", TargetKeyId=key)
    long = b"x" * 5000
    said = {"KeyId": "alias/audit", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert refused(kms.sign, Message=long, **said) == "ValidationException"
    digest = hashlib.sha256(long).digest()
    signature = kms.sign(Message=digest, MessageType="DIGEST", **said)["Signature"]
    assert kms.verify(Message=digest, MessageType="DIGEST", Signature=signature, **said)["SignatureValid"]
    assert refused(kms.sign, Message=b"short", MessageType="DIGEST", **said) == "ValidationException"


def test_what_is_not_done_is_refused(aws: Any, key: str) -> None:
    """Other specs say so honestly; other algorithms are KMS's own error; an unknown key is not found."""
    kms = aws("kms")
    assert refused(kms.create_key, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY") == "NotImplemented"
    assert refused(kms.sign, KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_384") == "InvalidKeyUsageException"
    unknown = "00000000-0000-0000-0000-000000000000"
    assert refused(kms.sign, KeyId=unknown, Message=b"m", SigningAlgorithm="ECDSA_SHA_256") == "NotFoundException"
    assert (
        refused(kms.verify, KeyId=unknown, Message=b"m", Signature=b"s", SigningAlgorithm="ECDSA_SHA_256")
        == "NotFoundException"
    )
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"m") in {
        "InvalidKeyUsageException",
        "UnsupportedOperationException",
    }


def test_symmetric_keys_are_as_before(aws: Any) -> None:
    """Keys for encryption are ministack's."""
    kms = aws("kms")
    plain = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=plain, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"
    assert refused(kms.get_public_key, KeyId=plain) == "UnsupportedOperationException"


def test_versioning_under_object_lock_stays(aws: Any) -> None:
    """S3 User Guide, "Object Lock considerations": it can't be suspended; without a lock it can."""
    s3, place = aws("s3"), {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="locked-1", ObjectLockEnabledForBucket=True, CreateBucketConfiguration=place)
    s3.create_bucket(Bucket="plain-1", CreateBucketConfiguration=place)
    suspended = {"Status": "Suspended"}
    assert (
        refused(s3.put_bucket_versioning, Bucket="locked-1", VersioningConfiguration=suspended) == "InvalidBucketState"
    )
    s3.put_bucket_versioning(Bucket="plain-1", VersioningConfiguration=suspended)
