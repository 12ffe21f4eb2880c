"""What the proxy logs of each request: counted by minute for CloudWatch, and by half second for people."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from generator.sandbox.balancer.haproxy_config import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

# As many latencies as a minute keeps of a group, and as many half seconds as people can look back.
_SAMPLES, _BUCKETS = 2000, 7200
BUCKET = 0.5


class Request(NamedTuple):
    """One request. `at` is Unix time in seconds of its beginning; times are seconds, `latency` -1 where no target answered.

    `target` says whether the answer is a target's own; `end` is HAProxy's termination state (manual 8.5).
    """

    at: float
    frontend: str
    backend: str
    server: str
    status: int
    latency: float
    seconds: float
    end: str
    target: bool


def parse(line: str) -> Request | None:
    """A line of the log, or None for what is not a request."""
    cells = line.split()
    if len(cells) != 11 or cells[0] != "R":
        return None
    at, status, latency, seconds = int(cells[1]), int(cells[5]), int(cells[6]), int(cells[7])
    backend = cells[3].removesuffix(OPEN) if cells[3].startswith("g") else cells[3]
    return Request(
        at / 1000, cells[2], backend, cells[4], status, latency / 1000, seconds / 1000, cells[8], cells[9] == "1"
    )


class Counts:
    """What was counted of one target group, or of a load balancer itself, since somebody asked."""

    def __init__(self) -> None:
        self.requests = 0
        self.of_target: Counter[int] = Counter()
        self.of_balancer: Counter[int] = Counter()
        self.refused = 0
        self.latencies: list[float] = []

    def add(self, request: Request) -> None:
        """Count a request."""
        self.requests += 1
        if request.target:
            self.of_target[request.status // 100] += 1
            if len(self.latencies) < _SAMPLES:
                self.latencies.append(max(0.0, request.latency))
        else:
            self.of_balancer[request.status] += 1
            # The connection to the target was refused, or ran out of time (manual 8.5: S or s, and C).
            self.refused += request.end[:2].upper() == "SC" and request.server != "<NOSRV>"

    def metrics(self) -> list[tuple[str, list[float]]]:
        """As CloudWatch knows them (User Guide for Application Load Balancers, "CloudWatch metrics"): name and values."""
        found: list[tuple[str, list[float]]] = [("RequestCount", [float(sum(self.of_target.values()) + self.refused)])]
        found += [(f"HTTPCode_Target_{kind}XX_Count", [float(count)]) for kind, count in sorted(self.of_target.items())]
        if self.latencies:
            found.append(("TargetResponseTime", self.latencies))
        if self.refused:
            found.append(("TargetConnectionErrorCount", [float(self.refused)]))
        if own := sum(count for status, count in self.of_balancer.items() if status >= 500):
            found.append(("HTTPCode_ELB_5XX_Count", [float(own)]))
        found += [
            (f"HTTPCode_ELB_{s}_Count", [float(self.of_balancer[s])]) for s in (502, 503, 504) if self.of_balancer[s]
        ]
        return found


class RequestLog:
    """Receives every request over UDP.

    Args:
        label: What a (backend, server) stands for, as people call it.
    """

    def __init__(self, label: Callable[[str, str], str]) -> None:
        self._label = label
        self._lock = threading.Lock()
        self._counts: dict[str, Counts] = {}
        self._buckets: deque[tuple[float, Counter[tuple[str, bool]]]] = deque(maxlen=_BUCKETS)
        self.heard = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            # SO_RCVBUFFORCE, where root may: a burst must not be lost.
            self._socket.setsockopt(socket.SOL_SOCKET, 33, 8 * 1024 * 1024)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, name="request-log", daemon=True).start()

    def take(self) -> dict[str, Counts]:
        """What was counted since the last call, by backend."""
        with self._lock:
            found, self._counts = self._counts, {}
        return found

    def buckets(self, since: float) -> list[tuple[float, list[tuple[str, bool, int]]]]:
        """(Unix time, [(label, failed, requests)]) for each half second with requests, the oldest first."""
        with self._lock:
            return [(at, [(n, f, c) for (n, f), c in rows.items()]) for at, rows in self._buckets if at >= since]

    def note(self, request: Request) -> None:
        """Count one request: it failed if anything answered 5xx, or if it was cut before its answer was whole."""
        failed = request.status >= 500 or (request.status < 0) or request.end[0] in "SsPLIRDK"
        key = (self._label(request.backend, request.server), failed)
        at = request.at // BUCKET * BUCKET
        with self._lock:
            self.heard += 1
            self._counts.setdefault(request.backend, Counts()).add(request)
            for then, rows in reversed(self._buckets):
                if then == at:
                    rows[key] += 1
                    return
                if then < at - 60:
                    break
            self._buckets.append((at, Counter({key: 1})))

    def _run(self) -> None:
        while True:
            request = parse(self._socket.recv(2048).decode(errors="replace"))
            if request is not None:
                self.note(request)
