"""The release board over 10,000 releases: pages, measures over a year, memory; a process of its own, asked over HTTP."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from random import Random

from generator.release.daily_heads import DayRecord
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.release import Release
from generator.release.model.version import Running
from tests.benchmarks.harness import verdict
from tests.benchmarks.resident import resident

ROOT = Path(__file__).parents[2]
RELEASES = 10_000
YEAR = 365 * 86400.0
ASKED = 100
PAGES = ("", "&q=change+7", "&env=prod&service=app", "&person=ana&state=failed", "&q=nothing+like+it")


class LongLog:
    """A log of 10,000 releases of the shipped stacks over a year, created as it is read."""

    def __init__(self, keys: list[str], now: float) -> None:
        self._keys, self._now = keys, now
        self._each = RELEASES // len(keys) + 1

    def slots(self, keys: list[str]) -> dict[str, "_Slot"]:
        """Each stack runs its last release."""
        return {key: _Slot(self._each, self._now) for key in keys}

    def history(self, key: str, limit: int) -> Iterator[Summary]:
        """Releases of a stack, newest first, in every state."""
        random = Random(key)  # noqa: S311 - figures, no secrets
        for number in range(self._each, max(0, self._each - limit), -1):
            created = self._now - YEAR * (1 - number / (self._each + 1))
            state = random.choices(("succeeded", "failed", "rolled back", "rejected"), (90, 3, 4, 3))[0]
            yield Summary(
                id=f"{key.replace('/', '-')}-{number}", key=key, commit=f"{random.getrandbits(160):040x}",
                subject=f"Change {number}: say what happens to a queue that is full, and to who waits for it",
                image=f"333333333333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:{random.getrandbits(256):064x}",
                requester=random.choice(("ana", "ben", "cleo")), approvers=("ben",), state=state,
                purpose="rollback" if random.random() < 0.03 else "deploy", created=created, closed=created + 1800,
                took=0.0 if state == "rejected" else 700.0, template=f"sha256:{random.getrandbits(256):064x}",
                committed=created - random.uniform(600, 86400), monthly_usd=random.uniform(10, 90),
                cause="" if state == "succeeded" else "the service did not become healthy; see its log",
            )  # fmt: skip

    def revisions(self, release_ids: list[str]) -> dict[str, int]:
        """Nothing is open."""
        del release_ids
        return {}

    def releases(self, release_ids: list[str]) -> dict[str, Release]:
        """Nothing is read whole."""
        del release_ids
        return {}

    def locks(self, environment: str) -> list[LockNow]:
        """Nothing is locked."""
        del environment
        return []

    def days(self, limit: int) -> list[DayRecord]:
        """No day is recorded."""
        del limit
        return []


class _Slot:
    """A slot that nobody writes any more."""

    def __init__(self, count: int, now: float) -> None:
        running = Running(commit="1" * 40, template="t", release="r", since=now)
        self.slot, self.rev = Slot(count=count, running=running, good=running, at=now), 1


def child() -> None:
    """The board's own process, over that log."""
    from board import logs
    from board.composition import compose
    from board.server import serve
    from board.services.read_model import ReadModel
    from board.settings import read

    settings = read(os.environ)
    logs.start("info")
    parts = compose(settings)
    keys = list(parts.facts.stacks)
    log = LongLog(keys, time.time())
    parts.read_model = ReadModel(log, keys, list(parts.facts.environments), time.time, settings.keep)  # type: ignore[arg-type]
    serve(parts)


def measure() -> list[bool]:
    """Time first pages and measures, and say whether what is promised holds."""
    env = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'app' / 'backend'}", "PORT": "0", "METRICS_PORT": "0", "HOST": "127.0.0.1",
        "BOARD_ACCESS": "open", "SLIPWAY_STACKS": str(ROOT / "stacks"), "LOG_LEVEL": "info",
        # Its library counts, though nothing answers: it is asked for nothing here.
        "BOARD_DATABASE_URL": "postgresql://board@127.0.0.1:1/board",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.benchmarks.board"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            port = next(line["listening"] for line in map(json.loads, process.stdout) if "listening" in line)
            return _measured(process, port)
        finally:
            process.terminate()
            for _ in process.stdout:
                pass


def _measured(process: subprocess.Popen[str], port: int) -> list[bool]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(path: str) -> float:
        before = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return (time.perf_counter() - before) * 1000

    while True:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            break
        time.sleep(0.2)
    year = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - YEAR))
    asked = {
        "releases": [f"/api/releases?size=50{PAGES[number % len(PAGES)]}" for number in range(ASKED)],
        "overview": ["/api/overview"] * ASKED,
        "measures": [f"/api/measures?env=dev&env=staging&env=prod&per=day&from={year}"] * 40,
        "timeline": [f"/api/timeline?from={year}"] * 20,
    }
    found: dict[str, list[float]] = {}
    print(f"\nThe release board over {RELEASES} releases")
    print(f"{'':44}{'median':>10}{'p95':>10}{'CPU each':>10}")
    for name, paths in asked.items():
        before = busy(process.pid)
        some = found[name] = [ask(path) for path in paths]
        each = (busy(process.pid) - before) / len(paths)
        print(f"{name:44}{statistics.median(some):>8.0f}ms{p95(some):>8.0f}ms{each:>8.0f}ms")
    mib = resident(process.pid)
    connection.close()
    return [
        verdict("p95 of a page of releases, ms", p95(found["releases"]), 200, at_least=False),
        verdict("p95 of the overview, ms", p95(found["overview"]), 200, at_least=False),
        verdict("p95 of measures over a year, ms", p95(found["measures"]), 500, at_least=False),
        verdict("memory, MiB", mib, 150, at_least=False),
    ]


def busy(process: int) -> float:
    """Milliseconds of a processor that a process has taken: what others do on this machine is not in it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def p95(found: list[float]) -> float:
    """The time that 95 of 100 keep."""
    return statistics.quantiles(found, n=20)[18]


if __name__ == "__main__":
    child()
