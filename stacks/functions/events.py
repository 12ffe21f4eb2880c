"""Forwards state changes of ECS and CloudFormation, and rotations of secrets, to the queue that wakes the release workers.

A wake-up carries no orders: workers look for themselves, so one that is lost or repeated changes nothing.
"""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_clients: dict[str | None, Any] = {}


def region(url: str, environ: Mapping[str, str]) -> str | None:
    """Region of the queue, which may not be this function's own: as told, or from sqs.REGION.amazonaws.com."""
    host = (urlsplit(url).hostname or "").split(".")
    found = host[1] if len(host) > 2 and host[0] == "sqs" else None
    return environ.get("WAKE_QUEUE_REGION") or found or environ.get("AWS_REGION")


def wake_up(event: dict[str, Any]) -> dict[str, Any]:
    """What a worker needs to know which release to look at; the rest of the event it reads from AWS."""
    detail = event.get("detail") or {}
    stack = detail.get("status-details") or {}
    more = detail.get("additionalEventData") or {}
    reason = detail.get("reason") or detail.get("stoppedReason") or stack.get("status-reason") or ""
    return {
        "kind": "wake-up",
        "id": event["id"],
        "time": event["time"],
        "account": event["account"],
        "region": event["region"],
        "type": event["detail-type"],
        # An event of Secrets Manager over CloudTrail names its secret in the detail alone.
        "resources": event.get("resources") or [secret for secret in [more.get("SecretId")] if secret],
        "name": detail.get("eventName") or detail.get("lastStatus") or stack.get("status") or "",
        "group": detail.get("group", ""),
        "deployment": detail.get("deploymentId", ""),
        "token": detail.get("client-request-token", ""),
        "reason": reason[:500],
    }


def forward(event: dict[str, Any], _context: object, client: Any = None) -> str:
    """Send one wake-up. An error is raised: Lambda tries twice more, then keeps the event in the dead-letter queue."""
    url = os.environ["WAKE_QUEUE_URL"]
    sent = (client or connect(region(url, os.environ))).send_message(
        QueueUrl=url, MessageBody=json.dumps(wake_up(event), separators=(",", ":"))
    )
    return str(sent["MessageId"])


def connect(name: str | None) -> Any:
    """One client per Region for as long as this copy of the function lives."""
    if name not in _clients:
        import boto3

        _clients[name] = boto3.client("sqs", region_name=name)
    return _clients[name]
