"""The processes of this machine that stand for containers: one thread reads what all of them say."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import selectors
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_SCRIPT = Path(__file__).with_name("supervisor.py")
# A line of a container's output that is longer is cut into several events (CloudWatch Logs quotas: 1 MB an event).
_LONGEST = 256 * 1024


class Program(NamedTuple):
    """What a container runs.

    Attributes:
        argv: The program and its arguments.
        folder: Its working folder; "" is `/`.
        environment: All of its environment.
        memory: Bytes that it and what it starts may use; 0 is no limit.
        cgroup: A cgroup v2 to start in, which limits its memory; "" where the machine allows none.
        network: `new HOST TASK` for a network namespace of its own with these two addresses, `join PID` for that of a
            process, "" for the machine's own network.
    """

    argv: tuple[str, ...]
    folder: str = ""
    environment: dict[str, str] = {}
    memory: int = 0
    cgroup: str = ""
    network: str = ""


class Listener(NamedTuple):
    """The callbacks for a container; all three are called on the host's thread and must not block.

    Attributes:
        lines: What it printed since the last call.
        used: Bytes of memory, and seconds of CPU since its start.
        ended: Its exit code (None if it could not be started), whether it was killed for its memory, and why it
            could not be started.
    """

    lines: Callable[[tuple[str, ...]], None]
    used: Callable[[int, float], None]
    ended: Callable[[int | None, bool, str], None]


class Container:
    """A program that was started."""

    def __init__(self, program: Program, listener: Listener) -> None:
        reading, status = os.pipe()
        self.listener = listener
        self.pid = 0
        self.child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SCRIPT), str(status)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[status],
            env={}, cwd="/", start_new_session=True,
        )  # fmt: skip
        os.close(status)
        assert self.child.stdout is not None  # noqa: S101 - asked for above
        self.status, self.output = reading, self.child.stdout.fileno()
        self.rests = {self.status: b"", self.output: b""}
        self.open = {self.status, self.output}
        self.outcome: tuple[int | None, bool, str] = (137, False, "")
        # The environment holds secrets: it goes through the pipe, and never onto a command line.
        self.order(json.dumps(program._asdict()).encode() + b"\n")

    def order(self, text: bytes) -> None:
        """Tell the supervisor something; one that is gone hears nothing."""
        assert self.child.stdin is not None  # noqa: S101 - likewise
        with contextlib.suppress(OSError, ValueError):
            self.child.stdin.write(text)
            self.child.stdin.flush()

    def terminate(self) -> None:
        """SIGTERM to the program."""
        self.order(b"T")

    def kill(self) -> None:
        """SIGKILL to the program and all that it started."""
        self.order(b"K")

    def read(self, handle: int) -> bool:
        """Take what a pipe holds; False at its end."""
        data = os.read(handle, 65536)
        *lines, rest = (self.rests[handle] + data).split(b"\n")
        if rest and (not data or len(rest) > _LONGEST):
            lines.append(rest)
            rest = b""
        self.rests[handle] = rest
        if handle == self.output:
            found = tuple(line.decode(errors="replace").rstrip("\r") for line in lines if line.strip())
            if found:
                self.listener.lines(found)
        else:
            for line in lines:
                self._hear(msgspec.json.decode(line))
        return bool(data)

    def _hear(self, said: Any) -> None:
        if "memory" in said:
            self.listener.used(said["memory"], said["cpu"])
        elif "exit" in said:
            self.outcome = (said["exit"], said["oom"], "")
        elif "failed" in said:
            self.outcome = (None, False, said["failed"])
        else:
            self.pid = said["started"]


class ProcessHost:
    """Starts containers, and tells their listeners what they say and how they end."""

    def __init__(self) -> None:
        self._new: queue.SimpleQueue[Container] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._awake, self._wake = os.pipe()
        self._selector.register(self._awake, selectors.EVENT_READ)
        self._running: set[Container] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, program: Program, listener: Listener) -> Container:
        """Start a program. What becomes of it, also that it could not be started, goes to the listener."""
        found = Container(program, listener)
        with self._lock:
            self._running.add(found)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="processes", daemon=True)
                self._thread.start()
        self._new.put(found)
        os.write(self._wake, b"n")
        return found

    def running(self) -> list[Container]:
        """Those that have not ended."""
        with self._lock:
            return list(self._running)

    def kill_all(self) -> None:
        """Kill everything, because the sandbox was reset or ends."""
        for container in self.running():
            container.kill()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fd == self._awake:
                    os.read(self._awake, 1)
                    container = self._new.get()
                    for handle in container.open:
                        self._selector.register(handle, selectors.EVENT_READ, container)
                elif not key.data.read(key.fd):
                    self._close(key.data, key.fd)

    def _close(self, container: Container, handle: int) -> None:
        self._selector.unregister(handle)
        if handle == container.status:
            os.close(handle)
        container.open.discard(handle)
        if container.open:
            return
        # Both pipes are at their end: nothing of the container is left that could write into them.
        if container.child.stdin:
            with contextlib.suppress(OSError):
                container.child.stdin.close()
        if container.child.stdout:
            container.child.stdout.close()
        container.child.wait()
        with self._lock:
            self._running.discard(container)
        container.listener.ended(*container.outcome)
