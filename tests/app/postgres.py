"""A PostgreSQL of one's own: a cluster in a temporary folder, reached over a socket there, gone with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def server_programs() -> Path | None:
    """The folder of initdb and postgres, the newest that is installed; Debian keeps them outside of PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return places[-1].parent if places else None


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of an empty database. PostgreSQL refuses to run as root, so for root it runs as the user postgres."""
    programs = server_programs()
    if programs is None:
        why = "there is no PostgreSQL here; install it with: apt-get install postgresql"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    # A socket's path has 107 characters at most, and pytest's own folders are long and root's.
    folder = Path(tempfile.mkdtemp(prefix="board-"))
    other: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    data = folder / "data"
    try:
        subprocess.run(
            [*other, programs / "initdb", "-D", data, "-U", "board", "-A", "trust", "--no-sync", "-E", "UTF8"],
            cwd=folder, env=env, check=True, capture_output=True,
        )  # fmt: skip
        control = [*other, str(programs / "pg_ctl"), "-D", str(data), "-w"]
        options = f"-c listen_addresses= -k {folder} -c fsync=off -c max_connections=20 -c shared_buffers=8MB"
        subprocess.run(
            [*control, "-t", "600", "-l", str(folder / "log"), "-o", options, "start"],
            cwd=folder, env=env, check=True, capture_output=True,
        )  # fmt: skip
        try:
            yield f"postgresql://board@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], cwd=folder, env=env, check=True, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
