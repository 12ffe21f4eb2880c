"""Worker processes that can be killed at any call: forked from one that has loaded everything and connected to nothing.

``python -m tests.integration.engine_workers URL SUBNET IMAGES`` reads a list of jobs a line, forks a process for each,
and answers with how each ended. A job is a worker that turns until what was asked is answered and nothing is open.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from generator.release.model.requests import Decide
from generator.release.model.states import Waiting
from tests.integration.engine_setup import EngineLocation, client, session, warmed, worker

ROOT = Path(__file__).parents[2]
WITHIN = 300.0


class Death(msgspec.Struct, frozen=True, order=True):
    """A moment to die at: before the nth call (from 1) of an operation, or before whatever call follows that one.

    Named by operation and not by the number of the call: how often a worker asks again differs from run to run.
    """

    operation: str
    nth: int
    after: bool = False


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker does: until when, and where among its calls to AWS it is killed (``None``: it is not).

    ``ahead`` are seconds by which its clock is ahead, ``asks`` ids of requests that must be answered, ``approve`` who
    agrees as soon as a release waits, ``wait`` for how long a turn waits for a message.
    """

    name: str
    asks: tuple[str, ...]
    kill_at: Death | None = None
    ahead: float = 0.0
    approve: str = ""
    wait: float = 0.0


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended: the signal that killed it or 0, and its calls (``service:operation``), as far as it told."""

    signal: int
    calls: tuple[str, ...] = ()
    error: str = ""


class Counter:
    """Sees each call before it is made. The moment before a call is also the moment after the one before it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.kill_at: Death | None = None
        self._next = False

    def __call__(self, service: str, operation: str) -> None:
        call = f"{service}:{operation}"
        self.calls.append(call)
        death = self.kill_at
        if death is None:
            return
        if self._next:
            os.kill(os.getpid(), signal.SIGKILL)
        if call == death.operation and self.calls.count(call) == death.nth:
            if not death.after:
                os.kill(os.getpid(), signal.SIGKILL)
            self._next = True


class Warm(NamedTuple):
    """What children inherit: sessions whose clients are made."""

    place: EngineLocation
    counted: Any
    quiet: Any
    counter: Counter


def work(warm: Warm, job: Job) -> None:
    """Turn until everything is answered and nothing is open (or so long that something is wrong)."""

    def clock() -> float:
        return time.time() + job.ahead

    warm.counter.kill_at = job.kill_at
    said: list[str] = []
    mine = worker(warm.place, warm.counted, job.name, clock, failed=said.append)
    people = client(warm.place, warm.quiet, clock)
    end = time.monotonic() + WITHIN
    agreed: set[str] = set()
    while time.monotonic() < end:
        mine.turn(job.wait)
        open_ = people.log.open_ids()
        for release_id in open_ if job.approve else ():
            found = people.release(release_id)
            if found is not None and isinstance(found.state, Waiting) and release_id not in agreed:
                agreed.add(release_id)
                seen = found.binding
                people.send(
                    Decide(id=f"approve-{release_id}", release=release_id, verdict="approve", binding=seen), job.approve
                )
        if not open_ and len(people.log.table.many([(f"request#{ask}", "answer") for ask in job.asks])) == len(
            job.asks
        ):
            return
    raise TimeoutError(f"{job}: {said[-5:]}")


def fork(warm: Warm, job: Job) -> Callable[[], Ended]:
    """Start a job in a process of its own; call the result to wait for its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        error = ""
        try:
            work(warm, job)
        except BaseException as found:  # noqa: BLE001 - the parent tells it
            error = f"{type(found).__name__}: {found}"
        report = msgspec.json.encode(Ended(signal=0, calls=tuple(warm.counter.calls), error=error))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(report)
        os._exit(0)
    os.close(writing)

    def wait() -> Ended:
        with os.fdopen(reading, "rb") as pipe:
            report = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return Ended(signal=os.WTERMSIG(status))
        return msgspec.json.decode(report, type=Ended)

    return wait


def main() -> None:
    """Read jobs until nobody writes any more."""
    place = EngineLocation(sys.argv[1], sys.argv[2], tuple(json.loads(sys.argv[3])))
    counter = Counter()
    warm = Warm(place, warmed(session(place.url, counter)), warmed(session(place.url)), counter)
    for line in sys.stdin:
        waits = [fork(warm, job) for job in msgspec.json.decode(line, type=list[Job])]
        sys.stdout.write(msgspec.json.encode([wait() for wait in waits]).decode() + "\n")
        sys.stdout.flush()


class Workers:
    """The other end: starts the process that forks, and speaks with it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, *jobs: Job) -> None:
        """Start these jobs at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(jobs).decode() + "\n")
        self._process.stdin.flush()

    def end(self) -> list[Ended]:
        """Wait for those that were started."""
        assert self._process.stdout is not None
        return msgspec.json.decode(self._process.stdout.readline() or "[]", type=list[Ended])

    def run(self, *jobs: Job) -> list[Ended]:
        """Both."""
        self.begin(*jobs)
        return self.end()


@contextlib.contextmanager
def workers(place: EngineLocation) -> Iterator[Workers]:
    """A process that forks workers; gone afterwards with all of them."""
    command = [sys.executable, "-m", "tests.integration.engine_workers", place.url, place.subnet, json.dumps(place.images)]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield Workers(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
