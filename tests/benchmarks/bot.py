"""The bot's front under load: how soon it acknowledges, what it accepts, what it holds, how often cards are edited."""

import asyncio
import statistics
from pathlib import Path

from bot.workspace.seed import default_seed
from bot.workspace.server import Workspace
from tests.benchmarks.bot_front import CONNECTIONS, Child, Client, flood, plain, rate, serve
from tests.benchmarks.harness import verdict


def p99(found: list[tuple[float, int]]) -> float:
    """The 99th percentile in milliseconds."""
    return statistics.quantiles([seconds for seconds, _ in found], n=100)[98] * 1000


def measure(work: Path) -> list[bool]:
    """The figures of the issue."""
    print("\nThe bot's front, over HTTP")
    with Workspace(default_seed()) as slack:
        return [*_stubbed(slack), *_flooded(slack), *_queued(slack, work), _edits()]


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


def _flooded(slack: Workspace) -> list[bool]:
    """Signed commands while strangers send 600 unsigned forms of a megabyte, 400 at a time."""
    child = Child(serve, slack.seed, f"{slack.url}/api/", {})
    strangers = Child(flood, child.url)
    client = Client(slack.seed, child.url)
    try:
        rate(client, 200)
        quiet = statistics.median(seconds for seconds, _ in asyncio.run(client.paced(2, 20)))
        strangers.pipe.send("go")
        most, told = child.memory(), list[tuple[float, int]]()
        while not strangers.pipe.poll():
            told += asyncio.run(client.many(1, 1, client.request))
            most = max(most, child.memory())
        let_in = sum(status not in {0, 401} for status in strangers.pipe.recv())
        told += asyncio.run(client.many(1, 1, client.request))
    finally:
        strangers.close()
        child.close()
    slowest = max(seconds for seconds, _ in told) - quiet
    refused = sum(status != 200 for _, status in told)
    return [
        verdict("MiB while 600 unsigned forms of 1 MB arrive, 400 at a time", most, 150, at_least=False),
        verdict("ms by which they delay a signed command", slowest * 1000, 100, at_least=False),
        verdict("of them read, or signed commands refused", let_in + refused, 0, at_least=False),
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
    from tests.bot.card_stage import Drawn

    drawn = Drawn(prod=Releases(bake_minutes=1))
    release = drawn.platform.deploy()
    drawn.platform.decide(release, "approve")
    at: list[float] = []
    for _ in range(1000):
        before = drawn.voice.edits()
        drawn.platform.later(0.2, every=0.2)
        drawn.cards.turn()
        at += [drawn.platform.clock()] * (drawn.voice.edits() - before)
    return verdict("seconds between two edits of a card", min(b - a for a, b in pairwise(at)), 3, at_least=True)
