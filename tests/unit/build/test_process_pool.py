"""Many jobs run in several processes with the same results and errors as in one."""

import os
import signal

import pytest

from generator.build import process_pool
from generator.errors import BuildError


def double(n: int) -> int:
    if n % 100 == 7:
        raise BuildError(f"job {n} is unlucky")
    return 2 * n


@pytest.mark.parametrize("count", [3, process_pool.WORTH_IT + 1])
def test_every_job_is_done_once(count: int) -> None:
    """Few jobs or many, each result arrives."""
    jobs = [n for n in range(count) if n % 100 != 7]
    assert sorted(process_pool.run_jobs(len(jobs), lambda: iter(jobs), double, int)) == [2 * n for n in jobs]


@pytest.mark.parametrize("count", [120, process_pool.WORTH_IT + 100])
def test_all_errors_come_at_once(count: int) -> None:
    """A build with several bad stacks names all of them, in one process or in many."""
    with pytest.raises(BuildError) as caught:
        list(process_pool.run_jobs(count, lambda: iter(range(count)), double, int))
    assert sorted(str(caught.value).splitlines()) == sorted(f"job {n} is unlucky" for n in range(count) if n % 100 == 7)


def test_a_killed_process_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a result is never taken for the whole."""
    monkeypatch.setattr(process_pool, "WORTH_IT", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    parent = os.getpid()

    def die(n: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    with pytest.raises(BuildError, match="ended with status -9"):
        list(process_pool.run_jobs(4, lambda: iter([1, 2, 3, 4]), die, int))
