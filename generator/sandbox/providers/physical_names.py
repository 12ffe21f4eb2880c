"""Physical names and ids as CloudFormation and the services make them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_MIXED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_HEX = "0123456789abcdef"


def random_text(length: int, letters: str = _MIXED) -> str:
    """Random text of that length."""
    return "".join(secrets.choice(letters) for _ in range(length))


def generated_name(ctx: Context, *, limit: int = 255, lower: bool = False, mixed: bool = True) -> str:
    """A name for a resource that the template leaves unnamed: `stack-LogicalId-1A2B3C4D5E6F`.

    Source: AWS CloudFormation User Guide, "Name type". Like AWS, the stack name is cut before the logical id when the
    service allows fewer than `limit` characters; `lower` is for services such as S3 and ECR that take no capitals.
    """
    tail = random_text(12, _MIXED if mixed and not lower else _LETTERS)
    room = limit - len(tail) - 2
    logical = (
        ctx.logical_id[: max(1, room // 2)] if len(ctx.stack_name) + len(ctx.logical_id) > room else ctx.logical_id
    )
    stack = ctx.stack_name[: max(1, room - len(logical))].rstrip("-")
    name = f"{stack}-{logical}-{tail}"
    return name.lower() if lower else name


def ec2_id(prefix: str) -> str:
    """An id as EC2 gives them: `eipalloc-0123456789abcdef0` (the prefix and 17 hexadecimal digits)."""
    return f"{prefix}-0{random_text(16, _HEX)}"
