"""Changing the key of a log group, which ministack does not do.

Source: Amazon CloudWatch Logs API Reference, AssociateKmsKey, DisassociateKmsKey and DescribeLogGroups.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.wire import Reply, Request, render

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward

_KIND = "log-group"


@around("logs", "AssociateKmsKey", "DisassociateKmsKey")
async def key(request: Request, forward: Forward) -> Reply:
    """Remember the key that a group has now."""
    del forward  # it would say that there is no such action
    name = request.text("logGroupName")
    if not name:
        raise AwsError(
            "InvalidParameterException", "Give logGroupName: the sandbox does not support keys of query results."
        )
    MEMORY.put(request, _KIND, name, {"key": request.params.get("kmsKeyId")})
    return render(request, {})


@around("logs", "DescribeLogGroups")
async def describe(request: Request, forward: Forward) -> Reply:
    """Groups with the keys that they have now."""
    reply = await forward()
    changed = MEMORY.all(request, _KIND)
    if reply.status != 200 or not changed:
        return reply
    body: dict[str, Any] = json.loads(reply.body)
    for group in body["logGroups"]:
        if (kept := changed.get(group["logGroupName"])) is not None:
            group.pop("kmsKeyId", None)
            if kept["key"]:
                group["kmsKeyId"] = kept["key"]
    return Reply(reply.status, reply.headers, json.dumps(body).encode())


@around("logs", "CreateLogGroup", "DeleteLogGroup")
async def forget(request: Request, forward: Forward) -> Reply:
    """A group that comes or goes has no history."""
    reply = await forward()
    if reply.status == 200:
        MEMORY.drop(request, _KIND, [request.text("logGroupName")])
    return reply
