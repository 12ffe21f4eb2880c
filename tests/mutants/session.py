"""``python -m tests.mutants.session MUTANTS RESULTS PROCESSES TEST...``: one pytest session for all mutants of functions.

The tests are collected once and run once, which tells how long each takes and which functions it reaches. Then each mutant
is a fork of this process, in which the tests that reach its function run until one fails: first those that noticed most
mutants so far, then the shortest.
"""

import functools
import gc
import inspect
import json
import mmap
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO, TypeGuard

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tests.mutants import forks

OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
# CPU seconds that a test may take beside four times what it took without a change.
_PATIENCE = 1.5
# With one of these pytest does more for a test than to call it.
_MARKS = {"skip", "skipif", "xfail", "usefixtures"}
_OURS = ("generator.", "templates.", "bot.")


class Mutants:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self, names: Sequence[str], results: TextIO, processes: int) -> None:
        self.names, self.results, self.processes = names, results, processes
        self.noticed: Counts = Counts(0)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests as they are, then for each mutant."""
        if session.testsfailed:
            return True
        reaching, seconds = _measured(session)
        if session.testsfailed:
            return True
        _forget()
        self.noticed = Counts(len(session.items))
        numbers = {item: number for number, item in enumerate(session.items)}
        gc.freeze()

        def jobs() -> Iterator[tuple[str, forks.Job]]:
            for name in self.names:
                items = sorted(
                    reaching[name.rpartition("__mutmut_")[0]],
                    key=lambda item: (-self.noticed.of(numbers[item]), seconds[item]),
                )
                allowed = 3 + 4 * sum(map(seconds.__getitem__, items))
                timed = [(item, _PATIENCE + 4 * seconds[item]) for item in items]
                yield name, forks.Job(functools.partial(self._notices, session, name, timed, numbers), allowed)

        for name, noticed in forks.each(jobs(), self.processes):
            self.results.write(json.dumps([name, noticed]) + "\n")
            self.results.flush()
        return True

    def _notices(
        self,
        session: pytest.Session,
        name: str,
        timed: Sequence[tuple[pytest.Item, float]],
        numbers: Mapping[pytest.Item, int],
    ) -> int:
        set_mutant_under_test(name)
        for item, seconds in timed:
            signal.setitimer(signal.ITIMER_PROF, seconds)  # a test that hangs ends its fork, which counts as noticed
            if is_plain(item):
                failed = fails(item)
            else:
                _run(item)
                failed = bool(session.testsfailed)
            if failed:
                self.noticed.add(numbers[item])
                return 1
        return 0


class Counts:
    """Small numbers that forks share."""

    def __init__(self, size: int) -> None:
        self._shared = mmap.mmap(-1, 4 * size + 4)

    def of(self, place: int) -> int:
        """The number at this place."""
        return int.from_bytes(self._shared[4 * place : 4 * place + 4])

    def add(self, place: int) -> None:
        """One more."""
        self._shared[4 * place : 4 * place + 4] = (self.of(place) + 1).to_bytes(4)


def _measured(session: pytest.Session) -> tuple[dict[str, list[pytest.Item]], dict[pytest.Item, float]]:
    """The tests that reach each function, and the CPU seconds of each test."""
    reaching: dict[str, list[pytest.Item]] = defaultdict(list)
    seconds: dict[pytest.Item, float] = {}
    set_mutant_under_test("stats")
    for item in session.items:
        state()._stats.clear()
        began = time.process_time()
        _run(item)
        seconds[item] = time.process_time() - began
        for function in state()._stats:
            reaching[function].append(item)
    return reaching, seconds


def _forget() -> None:
    """Empty the caches of our functions: what they hold was computed by code that was not changed."""
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and str(found.__module__).startswith(_OURS):
            found.cache_clear()


def _run(item: pytest.Item) -> None:
    # Without a next test everything is torn down, fixtures of modules too: none outlives the code that it was made by.
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def is_plain(item: pytest.Item) -> TypeGuard[pytest.Function]:
    """Whether a test takes nothing but the values of its row, so that it is called without pytest: several times as fast."""
    if not isinstance(item, pytest.Function) or inspect.iscoroutinefunction(item.function):
        return False
    return set(item.fixturenames) == set(_row(item)) and not {mark.name for mark in item.iter_markers()} & _MARKS


def _row(item: pytest.Function) -> dict[str, object]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def fails(item: pytest.Function) -> bool:
    """Call a plain test."""
    try:
        item.obj(**_row(item))
    except BaseException:  # noqa: BLE001 - whatever ends a test was noticed, pytest.fail too
        return True
    return False


def main(mutants: str, results: str, processes: str, *tests: str) -> int:
    """Pytest's exit code: other than 0 if the tests fail as they are."""
    set_mutant_under_test("")
    with Path(results).open("w") as out:
        plugin = Mutants(json.loads(Path(mutants).read_text()), out, int(processes))
        return int(pytest.main([*OPTIONS, *tests], plugins=[plugin]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
