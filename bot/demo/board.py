"""The release board in the demo: `app/backend` as a process of its own. It reads the embedded AWS's release log."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from bot.workspace.page.layout import Extension
from bot.workspace.render.markup import Html, tag
from generator.wiring.adapters import Home

_PATIENCE = 120.0
# What the board imports beside Slipway: the extra `board`.
NEEDS = ("fastapi", "uvicorn", "prometheus_client", "sqlalchemy")


class Board(NamedTuple):
    """Where the board answers, or why it is off. ``url`` is that of its page, or of its API if no page was built."""

    url: str = ""
    why: str = ""


@contextmanager
def running(checkout: Path, folder: Path, stacks: Path, home: Home, endpoint: str) -> Iterator[Board]:
    """Run the board while the context lasts. A board that can't start is off, and says why.

    It reads the log as the account's root, because the demo's IAM is not enforced, and everybody on this machine sees
    it.
    """
    backend, page = checkout / "app" / "backend", checkout / "app" / "frontend" / "dist"
    if not (backend / "board").is_dir():
        yield Board(why="this checkout has no app/backend")
        return
    if any(find_spec(name) is None for name in NEEDS):
        yield Board(why="its packages are not installed; run: make setup")
        return
    built = (page / "index.html").is_file()
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(backend), *filter(None, sys.path)]),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": home.account,
        "AWS_SECRET_ACCESS_KEY": "demo",
        "SLIPWAY_STACKS": str(stacks),
        "RELEASE_TABLE": home.table,
        "RELEASE_TABLE_REGION": home.region,
        "BOARD_ACCESS": "open",
        "BOARD_REFRESH_SECONDS": "1",
        "BOARD_DRAIN_SECONDS": "0",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "METRICS_PORT": "0",
        **({"BOARD_PAGE": str(page)} if built else {}),
    }
    log = folder / "board.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "board"], cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        port = _port(process, log)
        if not port:
            yield Board(why=f"it did not start; see {log}")
        elif built:
            yield Board(f"http://127.0.0.1:{port}/")
        else:
            yield Board(f"http://127.0.0.1:{port}/api/overview", "its page is not built; run: make frontend")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """The port that the board reports. 0 if it ends or reports none in time."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_bytes().splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and isinstance(found.get("listening"), int):
                return int(found["listening"])
        time.sleep(0.05)
    return 0


def extension(board: Callable[[], Board | None]) -> Extension:
    """The link beside the chat. ``board`` returns None until the board is there."""

    def application(frame: Callable[[str, str, Html], web.Response]) -> web.Application:
        async def open_board(request: web.Request) -> web.Response:
            found = board() or Board(why="it is being set up; try again in a minute")
            if found.url:
                raise web.HTTPFound(found.url)
            text = f"The release board is off: {found.why}."
            return frame(request.match_info["handle"], "The release board", tag("p", None, text))

        made = web.Application()
        made.add_routes([web.get("/{handle}", open_board)])
        return made

    return Extension(path="board", title="The release board", icon="▤", application=application)
