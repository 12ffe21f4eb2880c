"""The board as people reach it: its page behind nginx, over the real backend, over a log that workers really wrote."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from board.application import create, look
from generator.release.client import request_id
from generator.release.model.requests import Lock
from generator.release.model.version import Version
from tests.app.stage import Stage, without_connections
from tests.release.fake_platform import FakePlatform

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "app" / "frontend"
# Monday, 30 November 2026, 08:00 UTC: when the first release of the story's last day begins.
MORNING = 1_796_025_600.0
DAY = 86_400.0
SUBJECTS = (
    "Show the price with tax",
    "Keep the basket when somebody signs in",
    "Search in descriptions too",
    "Send the receipt as a PDF",
    "Say which shop has it in stock",
)


def need(program: str, package: str) -> str:
    """The path of a program; without it a test is skipped on a developer's machine, and fails in CI."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        _miss(f"{program} is not installed; the test of the board's page needs it: apt-get install {package}")
    assert found
    return found


def built() -> Path:
    """The page as `make frontend` built it."""
    dist = FRONTEND / "dist"
    if not (dist / "index.html.gz").exists():
        _miss("the board's page is not built; run: make frontend")
    return dist


def _miss(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def story() -> FakePlatform:
    """A month of releases: good ones, one that was rolled back, one that people said no to, one that waits, a lock."""
    platform = FakePlatform(ticks=2)
    platform.clock.now = MORNING - 30 * DAY
    _publish(platform, 1)
    for environment in ("dev", "prod"):
        platform.created(environment)
        platform.end(_approved(platform, environment, "web"))
    for number in (2, 3, 4):
        platform.clock.sleep(6 * DAY + 5000 * number)
        version = _publish(platform, number)
        platform.end(_approved(platform, "dev", "app"))
        platform.clock.sleep(3600)
        if number == 3:
            _, services = platform.aws("prod")
            services.bad[version.images["app"].digest] = "tasks failed to start: the container exited with 1"
        platform.end(_approved(platform, "prod", "app"))
    platform.clock.sleep(2 * DAY)
    refused = platform.deploy("prod", "web", reason="before the fair")
    platform.decide(refused, "reject", reason="not before the fair is over")
    platform.ask(Lock(id=request_id(), scope="prod/service-web", reason="A customer shows the shop at a fair"), "cleo")
    platform.clock.now = MORNING
    _publish(platform, 5)
    platform.end(_approved(platform, "dev", "app"))
    platform.clock.sleep(900)
    platform.deploy("prod", "app", reason="customers wait for it")
    platform.clock.sleep(720)
    return platform


def _publish(platform: FakePlatform, number: int) -> Version:
    version = platform.publish(number)
    commit = msgspec.structs.replace(version.commit, subject=SUBJECTS[number - 1])
    platform.versions._versions[version.id] = msgspec.structs.replace(version, commit=commit)
    return version


def _approved(platform: FakePlatform, environment: str, app: str) -> str:
    release = platform.deploy(environment, app)
    if platform.state(release) == "waiting for approval":
        platform.decide(release, "approve")
    return release


class Site:
    """A running board. ``url`` is nginx's address; ``look`` lets the board look at the log, as it does every 3 seconds."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.url = stage, ""
        self.loop: asyncio.AbstractEventLoop | None = None

    def look(self) -> None:
        """One look at the log; anyone who listens is told of new steps."""
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(look(self.stage.parts), self.loop).result(120)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """What nginx answers."""
        return self.ask("GET", path, headers)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """What nginx answers to a method."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=120)
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found


@contextmanager
def served(stage: Stage, folder: Path) -> Iterator[Site]:
    """The backend and nginx on free ports, until the end."""
    site = Site(stage)
    with _backend(site) as behind, _nginx(folder, behind) as front:
        site.url = f"http://127.0.0.1:{front}"
        yield site


@contextmanager
def _backend(site: Site) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create(site.stage.parts), log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)

    async def serve() -> None:
        site.loop = asyncio.get_running_loop()
        await server.serve([listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        site.stage.parts.events.close()
        without_connections(server)
        server.should_exit = True
        thread.join()
        listener.close()


def configuration(folder: Path, port: int, behind: int, dist: Path) -> str:
    """nginx.conf as it is committed, with ports and folders of this machine."""
    text = re.sub(r"(?<= )/tmp/", f"{folder}/", (FRONTEND / "nginx.conf").read_text())
    replaced: dict[str, Any] = {
        "listen 3000;": f"listen 127.0.0.1:{port};",
        "server app:8080;": f"server 127.0.0.1:{behind};",
        "root /srv/board;": f"root {dist};",
        "include /etc/nginx/security-headers.conf;": f"include {FRONTEND / 'security-headers.conf'};",
        "worker_processes auto;": "worker_processes 1;",
        "access_log /dev/stdout json;": f"access_log {folder}/access.log json;",
        "error_log /dev/stderr warn;": f"error_log {folder}/error.log warn;",
    }
    for ours, here in replaced.items():
        assert ours in text, ours
        text = text.replace(ours, here)
    return text


@contextmanager
def _nginx(folder: Path, behind: int) -> Iterator[int]:
    program = need("nginx", "nginx-light")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = folder / "nginx.conf"
    path.write_text(configuration(folder, port, behind, built()))
    # Workers drop root's rights for the user that the distribution compiled in; the folder must let them pass.
    command = [program, "-e", str(folder / "error.log"), "-c", str(path), "-g", "daemon off;" + _user()]
    process = subprocess.Popen(command)
    try:
        for _ in range(3000):
            assert process.poll() is None, (folder / "error.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=60).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


def _user() -> str:
    """Who is root stays root here: the checkout may be closed to others."""
    return " user root;" if os.geteuid() == 0 else ""
