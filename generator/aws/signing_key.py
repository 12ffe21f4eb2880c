"""A signing key of KMS, and the verification of its signatures. The private half never leaves KMS.

ECC NIST P-256 with ECDSA_SHA_256. The digest is sent, so that a message may have any length: a signature of it is the
same as one of the message itself. Source: KMS API Reference, Sign (``MessageType``); KMS Developer Guide, "Offline
verification with ECC key pairs".
"""

from typing import TYPE_CHECKING

from generator.aws.api_client import Api
from generator.release.digests import digest
from generator.release.errors import Invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class SigningKey:
    """One key. ``name`` is its ARN, id or alias; signatures are verified here, with its public half."""

    def __init__(self, kms: Api, name: str) -> None:
        self._kms = kms
        self.name = name
        self._public: EllipticCurvePublicKey | None = None

    def sign(self, message: bytes) -> bytes:
        """A DER signature of a message of any length."""
        signature: bytes = self._kms(
            "sign",
            KeyId=self.name,
            Message=bytes.fromhex(digest(message).removeprefix("sha256:")),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )["Signature"]
        return signature

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made a signature of a message.

        Raises:
            Invalid: this is not a key that signs so.
        """
        if self._public is None:
            der = self.public_key()
            try:
                self._public = public_key(der)
            except ValueError as error:
                raise Invalid(
                    f"{self.name} can't verify signatures: {error}; name the key of the home stack"
                ) from error
        return verify(self._public, message, signature)

    def public_key(self) -> bytes:
        """The public half, as KMS gives it: a DER SubjectPublicKeyInfo."""
        der: bytes = self._kms("get_public_key", KeyId=self.name)["PublicKey"]
        return der


def public_key(der: bytes) -> "EllipticCurvePublicKey":
    """The key of a DER SubjectPublicKeyInfo, as KMS's GetPublicKey gives it.

    Raises:
        ValueError: It is not a key of the curve P-256.
    """
    # Only who verifies loads it: 20 ms.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        match load_der_public_key(der):
            case EllipticCurvePublicKey(curve=SECP256R1()) as key:
                return key
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"this is not a public key: {error}") from error
    raise ValueError("this is not a public key of the curve P-256")


def verify(key: "EllipticCurvePublicKey", signed: bytes, signature: bytes) -> bool:
    """Whether a DER signature (ECDSA_SHA_256) of a message was made with this key's private half."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
