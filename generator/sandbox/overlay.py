"""The ASGI application in front of ministack: it reads each call, and answers what is ours.

    @operation("cloudformation", "CreateChangeSet")
    def create_change_set(request: Request) -> Mapping[str, Any]:
        return {"Id": ..., "StackId": ...}      # raise AwsError to answer an error

    @around("ecr", "DescribeImages")
    async def describe_images(request: Request, forward: Forward) -> Reply:
        reply = await forward()                 # ministack's answer

A service with an operation of ours is ours entirely when it is in `OWNED`: what it does not have is refused honestly.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from generator.sandbox import control, engines, private
from generator.sandbox.errors import AwsError, refused
from generator.sandbox.wire import Reply, Request, new_id, params_of, protocol_of, render, render_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Any], Awaitable[None]]
    Forward = Callable[[], Awaitable[Reply]]
    Operation = Callable[[Request], "Mapping[str, Any] | Reply | None | Awaitable[Mapping[str, Any] | Reply | None]"]
    Around = Callable[[Request, Forward], Awaitable[Reply]]

_log = logging.getLogger(__name__)
_AnyOperation = TypeVar("_AnyOperation", bound="Operation")
_AnyAround = TypeVar("_AnyAround", bound="Around")

# Services whose every operation is ours: ministack's are not asked.
OWNED = {"cloudformation", "ecs", "application-autoscaling", "fis", "globalaccelerator"}
_operations: dict[tuple[str, str], Operation] = {}
_arounds: dict[tuple[str, str], Around] = {}


def operation(service: str, *actions: str) -> Callable[[_AnyOperation], _AnyOperation]:
    """Register what answers these operations of a service (by signing name).

    A plain function runs on a thread, so it may block and call this sandbox; an `async` one runs on the event loop and
    must do neither. It answers the output's members as boto3 shows them, without `ResponseMetadata`.

    Raises:
        ValueError: An operation has an answer already.
    """

    def register(function: _AnyOperation) -> _AnyOperation:
        for action in actions:
            if (service, action) in _operations:
                raise ValueError(f"{service}:{action} is answered twice")
            _operations[service, action] = function
        return function

    return register


def around(service: str, *actions: str) -> Callable[[_AnyAround], _AnyAround]:
    """Register what goes around ministack's answer to these operations; `forward` asks ministack, once or never.

    Raises:
        ValueError: An operation is decorated already.
    """

    def register(function: _AnyAround) -> _AnyAround:
        for action in actions:
            if (service, action) in _arounds:
                raise ValueError(f"{service}:{action} is decorated twice")
            _arounds[service, action] = function
        return function

    return register


class Activity:
    """When the sandbox was last used, and how many calls it answers right now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = 0
        self.running = 0
        self.last = time.monotonic()

    def __enter__(self) -> None:
        """A call begins."""
        with self._lock:
            self.calls += 1
            self.running += 1
            self.last = time.monotonic()

    def __exit__(self, *_: object) -> None:
        """It ends."""
        with self._lock:
            self.running -= 1
            self.last = time.monotonic()

    def idle(self) -> float:
        """For how many seconds nobody has called."""
        return 0.0 if self.running else time.monotonic() - self.last


class Overlay:
    """The application that the server runs."""

    def __init__(self, inner: private.App) -> None:
        self.inner = inner
        self.activity = Activity()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event stream."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        if scope["path"].startswith(control.PREFIX):
            await answer(send, await self.control(_parse(scope, await _read(receive)), scope))
            return
        with self.activity:
            body = await _read(receive)
            try:
                request = _parse(scope, body)
            except AwsError as error:
                request = _parse(scope, b"")
                await answer(send, render_error(request, error))
                return
            try:
                await self.serve(request, scope, send)
            except Exception as error:
                _log.exception("%s:%s failed", request.service, request.action)
                await answer(send, render_error(request, AwsError("InternalFailure", f"The sandbox failed: {error!r}", 500)))

    async def control(self, request: Request, scope: Scope) -> Reply:
        """The answer of the control API."""
        if reason := control.refusal(request.path, (scope.get("client") or ("",))[0], request.headers, request.query):
            return control.reply(403, {"message": reason})
        function = control.command(request.path)
        if function is None or request.method != "POST":
            return control.reply(404, {"message": f"POST one of {', '.join(control.names())} to {control.PREFIX}NAME"})
        try:
            return control.reply(200, await asyncio.to_thread(function, control.body_of(request.body)))
        except ValueError as error:
            return control.reply(400, {"message": str(error)})

    async def serve(self, request: Request, scope: Scope, send: Send) -> None:
        """Answer one call."""
        key = (request.service, request.action)
        client = (scope.get("client") or ("",))[0]
        if reason := control.refusal(request.path, client, request.headers, request.query):
            await answer(send, render_error(request, AwsError("AccessDenied", reason, 403)))
            return
        if not engines.loaded(request.service):
            await asyncio.to_thread(engines.load, request.service)
        if key in _operations or request.service in OWNED:
            await answer(send, await self.ours(request))
        elif key in _arounds:
            try:
                reply = await _arounds[key](request, lambda: self.forward(request, scope))
            except AwsError as error:
                reply = render_error(request, error)
            await answer(send, reply)
        else:
            await self.inner(scope, _replay(request.body), send)

    async def ours(self, request: Request) -> Reply:
        """The answer of an operation of ours; errors are rendered, and faults of ours are `InternalFailure`."""
        try:
            function = _operations.get((request.service, request.action))
            if function is None:
                raise refused(
                    f"{request.service}:{request.action or request.path}",
                    "see docs/sandbox.md for what it does, or use an AWS account",
                )
            found: Any
            if inspect.iscoroutinefunction(function):
                found = await function(request)
            else:
                found = await asyncio.to_thread(function, request)
        except AwsError as error:
            return render_error(request, error)
        except Exception as error:
            _log.exception("%s:%s failed", request.service, request.action)
            return render_error(request, AwsError("InternalFailure", f"The sandbox failed: {error!r}", 500))
        return found if isinstance(found, Reply) else render(request, found)

    async def forward(self, request: Request, scope: Scope) -> Reply:
        """Ministack's answer, as a value."""
        status, headers, parts = 500, [], []

        async def collect(message: Any) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", [])]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.inner(scope, _replay(request.body), collect)
        return Reply(status, headers, b"".join(parts))


async def answer(send: Send, reply: Reply) -> None:
    """Send a reply."""
    headers = [
        (key.lower().encode("latin-1"), value.encode("latin-1"))
        for key, value in reply.headers
        if key.lower() != "content-length"
    ]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _parse(scope: Scope, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        headers[raw.decode("latin-1").lower()] = value.decode("latin-1")
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    method, path = scope["method"], scope["path"]
    authorization = headers.get("authorization", "")
    credential = authorization.partition("Credential=")[2].partition(",")[0] or query.get("X-Amz-Credential", "")
    parts = credential.split("/")
    if len(parts) == 5:
        access_key, region, service = parts[0], parts[2], parts[3]
    else:
        access_key, region = query.get("AWSAccessKeyId", ""), "us-east-1"
        service = private.detect_service(method, path, headers, query, body)
    protocol = protocol_of(service, headers, method)
    action, params = params_of(protocol, query, body)
    if target := headers.get("x-amz-target"):
        action = target.rpartition(".")[2]
    elif protocol == "cbor":
        action = path.rpartition("/")[2]
    return Request(
        service, action, protocol, params, private.account_of(access_key), region, access_key, method, path, query, headers, body, new_id(),
    )  # fmt: skip
