"""Spreads many small jobs over forked processes; few jobs stay in this one, where they are done sooner."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

import msgspec

from generator.errors import BuildError

J = TypeVar("J")
R = TypeVar("R")

# Measured: below about 150 templates a second process costs more than it saves.
WORTH_IT = 150


def each(jobs: Sequence[J], work: Callable[[J], R], kind: type[R]) -> Iterator[R]:
    """``work(job)`` for every job, in any order; ``kind`` is the result's type, which travels as MessagePack.

    Raises:
        BuildError: what the jobs raised as such, joined line by line, after all of them have had their turn.
    """
    count = min(os.cpu_count() or 1, 8) if len(jobs) >= WORTH_IT and hasattr(os, "fork") else 1
    if count == 1:
        results, problems = _run(jobs, work)
        yield from results
    else:
        problems = []
        for part, wrong in _forked([jobs[i::count] for i in range(count)], work, kind):
            yield from part
            problems += wrong
    if problems:
        raise BuildError("\n".join(problems))


def _run(jobs: Sequence[J], work: Callable[[J], R]) -> tuple[list[R], list[str]]:
    results: list[R] = []
    problems: list[str] = []
    for job in jobs:
        try:
            results.append(work(job))
        except BuildError as error:
            problems.append(str(error))
    return results, problems


def _forked(parts: Sequence[Sequence[J]], work: Callable[[J], R], kind: type[R]) -> Iterator[tuple[list[R], list[str]]]:
    decoder = msgspec.msgpack.Decoder(tuple[list[kind], list[str]])  # type: ignore[valid-type]
    running: dict[int, int] = {}
    try:
        for part in parts:
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                _child(part, work, writer)
            os.close(writer)
            running[pid] = reader
        for pid, reader in list(running.items()):
            with os.fdopen(reader, "rb") as pipe:
                content = pipe.read()
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            del running[pid]
            if status:
                raise BuildError(
                    f"a build process ended with status {status} before it was done; run the same command again"
                )
            yield decoder.decode(content)
    finally:
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)


def _child(part: Sequence[J], work: Callable[[J], R], writer: int) -> NoReturn:
    """Do ``part``, send everything, and end without the parent's clean-up."""
    code = 1
    try:
        content = msgspec.msgpack.encode(_run(part, work))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(content)
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)
