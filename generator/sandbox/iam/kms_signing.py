"""What ministack's KMS does not ask of `Sign` and `Verify`. It signs by itself, with the `cryptography` package.

Source: KMS API Reference, "Sign" and "Verify": a raw message has 1 to 4,096 bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

_MOST = 4096


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
