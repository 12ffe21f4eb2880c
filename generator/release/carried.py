"""Keeps what a step has read of a stack and its service until the step ends: each question is sent to AWS once in a step.

A step of a release takes seconds, and the next step reads everything again. Whatever changes something in AWS discards
what was kept: a change set that is created may create its stack, but leaves the template of a stack as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from generator.release.guards import SERVICE_WRITES, STACK_WRITES
from generator.release.model.observed import StackNow
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.ports import Cloud, Clouds

READS = ("describe", "template", "resources", "events")
SERVICE_READS = ("service", "deployment")
# By account, Region and name of the read, then by its arguments. None outside of a step.
_Answers = dict[tuple[str, str, str], dict[tuple[str, ...], Any]]
_ANSWERS: ContextVar[_Answers | None] = ContextVar("answers", default=None)


@contextmanager
def one_step() -> Iterator[None]:
    """Keep what this thread reads of stacks until the context ends."""
    before = _ANSWERS.set({})
    try:
        yield
    finally:
        _ANSWERS.reset(before)


class CarriedClouds:
    """A ``ports.Clouds`` that sends each question once in a step. The engine and its reader of change sets share it."""

    def __init__(self, inner: Clouds) -> None:
        self._inner = inner

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""
        found = self._inner.at(stack, actor)
        if _ANSWERS.get() is None:
            return found
        stacks: Any = _Carried(found.stacks, (stack.account, stack.region), READS, STACK_WRITES)
        services: Any = _Carried(found.services, (stack.account, stack.region), SERVICE_READS, SERVICE_WRITES)
        return found._replace(stacks=stacks, services=services)

    def execution_role(self, stack: StackRef) -> str:
        """ARN of the role that CloudFormation assumes there."""
        return self._inner.execution_role(stack)


class _Carried:
    def __init__(self, inner: Any, place: tuple[str, str], reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
        self._inner, self._place, self._reads, self._writes = inner, place, reads, writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in self._writes:
            return lambda *args, **more: _written(found, name, args, more)
        if name in self._reads:
            return lambda *args: _read(found, (*self._place, name), args)
        return found


def _read(ask: Callable[..., Any], what: tuple[str, str, str], args: tuple[str, ...]) -> Any:
    carried = _ANSWERS.get()
    if carried is None:
        return ask(*args)
    answers = carried.setdefault(what, {})
    if args not in answers:
        answers[args] = found = ask(*args)
        if isinstance(found, StackNow):
            answers[found.name,] = answers[found.id,] = found
    return answers[args]


def _written(write: Callable[..., Any], name: str, args: Any, more: Any) -> Any:
    """A call that failed may have taken effect all the same."""
    try:
        return write(*args, **more)
    finally:
        for (_, _, read), answers in (_ANSWERS.get() or {}).items():
            if name != "create" or read != "template":
                answers.clear()
