"""How fakes go wrong: before a call had any effect, or after it had and the answer is lost."""

from __future__ import annotations

import contextlib
import fnmatch
import threading
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from generator.release.errors import Unavailable

When = Literal["before", "after"]


class Rule(NamedTuple):
    """One fault: calls that fit ``pattern`` (``table.write``, ``stacks.*``) fail ``times`` times, ``skip`` pass first."""

    pattern: str
    when: When
    error: Callable[[], BaseException]
    times: int
    skip: int


def _unavailable() -> BaseException:
    return Unavailable("AWS did not answer; try again")


class Faults:
    """Shared by all fakes of a test. ``calls`` names every call in order; ``on_call`` sees each one twice.

    ``on_call(name, "before" or "after")`` may raise or kill the process: after is when the effect is there and the
    caller does not know yet.
    """

    def __init__(self, on_call: Callable[[str, When], None] | None = None) -> None:
        self.calls: list[str] = []
        self.on_call = on_call
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def fail(
        self,
        pattern: str,
        when: When = "before",
        *,
        times: int = 1,
        skip: int = 0,
        error: Callable[[], BaseException] = _unavailable,
    ) -> None:
        """Let calls fail from now on; ``after`` is a lost answer: it was done."""
        self._rules.append(Rule(pattern, when, error, times, skip))

    def clear(self) -> None:
        """No more faults."""
        self._rules.clear()

    def count(self, pattern: str = "*") -> int:
        """How many calls fit."""
        return sum(fnmatch.fnmatchcase(name, pattern) for name in self.calls)

    @contextlib.contextmanager
    def call(self, name: str) -> Iterator[None]:
        """What every fake wraps around each of its operations."""
        with self._lock:
            self.calls.append(name)
        self._pass(name, "before")
        yield
        self._pass(name, "after")

    def _pass(self, name: str, when: When) -> None:
        if self.on_call is not None:
            self.on_call(name, when)
        with self._lock:
            for index, rule in enumerate(self._rules):
                if rule.when != when or not fnmatch.fnmatchcase(name, rule.pattern):
                    continue
                if rule.skip:
                    self._rules[index] = rule._replace(skip=rule.skip - 1)
                    continue
                if rule.times <= 1:
                    del self._rules[index]
                else:
                    self._rules[index] = rule._replace(times=rule.times - 1)
                raise rule.error()
