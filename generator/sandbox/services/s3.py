"""What S3 does and ministack does not: a bucket with Object Lock keeps its versioning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.sandbox.server import ministack_server
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request


@around("s3", "PutBucketVersioning")
async def put_bucket_versioning(request: Request, forward: Forward) -> Reply:
    """Refuse to suspend it (S3 User Guide, "Object Lock considerations": versioning can't be suspended)."""
    with ministack_server.scope(request.account, request.region):
        locked = ministack_server.object_lock(request.path.strip("/").partition("/")[0])
    if locked and b"Suspended" in request.body:
        raise AwsError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            409,
        )
    return await forward()
