"""Distributes many small jobs over forked processes in fixed shares. A few jobs stay in this process, which is faster.

Jobs that take long each are handed out one by one by ``generator/lint/task_pool.py``.
"""

import gc
import os
import selectors
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO, NoReturn, TypeVar

import msgspec

from generator.errors import BuildError

J = TypeVar("J")
R = TypeVar("R")

# Measured: below about 150 templates a second process costs more than it saves.
WORTH_IT = 150


def run_jobs(count: int, jobs: Callable[[], Iterator[J]], work: Callable[[J], R], kind: Any) -> Iterator[R]:
    """``work(job)`` for each of ``count`` jobs, in any order.

    Args:
        count: how many jobs there are.
        jobs: makes an iterator over them; each process makes its own and takes its share, so that no list is held.
        work: what to do; it runs in this process or in a fork of it.
        kind: the result's type, which travels as MessagePack.

    Raises:
        BuildError: the errors of all jobs, joined line by line, after all jobs have run.
    """
    processes = min(os.cpu_count() or 1, 8) if count >= WORTH_IT and hasattr(os, "fork") else 1
    problems: list[str] = []
    if processes == 1:
        for job in jobs():
            try:
                yield work(job)
            except BuildError as error:
                problems.append(str(error))
    else:
        # What is here now stays, and is shared by the children as long as nobody writes to it.
        gc.freeze()
        gc.enable()
        decoder = msgspec.msgpack.Decoder(kind | str)
        # Neighbours in the list go to one process: they write into one folder, which the kernel locks for each file.
        share = -(-count // processes)
        shares = [lambda n=n: islice(jobs(), n * share, (n + 1) * share) for n in range(processes)]
        for content in _forked(shares, work):
            result = decoder.decode(content)
            if isinstance(result, str):
                problems.append(result)
            else:
                yield result
    if problems:
        raise BuildError("\n".join(sorted(problems)))


def _forked(shares: Sequence[Callable[[], Iterator[J]]], work: Callable[[J], Any]) -> Iterator[bytes]:
    """One message for each job, as the processes send them: a result, or the text of its error."""
    running: dict[int, int] = {}
    with selectors.DefaultSelector() as ready:
        try:
            for share in shares:
                reader, writer = os.pipe()
                pid = os.fork()
                if pid == 0:
                    os.close(reader)
                    _child(share(), work, writer)
                os.close(writer)
                running[pid] = reader
                ready.register(reader, selectors.EVENT_READ, (pid, bytearray()))
            while running:
                for key, _ in ready.select():
                    pid, waiting = key.data
                    more = os.read(key.fd, 1 << 16)
                    waiting += more
                    yield from _messages(waiting)
                    if not more:
                        ready.unregister(key.fd)
                        os.close(running.pop(pid))
                        _ended_well(pid)
        finally:
            for pid, reader in running.items():
                # Nobody reads any more, so it ends with its next message: killed, it would leave a draft behind.
                os.close(reader)
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _messages(waiting: bytearray) -> Iterator[bytes]:
    """Take every complete message out of ``waiting``: four bytes of length, then the content."""
    while len(waiting) >= 4 and len(waiting) >= 4 + (size := int.from_bytes(waiting[:4], "big")):
        content = bytes(waiting[4 : 4 + size])
        del waiting[: 4 + size]
        yield content


def _ended_well(pid: int) -> None:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise BuildError(f"a build process ended with status {status} before it was done; run the same command again")


def _child(part: Iterator[J], work: Callable[[J], Any], writer: int) -> NoReturn:
    """Do ``part``, send a message for each job, and end without the parent's clean-up."""
    code = 1
    try:
        with os.fdopen(writer, "wb") as pipe:
            for job in part:
                try:
                    result = work(job)
                except BuildError as error:
                    result = str(error)
                _send(pipe, msgspec.msgpack.encode(result))
        code = 0
    except (KeyboardInterrupt, BrokenPipeError):
        code = 130
    finally:
        os._exit(code)


def _send(pipe: BinaryIO, content: bytes) -> None:
    pipe.write(len(content).to_bytes(4, "big") + content)
