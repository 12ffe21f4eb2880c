"""Signed heads of the audit chain: the same promises from memory and from KMS with S3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from generator.aws.audit_seal import KmsSeal, message, place
from generator.aws.objects import Objects
from generator.aws.session import Session
from generator.aws.signing_key import SigningKey, public_key, verify
from generator.release.errors import Invalid, Tampered, Unavailable
from generator.release.ports import Seal
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.small_ports import FakeSeal
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
    return KmsSeal(SigningKey(kms, key), objects), objects


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
    of_one = seal.heads(chain="release/prod-app-1", after=1)
    assert [(head.chain, head.number) for head, _ in of_one] == [("release/prod-app-1", n) for n in (2, 10)]
    found = list(seal.heads())
    assert [(head.chain, head.number) for head, _ in found] == [
        ("locks", 1),
        *(("release/prod-app-1", n) for n in (1, 2, 10)),
    ]
    assert not any(fault for _, fault in found)
    assert list(seal.heads(chain="release/prod-app-1")) == found[1:]
    assert list(seal.heads(chain="release/prod-app")) == []
    assert (found[0][0].hash, found[0][0].at) == ("f" * 64, 3.0)


@pytest.mark.parametrize("how", ["deleted", "overwrote"])
def test_what_lies_over_a_head_is_a_fault_and_the_oldest_counts(session: Session, how: str) -> None:
    """A delete marker and a newer version, also one that is signed, do not hide the head that was written first."""
    seal, objects = kms_seal(session)
    seal.seal("app", 1, "a" * 64, 1.0)
    seal.seal("app", 2, "b" * 64, 1.0)
    s3 = session.api("s3")
    s3("delete_object", Bucket=objects.bucket, Key=place("app", 1))
    if how == "overwrote":
        # If-None-Match passes over a delete marker.
        seal.seal("app", 1, "c" * 64, 2.0)
    fake = FakeSeal()
    fake.seal("app", 1, "a" * 64, 1.0)
    fake.seal("app", 2, "b" * 64, 1.0)
    fake.over["app", 1] = None if how == "deleted" else fake.stored["app", 2]._replace(number=1)
    for one in (seal, fake):
        first, second = one.heads()
        assert (first.head.hash, second) == ("a" * 64, second._replace(fault=""))
        assert how in first.fault or "delete marker" in first.fault


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
    assert [not fault for _, fault in seal.heads()] == [True] + [False] * 6
    with pytest.raises(Tampered):
        seal.seal("app", 2, "b" * 64, 1.0)
    encrypting = session.api("kms")("create_key")["KeyMetadata"]["Arn"]
    with pytest.raises(Invalid):
        list(KmsSeal(SigningKey(session.api("kms"), encrypting), objects).heads())


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
            ("s3", "ListObjectVersions"),
            ("kms", "GetPublicKey"),
        )
    ]
    control.faults(*rules, clear=True)
    seal.seal("app", 1, "a" * 64, 1.0)
    assert [fault for _, fault in seal.heads()] == [""]
    assert list(objects.keys("heads/")) == [place("app", 1)]
    for service in ("kms", "s3"):
        control.faults({"service": service, "kind": "throttle", "times": 9}, clear=True)
        with pytest.raises(Unavailable, match="try again"):
            seal.seal("app", 2, "b" * 64, 1.0)


# RFC 6979, A.2.5: the key, and the signature of "sample" with SHA-256. The key is written as in RFC 5480.
PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
POINT = bytes.fromhex(
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
# What the sandbox signed with this key before it left that to a library.
SEALED = bytes.fromhex(
    "30450220669f8d04da84573ed1dd54c32636b7ed512578fec6c4f4d854208441890a47bb"
    "022100d304168c89dad2b1a0e446e5c86ced7a85f912c989ef8223ecdad74472e45691"
)


def integer(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(raw)]) + raw


def sequence(*parts: bytes) -> bytes:
    return b"\x30" + bytes([len(b"".join(parts))]) + b"".join(parts)


GOOD = sequence(integer(R), integer(S))


def test_what_was_signed_before_verifies() -> None:
    """The standard's example, and a head that was sealed years ago, in the form that heads have."""
    key = public_key(PREFIX + POINT)
    assert verify(key, b"sample", GOOD)
    head = message("release/prod-app-1", 3, "a" * 64, 1.5)
    assert head == b'{"at": 1.5, "chain": "release/prod-app-1", "hash": "%b", "number": 3}' % (b"a" * 64)
    assert verify(key, head, SEALED)
    assert not verify(key, message("release/prod-app-1", 4, "a" * 64, 1.5), SEALED)


@pytest.mark.parametrize(
    "bad",
    [
        sequence(integer(R), integer(S + 1)),
        sequence(integer(S), integer(R)),
        sequence(integer(R)),
        sequence(integer(R), integer(S), integer(1)),
        sequence(integer(0), integer(S)),
        sequence(integer(R), integer(0)),
        sequence(integer(R), integer(ORDER + S)),
        b"\x30\x81" + GOOD[1:],
        sequence(b"\x02\x22\x00" + integer(R)[2:], integer(S)),
        sequence(integer(R), b"\x02\x20" + S.to_bytes(32, "big")),
        sequence(b"\x02\x81" + integer(R)[1:], integer(S)),
        b"\x30\x80" + integer(R) + integer(S) + b"\0\0",
        R.to_bytes(32, "big") + S.to_bytes(32, "big"),
        b"",
        GOOD[:-1],
        GOOD[:40],
        GOOD + b"\0",
        b"\x31" + GOOD[1:],
    ],
    ids=[
        "another s", "swapped", "r alone", "three numbers", "r is 0", "s is 0", "s beyond the order", "long length",
        "a zero too many", "negative", "long length inside", "indefinite length", "not DER", "empty", "truncated",
        "half", "longer", "no sequence",
    ],
)  # fmt: skip
def test_a_signature_in_any_other_form_is_refused(bad: bytes) -> None:
    """Other numbers, and the same numbers in any but the one form of DER, are false and no errors."""
    assert not verify(public_key(PREFIX + POINT), b"sample", bad)


@given(st.binary(max_size=80))
def test_no_made_up_signature_is_valid(forged: bytes) -> None:
    """Any bytes but the signature are refused, never a crash."""
    assert not verify(public_key(PREFIX + POINT), b"sample", forged)


def test_a_signature_is_one_keys_for_one_message() -> None:
    """Another message, and the key on the other side of the curve, do not verify."""
    assert not verify(public_key(PREFIX + POINT), b"Sample", GOOD)
    other = POINT[:32] + (P - int.from_bytes(POINT[32:], "big")).to_bytes(32, "big")
    assert not verify(public_key(PREFIX + other), b"sample", GOOD)


def spki(key: Any) -> bytes:
    """A key as GetPublicKey gives it."""
    der: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"x",
        PREFIX + b"\1" * 64,
        PREFIX + POINT[:-1],
        PREFIX + POINT + b"\0",
        PREFIX[:-1] + b"\0",
        spki(ec.generate_private_key(ec.SECP256K1())),
        spki(ec.generate_private_key(ec.SECP384R1())),
        spki(ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["empty", "text", "off the curve", "short", "long", "infinity", "secp256k1", "P-384", "Ed25519"],
)
def test_a_key_of_another_curve_is_refused(der: bytes) -> None:
    """Anyone who names another key learns it before any signature is looked at."""
    with pytest.raises(ValueError, match="this is not a public key"):
        public_key(der)
