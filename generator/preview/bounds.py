"""Limits of what is read of a template and a change set. Beyond a limit the reading ends, and the release is refused.

Work is counted, not timed, so that the same template is read or refused on every machine: a step is about a
microsecond, and a reading that ends within the bounds takes below a second and 200 MiB (``python -m tests.benchmarks
hostile``). CloudFormation takes templates of 1 MB with 500 resources (CloudFormation User Guide, "Understand
CloudFormation quotas"); it names no limit of depth.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from generator.release.errors import TooLarge

Json = Any
DEPTH = 64  # levels of JSON, and conditions that refer to each other
NODES = 100_000  # values of a template
TEXT = 4_000_000  # characters of a template, and of what evaluating its functions adds up to
STEPS = 500_000
MEANING = 250_000  # bytes of a meaning: an item of DynamoDB takes 400 KB


class _Budget:
    __slots__ = ("seen", "steps", "text")

    def __init__(self) -> None:
        self.steps, self.text = STEPS, TEXT
        self.seen: set[str] = set()


_budget: ContextVar[_Budget | None] = ContextVar("budget of a reading", default=None)


@contextmanager
def bounded_reading() -> Iterator[None]:
    """One reading, with its limits: :func:`spend` and :func:`spend_characters` count inside this context.

    Raises:
        TooLarge: it exceeds a limit.
    """
    token = _budget.set(_Budget())
    try:
        yield
    except RecursionError:
        raise TooLarge(f"it is nested more than {DEPTH} levels deep") from None
    finally:
        _budget.reset(token)


def spend(steps: int) -> None:
    """Count work. Called where it grows faster than the input.

    Raises:
        TooLarge: there was too much of it.
    """
    budget = _budget.get()
    if budget is not None:
        budget.steps -= steps
        if budget.steps < 0:
            raise TooLarge(f"comparing it takes more than {STEPS:,} steps")


def spend_once(key: str, steps: int) -> None:
    """Count work that is done once in a reading and stored.

    Raises:
        TooLarge: there was too much of it.
    """
    budget = _budget.get()
    if budget is not None and key not in budget.seen:
        budget.seen.add(key)
        spend(steps)


def spent() -> int:
    """The steps that the current reading has taken so far. 0 outside of a reading."""
    budget = _budget.get()
    return STEPS - budget.steps if budget is not None else 0


def spend_characters(characters: int) -> None:
    """Count text that the evaluation of functions creates.

    Raises:
        TooLarge: there was too much of it.
    """
    budget = _budget.get()
    if budget is not None:
        budget.text -= characters
        if budget.text < 0:
            raise TooLarge(f"its functions make more than {TEXT:,} characters of text")


def check_template(template: Json, what: str) -> None:
    """Check a template's depth, number of values and characters.

    Raises:
        TooLarge: it has more; the sentence begins with ``what``.
    """
    waiting = [(template, 1)]
    nodes = characters = 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if isinstance(node, str):
            characters += len(node)
        elif isinstance(node, Mapping):
            characters += sum(len(key) for key in node if isinstance(key, str))
            waiting.extend((part, depth + 1) for part in node.values())
        elif isinstance(node, list | tuple):
            waiting.extend((part, depth + 1) for part in node)
        if depth > DEPTH:
            raise TooLarge(f"{what} is nested more than {DEPTH} levels deep")
        if nodes + len(waiting) > NODES:
            raise TooLarge(f"{what} has more than {NODES:,} values")
        if characters > TEXT:
            raise TooLarge(f"{what} has more than {TEXT:,} characters")


def copy_counted(value: Json) -> Json:
    """Count a value that appears in a result once more: each of its parts counts as a step."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        spend(1)
        if isinstance(node, str):
            spend_characters(len(node))
        elif isinstance(node, Mapping):
            waiting.extend(node.values())
        elif isinstance(node, list | tuple):
            waiting.extend(node)
    return value


def parse_json(text: str) -> Json:
    """JSON inside a text.

    Raises:
        ValueError: it is not JSON.
        TooLarge: it is nested too deep.
    """
    try:
        found = json.loads(text)
    except RecursionError:
        raise TooLarge(f"a text of it holds JSON that is nested more than {DEPTH} levels deep") from None
    check_template(found, "JSON in a text of it")
    return found
