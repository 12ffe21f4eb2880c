"""The bot's front under load: how soon it acknowledges, what it accepts, what it holds, how often cards are edited."""

import asyncio
import multiprocessing
import re
import statistics
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
from bot.workspace.seed import Seed, default_seed
from bot.workspace.server import Workspace
from generator.release.log import Log
from generator.release.model.requests import Propose
from generator.release.ports import Message
from tests.benchmarks.harness import verdict
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


def p99(found: list[tuple[float, int]]) -> float:
    """The 99th percentile in milliseconds."""
    return statistics.quantiles([seconds for seconds, _ in found], n=100)[98] * 1000


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


def measure(work: Path) -> list[bool]:
    """The figures of the issue."""
    print("\nThe bot's front, over HTTP")
    with Workspace(default_seed()) as slack:
        return [*_stubbed(slack), *_queued(slack, work), _edits()]


def _stubbed(slack: Workspace) -> list[bool]:
    by_hand = Child(plain, slack.signing_secret)
    bare, _ = rate(Client(slack.seed, by_hand.url), 3000)
    by_hand.close()
    child = Child(serve, slack.seed, f"{slack.url}/api/", {})
    client = Client(slack.seed, child.url)
    try:
        rate(client, 200)
        ours, _ = rate(client, 3000)
        # A quarter of a million commands in ten minutes: beyond that rate, a closed loop measures its own queue.
        found = asyncio.run(client.paced(10, 400))
        bursts = [max(s for s, _ in asyncio.run(client.many(51, 51, client.request))) for _ in range(9)]
        accepted = _forged(client)
        rate(client, 10_000)
        memory = child.memory()
    finally:
        child.close()
    return [
        verdict(
            f"ms to acknowledge, p99 of {CONNECTIONS} connections at 400/s, queue stubbed",
            p99(found),
            20,
            at_least=False,
        ),
        verdict("requests a second / a hand-written signature check", ours / bare, 0.2, at_least=True),
        verdict("ms until the last of 51 simultaneous commands", statistics.median(bursts) * 1000, 50, at_least=False),
        verdict("accepted of 10,000 replayed or forged requests", accepted, 0, at_least=False),
        verdict("MiB after 10,000 commands", memory, 150, at_least=False),
    ]


def _forged(client: Client) -> int:
    body, headers = client.request()
    asyncio.run(client.many(1, 1, lambda: (body, headers)))
    replayed = asyncio.run(client.many(5000, CONNECTIONS, lambda: (body, headers)))

    def forged() -> tuple[str, dict[str, str]]:
        other, good = client.request()
        return other, good | {"X-Slack-Signature": headers["X-Slack-Signature"]}

    made_up = asyncio.run(client.many(5000, CONNECTIONS, forged))
    return sum(status != 401 for _, status in (*replayed, *made_up))


def _queued(slack: Workspace, work: Path) -> list[bool]:
    """With SQS of the sandbox behind it, 200 releases open and a worker at work."""
    import boto3

    from tests.benchmarks.sandbox import started

    with started(work / "queue") as (endpoint, _):
        account = "111122223333"
        sqs = boto3.client(
            "sqs", region_name="eu-west-1", endpoint_url=endpoint.url, aws_access_key_id=account,
            aws_secret_access_key="sandbox",  # noqa: S106 - no secret is checked there
        )  # fmt: skip
        url = sqs.create_queue(QueueName="bench-releases")["QueueUrl"]
        queue = {"account": account, "endpoint": endpoint.url, "url": url}
        child = Child(serve, slack.seed, f"{slack.url}/api/", queue)
        try:
            client = Client(slack.seed, child.url)
            asyncio.run(client.paced(1, 20))
            found = asyncio.run(client.paced(10, 50))
        finally:
            child.close()
    return [verdict("ms to acknowledge, p99 of 50 a second, SQS of the sandbox", p99(found), 100, at_least=False)]


def _edits() -> bool:
    """The shortest time between two edits of one root message, over a whole release."""
    from itertools import pairwise

    from generator.release.model.settings import Releases
    from tests.bot.test_card_updates import Drawn

    drawn = Drawn(prod=Releases(bake_minutes=1))
    release = drawn.house.deploy()
    drawn.house.decide(release, "approve")
    at: list[float] = []
    for _ in range(1000):
        before = drawn.voice.edits()
        drawn.house.later(0.2, every=0.2)
        drawn.cards.turn()
        at += [drawn.house.clock()] * (drawn.voice.edits() - before)
    return verdict("seconds between two edits of a card", min(b - a for a, b in pairwise(at)), 3, at_least=True)
