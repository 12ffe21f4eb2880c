"""The sandbox: how soon it answers, what it holds, how many calls it takes, and how long a whole production takes."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from generator.sandbox import process
from generator.sandbox.process import Control, Endpoint, Options
from tests.benchmarks.harness import verdict
from tests.sandbox.fleet import Fleet

CALLS = 500


@contextmanager
def started(root: Path, **options: Any) -> Iterator[tuple[Endpoint, float]]:
    """The sandbox of a checkout, and the seconds until it answered."""
    before = time.perf_counter()
    endpoint = process.ensure(root, Options(port=0, **options))
    took = time.perf_counter() - before
    try:
        yield endpoint, took
    finally:
        process.stop(root)


def mib(endpoint: Endpoint) -> float:
    """What the process holds in memory."""
    lines = Path(f"/proc/{endpoint.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def clients(endpoint: Endpoint) -> Any:
    """Makes clients as the tests do."""
    made: dict[tuple[str, str, str], Any] = {}

    def client(service: str, *, region: str = "eu-west-1", account: str = "111122223333", **_: Any) -> Any:
        key = (service, region, account)
        if key not in made:
            made[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=endpoint.url,
                aws_access_key_id=account,
                aws_secret_access_key="sandbox",  # noqa: S106 - no secret is checked there
                config=Config(read_timeout=300),
            )
        return made[key]

    return client


def measure(work: Path) -> list[bool]:
    """All of it; prints a table and says whether what is promised holds."""
    starts = []
    for i in range(5):
        (work / f"start{i}").mkdir()
        with started(work / f"start{i}") as (_, took):
            starts.append(took)
    root = work / "sandbox"
    root.mkdir()
    rows = [("ready after (median of 5)", f"{statistics.median(starts):.2f} s")]
    with started(root, idle=0.0) as (endpoint, _):
        rows.append(("memory when it starts", f"{mib(endpoint):.0f} MiB"))
        aws = clients(endpoint)
        aws("sqs").create_queue(QueueName="bench")
        for service, operation in (("sqs", "list_queues"), ("cloudformation", "list_stacks"), ("ecs", "list_clusters")):
            call = getattr(aws(service), operation)
            call()
            before = time.perf_counter()
            for _ in range(CALLS):
                call()
            rows.append((f"calls a second, {service}", f"{CALLS / (time.perf_counter() - before):.0f}"))
        fleet = Fleet(aws)
        fleet.prepare(Control(endpoint.port))
        for group in ("prod", "staging", "dev"):
            before = time.perf_counter()
            there = {key for key in fleet.needed(group) if fleet._exists(key)}
            for key in fleet.needed(group):
                if key not in there:
                    fleet.deploy(key)
            rows.append((f"all of {group}, {len(fleet.keys(group))} stacks", f"{time.perf_counter() - before:.1f} s"))
        held = mib(endpoint)
        rows.append(("memory with three environments", f"{held:.0f} MiB"))
    before = time.perf_counter()
    with started(root) as (_, took):
        rows.append(("ready again, with their state", f"{took:.2f} s"))
    width = max(len(name) for name, _ in rows)
    print("\nThe sandbox, at instant speed")
    for name, value in rows:
        print(f"  {name.ljust(width)}  {value}")
    return [
        verdict("seconds until it answers", statistics.median(starts), 3, at_least=False),
        verdict("MiB with three environments deployed", held, 200, at_least=False),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))
