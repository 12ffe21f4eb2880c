"""KMS keys that sign (`ECC_NIST_P256`, `ECDSA_SHA_256`), which ministack leaves to the `cryptography` package.

The key is a record of ministack's, so that everything else about it (aliases, policies, deletion, `GetPublicKey`) is
ministack's too. Other kinds of asymmetric keys are refused. Where `cryptography` is installed, ministack does it all.
Sources: KMS API Reference, "CreateKey", "Sign", "Verify"; KMS Developer Guide, "Key spec reference".
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.iam import p256
from generator.sandbox.server import ministack_server
from generator.sandbox.server.errors import AwsError, refused
from generator.sandbox.server.overlay import around
from generator.sandbox.server.wire import Reply, render

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Request

SPEC = "ECC_NIST_P256"
ALGORITHM = "ECDSA_SHA_256"
# Where the private key is kept in ministack's record, which is saved with its state.
_SECRET = "slipwayPrivateKey"  # noqa: S105 - the name of a member


@around("kms", "CreateKey")
async def create_key(request: Request, forward: Forward) -> Reply:
    """Make a symmetric key and turn its record into one that signs."""
    spec = str(request.params.get("KeySpec") or request.params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT")
    if ministack_server.has_cryptography() or spec == "SYMMETRIC_DEFAULT" or spec.startswith("HMAC_"):
        return await forward()
    if spec != SPEC or request.params.get("KeyUsage") != "SIGN_VERIFY":
        raise refused(f"KMS keys of {spec} for {request.params.get('KeyUsage')}", f"use {SPEC} with SIGN_VERIFY")
    asked = {name: value for name, value in request.params.items() if name not in {"KeySpec", "CustomerMasterKeySpec"}}
    plain = json.dumps(asked | {"KeyUsage": "ENCRYPT_DECRYPT"}).encode()
    reply = await forward(request._replace(body=plain))
    if reply.status != 200:
        return reply
    made = json.loads(reply.body)["KeyMetadata"]
    with ministack_server.scope(request.account, request.region):
        record = ministack_server.kms_key(made["KeyId"])
    if record is None:
        raise AwsError("KMSInternalException", "The key that KMS made is not known; see test_private.py", 500)
    secret = p256.new_key()
    signs: dict[str, Any] = {
        "KeySpec": SPEC,
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": [ALGORITHM],
        "EncryptionAlgorithms": [],
    }
    record.pop("_symmetric_key", None)
    record.update(signs | {_SECRET: f"{secret:x}", "_public_key_der": p256.public_key(secret)})
    made.pop("EncryptionAlgorithms", None)
    shown = made | {name: value for name, value in signs.items() if value} | {"CustomerMasterKeySpec": SPEC}
    return render(request, {"KeyMetadata": shown})


@around("kms", "GetPublicKey")
async def get_public_key(request: Request, forward: Forward) -> Reply:
    """Forward it; after a restart the public key is made again from the private one."""
    record = _record(request)
    if record:
        record["_public_key_der"] = p256.public_key(int(record[_SECRET], 16))
    return await forward()


@around("kms", "Sign")
async def sign(request: Request, forward: Forward) -> Reply:
    """Sign a message or a digest."""
    record = _record(request)
    if record is None:
        return await forward()
    signature = p256.sign(int(record[_SECRET], 16), _digest(request, record))
    return render(
        request,
        {"KeyId": record["Arn"], "Signature": base64.b64encode(signature).decode(), "SigningAlgorithm": ALGORITHM},
    )


@around("kms", "Verify")
async def verify(request: Request, forward: Forward) -> Reply:
    """Check a signature; a wrong one is an error, as in KMS."""
    record = _record(request)
    if record is None:
        return await forward()
    signature = base64.b64decode(request.text("Signature"))
    if not p256.verify(int(record[_SECRET], 16), _digest(request, record), signature):
        raise AwsError("KMSInvalidSignatureException", "")
    return render(request, {"KeyId": record["Arn"], "SignatureValid": True, "SigningAlgorithm": ALGORITHM})


def _record(request: Request) -> dict[str, Any] | None:
    """The record of a key of ours; None if ministack has an answer: that there is no such key, or one of its own.

    Raises:
        AwsError: `InvalidKeyUsageException` for a key that does not sign.
    """
    with ministack_server.scope(request.account, request.region):
        record = ministack_server.kms_key(request.text("KeyId"))
    if record is None or ministack_server.has_cryptography() or _SECRET in record:
        return record if record and _SECRET in record else None
    if request.action == "GetPublicKey":
        return None
    raise AwsError(
        "InvalidKeyUsageException",
        f"{record['Arn']} key usage is {record['KeyUsage']} which is not valid for {request.action}.",
    )


def _digest(request: Request, record: dict[str, Any]) -> bytes:
    if record["KeyState"] != "Enabled":
        code = "DisabledException" if record["KeyState"] == "Disabled" else "KMSInvalidStateException"
        raise AwsError(code, f"{record['Arn']} is {record['KeyState']}.")
    algorithm = request.text("SigningAlgorithm")
    if algorithm != ALGORITHM:
        raise AwsError("InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {SPEC}.")
    message = base64.b64decode(request.text("Message"))
    if request.text("MessageType", "RAW") == "RAW":
        if not 1 <= len(message) <= 4096:
            raise AwsError("ValidationException", "A raw message has 1 to 4096 bytes; send the digest of a longer one")
        return hashlib.sha256(message).digest()
    if len(message) != 32:
        raise AwsError("ValidationException", f"Digest is invalid length for algorithm {ALGORITHM}.")
    return message
