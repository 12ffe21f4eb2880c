"""How urgent what a thread does is: AWS's limits are shared, and who may wait lets the others go first."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

# "first": a person's decision, or a way back. "informs": nobody waits for it, and without it people are told so.
Urgency = Literal["first", "usual", "informs"]

_NOW: ContextVar[Urgency] = ContextVar("urgency", default="usual")


def urgency() -> Urgency:
    """How urgent what this thread does now is."""
    return _NOW.get()


@contextmanager
def urgent(what: Urgency) -> Iterator[None]:
    """Everything that is done inside is so urgent."""
    before = _NOW.set(what)
    try:
        yield
    finally:
        _NOW.reset(before)
