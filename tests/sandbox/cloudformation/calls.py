"""CloudFormation called through a real boto3 client and answered in this process, by the engine with toy providers."""

from __future__ import annotations

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
from generator.sandbox.cloudformation.request_input import Call
from generator.sandbox.cloudformation.store import Cloud
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.wire import Request, new_id, params_of, render, render_error
from tests.sandbox.cloudformation.fake_providers import Host, World

ACCOUNT, REGION = "111122223333", "eu-west-1"


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
