"""What ministack's KMS does not ask of `Sign` and `Verify`. It signs by itself, with the `cryptography` package.

Source: KMS API Reference, "Sign" and "Verify": a raw message has 1 to 4,096 bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from generator.sandbox.server import ministack_server
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

_MOST = 4096
# The private key in records that were saved while the sandbox signed by itself.
_SAVED = "slipwayPrivateKey"


@around("kms", "Sign")
async def sign(request: Request, forward: Forward) -> Reply:
    """Sign a message or a digest."""
    _check(request)
    return await forward()


@around("kms", "Verify")
async def verify(request: Request, forward: Forward) -> Reply:
    """Check a signature; a wrong one is an error, as in KMS."""
    _check(request)
    return await forward()


def _check(request: Request) -> None:
    message = base64.b64decode(request.text("Message"))
    if request.text("MessageType", "RAW") == "RAW" and not 1 <= len(message) <= _MOST:
        raise AwsError("ValidationException", "A raw message has 1 to 4096 bytes; send the digest of a longer one")
    with ministack_server.scope(request.account, request.region):
        record = ministack_server.kms_key(request.text("KeyId"))
    if record is not None and _SAVED in record:
        from cryptography.hazmat.primitives.asymmetric import ec

        record["_private_key"] = ec.derive_private_key(int(record.pop(_SAVED), 16), ec.SECP256R1())
