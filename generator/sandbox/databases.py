"""What RDS says of an instance and ministack forgets: its address, log exports, minor upgrades and managed password.

Sources: Amazon RDS API Reference, CreateDBInstance, ModifyDBInstance and DBInstance; Amazon RDS User Guide, "Password
management with Amazon RDS and AWS Secrets Manager" (the secret is named `rds!db-...` and goes with its instance). No
database runs behind the address.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
import uuid
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from generator.sandbox.clock import CLOCK
from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.overlay import ENGINE, around
from generator.sandbox.state import persisted
from generator.sandbox.wire import Reply, Request

if TYPE_CHECKING:
    from generator.sandbox.overlay import Forward

_IDENTIFIER = "<DBInstanceIdentifier>"
_ENDPOINT = re.compile(r"<Endpoint>.*?<HostedZoneId>(.*?)</HostedZoneId>\s*</Endpoint>", re.DOTALL)
_MINOR = re.compile(r"<AutoMinorVersionUpgrade>\w+</AutoMinorVersionUpgrade>")
_NO_KEY = re.compile(r"<KmsKeyId></KmsKeyId>")
_PORTS = {"mysql": 3306, "mariadb": 3306, "postgres": 5432}


class Databases:
    """What is remembered of instances, by `account/region/identifier`; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def put(self, key: str, **values: Any) -> None:
        """Remember values of an instance."""
        with self._lock:
            self._held.setdefault(key, {}).update(values)

    def get(self, key: str) -> dict[str, Any]:
        """What is remembered of an instance; empty if nothing."""
        with self._lock:
            return dict(self._held.get(key, {}))

    def drop(self, key: str) -> dict[str, Any]:
        """Forget an instance; answers what was remembered."""
        with self._lock:
            return self._held.pop(key, {})

    def dump(self) -> dict[str, dict[str, Any]]:
        """Everything, for the state folder."""
        with self._lock:
            return {key: dict(values) for key, values in self._held.items()}

    def load(self, data: dict[str, dict[str, Any]]) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._held = data

    def reset(self) -> None:
        """Forget everything."""
        self.load({})


DATABASES = Databases()
persisted("databases", DATABASES)
_HOST = Loopback(lambda: f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", CLOCK, ENGINE, lambda _, __: None)


def _key(request: Request, name: str = "") -> str:
    return f"{request.account}/{request.region}/{(name or request.text('DBInstanceIdentifier')).lower()}"


def _secrets(request: Request) -> Any:
    return _HOST.client("secretsmanager", request.account, request.region, "")


@around("rds", "CreateDBInstance")
async def create(request: Request, forward: Forward) -> Reply:
    """Remember the answer's missing parts; make the secret of a managed password."""
    reply = await forward()
    if reply.status != 200:
        return reply
    engine = request.text("Engine")
    DATABASES.put(
        _key(request),
        port=request.number("Port") or next((port for name, port in _PORTS.items() if name in engine), 5432),
        exports=sorted(request.params.get("EnableCloudwatchLogsExports") or []),
        minor=request.flag("AutoMinorVersionUpgrade", default=True),
        host=uuid.uuid4().hex[:12],
    )
    if request.flag("ManageMasterUserPassword"):
        await asyncio.to_thread(_make_secret, request)
    return _amended(request, reply)


@around("rds", "ModifyDBInstance")
async def modify(request: Request, forward: Forward) -> Reply:
    """The same for changes."""
    reply = await forward()
    if reply.status == 200:
        said = request.params.get("CloudwatchLogsExportConfiguration") or {}
        held = DATABASES.get(_key(request))
        exports = (set(held.get("exports", ())) | set(said.get("EnableLogTypes") or ())) - set(
            said.get("DisableLogTypes") or ()
        )
        DATABASES.put(
            _key(request),
            exports=sorted(exports),
            minor=request.flag("AutoMinorVersionUpgrade", default=held.get("minor", True)),
            port=request.number("DBPortNumber") or held.get("port", 5432),
        )
        reply = _amended(request, reply)
    return reply


@around("rds", "DeleteDBInstance")
async def delete(request: Request, forward: Forward) -> Reply:
    """The secret goes with its instance."""
    reply = await forward()
    if reply.status == 200:
        reply = _amended(request, reply)
        held = DATABASES.drop(_key(request))
        if "secret" in held:
            await asyncio.to_thread(
                _secrets(request).delete_secret, SecretId=held["secret"], ForceDeleteWithoutRecovery=True
            )
    return reply


@around("rds", "DescribeDBInstances", "RebootDBInstance", "StartDBInstance", "StopDBInstance")
async def describe(request: Request, forward: Forward) -> Reply:
    """Instances with what is remembered of them."""
    return _amended(request, await forward())


def _make_secret(request: Request) -> None:
    service = _secrets(request)
    password = service.get_random_password(PasswordLength=28, ExcludeCharacters="/@\"' ")["RandomPassword"]
    key = request.text("MasterUserSecretKmsKeyId")
    value = json.dumps({"username": request.text("MasterUsername"), "password": password})
    arn = service.create_secret(
        Name=f"rds!db-{uuid.uuid4()}",
        Description=f"The secret associated with the primary RDS DB instance {request.text('DBInstanceIdentifier')}",
        SecretString=value,
        **({"KmsKeyId": key} if key else {}),
    )["ARN"]
    DATABASES.put(_key(request), secret=arn, secret_key=key)


def _amended(request: Request, reply: Reply) -> Reply:
    first, *parts = reply.body.decode().split(_IDENTIFIER)
    text = first + "".join(_IDENTIFIER + _instance(request, part) for part in parts)
    return Reply(reply.status, reply.headers, text.encode())


def _instance(request: Request, text: str) -> str:
    name = text.partition("<")[0]
    held = DATABASES.get(_key(request, name))
    if not held:
        return text
    address = f"{name}.{held['host']}.{request.region}.rds.amazonaws.com"
    text = _ENDPOINT.sub(
        rf"<Endpoint><Address>{escape(address)}</Address><Port>{held['port']}</Port><HostedZoneId>\1</HostedZoneId></Endpoint>",
        text,
    )
    text = _MINOR.sub(f"<AutoMinorVersionUpgrade>{str(held['minor']).lower()}</AutoMinorVersionUpgrade>", text)
    exports = "".join(f"<member>{escape(export)}</member>" for export in held["exports"])
    added = f"<EnabledCloudwatchLogsExports>{exports}</EnabledCloudwatchLogsExports>"
    if "secret" in held:
        key = f"<KmsKeyId>{escape(held['secret_key'])}</KmsKeyId>" if held["secret_key"] else ""
        added += f"<MasterUserSecret><SecretArn>{escape(held['secret'])}</SecretArn><SecretStatus>active</SecretStatus>{key}</MasterUserSecret>"
    return _NO_KEY.sub("", text).replace("<EnabledCloudwatchLogsExports/>", added)
