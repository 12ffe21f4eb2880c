"""A version's manifest as it is stored: its JSON in an envelope that the build has signed.

The envelope is DSSE (Dead Simple Signing Envelope, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md):
what is signed names its own kind, so that no other document that the key may sign passes for a version.
"""

import base64
import binascii
from typing import Any, Protocol

import msgspec

from generator.release.decoders import decode
from generator.release.digests import canonical
from generator.release.errors import Tampered
from generator.release.model.version import Version

TYPE = "application/vnd.slipway.version+json"


class Signer(Protocol):
    """Signs, and verifies its own signatures. :class:`generator.aws.signing_key.SigningKey` is one."""

    def sign(self, message: bytes) -> bytes:
        """A signature of a message."""

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature of a message is its own."""


def seal(version: Version, signer: Signer) -> bytes:
    """The envelope of a version, signed now."""
    payload = canonical(msgspec.to_builtins(version))
    signature = signer.sign(signed_text(payload))
    return canonical({
        "payload": base64.b64encode(payload).decode(),
        "payloadType": TYPE,
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    })  # fmt: skip


def signed_text(payload: bytes) -> bytes:
    """The signed bytes for a payload: DSSE's pre-authentication encoding."""
    return f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload


def opened(raw: bytes, commit: str, signer: Signer, whose: str = "this platform's publish role") -> Version:
    """The version in an envelope, if it is signed by this key and of this commit. ``whose`` is who has the key.

    Raises:
        Tampered: It is not; the text says what, and what to do.
    """
    short = commit[:12]
    try:
        envelope: Any = msgspec.json.decode(raw)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, LookupError, TypeError, ValueError, binascii.Error):
        payload, signature = b"", b""
    if not signature or not signer.has_signed(signed_text(payload), signature):
        raise Tampered(
            f"the manifest of {short} is not signed by {whose}, so nothing says that it is what "
            "was built; find out who wrote it, and publish a new commit"
        )
    try:
        version = decode(payload, Version)
    except msgspec.MsgspecError as error:
        raise Tampered(f"the manifest of {short} can't be read ({error}); publish a new commit") from error
    if version.id != commit:
        raise Tampered(f"the manifest of {short} is that of {version.id[:12]}; find out who wrote it")
    return version
