"""The sandbox's process: `python -m generator.sandbox.serve`, started by `process`. The environment comes first."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def arguments() -> argparse.ArgumentParser:
    """The options, which `process` passes."""
    parser = argparse.ArgumentParser(prog="python -m generator.sandbox.serve")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, help="folder of the state; without it nothing is kept")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout that it belongs to")
    parser.add_argument("--speed", type=float, default=0.0)
    parser.add_argument("--idle", type=float, default=15.0, help="end after that many minutes without a call; 0 never")
    parser.add_argument("--ready-fd", type=int, help="write a line of JSON here when the sandbox answers")
    parser.add_argument("--parent-fd", type=int, help="end when this pipe is closed")
    return parser


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1, on this port or, if it is taken, on a free one."""
    for wanted in (port, 0):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", wanted))
        except OSError:
            found.close()
        else:
            found.listen(256)
            found.set_inheritable(True)
            return found
    raise OSError("127.0.0.1 has no free port; end a program that listens there and try again")


def environment(port: int, state: Path | None) -> dict[str, str]:
    """What ministack reads when it is imported: loopback only, no docker, no extra listeners, our folders."""
    found = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nowhere/docker.sock",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "false",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1" if state else "0",
    }
    if state:
        found |= {"STATE_DIR": str(state / "ministack"), "S3_PERSIST": "1", "S3_DATA_DIR": str(state / "s3")}
    return found


async def run(options: argparse.Namespace, listener: socket.socket) -> None:
    """Serve until somebody ends it, the parent is gone or nobody has called for too long."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from generator.sandbox import engines, faults, identity, private, trace
    from generator.sandbox.application import Overlay
    from generator.sandbox.clock import CLOCK
    from generator.sandbox.control import control
    from generator.sandbox.state import STORES

    started = time.time()
    if options.state:
        STORES.keep_in(options.state / "engines")
    CLOCK.set_speed(options.speed)
    private.route_users_to_their_account()
    for part in (identity, faults, trace):
        part.install()
    overlay = Overlay(private.app())
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    if options.parent_fd is not None:
        loop.add_reader(options.parent_fd, ended.set)

    def on_loop(function: Callable[[], None]) -> None:
        done = asyncio.run_coroutine_threadsafe(_call(function), loop)
        done.result(30)

    @control("status")
    def status(_: dict[str, Any]) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "port": int(os.environ["GATEWAY_PORT"]),
            "root": str(options.root),
            "state": str(options.state) if options.state else None,
            "speed": CLOCK.speed,
            "started": started,
            "idle": round(overlay.activity.idle()),
            "idle_limit": options.idle,
            "calls": overlay.activity.calls,
        }

    @control("stop")
    def stop(_: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(ended.set)

    @control("reset")
    def reset(_: dict[str, Any]) -> None:
        CLOCK.interrupt()
        STORES.reset()
        on_loop(private.reset)

    @control("save")
    def save(_: dict[str, Any]) -> None:
        STORES.save()
        on_loop(private.save)

    @control("speed")
    def speed(body: dict[str, Any]) -> None:
        CLOCK.set_speed(float(body.get("speed", -1)))

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"

    async def until_ended() -> None:
        # hypercorn asks for this trigger when it listens, after ministack's own start.
        if options.state:
            await asyncio.to_thread(engines.load_for, STORES.saved())
        announce(options.ready_fd, {"pid": os.getpid(), "port": int(os.environ["GATEWAY_PORT"])})
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), 5)
            except TimeoutError:
                if options.idle and overlay.activity.idle() > options.idle * 60:
                    ended.set()
        CLOCK.interrupt()
        await asyncio.to_thread(STORES.save)

    await serve(overlay, config, shutdown_trigger=until_ended)  # type: ignore[arg-type]


async def _call(function: Callable[[], None]) -> None:
    function()


def announce(fd: int | None, found: dict[str, Any]) -> None:
    """Tell the parent that the sandbox answers."""
    if fd is not None:
        with os.fdopen(fd, "w") as pipe:
            pipe.write(json.dumps(found) + "\n")


def main() -> int:
    """Run the process."""
    options = arguments().parse_args()
    # Held until the process is gone: `process.stop` waits for it, and two sandboxes never share a state.
    with contextlib.ExitStack() as held:
        if options.state:
            options.state.mkdir(parents=True, exist_ok=True)
            alive = held.enter_context((options.state / "alive").open("a"))
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    listener = listen(options.port)
    os.environ.update(environment(listener.getsockname()[1], options.state))
    asyncio.run(run(options, listener))
    return 0


if __name__ == "__main__":
    sys.exit(main())
