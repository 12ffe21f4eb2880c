"""What Secrets Manager says of a rotation and ministack leaves out: when it was, and the event that reports it.

Sources: AWS Secrets Manager API Reference, DescribeSecret (LastRotatedDate) and RotateSecret; AWS Secrets Manager User Guide,
"AWS CloudTrail entries for Secrets Manager" (`RotationSucceeded`) and "Match AWS Secrets Manager events with Amazon
EventBridge". No function of rotation runs: the new version has the value of the old one.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.model import Home
from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.wire import Reply

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Request

_KIND = "secret"


@around("secretsmanager", "RotateSecret")
async def rotate(request: Request, forward: Forward) -> Reply:
    """Note when it was, and say that it succeeded; a schedule alone rotates nothing now."""
    reply = await forward()
    if reply.status == 200 and request.params.get("RotateImmediately", True):
        arn = str(json.loads(reply.body)["ARN"])
        MEMORY.put(request, _KIND, arn, {"rotated": time.time()})
        home = Home(request.account, request.region)
        await asyncio.to_thread(ministack_ecs.on_loop, home, lambda: _tell(arn))
    return reply


@around("secretsmanager", "DescribeSecret")
async def describe(request: Request, forward: Forward) -> Reply:
    """With the time of the last rotation, where there was one."""
    reply = await forward()
    if reply.status == 200:
        said: dict[str, Any] = json.loads(reply.body)
        rotated = MEMORY.of(request, _KIND, str(said["ARN"])).get("rotated")
        if rotated:
            return Reply(reply.status, reply.headers, json.dumps({**said, "LastRotatedDate": rotated}).encode())
    return reply


def _tell(arn: str) -> None:
    detail = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": "RotationSucceeded",
        "eventType": "AwsServiceEvent",
        "additionalEventData": {"SecretId": arn},
    }
    ministack_ecs.put_event("aws.secretsmanager", "AWS Service Event via CloudTrail", [], detail)
