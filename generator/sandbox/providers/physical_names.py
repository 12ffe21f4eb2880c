"""Physical names and ids as CloudFormation and the services make them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_MIXED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_HEX = "0123456789abcdef"


def random_text(length: int, letters: str = _MIXED) -> str:
    """Random text of that length."""
    return "".join(secrets.choice(letters) for _ in range(length))


def generated_name(ctx: Context, *, limit: int = 255) -> str:
    """A name for a resource that the template leaves unnamed: `stack-LogicalId-1a2B3c4D5e6F`.

    Source: AWS CloudFormation User Guide, "Name type". Like AWS, the stack name is cut before the logical id when the
    service allows fewer than `limit` characters.
    """
    room, logical = limit - 14, ctx.logical_id
    if len(ctx.stack_name) + len(logical) > room:
        logical = logical[: max(1, room // 2)]
    stack = ctx.stack_name[: max(1, room - len(logical))].rstrip("-")
    return f"{stack}-{logical}-{random_text(12)}"


def ec2_id(prefix: str) -> str:
    """An id as EC2 gives them: `eipalloc-0123456789abcdef0` (the prefix and 17 hexadecimal digits)."""
    return f"{prefix}-0{random_text(16, _HEX)}"
