"""Providers that keep resources in a dictionary, a clock that never waits, and templates to try them with."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

from generator.sandbox.providers.provider import Context, Created, ResourceFailure
from generator.sandbox.server.errors import AwsError


class Ticks:
    """A clock that never waits and whose time moves with every look."""

    def __init__(self) -> None:
        self._now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        self._lock = threading.Lock()
        self.slept = 0.0

    def now(self) -> dt.datetime:
        with self._lock:
            self._now += dt.timedelta(milliseconds=1)
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept += seconds


class World:
    """What the toy providers hold, and how they are told to misbehave."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.fail: dict[tuple[str, str], ResourceFailure] = {}
        self.holds: dict[str, threading.Event] = {}
        self.entered: dict[str, threading.Event] = {}
        self.count = 0
        self.lock = threading.Lock()

    def hold(self, logical_id: str) -> threading.Event:
        """Let the resource's next act wait; the answer is set when it has begun."""
        self.holds[logical_id] = threading.Event()
        self.entered[logical_id] = threading.Event()
        return self.entered[logical_id]

    def act(self, ctx: Context, act: str) -> None:
        self.log.append(f"{act} {ctx.logical_id}")
        gate = self.holds.pop(ctx.logical_id, None)
        if gate is not None:
            self.entered[ctx.logical_id].set()
            while not gate.wait(0.005):
                if ctx.cancelled():
                    raise ResourceFailure("stopped waiting")
        failure = self.fail.get((ctx.logical_id, act))
        if failure is not None:
            raise failure


class Toy:
    """A provider whose resources live in the world; `Ref` is the name or a numbered id, `Arn` follows from it."""

    def __init__(self, world: World, name: str | None = None) -> None:
        self.world = world
        self.name = name

    def create(self, ctx: Context, props: dict[str, Any]) -> Created:
        self.world.act(ctx, "create")
        with self.world.lock:
            self.world.count += 1
            physical = str(props.get(self.name or "", f"{ctx.logical_id}-{self.world.count}"))
        self.world.resources[physical] = dict(props)
        return self._made(physical)

    def update(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        del old
        self.world.act(ctx, "update")
        if physical_id not in self.world.resources:
            raise ResourceFailure(f"{physical_id} does not exist", "NotFound")
        self.world.resources[physical_id] = dict(new)
        return self._made(physical_id)

    def delete(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        del props
        self.world.act(ctx, "delete")
        self.world.resources.pop(physical_id, None)

    def read(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        del ctx, props
        if physical_id not in self.world.resources:
            raise ResourceFailure(f"{physical_id} does not exist", "NotFound")
        return self.world.resources[physical_id]

    def _made(self, physical: str) -> Created:
        arn = f"arn:aws:toy:::{physical}"
        return Created(physical, {"Arn": arn, "QueueArn": arn, "TopicArn": arn, "RoleId": physical})


TYPES = {
    "AWS::SQS::Queue": None,
    "AWS::SNS::Topic": "TopicName",
    "AWS::SSM::Parameter": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::ECS::TaskDefinition": None,
    "AWS::ECS::Service": None,
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::RDS::DBInstance": None,
}


class Host:
    """A sandbox without other services. Parameter Store knows one parameter, and one role can't be assumed."""

    def __init__(self) -> None:
        self.clock = Ticks()
        self.roles: list[str] = []
        self.statuses: list[str] = []
        self.alarm = "OK"

    def happened(self, stack: Any, event: Any) -> None:
        del stack
        self.statuses.append(event.status)

    def client(self, service: str, account: str, region: str, role_arn: str) -> Any:
        del account, region
        self.roles.append(role_arn)
        return {"ssm": _Ssm(), "cloudwatch": _Alarms(self)}.get(service)

    def assume(self, account: str, region: str, role_arn: str) -> None:
        del account, region
        self.roles.append(role_arn)
        if role_arn.endswith("/stranger"):
            raise AwsError("ValidationError", f"Role {role_arn} is invalid or cannot be assumed")


class _Ssm:
    def get_parameters(self, Names: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        return {"Parameters": [{"Value": "ami-1"}] if Names == ["/ami"] else []}


class _Alarms:
    def __init__(self, host: Host) -> None:
        self.host = host

    def describe_alarms(self, AlarmNames: list[str], AlarmTypes: list[str]) -> dict[str, Any]:  # noqa: N803
        del AlarmTypes
        return {
            "MetricAlarms": [{"AlarmArn": f"arn:alarm:{name}", "StateValue": self.host.alarm} for name in AlarmNames]
        }


def template(**resources: Any) -> dict[str, Any]:
    """A template of queues and the like: `Name={"Type": ..., ...}`; other sections in lower case."""
    sections = {
        key.capitalize(): resources.pop(key)
        for key in ("parameters", "outputs", "conditions", "mappings")
        if key in resources
    }
    return {**sections, "Resources": resources}


def queue(**props: Any) -> dict[str, Any]:
    """A queue with these properties."""
    return {"Type": "AWS::SQS::Queue", "Properties": props}
