"""Load from programs that others wrote, which keep a rate and count every failure: hey and h2load; and their answers."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Sent(NamedTuple):
    """What a program sent: requests, failed ones, and latencies of the middle and of the slowest hundredth in seconds."""

    name: str
    requests: int
    failed: int
    p50: float | None
    p99: float | None
    problems: str = ""


class Generator(NamedTuple):
    """A program that makes load. `rate` is requests a second.

    h2load gets a number of requests and no time: it counts what is under way when its time is up as failed.
    """

    name: str
    rate: float
    argv: tuple[str, ...]


def generators(url: str, host: str, seconds: int, folder: Path, share: float = 1.0) -> list[Generator]:
    """All of them: keep-alive, new connections, HTTP/2, uploads, and requests of five seconds.

    Args:
        url: Where the load balancer answers.
        host: The host that the service's rule asks for.
        seconds: How long there is HTTP/2, by the number of its requests; the others run until they are stopped.
        folder: For the body of the uploads.
        share: Of the whole rate, which is 440 requests a second.
    """
    body = folder / "upload"
    body.write_bytes(b"x" * 100_000)
    hey = ("hey", "-t", "30", "-z", "1h", "-host", host)
    each = max(1, round(30 * share))
    return [
        Generator("keep-alive", 10 * each, (*hey, "-c", "10", "-q", str(each), f"{url}/health")),
        Generator("new connections", 20, (*hey, "-c", "2", "-q", "10", "-disable-keepalive", f"{url}/proof/version")),
        Generator("uploads", 4, (*hey, "-c", "2", "-q", "2", "-m", "POST", "-D", str(body), f"{url}/proof/upload")),
        Generator("requests of 5 s", 0.8, (*hey, "-c", "4", "-q", "1", f"{url}/proof/slow")),
        Generator(
            "HTTP/2", 4 * each,
            ("h2load", "-c", "2", "-m", "8", "--rps", str(2 * each), "-n", str(4 * each * seconds), "-H", f":authority: {host}", f"{url}/health"),
        ),
    ]  # fmt: skip


def missing() -> list[str]:
    """The Debian packages that are not installed."""
    wanted = {"haproxy": "haproxy", "hey": "hey", "h2load": "nghttp2-client"}
    return [p for name, p in wanted.items() if not shutil.which(name) and not shutil.which(name, path="/usr/sbin")]


class Load:
    """Load that runs. What it says goes into files of a folder."""

    def __init__(self, generators: list[Generator], folder: Path) -> None:
        self._running = []
        for number, one in enumerate(generators):
            path = folder / f"load-{number}"
            with path.open("wb") as output:
                process = subprocess.Popen(one.argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            self._running.append((one, path, process))

    def stop(self) -> list[Sent]:
        """What each of them sent. hey ends on SIGINT, with the requests that are under way; h2load after its time."""
        for one, _, process in self._running:
            if one.argv[0] == "hey":
                process.send_signal(signal.SIGINT)
        found = []
        for one, path, process in self._running:
            process.wait()
            text = path.read_text(errors="replace")
            found.append(of_h2load(one.name, text) if one.argv[0] == "h2load" else of_hey(one.name, text))
        return found

    def kill(self) -> None:
        """End what still runs, because nobody waits for its answer any more."""
        for _, _, process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()


def of_hey(name: str, text: str) -> Sent:
    """What hey's summary says: answers by status, and errors."""
    statuses = {
        int(code): int(count) for code, count in re.findall(r"^\s+\[(\d{3})\]\s+(\d+) responses", text, re.MULTILINE)
    }
    errors = re.findall(r"^\s+\[(\d+)\]\s+(\S.*)$", text.partition("Error distribution:")[2], re.MULTILINE)
    quantiles = dict(re.findall(r"(\d+)% in ([\d.]+) secs", text))
    bad = sum(count for code, count in statuses.items() if code >= 400)
    lost = sum(int(count) for count, _ in errors)
    problems = [f"{code}: {count}" for code, count in statuses.items() if code >= 400]
    problems += [f"{text[:80]}: {count}" for count, text in errors]
    return Sent(
        name, sum(statuses.values()) + lost, bad + lost,
        float(quantiles["50"]) if "50" in quantiles else None, float(quantiles["99"]) if "99" in quantiles else None,
        "; ".join(problems),
    )  # fmt: skip


def of_h2load(name: str, text: str) -> Sent:
    """What h2load's summary says: it counts what was started and not answered as failed or errored."""
    found = re.search(
        r"requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout",
        text,
    )
    if found is None:
        return Sent(name, 0, 1, None, None, text[-300:])
    succeeded, failed = int(found[4]), int(found[5])
    codes = re.search(r"status codes: (.*)", text)
    problems = f"{found[0]}; {codes[1] if codes else ''}" if failed else ""
    return Sent(name, succeeded + failed, failed, None, None, problems)
