"""Hands tasks one by one to forked children that share what the parent has already imported.

A template takes up to seconds to lint, so the next free child gets the next task, long ones first, and a task whose child
died is done by the parent. ``generator/build/process_pool.py`` is for thousands of jobs of a millisecond: it cuts
them into fixed shares beforehand.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

# Below this many templates a second process costs more than it saves.
WORTH_FORKING = 3
# A child holds about 150 MiB of cfn-lint's schemas.
MAX_PROCESSES = 8
_LENGTH = struct.Struct("!Q")


def processes(tasks: int) -> int:
    """How many children to use for so many tasks: 1 means none.

    macOS forks, but its system libraries may abort in a forked child; Windows cannot. There all work stays in one process.
    """
    if tasks < WORTH_FORKING or not hasattr(os, "fork") or sys.platform == "darwin":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, tasks, MAX_PROCESSES))


def spread(order: Sequence[int], work: Callable[[int], bytes], count: int) -> Generator[tuple[int, bytes], None, None]:
    """Yield ``(task, work(task))`` for each task, in the order of completion, from ``count`` forked children.

    The first tasks of ``order`` start first: put long ones there. With ``count`` 1, or where a child dies, the parent works.
    When the caller closes it early (Ctrl-C), the children are killed; when the parent is killed, they end after their task.
    """
    open_tasks = dict.fromkeys(order)
    if count > 1:
        with contextlib.closing(_from_children(list(order), work, count)) as results:
            for task, result in results:
                del open_tasks[task]
                yield task, result
    for task in open_tasks:
        yield task, work(task)


def _from_children(
    order: list[int], work: Callable[[int], bytes], count: int
) -> Generator[tuple[int, bytes], None, None]:
    waiting = iter(order)
    children: dict[socket.socket, int] = {}
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(count):
                parent_end = _fork(work, children)
                selector.register(parent_end, selectors.EVENT_READ)
                _hand_out(parent_end, waiting)
            while selector.get_map():
                for key, _events in selector.select():
                    end: socket.socket = key.fileobj  # type: ignore[assignment]
                    answer = _receive(end)
                    if answer is None:  # told to stop, or dead: what it held is done by the parent
                        selector.unregister(end)
                        continue
                    _hand_out(end, waiting)
                    yield _LENGTH.unpack(answer[: _LENGTH.size])[0], answer[_LENGTH.size :]
        finally:
            for end, pid in children.items():
                end.close()
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _hand_out(end: socket.socket, waiting: Iterator[int]) -> None:
    task = next(waiting, None)
    with contextlib.suppress(OSError):  # a dead child is noticed when it is read from
        if task is None:
            end.shutdown(socket.SHUT_WR)
        else:
            end.sendall(_LENGTH.pack(task))


def _fork(work: Callable[[int], bytes], children: dict[socket.socket, int]) -> socket.socket:
    parent_end, child_end = socket.socketpair()
    # Until both sides know who they are, Ctrl-C waits: a child must not unwind its parent's stack.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = os.fork()
        if pid == 0:
            # Without its siblings' ends, a child sees the end of file as soon as the parent is gone.
            for end in [*children, parent_end]:
                end.close()
            _serve(child_end, work)
        child_end.close()
        children[parent_end] = pid
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return parent_end


def _serve(end: socket.socket, work: Callable[[int], bytes]) -> NoReturn:  # pragma: no cover - runs in a child
    # Ctrl-C reaches the whole group, and the parent decides; the signal stays blocked here.
    code = 1
    try:
        while (asked := _exactly(end, _LENGTH.size)) is not None:
            (task,) = _LENGTH.unpack(asked)
            answer = asked + work(task)
            end.sendall(_LENGTH.pack(len(answer)) + answer)
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the parent does the task again and lets the error be seen
        pass
    os._exit(code)


def _receive(end: socket.socket) -> bytes | None:
    head = _exactly(end, _LENGTH.size)
    return None if head is None else _exactly(end, _LENGTH.unpack(head)[0])


def _exactly(end: socket.socket, size: int) -> bytes | None:
    """So many bytes, or None at the end of the stream."""
    parts = bytearray()
    while len(parts) < size:
        try:
            part = end.recv(min(size - len(parts), 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
