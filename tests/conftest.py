"""The order of the tests, and what hypothesis may ask of them.

The longest tests begin first, so that at the end no process works alone on one of them.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# No example fails because the machine is busy. In CI the rest is hypothesis's own profile "ci": the same examples each time.
settings.register_profile(
    "slipway",
    settings(),
    deadline=None,
    suppress_health_check=[*settings().suppress_health_check, HealthCheck.too_slow],
)
settings.load_profile("slipway")

# Whole stories on an embedded AWS: 10 to 60 seconds each, where most tests take milliseconds.
_LONG = (
    "tests/integration/",
    "tests/demo/",
    "tests/attacks/",
    "tests/convergence/",
    "tests/frontend/",
    "tests/sandbox/test_platform.py",
    "tests/sandbox/test_roles.py",
    "tests/bot/test_sandbox_story.py",
    "tests/contract/test_roles_contract.py",
    "tests/release/test_crashes.py",
    "tests/release/test_random_histories.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories first; otherwise as they were found, in every process alike."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call() -> Iterator[None]:
    """Keep the one `os._exit` that saves what a forked process covered.

    After each `no_cover` pytest-cov starts coverage again, which wraps it once more; a thousand tests later a fork can't
    end for recursion, and goes on with its parent's tests.
    """
    before = os._exit
    try:
        return (yield)
    finally:
        os._exit = before
