"""The ASGI application in front of ministack: it reads each call, and has it answered by whom it is for."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import parse_qsl

from generator.sandbox.iam.caller import caller
from generator.sandbox.iam.enforcement import ENFORCEMENT, denial
from generator.sandbox.server import control, ministack_server, service_modules
from generator.sandbox.server.errors import AwsError, refused
from generator.sandbox.server.faults import FAULTS
from generator.sandbox.server.overlay import ENGINE, OWNED, find_around, find_operation
from generator.sandbox.server.persistence import STORES
from generator.sandbox.server.routes import action_of
from generator.sandbox.server.trace import TRACE
from generator.sandbox.server.wire import Reply, Request, new_id, params_of, protocol_of, render, render_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from generator.sandbox.server.faults import Rule

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Any], Awaitable[None]]

_log = logging.getLogger(__name__)


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

    def __init__(self, inner: ministack_server.App) -> None:
        self.inner = inner
        self.activity = Activity()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event stream."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        if scope["type"] == "websocket":
            # Nothing of ours needs them, and any web page may open one.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
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
                await self.serve(request, scope, receive, send)
            except Exception as error:  # noqa: BLE001 - a fault of ours is an answer too, as in AWS
                _log.exception("%s:%s failed", request.service, request.action)
                await answer(
                    send, render_error(request, AwsError("InternalFailure", f"The sandbox failed: {error!r}", 500))
                )

    async def control(self, request: Request, scope: Scope) -> Reply:
        """The answer of the control API."""
        if reason := control.refusal(request.path, (scope.get("client") or ("",))[0], request.headers):
            return control.reply(403, {"message": reason})
        function = control.command(request.path)
        if function is None or request.method != "POST":
            return control.reply(404, {"message": f"POST one of {', '.join(control.names())} to {control.PREFIX}NAME"})
        try:
            return control.reply(200, await asyncio.to_thread(function, control.body_of(request.body)))
        except ValueError as error:
            return control.reply(400, {"message": str(error)})
        finally:
            STORES.touch(action=control.kind(request.path))

    async def serve(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: faults first, then IAM, then the service that it is for."""
        client = (scope.get("client") or ("",))[0]
        if reason := control.refusal(request.path, client, request.headers):
            await answer(send, render_error(request, AwsError("AccessDenied", reason, 403)))
            return
        if not service_modules.loaded(request.service):
            await asyncio.to_thread(service_modules.load, request.service)
        who = caller(request)
        outcome = _Outcome(send)
        rule = FAULTS.of(request, internal=ENGINE in request.headers.get("user-agent", ""))
        try:
            if rule is None:
                await self.act(request, scope, outcome)
            else:
                await self.fail(rule, request, scope, receive, outcome)
        finally:
            STORES.touch(request.service, request.action, request.method)
            TRACE.note(request, arn=who.arn, source_identity=who.source_identity, outcome=outcome.text)

    async def fail(self, rule: Rule, request: Request, scope: Scope, receive: Receive, outcome: _Outcome) -> None:
        """Let a call go wrong as a fault rule says."""
        outcome.text = rule.kind
        match rule.kind:
            case "throttle" | "error":
                await answer(outcome.send, render_error(request, rule.error(request)))
            case "latency":
                await asyncio.sleep(rule.seconds)
                await self.act(request, scope, outcome)
            case "reset":
                ministack_server.abort_connection(outcome.send)
            case "timeout":
                await _until_gone(receive)
            case "lost":
                await self.act(request, scope, _Outcome(_nowhere))
                match rule.how:
                    case "error":
                        await answer(outcome.send, render_error(request, rule.error(request)))
                    case "timeout":
                        await _until_gone(receive)
                    case _:
                        ministack_server.abort_connection(outcome.send)
            case _:
                assert_never(rule.kind)

    async def act(self, request: Request, scope: Scope, outcome: _Outcome) -> None:
        """Ask IAM where it is enforced, and the service that the call is for."""
        key = (request.service, request.action)
        internal = ENGINE in request.headers.get("user-agent", "")
        owned = find_operation(*key) is not None or request.service in OWNED
        if ENFORCEMENT.on and (error := denial(request, scope, owned=owned, internal=internal)):
            await answer(outcome, render_error(request, error))
        elif owned:
            await answer(outcome, await self.ours(request))
        elif (decorated := find_around(*key)) is not None:
            try:
                reply = await decorated(request, lambda changed=None: self.forward(changed or request, scope))
            except AwsError as error:
                reply = render_error(request, error)
            await answer(outcome, reply)
        else:
            await self.inner(scope, _replay(request.body), outcome)

    async def ours(self, request: Request) -> Reply:
        """The answer of an operation of ours; errors are rendered, and faults of ours are `InternalFailure`."""
        try:
            function = find_operation(request.service, request.action)
            found: Any
            if function is None:
                found = _unknown(request)
            elif inspect.iscoroutinefunction(function):
                found = await function(request)
            else:
                found = await asyncio.to_thread(function, request)
        except AwsError as error:
            return render_error(request, error)
        except Exception as error:  # noqa: BLE001 - likewise
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

        length = (b"content-length", str(len(request.body)).encode())
        headers_in = [(k, v) for k, v in scope["headers"] if k.lower() != b"content-length"]
        await self.inner({**scope, "headers": [*headers_in, length]}, _replay(request.body), collect)
        return Reply(status, headers, b"".join(parts))


def _unknown(request: Request) -> Reply:
    what = f"{request.service}:{request.action or request.path}"
    return render_error(request, refused(what, "see docs/sandbox.md for what it does, or use an AWS account"))


class _Outcome:
    """Sends an answer on, and remembers how it went."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.text = ""

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.text = self.text or str(message["status"])
        await self.send(message)


async def _nowhere(_: Any) -> None:
    """Where lost answers go."""


async def _until_gone(receive: Receive) -> None:
    """Answer nothing until the caller gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass


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
        service = ministack_server.detect_service(method, path, headers, query, body)
    protocol = protocol_of(service, headers, method)
    action, params = params_of(protocol, query, body)
    if target := headers.get("x-amz-target"):
        action = target.rpartition(".")[2]
    elif protocol == "cbor":
        action = path.rpartition("/")[2]
    elif protocol in {"rest-json", "rest-xml"}:
        action, within = action_of(service, method, path, query, headers)
        params |= within
    return Request(
        service, action, protocol, params, ministack_server.account_of(access_key), region, access_key, method, path, query, headers, body, new_id(),
        scope.get("query_string", b"").decode("latin-1"),
    )  # fmt: skip
