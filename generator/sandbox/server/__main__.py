"""The sandbox's process: `python -m generator.sandbox.server.__main__`, started by `process`. The environment comes first."""

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
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.proxies import settle
from generator.safe_text import plain
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.control import control
from generator.sandbox.server.persistence import MINISTACK, STORES
from generator.sandbox.server.snapshot import Unreadable
from generator.sandbox.server.state_saver import LOOK_EVERY, StateSaver

if TYPE_CHECKING:
    from collections.abc import Coroutine

# How long threads may take to end after everything is saved.
_LINGER = 3.0


def arguments() -> argparse.ArgumentParser:
    """The options, which `process` passes."""
    parser = argparse.ArgumentParser(prog="python -m generator.sandbox.server.__main__")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, help="folder of the state; without it nothing is kept")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout that it belongs to")
    parser.add_argument("--speed", type=float, default=0.0)
    parser.add_argument(
        "--idle", type=float, default=15.0, help="stop after this many minutes without a call; 0 never stops"
    )
    parser.add_argument("--enforce", action="store_true", help="let IAM policies decide from the start")
    parser.add_argument("--code", default="", help="what the status says of the code that runs")
    parser.add_argument("--ready-fd", type=int, help="write a line of JSON here when the sandbox answers")
    parser.add_argument("--endpoint", type=Path, help="file to write the same into, whole, before that")
    parser.add_argument(
        "--alive-fd", type=int, help="a file whose lock is ours; without it, that of the state is taken"
    )
    parser.add_argument("--parent-fd", type=int, help="end when this pipe is closed")
    return parser


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1, on this port or, if it is taken, on a free one."""
    for choice in (port, 0):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", choice))
        except OSError:
            found.close()
        else:
            found.listen(256)
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


class Server:
    """The running sandbox.

    Args:
        options: Of the command line.
        listener: The socket that it answers on.
    """

    def __init__(self, options: argparse.Namespace, listener: socket.socket) -> None:
        from generator.sandbox.iam import enforcement, identity
        from generator.sandbox.server import faults, ministack_server, ministack_state, models, trace
        from generator.sandbox.server.asgi import Overlay

        self.options = options
        self.port: int = listener.getsockname()[1]
        self.listener = listener
        self.started = time.time()
        self.refusal: Unreadable | None = None
        self.ended = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        if options.state:
            STORES.keep_in(options.state)
        CLOCK.set_speed(options.speed)
        ministack_server.route_users_to_their_account()
        ministack_server.take_signed_names_as_they_are()
        ministack_server.read_models_with(models.model)
        self.saver = StateSaver(STORES)
        ministack_state.leave_saving_to(self.saver.at_the_end)
        for part in (identity, faults, trace, enforcement):
            part.install()
        if options.enforce:
            enforcement.ENFORCEMENT.on = True
        self.overlay = Overlay(ministack_server.app())
        for name, command in (("status", self.status), ("stop", self.stop), ("reset", self.reset), ("save", self.save)):
            control(name)(command)
        control("speed")(self.speed)

    async def run(self) -> None:
        """Serve until somebody ends it, the parent is gone or nobody has called for too long."""
        from hypercorn.asyncio import serve
        from hypercorn.config import Config

        from generator.sandbox.ecs.ministack_ecs import keep_loop
        from generator.sandbox.server import ministack_state

        keep_loop(self.loop)
        if (snapshot := STORES.snapshot) is not None:
            ministack_state.load(lambda key: snapshot.read(f"{MINISTACK}{key}"))
        for name in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(name, self.ended.set)
        if self.options.parent_fd is not None:
            self.loop.add_reader(self.options.parent_fd, self.ended.set)
        config = Config()
        config.bind = [f"fd://{self.listener.detach()}"]
        config.keep_alive_timeout = 75
        config.graceful_timeout = 1
        config.loglevel = "WARNING"
        await serve(self.overlay, config, shutdown_trigger=self.until_ended)  # type: ignore[arg-type]
        # All is saved by now. A thread that still talks to a server that is gone must not keep the process.
        last = threading.Timer(_LINGER, os._exit, (0,))
        last.daemon = True
        last.start()
        if self.refusal is not None:
            raise self.refusal

    async def until_ended(self) -> None:
        """Hypercorn asks for this trigger when it listens, after ministack's own start."""
        from generator.sandbox.server import service_modules

        try:
            await asyncio.to_thread(service_modules.load_for, STORES.saved())
        except Unreadable as error:
            # Ends without a save: nothing of the state is changed.
            self.refusal, STORES.snapshot = error, None
            return
        announce(self.options, {"pid": os.getpid(), "port": self.port})
        while not self.ended.is_set():
            try:
                await asyncio.wait_for(self.ended.wait(), LOOK_EVERY)
            except TimeoutError:
                await self.saver.when_due()
                if self.options.idle and self.overlay.activity.idle() > self.options.idle * 60:
                    self.ended.set()
        CLOCK.interrupt()
        await self.saver.now()

    def status(self, _: dict[str, Any]) -> dict[str, Any]:
        """What `slipway sandbox status` shows."""
        options, activity = self.options, self.overlay.activity
        return {
            "pid": os.getpid(),
            "port": self.port,
            "root": str(options.root),
            "state": str(options.state) if options.state else None,
            "code": options.code,
            "speed": CLOCK.speed,
            "started": self.started,
            "idle": round(activity.idle()),
            "idle_limit": options.idle,
            "calls": activity.calls,
        }

    def stop(self, _: dict[str, Any]) -> None:
        """End, after the answer."""
        self.loop.call_soon_threadsafe(self.ended.set)

    def reset(self, _: dict[str, Any]) -> None:
        """Forget everything, and continue as started."""
        CLOCK.interrupt()
        CLOCK.set_speed(self.options.speed)
        self._on_loop(self.saver.forget())

    def save(self, _: dict[str, Any]) -> None:
        """Write the state now."""
        STORES.touch()
        self._on_loop(self.saver.now())

    def speed(self, body: dict[str, Any]) -> None:
        """Set the speed."""
        CLOCK.set_speed(float(body.get("speed", -1)))

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it where ministack's services change their state."""
        asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


def announce(options: argparse.Namespace, found: dict[str, Any]) -> None:
    """Tell anyone who looks, and the parent, that the sandbox answers."""
    if options.endpoint is not None:
        # Written whole, and by us: others read it without a lock, and the parent may be gone.
        partial = options.endpoint.with_suffix(".partial")
        partial.write_text(json.dumps(found))
        partial.replace(options.endpoint)
    if options.ready_fd is not None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(options.ready_fd, "w") as pipe:
            pipe.write(json.dumps(found) + "\n")


def main() -> int:
    """Run the process."""
    options = arguments().parse_args()
    settle(os.environ)
    # Held until the process is gone: `process.stop` waits for it, and two sandboxes never share a state.
    with contextlib.ExitStack() as held:
        if options.alive_fd is not None:
            fcntl.fcntl(options.alive_fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        elif options.state:
            options.state.mkdir(parents=True, exist_ok=True)
            alive = held.enter_context((options.state / "alive").open("a"))
            try:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.stderr.write(f"another sandbox uses {plain(str(options.state))}\n")
                return 1
        return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    listener = listen(options.port)
    os.environ.update(environment(listener.getsockname()[1], options.state))

    async def run() -> None:
        await Server(options, listener).run()

    try:
        asyncio.run(run())
    except Unreadable as error:
        sys.stderr.write(f"{plain(str(error))}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
