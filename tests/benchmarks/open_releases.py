"""What an open release costs a worker: memory that it holds, and CPU of a minute in which AWS works and nobody tells of it.

Fakes stand for AWS, and the table is a file: memory counts what ``generator`` allocated and holds, CPU what runs outside
of the calls to fakes, table and queue.
"""

import gc
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from generator.release.client import envelope, request_id
from generator.release.model.requests import Decide, Propose
from generator.release.model.settings import Releases
from tests.benchmarks.disk_table import DiskTable
from tests.benchmarks.harness import verdict
from tests.release.fake_platform import PEOPLE, FakePlatform

OPEN = 200
_FRONT = "AROAFRONTFRONTFRONT1:front"


def measure(work: Path) -> list[bool]:
    """Prints all of it and says whether what is promised holds. Memory by itself: counting it takes CPU."""
    (work / "cpu").mkdir()
    (work / "memory").mkdir()
    waits, polled = cpu(work / "cpu")
    print(f"\n{OPEN} open releases; AWS works on some, which are polled every 5 seconds, without events")
    return [
        verdict("MiB of a worker for each open release", memory(work / "memory"), 0.05, at_least=False),
        verdict("milliseconds of CPU a minute for each that waits for people", waits, 2, at_least=False),
        verdict("milliseconds of CPU a minute for each that is polled", polled, 2, at_least=False),
    ]


def cpu(work: Path) -> tuple[float, float]:
    """Milliseconds of a minute of each release that waits, and of each that AWS works on."""
    platform = _settled(work)
    idle = _minute(platform)
    _ask(platform)
    waits = _minute(platform) - idle
    _agree_to_all(platform)
    return waits / OPEN * 1000, (_minute(platform) - idle) / OPEN * 1000


def memory(work: Path) -> float:
    """MiB that a worker holds for each release that AWS works on."""
    platform = _settled(work)
    tracemalloc.start()
    before = _held()
    _ask(platform)
    _agree_to_all(platform)
    platform.observed.clear()
    platform.faults.calls.clear()
    held = (_held() - before) / OPEN / 2**20
    tracemalloc.stop()
    return held


def _settled(work: Path) -> FakePlatform:
    """Version 1 runs in all stacks of prod, version 2 is published."""
    apps = [f"app-{number:03}" for number in range(OPEN)]
    table: Any = DiskTable(str(work / "open.db"))
    platform = FakePlatform(table=table, apps=apps, ticks=1, settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1)
    platform.apply()
    _propose(platform)
    platform.later(180)
    assert not platform.log.open_ids()
    platform.publish(2)
    return platform


def _ask(platform: FakePlatform) -> None:
    _propose(platform)
    platform.later(120)
    assert len(list(platform.client.waiting())) == OPEN


def _propose(platform: FakePlatform) -> None:
    for app in platform.apps:
        asked = Propose(id=request_id(), stack=f"prod/service-{app}")
        platform.queue.as_(_FRONT).send(envelope(asked, PEOPLE["ana"].slack or ""))


def _agree_to_all(platform: FakePlatform) -> None:
    """Each is executed, and AWS works on it for ever."""
    stacks, _ = platform.aws("prod")
    stacks.ticks = 10**9
    for release in list(platform.client.waiting()):
        _agree(platform, release.id, release.binding)
    platform.later(60)
    assert len(platform.log.open_ids()) == OPEN


def _agree(platform: FakePlatform, release: str, binding: str) -> None:
    agreed = Decide(id=request_id(), release=release, verdict="approve", binding=binding)
    platform.queue.as_(_FRONT).send(envelope(agreed, PEOPLE["ben"].slack or ""))


def _minute(platform: FakePlatform) -> float:
    """Seconds of CPU that the worker takes for a minute: those of AWS, table and queue are taken off."""
    inside = [0.0]
    stacks, services = platform.aws("prod")
    with ExitStack() as ports:
        for port in (
            platform.table,
            platform.queue,
            platform.wakes,
            platform.clouds,
            stacks,
            services,
            platform.images,
        ):
            for name in [name for name in dir(type(port)) if not name.startswith("_")]:
                ports.enter_context(_timed(port, name, inside))
        before = time.process_time()
        platform.later(60, every=1)
        return time.process_time() - before - inside[0]


@contextmanager
def _timed(port: Any, name: str, inside: list[float]) -> Iterator[None]:
    """Add what calls of a method take to ``inside``; calls that another one makes are part of that one."""
    method = getattr(port, name)
    if not callable(method) or isinstance(method, type):
        yield
        return

    def timed(*args: Any, **more: Any) -> Any:
        already, began = inside[0], time.process_time()
        try:
            found = method(*args, **more)
            return list(found) if isinstance(found, Iterator) else found
        finally:
            inside[0] = already + time.process_time() - began

    setattr(port, name, timed)
    try:
        yield
    finally:
        delattr(port, name)


def _held() -> int:
    """Bytes that ``generator`` allocated and that are still held."""
    gc.collect()
    ours = [tracemalloc.Filter(inclusive=True, filename_pattern="*/generator/*")]
    return sum(row.size for row in tracemalloc.take_snapshot().filter_traces(ours).statistics("filename"))
