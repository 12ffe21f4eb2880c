"""Jobs in forks of this process, a few at once."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")


class Job(NamedTuple):
    """What a fork runs: 0 where nothing was noticed. ``seconds`` is the CPU time after which it counts as hanging."""

    run: Callable[[], int]
    seconds: float


def each(jobs: Iterable[tuple[Key, Job]], processes: int) -> Iterator[tuple[Key, bool]]:
    """``(key, noticed)`` as the jobs end. What dies or hangs was noticed."""
    running: dict[int, Key] = {}
    for key, job in jobs:
        if len(running) >= processes:
            yield _ended(running)
        running[_forked(job)] = key
    while running:
        yield _ended(running)


def _ended(running: dict[int, Key]) -> tuple[Key, bool]:
    child, status = os.wait()
    return running.pop(child), status != 0


def _forked(job: Job) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        limit = ceil(time.process_time() + job.seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        signal.alarm(ceil(60 + 10 * job.seconds))  # one that waits takes no CPU time
        code = job.run()
    finally:
        os._exit(code)
