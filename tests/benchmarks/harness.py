"""Runs commands in turn and reports medians and ratios: machines are noisy, and noise hits neighbours alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.release.fake_platform import FakePlatform


class Case(NamedTuple):
    """A command to time. ``before`` runs before each round, uncounted; ``ok`` are exit codes that count as success."""

    name: str
    command: Sequence[str]
    cwd: Path
    before: Callable[[], object] = lambda: None
    env: Mapping[str, str] = {}
    ok: tuple[int, ...] = (0,)


class Figure(NamedTuple):
    """Median wall seconds, their range, and the largest process's peak memory in MiB."""

    median: float
    low: float
    high: float
    mib: float


def once(case: Case) -> tuple[float, float]:
    """Wall seconds and peak MiB of one run.

    Raises:
        SystemExit: the command failed; a time for it would mean nothing.
    """
    case.before()
    log = case.cwd / ".bench.log"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            case.command, cwd=case.cwd, env={**os.environ, **case.env}, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in case.ok:
        raise SystemExit(f"{case.name}: exit code {process.returncode}\n{log.read_text(errors='replace')[-2000:]}")
    log.unlink()
    return seconds, usage.ru_maxrss / 1024


def compare(cases: Sequence[Case], rounds: int) -> dict[str, Figure]:
    """Run every case ``rounds`` times after one warm-up, A B C A B C, and summarise."""
    runs: dict[str, list[tuple[float, float]]] = {c.name: [] for c in cases}
    for case in cases:
        once(case)
    for _ in range(rounds):
        for case in cases:
            runs[case.name].append(once(case))
    return {
        name: Figure(
            statistics.median(s for s, _ in r), min(s for s, _ in r), max(s for s, _ in r), max(m for _, m in r)
        )
        for name, r in runs.items()
    }


def table(title: str, figures: Mapping[str, Figure], base: str) -> None:
    """Print medians, range, memory, and each median over the base's."""
    print(f"\n{title}\n{'':44}{'median':>10}{'min':>10}{'max':>10}{'MiB':>8}{'ratio':>9}")
    for name, f in figures.items():
        print(
            f"{name:44}{_time(f.median)}{_time(f.low)}{_time(f.high)}{f.mib:>8.0f}{f.median / figures[base].median:>8.2f}×"
        )


def verdict(text: str, value: float, limit: float, *, at_least: bool) -> bool:
    """Print a promised ratio beside the measured one, and say whether it holds."""
    holds = value >= limit if at_least else value <= limit
    print(
        f"  {'holds' if holds else 'MISSED'}: {text}: {value:.2f} ({'at least' if at_least else 'at most'} {limit:g})"
    )
    return holds


def _time(seconds: float) -> str:
    return f"{seconds * 1000:>8.0f}ms" if seconds < 10 else f"{seconds:>9.1f}s"


@contextmanager
def timed(platform: FakePlatform) -> Iterator[list[float]]:
    """Milliseconds of each ``advance`` of the platform's workers that made a transition."""
    took: list[float] = []
    for worker in platform.workers:
        advance = worker.service.advance

        def clocked(release_id: str, advance: Callable[..., Any] = advance, **more: Any) -> Any:
            before = time.perf_counter()
            came = advance(release_id, **more)
            if came.moved:
                took.append((time.perf_counter() - before) * 1000)
            return came

        worker.service.advance = clocked  # type: ignore[method-assign]
    yield took
