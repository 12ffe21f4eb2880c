"""Find, start and stop the sandbox of a checkout. Imports no AWS library, so that every command can afford it.

    endpoint = ensure(Path.cwd())         # the one of this checkout, or a new one, detached
    endpoint.environment()                # what to export
    Control(endpoint.port).faults(...)    # what a test tells it

Everything lives in `.cache/sandbox` of the checkout: `endpoint.json` (where it answers), `log`, `lock`, `state/`.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator.errors import UsageError
from generator.sandbox.endpoint import Control, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Control",
    "Endpoint",
    "Options",
    "ensure",
    "find",
    "foreground",
    "gone",
    "root_of",
    "running",
    "spawn",
    "stop",
]

READY_WITHIN = 30.0  # seconds; it takes under three


class Options(NamedTuple):
    """How a sandbox is wanted.

    Attributes:
        port: The port wanted; another port is used if it is busy. None takes the last one again.
        speed: Our seconds for one of AWS's; None leaves it (instant for a new one).
        fresh: Forget the state first.
        idle: A new one ends after that many minutes without a call; 0 never.
        enforce: A new one lets IAM policies decide from the start.
    """

    port: int | None = None
    speed: float | None = None
    fresh: bool = False
    idle: float = 15.0
    enforce: bool = False


def root_of(stacks: str) -> Path:
    """The checkout of a configuration folder: the folder that it is in."""
    return Path(stacks).resolve().parent


def folder(root: Path) -> Path:
    """Where the sandbox of a checkout keeps its things."""
    return root.resolve() / ".cache" / "sandbox"


def find(root: Path) -> Endpoint | None:
    """The running sandbox of this checkout, or None."""
    last = _last(root)
    if last is None:
        return None
    try:
        status = Control(last.port).status()
    except (OSError, ValueError):
        return None
    # Another program, or the sandbox of another checkout, may have taken the port since.
    return last if (status.get("pid"), status.get("root")) == (last.pid, str(root.resolve())) else None


def ensure(root: Path, options: Options | None = None) -> Endpoint:
    """The sandbox of this checkout: the running one, or a new one that outlives this command.

    One that runs other code than this checkout holds by now is started anew, with its state.

    Raises:
        UsageError: It did not start; the text shows why.
    """
    options = options or Options()
    with _only_one(root):
        found = find(root)
        if found and Control(found.port).status().get("code") != _code():
            stop(root)
            found = None
        if found is None:
            return start(root, options)
    if options.fresh:
        Control(found.port).reset()
    if options.speed is not None:
        Control(found.port).speed(options.speed)
    return found


def start(root: Path, options: Options, *, parent_fd: int | None = None) -> Endpoint:
    """Start the sandbox of a checkout, detached unless it is bound to a pipe of its parent.

    `ensure` holds the lock that makes it the only one.

    Raises:
        UsageError: It did not start; the text shows why.
    """
    if importlib.util.find_spec("ministack") is None:
        raise UsageError("the sandbox needs ministack; install it with: pip install 'slipway[sandbox]'")
    place = folder(root)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = _last(root)
    if options.fresh:
        shutil.rmtree(place / "state", ignore_errors=True)
    log = place / "log"
    arguments = ["--root", str(root.resolve()), "--state", str(place / "state"), "--code", _code()]
    arguments += ["--speed", str(options.speed or 0.0), "--idle", str(options.idle)]
    arguments += ["--enforce"] if options.enforce else []
    with log.open("w") as stream:
        child, ready = spawn(
            arguments,
            port=options.port if options.port is not None else last.port if last else 4566,
            log=stream.fileno(),
            parent_fd=parent_fd,
        )
    if ready is None:
        child.kill()
        child.wait()
        raise UsageError(f"the sandbox did not start; read {log}:\n{log.read_text()[-2000:]}")
    # It outlives us, but when it ends first somebody must take its exit code, or it stays a zombie.
    threading.Thread(target=child.wait, daemon=True).start()
    # Written whole, since others read it without the lock.
    partial = place / "endpoint.partial"
    partial.write_text(json.dumps(ready))
    partial.replace(place / "endpoint.json")
    return Endpoint(ready["port"], ready["pid"], log)


@contextlib.contextmanager
def foreground(root: Path, options: Options) -> Iterator[Endpoint]:
    """The sandbox of this checkout while the context lasts; it ends with this process, however that ends.

    Raises:
        UsageError: It did not start, or another runs.
    """
    alive, held = os.pipe()
    try:
        with _only_one(root):
            found = find(root)
            if found:
                raise UsageError(
                    f"the sandbox of this checkout answers already, at {found.url}; "
                    "use it, or end it with: slipway sandbox stop"
                )
            endpoint = start(root, options, parent_fd=alive)
        try:
            yield endpoint
        finally:
            os.close(held)
            held = -1
            gone(root)
    finally:
        os.close(alive)
        if held >= 0:
            os.close(held)


def spawn(
    options: list[str], *, port: int, log: int, parent_fd: int | None = None
) -> tuple[subprocess.Popen[bytes], dict[str, int] | None]:
    """Start the process and wait until it answers.

    Args:
        options: Of `generator.sandbox.server.__main__`.
        port: The port wanted; 0 for any.
        log: The file descriptor for what it complains of.
        parent_fd: The reading end of a pipe: the process ends when its writing end is closed.

    Returns:
        The process, and its `pid` and `port`, or None if it did not get so far.
    """
    reading, writing = os.pipe()
    command = [
        sys.executable,
        "-m",
        "generator.sandbox.server",
        "--port",
        str(port),
        "--ready-fd",
        str(writing),
        *options,
    ]
    passed = [writing]
    if parent_fd is not None:
        command += ["--parent-fd", str(parent_fd)]
        passed.append(parent_fd)
    here = str(Path(__file__).parents[2])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MINISTACK_")) and not name.lower().endswith("_proxy")
    }
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, pass_fds=passed, start_new_session=True
    )  # fmt: skip
    os.close(writing)
    return child, _ready(reading)


def _ready(reading: int) -> dict[str, int] | None:
    import select

    with os.fdopen(reading) as pipe:
        # The line comes whole; the pipe is closed without one if the process dies.
        heard, _, _ = select.select([pipe], [], [], READY_WITHIN)
        line = pipe.readline() if heard else ""
    return json.loads(line) if line else None


def stop(root: Path) -> bool:
    """End the sandbox of this checkout and wait until its state is saved; whether there was one.

    Raises:
        UsageError: It does not end.
    """
    found = find(root)
    if found is None:
        return False
    Control(found.port).stop()
    if not gone(root):
        raise UsageError(f"the sandbox (process {found.pid}) does not end; end it with: kill -9 {found.pid}")
    return True


def running(root: Path) -> bool:
    """Whether the process of this checkout's sandbox lives: it holds a lock as long as it does."""
    return _held(folder(root) / "state" / "alive")


def gone(root: Path, within: float = 10.0) -> bool:
    """Wait until the process is gone and its state is saved; whether it is."""
    end = time.monotonic() + within
    while running(root):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _code() -> str:
    """What changes when the sandbox's code does."""
    here = Path(__file__).parent
    return str(max((path.stat().st_mtime_ns for path in here.rglob("*.py")), default=0))


def _last(root: Path) -> Endpoint | None:
    place = folder(root)
    try:
        found = json.loads((place / "endpoint.json").read_text())
        return Endpoint(int(found["port"]), int(found["pid"]), place / "log")
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held(path: Path) -> bool:
    """Whether a process holds the lock of this file."""
    try:
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    place = folder(root)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
