"""Hosted zones with the ids that configurations name: they belong to nobody's stack, so somebody makes them before.

POST /_slipway/hosted-zone {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com", "account": "111122223333"}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.sandbox.server import ministack_server
from generator.sandbox.server.control import control
from generator.sandbox.server.overlay import around
from generator.sandbox.server.wire import Reply

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Request

_PYTHON = re.compile(rb">(True|False)<")
_ID = re.compile(r"Z[A-Z0-9]{1,31}")


@control("hosted-zone")
def hosted_zone(body: dict[str, Any]) -> None:
    """Make a public hosted zone of that id; that it is there already is fine.

    Raises:
        ValueError: A member is missing or is none.
    """
    zone, name = str(body.get("id", "")), str(body.get("name", ""))
    if not _ID.fullmatch(zone) or not name:
        raise ValueError('send "id", such as Z0123456789ABCDEFGHIJ, and "name", such as example.com')
    ministack_server.put_hosted_zone(str(body.get("account") or ministack_server.default_account()), zone, name)


@around("route53", "CreateHealthCheck", "GetHealthCheck", "ListHealthChecks", "UpdateHealthCheck")
async def health_checks(request: Request, forward: Forward) -> Reply:
    """Ministack's health checks, with `true` where it writes Python's `True`: boto3 reads that as false."""
    del request
    reply = await forward()
    return Reply(reply.status, reply.headers, _PYTHON.sub(lambda found: found[0].lower(), reply.body))
