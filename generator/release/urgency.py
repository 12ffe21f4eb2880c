"""How urgent the calls of a thread are. AWS's limits are shared, and less urgent calls let the others go first."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

# "first": a person's decision, or a rollback. "informs": nobody waits for it, and without it people are told so.
Urgency = Literal["first", "usual", "informs"]

_NOW: ContextVar[Urgency] = ContextVar("urgency", default="usual")


def urgency() -> Urgency:
    """The urgency of what this thread does now."""
    return _NOW.get()


@contextmanager
def urgent(what: Urgency) -> Iterator[None]:
    """Everything inside this context has that urgency."""
    before = _NOW.set(what)
    try:
        yield
    finally:
        _NOW.reset(before)
