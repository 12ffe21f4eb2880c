"""The bot's front in a process of its own, and a client that sends signed requests to it."""

import asyncio
import multiprocessing
import re
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.front import FrontParts
from bot.settings import Settings
from bot.transport import Http
from bot.web import BotFront
from bot.workspace.seed import Seed
from generator.release.log import Log
from generator.release.model.requests import Propose
from generator.release.ports import Message
from tests.bot.stage import facts_of, slack_of
from tests.release.fake_platform import FakePlatform

CONNECTIONS = 50


FORM = "application/x-www-form-urlencoded"


class NoQueue:
    """A queue that takes everything at once."""

    def send(self, body: str) -> None:
        """Take it."""

    def receive(self, wait: float) -> list[Message]:
        """Nothing comes."""
        del wait
        return []

    def done(self, receipt: str) -> None:
        """Nothing is there."""


def serve(seed: Seed, api: str, queue: dict[str, str], pipe: Connection) -> None:
    """A child: the front over HTTP, its log in memory with 200 open releases, a worker that turns all the time."""
    platform = FakePlatform()
    platform.publish(1)
    for _ in range(200):
        platform.versions.publish(platform.versions.get("1" * 40), {})
    facts = facts_of(platform.facts, seed)
    settings = Settings(
        bot_token=seed.bot_token,
        signing_secret=seed.signing_secret,
        transport="http",
        host="127.0.0.1",
        port=0,
        api_url=api,
    )
    stop = Event()
    sends: Any = NoQueue()
    if queue:
        from generator.aws.queue import SqsQueue
        from generator.aws.session import Keys, Session

        session = Session("eu-west-1", keys=Keys(queue["account"], "sandbox"), endpoint=queue["endpoint"])
        sends = SqsQueue(session.api("sqs"), queue["url"])
        for number in range(200):
            platform.ask(Propose(id=f"req-{number:08}", stack=f"{('dev', 'staging', 'prod')[number % 3]}/network"))

        def work() -> None:
            while not stop.is_set():
                platform.clock.sleep(1)
                platform.go()
                platform.log.open_ids()
                stop.wait(0.05)

        Thread(target=work, daemon=True).start()
    front = BotFront(
        settings, FrontParts(facts, slack_of(seed), Log(platform.table, time.time), sends, platform.versions, time.time)
    )
    # Nobody here waits for answers, and the workspace is not what is measured.
    front.front.replies.tell = lambda *_: None  # type: ignore[method-assign]
    front.start()
    assert isinstance(front.transport, Http)
    pipe.send(front.transport.url)
    while pipe.recv() == "memory":
        lines = Path("/proc/self/status").read_text().splitlines()
        pipe.send(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")))
    stop.set()
    front.close()


def plain(secret: str, pipe: Connection) -> None:
    """A child: nothing but a signature check written by hand, on the same server."""
    verifier = SignatureVerifier(secret)

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        good = verifier.is_valid_request(body, dict(request.headers))
        return web.Response(status=200 if good else 401)

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/slack/events", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        await runner.cleanup()

    asyncio.run(run())


class Client:
    """Slack, as far as it signs and waits."""

    def __init__(self, seed: Seed, url: str) -> None:
        self._seed, self.url = seed, url
        self._signer = SignatureVerifier(seed.signing_secret)
        self._channel = next(c.id for c in seed.channels if c.name == "deploys")
        self._user = next(p.id for p in seed.people if p.handle == "ana")
        self._count = 0

    def request(self) -> tuple[str, dict[str, str]]:
        """A signed ``/deploy app prod`` with a trigger of its own."""
        self._count += 1
        body = urlencode({
            "team_id": self._seed.team_id, "api_app_id": self._seed.app.id, "user_id": self._user, "command": "/deploy",
            "channel_id": self._channel, "text": "app prod", "trigger_id": f"{self._count}.{time.time_ns()}",
        })  # fmt: skip
        stamp = str(int(time.time()))
        signature = str(self._signer.generate_signature(timestamp=stamp, body=body))
        return body, {"Content-Type": FORM, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    def bytes(self, made: tuple[str, dict[str, str]]) -> bytes:
        """A request as it goes over the wire: made beforehand, so that the client costs as little as it can."""
        place = urlsplit(self.url)
        head = "".join(f"{name}: {value}\r\n" for name, value in made[1].items())
        size = len(made[0].encode())
        return f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n{head}Content-Length: {size}\r\n\r\n{made[0]}".encode()

    async def many(
        self, total: int, connections: int, make: Callable[[], tuple[str, dict[str, str]]]
    ) -> list[tuple[float, int]]:
        """``total`` requests over so many connections, each as soon as its connection is free."""
        made = iter([self.bytes(make()) for _ in range(total)])
        found: list[tuple[float, int]] = []

        async def line() -> None:
            wire = await self.connect()
            for request in made:
                found.append(await wire.ask(request))  # noqa: PERF401 - each waits for the one before
            wire.close()

        await asyncio.gather(*(line() for _ in range(connections)))
        return found

    async def paced(self, seconds: float, rate: float) -> list[tuple[float, int]]:
        """So many requests a second, whatever comes back."""
        wires = [await self.connect() for _ in range(CONNECTIONS)]
        tasks = []
        for number in range(int(seconds * rate)):
            tasks.append(asyncio.create_task(wires[number % CONNECTIONS].ask(self.bytes(self.request()))))
            await asyncio.sleep(1 / rate)
        found = list(await asyncio.gather(*tasks))
        for wire in wires:
            wire.close()
        return found

    async def connect(self) -> "Wire":
        """A connection that stays open."""
        place = urlsplit(self.url)
        return Wire(*await asyncio.open_connection(place.hostname, place.port))


class Wire:
    """One HTTP connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._turn = reader, writer, asyncio.Lock()

    async def ask(self, request: bytes) -> tuple[float, int]:
        """Seconds and status."""
        async with self._turn:
            before = time.perf_counter()
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"(?i)content-length: (\d+)", head)
            await self._reader.readexactly(int(size[1]) if size else 0)
            return time.perf_counter() - before, int(head[9:12])

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def rate(client: Client, total: int) -> tuple[float, list[tuple[float, int]]]:
    """Requests a second over all connections."""
    before = time.perf_counter()
    found = asyncio.run(client.many(total, CONNECTIONS, client.request))
    return total / (time.perf_counter() - before), found


class Child:
    """A process that answers, and a pipe to it."""

    def __init__(self, target: Callable[..., None], *args: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(*args, theirs))
        self._process.start()
        self.url = str(self.pipe.recv())

    def memory(self) -> float:
        """MiB that it holds."""
        self.pipe.send("memory")
        return float(self.pipe.recv())

    def close(self) -> None:
        """End it."""
        self.pipe.send("stop")
        self._process.join(20)


FLOOD, AT_A_TIME = 600, 400
_LARGE = b"a=" + b"x" * (1024 * 1024)


def flood(url: str, pipe: Connection) -> None:
    """A child: strangers who send forms of a megabyte without a signature, 400 at a time, until the pipe says stop."""
    place = urlsplit(url)
    head = f"POST {place.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: {len(_LARGE)}\r\n\r\n"

    async def one(turn: asyncio.Semaphore) -> int:
        async with turn:
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            try:
                writer.write(head.encode() + _LARGE)
                await writer.drain()
                return int((await reader.readline())[9:12] or 0)
            except ConnectionError:
                return 0  # closed while it was still sending
            finally:
                writer.close()

    async def run() -> list[int]:
        turn = asyncio.Semaphore(AT_A_TIME)
        return list(await asyncio.gather(*(one(turn) for _ in range(FLOOD))))

    pipe.send("ready")
    while pipe.recv() == "go":
        pipe.send(asyncio.run(run()))
