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
import uuid
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from generator.sandbox.cloudformation.host import Loopback
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.shapes import client
from generator.sandbox.server.wire import Reply, Request

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward

_IDENTIFIER = "<DBInstanceIdentifier>"
_ENDPOINT = re.compile(r"<Endpoint>.*?<HostedZoneId>(.*?)</HostedZoneId>\s*</Endpoint>", re.DOTALL)
_MINOR = re.compile(r"<AutoMinorVersionUpgrade>\w+</AutoMinorVersionUpgrade>")
_NO_KEY = re.compile(r"<KmsKeyId></KmsKeyId>")
_PORTS = {"mysql": 3306, "mariadb": 3306, "postgres": 5432}
_KIND = "database"
_HOST = Loopback(lambda: f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", CLOCK)


def _name(request: Request) -> str:
    return request.text("DBInstanceIdentifier").lower()


def _secrets(request: Request) -> Any:
    return _HOST.client("secretsmanager", request.account, request.region, "")


@around("rds", "CreateDBInstance", "RestoreDBInstanceFromDBSnapshot")
async def create(request: Request, forward: Forward) -> Reply:
    """Remember the answer's missing parts; make the secret of a managed password."""
    reply = await forward()
    if reply.status != 200:
        return reply
    engine = request.text("Engine")
    kept = {
        "port": request.number("Port") or next((port for name, port in _PORTS.items() if name in engine), 5432),
        "exports": sorted(request.params.get("EnableCloudwatchLogsExports") or []),
        "minor": request.flag("AutoMinorVersionUpgrade", default=True),
        "host": uuid.uuid4().hex[:12],
    }
    MEMORY.put(request, _KIND, _name(request), kept)
    if request.flag("ManageMasterUserPassword"):
        await asyncio.to_thread(_make_secret, request)
    return _amended(request, reply)


@around("rds", "ModifyDBInstance")
async def modify(request: Request, forward: Forward) -> Reply:
    """The same for changes."""
    await asyncio.to_thread(_check_upgrade, request)
    reply = await forward()
    if reply.status == 200:
        said = request.params.get("CloudwatchLogsExportConfiguration") or {}
        held = MEMORY.of(request, _KIND, _name(request))
        exports = (set(held.get("exports", ())) | set(said.get("EnableLogTypes") or ())) - set(
            said.get("DisableLogTypes") or ()
        )
        kept = {
            "exports": sorted(exports),
            "minor": request.flag("AutoMinorVersionUpgrade", default=held.get("minor", True)),
            "port": request.number("DBPortNumber") or held.get("port", 5432),
        }
        MEMORY.keep(request, _KIND, _name(request), kept)
        reply = _amended(request, reply)
    return reply


@around("rds", "DeleteDBInstance")
async def delete(request: Request, forward: Forward) -> Reply:
    """The secret goes with its instance."""
    reply = await forward()
    if reply.status == 200:
        reply = _amended(request, reply)
        held = MEMORY.of(request, _KIND, _name(request))
        MEMORY.drop(request, _KIND, [_name(request)])
        if "secret" in held:
            await asyncio.to_thread(
                _secrets(request).delete_secret, SecretId=held["secret"], ForceDeleteWithoutRecovery=True
            )
    return reply


@around("rds", "DescribeDBInstances", "RebootDBInstance", "StartDBInstance", "StopDBInstance")
async def describe(request: Request, forward: Forward) -> Reply:
    """Instances with what is remembered of them."""
    return _amended(request, await forward())


def _check_upgrade(request: Request) -> None:
    """An instance keeps its engine, and its version goes up alone, over a major one with the flag.

    Amazon RDS User Guide, "Upgrading a DB instance engine version"; a version without a minor one is any of that major.

    Raises:
        AwsError: `InvalidParameterCombination`.
    """
    name = _name(request)
    rows = client(request, "rds").describe_db_instances()["DBInstances"]
    found = next((row for row in rows if row["DBInstanceIdentifier"].lower() == name), None)
    if found is None:
        return
    engine, was, now = found["Engine"], found["EngineVersion"], request.text("EngineVersion")
    wanted = request.text("Engine") or engine
    if wanted != engine:
        text = f"The engine of DB instance {name} can't be changed from {engine} to {wanted}."
        raise AwsError("InvalidParameterCombination", text)
    before, after = _numbers(was), _numbers(now)
    count = min(len(before), len(after))
    if after[:count] < before[:count]:
        raise AwsError("InvalidParameterCombination", f"Cannot upgrade {engine} from {was} to {now}")
    major = 1 if "postgres" in engine else 2
    if now and after[:major] != before[: len(after[:major])] and not request.flag("AllowMajorVersionUpgrade"):
        text = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        raise AwsError("InvalidParameterCombination", text)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


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
    MEMORY.keep(request, _KIND, _name(request), {"secret": arn, "secret_key": key})


def _amended(request: Request, reply: Reply) -> Reply:
    first, *parts = reply.body.decode().split(_IDENTIFIER)
    text = first + "".join(_IDENTIFIER + _instance(request, part) for part in parts)
    return Reply(reply.status, reply.headers, text.encode())


def _instance(request: Request, text: str) -> str:
    name = text.partition("<")[0]
    held = MEMORY.of(request, _KIND, name.lower())
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
