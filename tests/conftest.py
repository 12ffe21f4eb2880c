"""The order of the tests: the longest begin first, so that at the end no process works alone on one of them."""

import pytest

# Whole stories on an embedded AWS: 10 to 60 seconds each, where most tests take milliseconds.
_LONG = (
    "tests/integration/",
    "tests/demo/",
    "tests/sandbox/test_platform.py",
    "tests/sandbox/test_roles.py",
    "tests/bot/test_sandbox_story.py",
    "tests/contract/test_rights_contract.py",
    "tests/release/test_crashes.py",
    "tests/release/test_machine.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories first; otherwise as they were found, in every process alike."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
