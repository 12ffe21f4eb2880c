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
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.errors import UsageError
from generator.sandbox.checkout import ALIVE, empty, folder, gone, only_one, remembered, root_of, running
from generator.sandbox.child_process import spawn
from generator.sandbox.endpoint import Control, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "Control",
    "Endpoint",
    "Options",
    "awaited",
    "ensure",
    "find",
    "folder",
    "foreground",
    "gone",
    "root_of",
    "running",
    "spawn",
    "stop",
]

# Seconds: how long a status may take until another look, and how long one that lives may stay without an answer.
ANSWER_WITHIN = 2.0
PATIENCE = 120.0


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


def find(root: Path) -> Endpoint | None:
    """The sandbox of this checkout if it answers now, or None: `running` says whether one lives that does not."""
    found = _look(root)
    return found[0] if found else None


def _look(root: Path) -> tuple[Endpoint, dict[str, Any]] | None:
    """The sandbox that answers, and its status."""
    last = remembered(root)
    if last is None:
        return None
    try:
        status = Control(last.port).status(ANSWER_WITHIN)
    except (OSError, ValueError):
        return None
    # Another program, or the sandbox of another checkout, may have taken the port since.
    return (last, status) if (status.get("pid"), status.get("root")) == (last.pid, str(root.resolve())) else None


def _settled(root: Path) -> tuple[Endpoint, dict[str, Any]] | None:
    """The sandbox that answers and its status, or None if none lives; one that starts, ends or is busy is waited for.

    Raises:
        UsageError: One lives and does not answer for too long.
    """
    end = time.monotonic() + PATIENCE
    while True:
        # In this order: one that ends after the look does not live at the question.
        found = _look(root)
        if found or not running(root):
            return found
        if time.monotonic() > end:
            last = remembered(root)
            who = f"kill -9 {last.pid}" if last else f"fuser -k {folder(root) / 'state' / ALIVE}"
            raise UsageError(
                f"the sandbox of this checkout is running but has not answered for {PATIENCE:g} s; repeat the command "
                f"later, or end the sandbox with: {who}"
            )
        time.sleep(0.1)


def awaited(root: Path) -> Endpoint | None:
    """The sandbox of this checkout, waited for while it starts, ends or is busy; None if none lives.

    Raises:
        UsageError: One lives and does not answer for too long.
    """
    found = _settled(root)
    return found[0] if found else None


def ensure(
    root: Path, options: Options | None = None, *, started: Callable[[Endpoint], None] = lambda _: None
) -> Endpoint:
    """The sandbox of this checkout: the running one, or a new one that outlives this command.

    One that lives is waited for, however slow it is. One that runs other code than this checkout holds by now is started
    again, with its state. `started` is called with one that this call started.

    Raises:
        UsageError: It did not start, or does not answer; the text shows why.
    """
    options = options or Options()
    with only_one(root):
        found = _settled(root)
        if found and found[1].get("code") != _code():
            stop(root)
            found = None
        if found is None:
            new = start(root, options)
            started(new)
            return new
    endpoint = found[0]
    if options.fresh:
        Control(endpoint.port).reset()
    if options.speed is not None:
        Control(endpoint.port).speed(options.speed)
    return endpoint


def start(root: Path, options: Options, *, parent_fd: int | None = None) -> Endpoint:
    """Start the sandbox of a checkout, detached unless it is bound to a pipe of its parent.

    `ensure` holds the lock that makes it the only one.

    Raises:
        UsageError: It did not start; the text shows why.
    """
    if importlib.util.find_spec("ministack") is None:
        raise UsageError(
            "the sandbox needs ministack, which Slipway's extra `sandbox` installs; see Install in the README"
        )
    place = folder(root)
    (place / "state").mkdir(parents=True, exist_ok=True, mode=0o700)
    last = remembered(root)
    # The child inherits this lock and holds it as long as it lives; until it does, we hold it.
    with (place / "state" / ALIVE).open("a") as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another sandbox uses {place / 'state'}; repeat the command when it has ended") from None
        if options.fresh:
            empty(place / "state")
        log = place / "log"
        arguments = ["--root", str(root.resolve()), "--state", str(place / "state"), "--code", _code()]
        arguments += ["--endpoint", str(place / "endpoint.json")]
        arguments += ["--speed", str(options.speed or 0.0), "--idle", str(options.idle)]
        arguments += ["--enforce"] if options.enforce else []
        with log.open("w") as stream:
            child, ready = spawn(
                arguments,
                port=options.port if options.port is not None else last.port if last else 4566,
                log=stream.fileno(),
                parent_fd=parent_fd,
                alive_fd=alive.fileno(),
            )
    if ready is None:
        child.kill()
        child.wait()
        raise UsageError(f"the sandbox did not start; read {log}:\n{log.read_text()[-2000:]}")
    # It outlives us, but when it ends first somebody must take its exit code, or it stays a zombie.
    threading.Thread(target=child.wait, daemon=True).start()
    return Endpoint(ready["port"], ready["pid"], log)


@contextlib.contextmanager
def foreground(root: Path, options: Options) -> Iterator[Endpoint]:
    """The sandbox of this checkout while the context lasts; it ends with this process, however that ends.

    Raises:
        UsageError: It did not start, or another runs.
    """
    alive, held = os.pipe()
    try:
        with only_one(root):
            found = _settled(root)
            if found:
                raise UsageError(
                    f"the sandbox of this checkout answers already, at {found[0].url}; "
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


def stop(root: Path) -> bool:
    """End the sandbox of this checkout and wait until its state is saved; whether there was one.

    Raises:
        UsageError: It does not end.
    """
    found = _settled(root)
    if found is None:
        return False
    endpoint = found[0]
    Control(endpoint.port).stop()
    if not gone(root):
        raise UsageError(f"the sandbox (process {endpoint.pid}) does not end; end it with: kill -9 {endpoint.pid}")
    return True


def _code() -> str:
    """What changes when the sandbox's code does."""
    here = Path(__file__).parent
    return str(max((path.stat().st_mtime_ns for path in here.rglob("*.py")), default=0))
