"""Signed heads of the audit chain: the same promises from memory and from KMS with S3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.aws import p256
from generator.aws.audit_seal import KmsSeal, message, place
from generator.aws.objects import Objects
from generator.aws.session import Session
from generator.release.errors import Invalid, Tampered, Unavailable
from generator.release.ports import Seal
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.small import FakeSeal
from tests.sandbox.conftest import REGION


def kms_seal(session: Session) -> tuple[KmsSeal, Objects]:
    """A new key, and a bucket under Object Lock."""
    kms, s3, name = session.api("kms"), session.api("s3"), unique("audit")
    key = kms("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    place = {"LocationConstraint": REGION}
    s3("create_bucket", Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    lock = {"Mode": "COMPLIANCE", "Days": 1}
    s3(
        "put_object_lock_configuration",
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": lock}},
    )
    objects = Objects(s3, name)
    return KmsSeal(kms, key, objects), objects


@pytest.fixture(params=["fake", "sandbox"])
def seal(request: pytest.FixtureRequest) -> Seal:
    """Nothing sealed yet."""
    return FakeSeal() if request.param == "fake" else kms_seal(request.getfixturevalue("session"))[0]


def test_heads_are_sealed_once_and_verify(seal: Seal) -> None:
    """Every head comes back with a good signature, in order; sealing it again is no harm, otherwise it is tampering."""
    assert list(seal.heads()) == []
    for number in (2, 10, 1):
        seal.seal("release/prod-app-1", number, f"{number:064}", 1.5 + number)
    seal.seal("locks", 1, "f" * 64, 3.0)
    seal.seal("locks", 1, "f" * 64, 4.0)
    with pytest.raises(Tampered, match="audit verify"):
        seal.seal("locks", 1, "e" * 64, 3.0)
    found = list(seal.heads())
    assert [(head.chain, head.number) for head, _ in found] == [
        ("locks", 1),
        *(("release/prod-app-1", n) for n in (1, 2, 10)),
    ]
    assert all(good for _, good in found)
    assert (found[0][0].hash, found[0][0].at) == ("f" * 64, 3.0)


def test_forged_heads_are_seen(session: Session) -> None:
    """Another hash, another place, another key's signature, or no head at all: each verifies as false."""
    seal, objects = kms_seal(session)
    seal.seal("app", 1, "a" * 64, 1.0)
    true = json.loads(objects.get(place("app", 1)) or b"")
    forged: list[Any] = [
        true | {"number": 2, "hash": "b" * 64},
        true,
        true | {"signature": "AAAA"},
        {"chain": "app"},
        [],
    ]
    for number, row in enumerate(forged, start=2):
        objects.put_once(place("app", number), json.dumps(row).encode())
    objects.put_once("heads/app/x.json", b"\xff")
    assert [good for _, good in seal.heads()] == [True] + [False] * 6
    with pytest.raises(Tampered):
        seal.seal("app", 2, "b" * 64, 1.0)
    encrypting = session.api("kms")("create_key")["KeyMetadata"]["Arn"]
    with pytest.raises(Invalid):
        list(KmsSeal(session.api("kms"), encrypting, objects).heads())


@pytest.mark.parametrize("kind", ["lost", "reset", "throttle", "error"])
def test_faults_while_sealing(session: Session, control: Control, kind: str) -> None:
    """A bad answer of KMS or S3 is passed over, and one head is there."""
    seal, objects = kms_seal(session)
    rules = [
        {"service": service, "operation": operation, "kind": kind}
        for service, operation in (
            ("kms", "Sign"),
            ("s3", "PutObject"),
            ("s3", "GetObject"),
            ("s3", "ListObjectsV2"),
            ("kms", "GetPublicKey"),
        )
    ]
    control.faults(*rules, clear=True)
    seal.seal("app", 1, "a" * 64, 1.0)
    assert [good for _, good in seal.heads()] == [True]
    assert list(objects.keys("heads/")) == [place("app", 1)]
    for service in ("kms", "s3"):
        control.faults({"service": service, "kind": "throttle", "times": 9}, clear=True)
        with pytest.raises(Unavailable, match="try again"):
            seal.seal("app", 2, "b" * 64, 1.0)


# RFC 6979, A.2.5: the key, and the signature of "sample" with SHA-256.
KEY = (0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6, 0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299)  # fmt: skip
R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def der(*numbers: int) -> bytes:
    parts = b"".join(
        b"\x02" + bytes([len(raw)]) + raw for n in numbers for raw in [n.to_bytes(n.bit_length() // 8 + 1, "big")]
    )
    return b"\x30" + bytes([len(parts)]) + parts


def test_signatures_are_verified_as_the_standard_says() -> None:
    """RFC 6979's example verifies; anything else about it does not, and malformed ones are no errors."""
    good = der(R, S)
    assert p256.verify(KEY, b"sample", good)
    assert not p256.verify(KEY, b"Sample", good)
    assert not p256.verify((KEY[0], -KEY[1] % p256._P), b"sample", good)
    for bad in (
        der(R, S + 1),
        der(S, R),
        der(R),
        der(0, S),
        der(R, p256._N + S),
        b"",
        good[:-1],
        good + b"\0",
        b"\x31" + good[1:],
    ):
        assert not p256.verify(KEY, b"sample", bad)
    with pytest.raises(ValueError, match="no public key"):
        p256.public_key(b"x")
    with pytest.raises(ValueError, match="not on the curve"):
        p256.public_key(p256._HEAD + b"\1" * 64)
    assert message("a", 1, "b", 1.5) == b'{"at": 1.5, "chain": "a", "hash": "b", "number": 1}'
