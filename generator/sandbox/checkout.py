"""What a checkout keeps of its sandbox: the folder `.cache/sandbox`, where it last answered, and the locks. Imports no AWS library."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.sandbox.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

# The file below `state` whose lock the process holds as long as it lives.
ALIVE = "alive"


def root_of(stacks: str) -> Path:
    """The checkout of a configuration folder: the folder that it is in."""
    return Path(stacks).resolve().parent


def folder(root: Path) -> Path:
    """Where the sandbox of a checkout keeps its things."""
    return root.resolve() / ".cache" / "sandbox"


def remembered(root: Path) -> Endpoint | None:
    """Where the last sandbox of this checkout answered, whether it lives or not; None if there was none."""
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


def running(root: Path) -> bool:
    """Whether the process of this checkout's sandbox lives: it holds a lock as long as it does."""
    return _held(folder(root) / "state" / ALIVE)


def gone(root: Path, within: float = 60.0) -> bool:
    """Wait until the process is gone and its state is saved; whether it is."""
    end = time.monotonic() + within
    while running(root):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold what lets one command at a time start or end the sandbox of a checkout; others wait."""
    place = folder(root)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (place / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def empty(state: Path) -> None:
    """Delete the state, and keep the file whose lock is held."""
    for path in state.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != ALIVE:
            path.unlink(missing_ok=True)
