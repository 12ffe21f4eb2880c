"""Runs one container's program and leaves nothing of it behind: a script of the standard library alone.

    python -I -S supervisor.py STATUS_FD

Its first line of input is the JSON of a `Program`. After that each letter is an order: `T` sends SIGTERM to the program,
`K` sends SIGKILL to all that it started. When the input ends, the sandbox is gone, however it went, and everything is
killed. The program itself dies with this process (`PR_SET_PDEATHSIG`), and what it started becomes a child of this
process (`PR_SET_CHILD_SUBREAPER`, both prctl(2)).

Each line of the status is JSON: `{"started": PID}`, `{"memory": BYTES, "cpu": SECONDS}` about once a second, and as
the last one `{"exit": CODE, "oom": BOOL}` or `{"failed": TEXT}`. A code above 128 is 128 and the number of a signal.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
# How often memory is looked at where no cgroup limits it, and how often it is told; in seconds.
_WATCH, _TELL = 0.1, 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """The processes below a process, from /proc/PID/task/TID/children (proc(5))."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (thread / "children").read_text().split():
                    found += [int(child), *descendants(int(child))]
    return found


def use_of(pids: list[int]) -> tuple[int, float]:
    """(Bytes of memory that belong to them alone, seconds of CPU): what a cgroup charges without the page cache."""
    memory, ticks = 0, 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError, ValueError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(("RssAnon:", "RssShmem:")):
                    memory += int(line.split()[1]) * 1024
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return memory, ticks / _TICKS


def signal_all() -> None:
    """SIGKILL to all that the program started, and to itself."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_all() -> None:
    """The same until nothing is left."""
    while descendants(os.getpid()):
        signal_all()
        reap()
        time.sleep(0.005)


def reap() -> dict[int, int]:
    """The children that ended since the last call, with their wait statuses."""
    found: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            found[pid] = status
    return found


def enter_network(words: list[str], ready: int, go: int) -> None:
    """Move this process into the network namespace of another one (`join PID`), or into a new one (`new HOST TASK`)."""
    if words[0] == "join":
        handle = os.open(f"/proc/{words[1]}/ns/net", os.O_RDONLY)
        if _libc.setns(handle, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"can't enter the network of process {words[1]}")
        os.close(handle)
        return
    if _libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "can't create a network namespace")
    os.write(ready, b"r")
    os.read(go, 1)


def connect(pid: int, host: str, task: str) -> str:
    """Connect the new namespace of a process with this machine by a veth pair (veth(4)); why that failed, or "".

    The pair ends with the namespace, and the namespace with its last process.
    """
    import subprocess

    inside = f"nsenter --net=/proc/{pid}/ns/net"
    for command in (
        f"ip link add slipway{pid} type veth peer name eth0 netns {pid}",
        f"ip addr add {host}/30 dev slipway{pid}",
        f"ip link set slipway{pid} up",
        f"{inside} ip addr add {task}/30 dev eth0",
        f"{inside} ip link set eth0 up",
        f"{inside} ip link set lo up",
        f"{inside} ip route add default via {host}",
    ):
        run = subprocess.run(command.split(), check=False, capture_output=True, text=True)
        if run.returncode:
            return f"{command}: {run.stderr.strip()}"
    return ""


def start(program: dict[str, Any]) -> tuple[int, str]:
    """Fork and become the program: (its process, "") or (0, why it can't be started)."""
    reading, writing = os.pipe()
    (ready, tell_ready), (go, tell_go) = os.pipe(), os.pipe()
    network = str(program["network"]).split()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(137)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if group := str(program["cgroup"]):
                (Path(group) / "cgroup.procs").write_text(str(os.getpid()))
            if network:
                enter_network(network, tell_ready, go)
            os.chdir(str(program["folder"]) or "/")
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            argv = [str(word) for word in program["argv"]]
            os.execvpe(argv[0], argv, program["environment"])  # noqa: S606 - no shell is wanted
        except Exception as error:  # noqa: BLE001 - the parent tells it
            os.write(writing, str(error).encode())
        os._exit(127)
    os.close(writing)
    os.close(tell_ready)
    why = ""
    if network[:1] == ["new"] and os.read(ready, 1):
        why = connect(pid, network[1], network[2])
        if why:
            os.kill(pid, signal.SIGKILL)
    os.write(tell_go, b"g")
    os.close(tell_go)
    os.close(ready)
    os.close(go)
    with os.fdopen(reading) as pipe:
        why = why or pipe.read()
    if why:
        os.waitpid(pid, 0)
        return 0, why
    return pid, ""


def oom_kills(group: str) -> int:
    """How often the kernel killed in a cgroup for want of memory (cgroup-v2: memory.events)."""
    with contextlib.suppress(OSError, ValueError):
        rows = dict(line.split() for line in (Path(group) / "memory.events").read_text().splitlines())
        return int(rows.get("oom_kill", 0))
    return 0


def main() -> int:
    """Supervise until the program has ended or the input has."""
    status = int(sys.argv[1])

    def tell(**said: object) -> None:
        with contextlib.suppress(OSError):
            os.write(status, (json.dumps(said) + "\n").encode())

    os.set_inheritable(status, False)  # noqa: FBT003 - its one form
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = b""
    while not line.endswith(b"\n"):
        got = os.read(0, 1)
        if not got:
            return 1
        line += got
    program = json.loads(line)
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(awake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    pid, why = start(program)
    if not pid:
        tell(failed=why)
        return 1
    tell(started=pid)
    code, killed = _watch(program, pid, awake, tell)
    kill_all()
    group = str(program["cgroup"])
    tell(exit=code, oom=killed or bool(group and oom_kills(group)))
    return 0


def _watch(  # noqa: C901 - one loop over all that can happen
    program: dict[str, Any], pid: int, awake: int, tell: Callable[..., None]
) -> tuple[int, bool]:
    """Wait for the end of the program: (exit code, whether it was killed for its memory)."""
    limit = 0 if program["cgroup"] else int(str(program["memory"]))
    told, killed = 0.0, False
    while True:
        ready, _, _ = select.select([0, awake], [], [], _WATCH)
        if 0 in ready:
            orders = os.read(0, 64)
            if not orders:
                kill_all()
                os._exit(1)
            if b"K" in orders:
                signal_all()
            elif b"T" in orders:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        if awake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(awake, 4096)
        ended = reap()
        if pid in ended:
            found = os.waitstatus_to_exitcode(ended[pid])
            return (128 - found if found < 0 else found), killed
        now = time.monotonic()
        if limit or now - told >= _TELL:
            memory, cpu = use_of(descendants(os.getpid()))
            if now - told >= _TELL:
                told = now
                tell(memory=memory, cpu=cpu)
            if limit and memory > limit:
                killed = True
                signal_all()


if __name__ == "__main__":
    sys.exit(main())
