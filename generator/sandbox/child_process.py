"""Starting the sandbox's process. Imports no AWS library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# Seconds. A start takes under three, and much longer on a machine that has other things to do.
READY_WITHIN = 180.0


def spawn(
    options: list[str], *, port: int, log: int, parent_fd: int | None = None, alive_fd: int | None = None
) -> tuple[subprocess.Popen[bytes], dict[str, int] | None]:
    """Start the process and wait until it answers.

    Args:
        options: Of `generator.sandbox.server.__main__`.
        port: The port wanted; 0 for any.
        log: The file descriptor for its error messages.
        parent_fd: The reading end of a pipe: the process ends when its writing end is closed.
        alive_fd: A file whose lock the process holds from now on.

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
    if alive_fd is not None:
        command += ["--alive-fd", str(alive_fd)]
        passed.append(alive_fd)
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
