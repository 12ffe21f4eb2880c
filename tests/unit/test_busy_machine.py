"""Tests hold on a busy machine: none of them measures how fast it is."""

import ast
import functools
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


@functools.cache
def files() -> dict[str, ast.Module]:
    """Every file of the tests as it is written, by its place."""
    return {str(path.relative_to(TESTS)): ast.parse(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}


def test_no_test_has_a_profile_of_its_own() -> None:
    """What one test settles about time, every test would have to."""
    own = [
        f"{place}:{node.value.lineno}"
        for place, tree in files().items()
        if place != "conftest.py"
        for node in ast.walk(tree)
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
    """Whether it is a difference in which the time of now is the minuend, or the distance of a time from now."""
    match node:
        case ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(op=ast.Sub())]):
            timed = node
        case ast.BinOp(left=timed, op=ast.Sub()):
            pass
        case _:
            return False
    return any(name_of(found.func) in CLOCKS for found in ast.walk(timed) if isinstance(found, ast.Call))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("assert time.monotonic() - began < 2", True),
        ("assert 2 >= time.monotonic() - began", True),
        ("assert 0.1 < time.time() - began < 2", True),
        ("assert abs(since - time.time()) < 60", True),
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
    timed = [f"{place}:{line}" for place, tree in files().items() for line in upper_bounds(tree)]
    assert timed == []


# Files whose short limit is what the test asks for, and not how long it waits.
SHORT = {
    "sandbox/test_faults.py": "the caller gives up, which is the fault",
    "contract/test_probe_contract.py": "the site answers slowly on purpose",
}
AT_LEAST = 60


def short_waits(tree: ast.AST) -> Iterator[int]:
    """Lines that wait for the machine less than a minute: a client's time-out, a deadline, a bounded loop of sleeps."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, keywords=keywords) if name_of(function) != "HealthCheck":
                limits = [word.value for word in keywords if word.arg in {"timeout", "read_timeout", "connect_timeout"}]
                yield from (limit.lineno for limit in limits if 0 < number(limit) < AT_LEAST)
            case ast.BinOp(left=ast.Call(func=function), op=ast.Add(), right=right) if name_of(function) in CLOCKS:
                if 0 < number(right) < AT_LEAST:
                    yield node.lineno
            case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[times])):
                for call in (found for found in ast.walk(node) if isinstance(found, ast.Call)):
                    if ast.unparse(call.func) == "time.sleep" and 0 < number(times) * number(call.args[0]) < AT_LEAST:
                        yield call.lineno


def name_of(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def number(node: ast.expr) -> float:
    """A number as it is written; 0 for anything else."""
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) else 0.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("urlopen(url, timeout=10)", True),
        ("urlopen(url, timeout=60)", False),
        ("client('sqs', read_timeout=0.5)", True),
        ("HealthCheck(timeout=5)", False),
        ("end = time.monotonic() + 15", True),
        ("end = time.monotonic() + 120", False),
        ("for _ in range(200):\n    time.sleep(0.05)", True),
        ("for _ in range(1200):\n    time.sleep(0.05)", False),
        ("for _ in range(4):\n    clock.sleep(4)", False),
    ],
)
def test_a_short_wait_is_recognized(text: str, found: bool) -> None:
    """A wait of a minute and more is for machines that are busy; virtual clocks may go as they like."""
    assert bool(list(short_waits(ast.parse(text)))) is found


def test_every_wait_is_long_enough_for_a_busy_machine() -> None:
    """What the tests wait for may take a minute: on a machine with other work a limit of 10 seconds fails one day."""
    short = [f"{place}:{line}" for place, tree in files().items() if place not in SHORT for line in short_waits(tree)]
    assert short == [], f"wait at least {AT_LEAST} s, and end as soon as the condition holds"
