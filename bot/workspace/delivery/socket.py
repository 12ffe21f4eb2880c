"""Socket Mode: the app connects to us, and each payload goes to one of its connections in an envelope.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from bot.workspace.delivery.outcome import ACK_SECONDS, FAILED, TIMEOUT, Outcome, Retry

if TYPE_CHECKING:
    from bot.workspace.state import Json
    from bot.workspace.team import Team

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
PING_SECONDS = 10.0  # @slack/socket-mode takes a connection without pings for dead after 30 s


class Connection:
    """One WebSocket of the app, and the envelopes it has not acknowledged."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.waiting: dict[str, asyncio.Future[Json | None]] = {}
        self.leaving = False

    def drop(self) -> None:
        """The connection is gone: nobody will acknowledge what is open."""
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError())


class SocketTransport:
    """Hands out WebSocket addresses, keeps the connections, balances over them in turn."""

    def __init__(self, team: Team, ack_seconds: float = ACK_SECONDS) -> None:
        self._team = team
        self._seconds = ack_seconds
        self._tickets: dict[str, float] = {}
        self._turn = 0
        self.connections: list[Connection] = []
        team.new_link = self.new_link

    def new_link(self) -> str:
        """An address for one connection, good for half a minute."""
        now = self._team.clock()
        self._tickets = {ticket: until for ticket, until in self._tickets.items() if until > now}
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = now + TICKET_SECONDS
        host = self._team.url.removeprefix("http://")
        return f"ws://{host}/link/?ticket={ticket}&app_id={secrets.token_hex(32)}"

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint: hello, then acknowledgements until it closes."""
        if self._tickets.pop(request.query.get("ticket", ""), 0.0) < self._team.clock():
            raise web.HTTPUnauthorized(
                text="The ticket was already used or has expired. Call apps.connections.open again."
            )
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, autoping=True, max_msg_size=4 * 1024 * 1024)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = Connection(socket)
        self.connections.append(connection)
        try:
            await socket.send_json(self._hello())
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(connection, message.data)
        finally:
            self.connections.remove(connection)
            connection.drop()
        return socket

    def _hello(self) -> Json:
        debug = {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18060}
        info = {"app_id": self._team.seed.app.id}
        count = len(self.connections)
        return {"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": info}

    @staticmethod
    def _acknowledged(connection: Connection, data: str) -> None:
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            return
        if not isinstance(answer, dict):
            return
        future = connection.waiting.get(str(answer.get("envelope_id")))
        if future is not None and not future.done():
            future.set_result(answer)

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Outcome:
        """Send one envelope to the next connection."""
        ready = [connection for connection in self.connections if not connection.leaving]
        if not ready:
            return Outcome(error=FAILED, reason="connection_failed")
        self._turn += 1
        connection = ready[self._turn % len(ready)]
        key = str(uuid.uuid4())
        wants = kind == "slash_commands" or payload.get("type") in {"view_submission", "block_suggestion"}
        envelope: Json = {
            "envelope_id": key,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": wants,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry.number if retry else 0, "retry_reason": retry.reason if retry else ""}
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        connection.waiting[key] = future
        try:
            await connection.socket.send_json(envelope)
            answer = await asyncio.wait_for(future, self._seconds)
        except TimeoutError:
            return Outcome(error=TIMEOUT, reason="timeout")
        except (ConnectionResetError, RuntimeError):
            return Outcome(error=FAILED, reason="connection_failed")
        finally:
            connection.waiting.pop(key, None)
        return Outcome(body=_body(answer) if wants else None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go, as Slack does every few hours (`warning` first, then `refresh_requested`).

        A connection that was told gets nothing new; the app opens another one.
        """
        for connection in list(self.connections):
            connection.leaving = reason != "warning"
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local"}}
            )

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            await connection.socket.close()


def _body(answer: Json | None) -> Json | str | None:
    payload = (answer or {}).get("payload")
    if isinstance(payload, dict):
        return payload.get("text") if set(payload) == {"text"} else payload or None
    return payload if isinstance(payload, str) else None
