"""Socket Mode: envelopes, connections, tickets and what is sent again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import msgspec
import pytest
from slack_sdk import WebClient

from bot.workspace.api.endpoint import UNLIMITED
from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from tests.workspace.scripted_app import Scripted

DEPLOYS = "#deploys"


# Seconds: short for tests of what comes too late, and long for an app on a busy machine that is not to come too late.
ACK = 2.0


def on_sockets(workspace: Workspace, play: Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]) -> None:
    """Run a coroutine that gets a function to open connections."""

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            opened_sockets = []

            async def connect() -> Any:
                opened = await asyncio.to_thread(
                    WebClient(workspace.app_token, base_url=f"{workspace.url}/api/").apps_connections_open,
                    app_token=workspace.app_token,
                )
                opened_sockets.append(await session.ws_connect(opened["url"]))
                return opened_sockets[-1]

            try:
                await play(connect)
            finally:
                for socket in opened_sockets:
                    await socket.close()

    asyncio.run(main())


@pytest.fixture
def sockets() -> Iterator[Workspace]:
    seed = default_seed()
    with Workspace(seed, rates=UNLIMITED, ack_seconds=ACK, retry_seconds=(0.0, 0.0)) as workspace:
        yield workspace


def test_hello_and_envelopes(sockets: Workspace) -> None:
    """A connection is greeted; a command comes in an envelope whose acknowledgement carries the answer."""

    async def play(connect: Callable[[], Awaitable[Any]]) -> None:
        socket = await connect()
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": sockets.seed.app.id}
        command = asyncio.create_task(asyncio.to_thread(sockets.person("ana").command, DEPLOYS, "/deploy x"))
        envelope = await socket.receive_json()
        assert set(envelope) == {"envelope_id", "payload", "type", "accepts_response_payload"}
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}})
        assert (await command).ok
        await socket.close()

    on_sockets(sockets, play)
    assert sockets.person("ana").ephemerals()[-1]["text"] == "hi"


def test_connections_take_turns(sockets: Workspace) -> None:
    """Two connections get about as much each, and one that was told to go gets nothing more."""

    async def play(connect: Callable[[], Awaitable[Any]]) -> None:
        pair = [await connect(), await connect()]
        for socket in pair:
            await socket.receive_json()
        counts = [0, 0]

        async def serve(index: int) -> None:
            async for message in pair[index]:
                data = json.loads(message.data)
                if data["type"] == "disconnect":
                    return
                counts[index] += 1
                await pair[index].send_json({"envelope_id": data["envelope_id"]})

        tasks = [asyncio.create_task(serve(index)) for index in (0, 1)]
        for _ in range(6):
            assert (await asyncio.to_thread(sockets.person("ana").command, DEPLOYS, "/deploy x")).ok
        assert counts == [3, 3]
        await asyncio.to_thread(sockets.disconnect)
        await asyncio.gather(*tasks)
        assert (await asyncio.to_thread(sockets.person("ana").command, DEPLOYS, "/deploy x")).error == "dispatch_failed"

    on_sockets(sockets, play)


def test_an_envelope_without_acknowledgement(sockets: Workspace) -> None:
    """A command times out; an event comes again with its attempt and reason."""

    async def play(connect: Callable[[], Awaitable[Any]]) -> None:
        socket = await connect()
        await socket.receive_json()
        result = await asyncio.to_thread(sockets.person("ana").command, DEPLOYS, "/deploy x")
        assert result.error == "operation_timeout"
        await socket.receive_json()
        await asyncio.to_thread(sockets.person("ana").mention, DEPLOYS, "x")
        first, second = await socket.receive_json(), await socket.receive_json()
        assert (first["type"], first["retry_attempt"], first["retry_reason"]) == ("events_api", 0, "")
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await asyncio.to_thread(sockets.settle)

    on_sockets(sockets, play)


def test_a_ticket_opens_one_connection(sockets: Workspace) -> None:
    """The address of apps.connections.open is a secret for one connection."""

    async def play(connect: Callable[[], Awaitable[Any]]) -> None:
        socket = await connect()
        url = str(socket._response.url)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as error:
                await session.ws_connect(url)
            assert error.value.status == 401

    on_sockets(sockets, play)


def test_events_that_nobody_asked_for() -> None:
    """An app without a subscription, or outside the channel, hears nothing."""
    app, seed = Scripted(), default_seed()
    silent = msgspec.structs.replace(seed, app=msgspec.structs.replace(seed.app, events=("app_mention",)))
    with Workspace(silent, http_url=app.url, rates=UNLIMITED) as workspace:
        ana = workspace.person("ana")
        ana.say(DEPLOYS, "hello")
        ana.mention("#general", "hello")
        ana.open_home()
        workspace.settle()
        assert app.got == []
    app.server.shutdown()
    app.server.server_close()
