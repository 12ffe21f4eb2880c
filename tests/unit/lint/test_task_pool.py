"""Work spread over forked children."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from generator.lint import task_pool
from generator.lint.task_pool import processes, spread


def square(task: int) -> bytes:
    """A task's square, as text."""
    return str(task * task).encode()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_task_is_done_once(count: int) -> None:
    """However many processes work, each task has one result."""
    results = list(spread(range(50), square, count))
    assert sorted(results) == [(task, square(task)) for task in range(50)]


def test_large_results_arrive_whole() -> None:
    """A result larger than any socket buffer comes back complete."""
    results = dict(spread([0, 1], lambda task: bytes([task]) * 3_000_000, 2))
    assert results == {0: b"\0" * 3_000_000, 1: b"\1" * 3_000_000}


def test_a_dead_child_costs_nothing() -> None:
    """A child that is killed, as by the kernel for its memory, loses no result: the parent does its task."""
    parent = os.getpid()

    def fragile(task: int) -> bytes:
        if task == 3 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return square(task)

    assert sorted(spread(range(8), fragile, 2)) == [(task, square(task)) for task in range(8)]


def test_an_error_is_raised_where_it_can_be_seen() -> None:
    """What goes wrong in a child goes wrong again in the parent, with its own traceback."""

    def broken(task: int) -> bytes:
        raise ValueError(f"task {task}")

    with pytest.raises(ValueError, match="task"):
        list(spread(range(4), broken, 2))


def test_stopping_early_leaves_no_child(tmp_path: Path) -> None:
    """A caller that stops, as after Ctrl-C, leaves no process behind."""

    def slow(task: int) -> bytes:
        (tmp_path / str(os.getpid())).touch()
        if task:
            signal.pause()
        return b""

    running = spread([0, 1, 2, 3], slow, 2)
    next(running)
    running.close()
    children = [int(path.name) for path in tmp_path.iterdir()]
    assert children
    for pid in children:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_few_tasks_stay_in_this_process() -> None:
    """One or two templates are not worth a fork."""
    assert processes(2) == 1
    assert processes(0) == 1


def test_no_more_processes_than_cores_or_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children are as many as there are cores that this process may use, and never more than eight."""
    monkeypatch.setattr(task_pool.sys, "platform", "linux")
    monkeypatch.setattr(task_pool.os, "sched_getaffinity", lambda _pid: set(range(64)), raising=False)
    assert processes(100) == 8
    assert processes(5) == 5


def test_macos_works_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS the system may abort forked children, so all work stays in one process there."""
    monkeypatch.setattr(task_pool.sys, "platform", "darwin")
    assert processes(100) == 1
