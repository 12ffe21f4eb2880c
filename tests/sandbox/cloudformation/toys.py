"""CloudFormation's engine in this process behind a real boto3 client, with providers that keep resources in a dictionary."""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from generator.sandbox.cloudformation.api import OPERATIONS
from generator.sandbox.cloudformation.requests import Call
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.errors import AwsError
from generator.sandbox.providers.base import Context, Created, ResourceFailure
from generator.sandbox.wire import Request, new_id, params_of, render, render_error

ACCOUNT, REGION = "111122223333", "eu-west-1"


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
        self.told: list[str] = []
        self.alarm = "OK"

    def happened(self, stack: Any, event: Any) -> None:
        del stack
        self.told.append(event.status)

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


class Seen(NamedTuple):
    """An event as tests compare it."""

    logical_id: str
    status: str
    reason: str


class Cfn:
    """CloudFormation's operations, called with boto3 and answered in this process."""

    def __init__(self, cloud: Cloud, world: World, host: Host) -> None:
        self.cloud = cloud
        self.world = world
        self.host = host
        self.extra: dict[str, str] = {}  # members that this boto3 does not know yet

    def call(self, action: str, account: str = ACCOUNT, **params: Any) -> dict[str, Any]:
        """Call an operation through boto3; what the answer leaves out is None."""
        client = _client(account)
        client.meta.events.register("before-send.cloudformation", self._answer, unique_id="toys")
        try:
            found = client._make_api_call(action, params)
        finally:
            client.meta.events.unregister("before-send.cloudformation", self._answer, unique_id="toys")
        del found["ResponseMetadata"]
        answer: dict[str, Any] = _lenient(found)
        return answer

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer what boto3 would send over the network, in this process."""
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        action, params = params_of("query", {}, body)
        params |= self.extra
        signed = request.headers["Authorization"]
        account = (
            str(signed if isinstance(signed, str) else signed.decode()).partition("Credential=")[2].partition("/")[0]
        )
        asked = Request(
            "cloudformation", action, "query", params, account, REGION, account, "POST", "/", {}, {}, b"", new_id()
        )
        try:
            reply = render(asked, OPERATIONS[action](Call(self.cloud, asked)))
        except AwsError as error:
            reply = render_error(asked, error)
        return AWSResponse(request.url, reply.status, dict(reply.headers), _Raw(reply.body))

    def refuses(self, action: str, **params: Any) -> str:
        """`Code: message` of the error that this call answers."""
        with pytest.raises(ClientError) as caught:
            self.call(action, **params)
        error = caught.value.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    def change_set(
        self, template: Any = None, *, stack: str = "app", name: str = "cs", **params: Any
    ) -> dict[str, Any]:
        """Make a change set, wait, and describe it by ARN with values."""
        if template is not None:
            params["TemplateBody"] = template if isinstance(template, str) else json.dumps(template)
        made = self.call("CreateChangeSet", StackName=stack, ChangeSetName=name, **params)
        self.cloud.settle()
        return self.call("DescribeChangeSet", ChangeSetName=made["Id"], IncludePropertyValues=True)

    def execute(self, *, stack: str = "app", name: str = "cs", **params: Any) -> dict[str, Any]:
        """Execute a change set and wait; answers the stack."""
        there = self.stack(stack)
        self.call("ExecuteChangeSet", StackName=stack, ChangeSetName=name, **params)
        self.cloud.settle()
        return self.stack(there["StackId"])

    def create(self, template: Any, *, stack: str = "app", **params: Any) -> dict[str, Any]:
        """Create a stack through a CREATE change set."""
        made = self.change_set(template, stack=stack, name="create", ChangeSetType="CREATE", **params)
        assert made["Status"] == "CREATE_COMPLETE", made["StatusReason"]
        return self.execute(stack=stack, name="create")

    def update(self, template: Any = None, *, stack: str = "app", **params: Any) -> dict[str, Any]:
        """Update a stack through an UPDATE change set."""
        if template is None:
            params["UsePreviousTemplate"] = True
        run = {key: params.pop(key) for key in ("DisableRollback", "ClientRequestToken") if key in params}
        made = self.change_set(template, stack=stack, name="update", **params)
        assert made["Status"] == "CREATE_COMPLETE", made["StatusReason"]
        return self.execute(stack=stack, name="update", **run)

    def stack(self, name: str = "app") -> dict[str, Any]:
        found: dict[str, Any] = self.call("DescribeStacks", StackName=name)["Stacks"][0]
        return found

    def events(self, name: str = "app") -> list[Seen]:
        """A stack's events, oldest first."""
        rows: list[dict[str, Any]] = []
        token = None
        while True:
            page = self.call("DescribeStackEvents", StackName=name, **({"NextToken": token} if token else {}))
            rows += page["StackEvents"]
            token = page["NextToken"]
            if token is None:
                break
        return [
            Seen(row["LogicalResourceId"], row["ResourceStatus"], row["ResourceStatusReason"] or "")
            for row in rows[::-1]
        ]

    def statuses(self, logical_id: str, name: str = "app") -> list[str]:
        """The statuses that a resource (or the stack, by its name) went through."""
        return [event.status for event in self.events(name) if event.logical_id == logical_id]


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


def _lenient(value: Any) -> Any:
    if isinstance(value, dict):
        return _Lenient({key: _lenient(part) for key, part in value.items()})
    return [_lenient(part) for part in value] if isinstance(value, list) else value


_here = threading.local()


def _client(account: str) -> Any:
    """A client of this thread, without the checks of parameters that would hide ours."""
    known: dict[str, Any] = _here.__dict__
    if account not in known:
        known[account] = boto3.session.Session(botocore_session=_session()).client(
            "cloudformation",
            region_name=REGION,
            endpoint_url="http://127.0.0.1:1",
            aws_access_key_id=account,
            aws_secret_access_key="toys",  # noqa: S106 - a word
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
    return known[account]


@functools.cache
def _session() -> Any:
    return botocore.session.Session()


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
