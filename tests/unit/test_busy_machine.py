"""Tests hold on a busy machine: none of them measures how fast it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
CLOCKS = {"time", "monotonic", "perf_counter", "monotonic_ns", "perf_counter_ns", "time_ns", "process_time"}


def test_no_example_of_hypothesis_fails_because_it_was_slow() -> None:
    """One profile holds for all tests: no deadline, and no check of how fast examples are drawn."""
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check


def files() -> list[Path]:
    return sorted(TESTS.rglob("*.py"))


def test_no_test_has_a_profile_of_its_own() -> None:
    """What one test settles about time, every test would have to."""
    own = [
        f"{path.relative_to(TESTS)}:{node.value.lineno}"
        for path in files()
        if path != TESTS / "conftest.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "deadline"
    ]
    assert own == []


def upper_bounds(tree: ast.AST) -> Iterator[int]:
    """Lines of assertions that a span of the clock is short: ``assert time.monotonic() - began < 2``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for compared in (found for found in ast.walk(node.test) if isinstance(found, ast.Compare)):
                sides = [compared.left, *compared.comparators]
                for left, operator, right in zip(sides, compared.ops, sides[1:], strict=False):
                    short = left if isinstance(operator, (ast.Lt, ast.LtE)) else right
                    if isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and span(short):
                        yield node.lineno


def span(node: ast.expr) -> bool:
    """Whether it is a difference in which the time of now is the minuend."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and any(
        isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute) and found.func.attr in CLOCKS
        for found in ast.walk(node.left)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("assert time.monotonic() - began < 2", True),
        ("assert 2 >= time.monotonic() - began", True),
        ("assert 0.1 < time.time() - began < 2", True),
        ("assert time.monotonic() - began >= 0.3", False),
        ("assert 0.3 < time.monotonic() - began", False),
        ("assert expires - time.time() > 1700", False),
        ("assert count - 1 < 2", False),
    ],
)
def test_a_timed_assertion_is_recognized(line: str, found: bool) -> None:
    """That something takes at least its time may be asserted; that it takes at most so long depends on the machine."""
    assert bool(list(upper_bounds(ast.parse(line)))) is found


def test_no_test_asserts_that_something_is_fast() -> None:
    """How fast things are is told by `make bench`."""
    timed = [
        f"{path.relative_to(TESTS)}:{line}" for path in files() for line in upper_bounds(ast.parse(path.read_text()))
    ]
    assert timed == []
