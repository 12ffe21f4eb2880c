"""The proxy itself: HAProxy as a process that ends with the sandbox, and its runtime API over a socket."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from generator.sandbox.processes.process_host import Listener, Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.sandbox.processes.process_host import Container, ProcessHost

PACKAGE = "haproxy"
_PATIENCE = 20.0


def program() -> str:
    """Where HAProxy is installed; "" if it is not. Debian puts it where only root looks."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin") or ""


class ServerState(NamedTuple):
    """A target as the proxy sees it: is it up, how many checks it passed since it was down, and how many requests it has."""

    up: bool
    passed: int
    requests: int


class Haproxy:
    """A running HAProxy in master-worker mode.

    Args:
        host: Runs it, so that it ends with the sandbox.
        folder: For its sockets and files.
        complain: Hears what it prints.
    """

    def __init__(self, host: ProcessHost, folder: Path, complain: Callable[[str], None]) -> None:
        self._host, self.folder, self._complain = host, folder, complain
        self._container: Container | None = None
        self._lock = threading.Lock()

    def load(self, config: str, weights: dict[str, int]) -> None:
        """Start with a configuration, or take it up without losing a connection.

        Raises:
            RuntimeError: HAProxy refuses it, or does not answer; the text says why.
        """
        path = self.folder / "haproxy.cfg"
        (self.folder / "weights.map").write_text("".join(f"{key} {value}\n" for key, value in weights.items()))
        path.write_text(config)
        run = subprocess.run([program(), "-c", "-f", str(path)], check=False, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"HAProxy refuses {path}: {run.stderr[-2000:]}")
        before = self._pid()
        if self._container is None:
            argv = (program(), "-W", "-S", str(self.folder / "master.sock"), "-f", str(path))
            self._container = self._host.start(
                Program(argv, str(self.folder), {"PATH": os.defpath}),
                Listener(lambda lines: self._complain("\n".join(lines)), lambda *_: None, lambda *_: None),
            )
        else:
            with contextlib.suppress(OSError):
                _ask(self.folder / "master.sock", "reload")
        end = time.monotonic() + _PATIENCE
        while self._pid() in {"", before}:
            if time.monotonic() > end:
                raise RuntimeError(f"HAProxy does not answer; read {path}")
            time.sleep(0.02)

    def tell(self, *commands: str) -> str:
        """Commands of the runtime API, in one go; what they answered."""
        with self._lock:
            return _ask(self.folder / "admin.sock", ";".join(commands))

    def states(self) -> dict[tuple[str, str], ServerState]:
        """Every target that is in use, by backend and server (`show servers state`, `show stat`)."""
        requests: dict[tuple[str, str], int] = {}
        for line in self.tell("show stat -1 4 -1").splitlines():
            cells = line.split(",")
            if len(cells) > 4 and not line.startswith("#"):
                requests[cells[0], cells[1]] = int(cells[4] or 0)
        found: dict[tuple[str, str], ServerState] = {}
        for line in self.tell("show servers state").splitlines():
            cells = line.split()
            # Columns: be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state ... srv_check_health is the 13th.
            if len(cells) > 18 and cells[0] != "#" and not int(cells[6]) & 1:
                key = (cells[1], cells[3])
                found[key] = ServerState(cells[5] == "2", int(cells[12]), requests.get(key, 0))
        return found

    def stop(self) -> None:
        """End it."""
        if self._container:
            self._container.kill()
            self._container = None

    def _pid(self) -> str:
        """The process that answers now."""
        with contextlib.suppress(OSError):
            for line in self.tell("show info").splitlines():
                if line.startswith("Pid:"):
                    return line.partition(":")[2].strip()
        return ""


def _ask(path: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(_PATIENCE)
        found.connect(str(path))
        found.sendall(command.encode() + b"\n")
        found.shutdown(socket.SHUT_WR)
        parts = []
        while data := found.recv(65536):
            parts.append(data)
    return b"".join(parts).decode(errors="replace")


def certificate(folder: Path) -> str:
    """A certificate of its own for listeners with TLS, made by openssl; "" where that is not installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return ""
    pem, key = folder / "tls.pem", folder / "tls.key"
    if not pem.exists():
        made = folder / "tls.crt"
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", str(key), "-out", str(made), "-days", "365", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        pem.touch(mode=0o600)
        pem.write_text(made.read_text() + key.read_text())
        key.unlink()
    return str(pem)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
