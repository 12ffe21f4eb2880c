"""Processes whose coverage is not measured.

Measuring makes a process of Python 3.11 take twice its time. What the processes of these stories run is measured
elsewhere: the sandbox in tests/sandbox, commands in tests/unit/cli and in one of the stories, the bot in tests/bot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from generator.sandbox.process import Endpoint
from tests.sandbox.conftest import running


def measures(name: str) -> bool:
    """Whether a variable of the environment lets a process of Python measure itself (``COVERAGE_PROCESS_CONFIG``)."""
    return name.startswith("COV")


@contextmanager
def unmeasured() -> Iterator[None]:
    """Processes that are started meanwhile measure nothing, nor do those that they start."""
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(measures, list(os.environ)):
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def sandbox_process() -> Iterator[Endpoint]:
    """A sandbox of this module alone; while it runs, nothing that the module starts measures itself."""
    with unmeasured(), running() as found:
        yield found
